"""Entities and relations on the disk, file by file: derived, and thrown away when in doubt."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator, Mapping
from contextlib import closing, suppress
from pathlib import Path
from typing import NamedTuple

from workbench.knowledge.graph.values import Found, tail_of

_FORMAT = 2
_TABLES = """
CREATE TABLE file (id INTEGER PRIMARY KEY, source TEXT, path TEXT, digest TEXT,
    UNIQUE (source, path));
CREATE TABLE entity (file INTEGER, name TEXT, tail TEXT, kind TEXT, first INTEGER, last INTEGER,
    passage TEXT);
CREATE TABLE relation (file INTEGER, name TEXT, kind TEXT, target TEXT, whole INTEGER,
    first INTEGER, last INTEGER, confidence REAL, times INTEGER, passage TEXT);
CREATE INDEX entity_name ON entity (name);
CREATE INDEX entity_tail ON entity (tail);
CREATE INDEX entity_file ON entity (file);
CREATE INDEX relation_name ON relation (name);
CREATE INDEX relation_target ON relation (target);
CREATE INDEX relation_file ON relation (file);
"""
_MOST_ROWS = 5_000
"""No question needs more than so many rows of one entity."""


class Known(NamedTuple):
    """An entity as it was read."""

    name: str
    kind: str
    path: str
    first: int
    last: int
    source: str
    passage: str = ""


class Told(NamedTuple):
    """A relation as it was read, and where."""

    name: str
    kind: str
    target: str
    is_whole: bool
    path: str
    first: int
    last: int
    source: str
    confidence: float
    times: int
    passage: str = ""


class Store:
    """The graph's file. Its methods take their time: they are called beside the loop."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._connection: sqlite3.Connection | None = None

    @property
    def _open(self) -> sqlite3.Connection:
        if self._connection is None:
            self._connection = _opened(self._path)
        return self._connection

    def close(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def forget(self) -> None:
        """Throw everything away; it is read again."""
        self.close()
        _remove(self._path)

    def digests(self) -> Mapping[tuple[str, str], str]:
        """Return which state of each file was read."""
        rows = self._open.execute("SELECT source, path, digest FROM file")
        return {(source, path): digest for source, path, digest in rows}

    def put(self, many: Iterable[tuple[str, str, Found]]) -> None:
        """Take what files tell of in place of what they told before."""
        with self._open as connection:
            for source, path, found in many:
                _drop(connection, source, path)
                _put(connection, source, path, found)

    def drop(self, many: Iterable[tuple[str, str]]) -> None:
        """Forget files that are gone."""
        with self._open as connection:
            for source, path in many:
                _drop(connection, source, path)

    def entities(self, text: str, kinds: tuple[str, ...], limit: int) -> list[Known]:
        """Return what has a text in its name; those that are called so come first."""
        wanted = text.casefold()
        marks = ",".join("?" * len(kinds))
        rows = self._open.execute(
            f"{_ENTITIES} WHERE instr(lower(entity.name), ?) > 0"
            f"{f' AND entity.kind IN ({marks})' if kinds else ''}"
            " ORDER BY entity.tail != ?, length(entity.name), entity.name LIMIT ?",
            [wanted, *kinds, tail_of(text), limit],
        )
        return [Known(*row) for row in rows]

    def named(self, name: str) -> Known | None:
        """Return the entity of a whole name; a module comes before what it is also called."""
        row = self._open.execute(
            f"{_ENTITIES} WHERE entity.name = ?"
            " ORDER BY entity.kind != 'module', file.path LIMIT 1",
            [name],
        ).fetchone()
        return Known(*row) if row else None

    def ending(self, ending: str, limit: int = 2) -> list[Known]:
        """Return entities whose names end so, at the seam between two words."""
        rows = self._open.execute(
            f"{_ENTITIES} WHERE entity.tail = ? LIMIT ?", [tail_of(ending), _MOST_ROWS]
        )
        found: dict[str, Known] = {}
        for row in rows:
            known = Known(*row)
            if known.name == ending or known.name.endswith((f".{ending}", f"#{ending}")):
                found.setdefault(known.name, known)
            if len(found) >= limit:
                break
        return list(found.values())

    def about(self, name: str) -> list[Told]:
        """Return what is said of an entity."""
        rows = self._open.execute(
            f"{_RELATIONS} WHERE relation.name = ? LIMIT ?", [name, _MOST_ROWS]
        )
        return [_told(row) for row in rows]

    def leading_to(self, name: str, endings: Iterable[str]) -> list[Told]:
        """Return what is said with a name as its end: the whole name, or an end of it."""
        whole = self._open.execute(
            f"{_RELATIONS} WHERE relation.target = ? AND relation.whole = 1 LIMIT ?",
            [name, _MOST_ROWS],
        ).fetchall()
        wanted = list(endings)
        marks = ",".join("?" * len(wanted))
        partly = self._open.execute(
            f"{_RELATIONS} WHERE relation.target IN ({marks}) AND relation.whole = 0 LIMIT ?",
            [*wanted, _MOST_ROWS],
        ).fetchall()
        return [_told(row) for row in (*whole, *partly)]

    def sharing(self, targets: Iterable[str], kinds: tuple[str, ...]) -> Iterator[tuple[str, int]]:
        """Yield names of which the same is said, and how much of it."""
        wanted = list(targets)
        marks, of_kinds = ",".join("?" * len(wanted)), ",".join("?" * len(kinds))
        yield from self._open.execute(
            f"SELECT name, count(DISTINCT target) AS shared FROM relation"  # noqa: S608 - marks alone
            f" WHERE target IN ({marks}) AND kind IN ({of_kinds}) AND whole = 1"
            " GROUP BY name HAVING shared > 1 ORDER BY shared DESC, name LIMIT 50",
            [*wanted, *kinds],
        )

    def count(self, name: str) -> int:
        """Return in how many relations an entity stands by its whole name."""
        (count,) = self._open.execute(
            "SELECT (SELECT count(*) FROM relation WHERE name = ?)"
            " + (SELECT count(*) FROM relation WHERE target = ? AND whole = 1)",
            [name, name],
        ).fetchone()
        return int(count)


_ENTITIES = (
    "SELECT entity.name, entity.kind, file.path, entity.first, entity.last, file.source,"
    " entity.passage"
    " FROM entity JOIN file ON file.id = entity.file"
)
_RELATIONS = (
    "SELECT relation.name, relation.kind, relation.target, relation.whole, file.path,"
    " relation.first, relation.last, file.source, relation.confidence, relation.times,"
    " relation.passage"
    " FROM relation JOIN file ON file.id = relation.file"
)


def _told(row: tuple[object, ...]) -> Told:
    return Told(*row)  # type: ignore[arg-type]


def _opened(path: Path) -> sqlite3.Connection:
    """Open the file, or make it anew where it is damaged or of another format."""
    try:
        return _begun(path)
    except sqlite3.DatabaseError:
        _remove(path)
        return _begun(path)


def _begun(path: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(path, check_same_thread=False, isolation_level="IMMEDIATE")
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = NORMAL")
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    if version != _FORMAT:
        connection.close()
        _remove(path)
        connection = sqlite3.connect(path, check_same_thread=False, isolation_level="IMMEDIATE")
        connection.execute("PRAGMA journal_mode = WAL")
        connection.executescript(f"{_TABLES} PRAGMA user_version = {_FORMAT};")
    return connection


def _remove(path: Path) -> None:
    for suffix in ("", "-wal", "-shm"):
        with suppress(FileNotFoundError):
            path.with_name(path.name + suffix).unlink()


def _drop(connection: sqlite3.Connection, source: str, path: str) -> None:
    with closing(
        connection.execute("SELECT id FROM file WHERE source = ? AND path = ?", [source, path])
    ) as rows:
        row = rows.fetchone()
    if row:
        for table, column in (("entity", "file"), ("relation", "file"), ("file", "id")):
            connection.execute(f"DELETE FROM {table} WHERE {column} = ?", row)  # noqa: S608 - ours


def _put(connection: sqlite3.Connection, source: str, path: str, found: Found) -> None:
    row = connection.execute(
        "INSERT INTO file (source, path, digest) VALUES (?, ?, ?)", [source, path, found.digest]
    )
    number = row.lastrowid
    connection.executemany(
        "INSERT INTO entity VALUES (?, ?, ?, ?, ?, ?, ?)",
        [
            (number, it.name, tail_of(it.name), it.kind, it.first, it.last, it.passage)
            for it in found.defined
        ],
    )
    connection.executemany(
        "INSERT INTO relation VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        [
            (
                *(number, one.name, one.kind, one.to, one.is_whole),
                *(one.first, one.last, one.confidence, one.times, one.passage),
            )
            for one in found.said
        ],
    )
