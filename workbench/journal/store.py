"""The DuckDB file: opened sealed off from the network, checked, migrated, kept aside if damaged."""

from __future__ import annotations

import os
import shutil
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import duckdb

from workbench.errors import StoreError
from workbench.shipped import data_file
from workbench.workspace import Workspace

_MEMORY = "160MB"
_CHECKPOINT_AT = "256MB"
"""A checkpoint pauses commits: the idle host does it, and this is only the last resort."""
_DAMAGE = (
    "not a valid DuckDB database file",
    "Could not read enough bytes",
    "Corrupt database file",
    "Corrupt WAL file",
)
OFFLINE: dict[str, str | bool | int | float | list[str]] = {
    "autoinstall_known_extensions": "false",
    "autoload_known_extensions": "false",
    "allow_community_extensions": "false",
}


@dataclass(frozen=True)
class Damage:
    """What was found wrong with the journal, and where it was kept."""

    reason: str
    kept: Path | None

    @property
    def sentence(self) -> str:
        where = f" It is kept in {self.kept}." if self.kept else ""
        return f"The journal was damaged: {self.reason}.{where}"


def open_store(workspace: Workspace) -> tuple[duckdb.DuckDBPyConnection, Damage | None]:
    """Open the journal of `workspace`, made on first use; say what was wrong with it."""
    if workspace.scratch.exists():  # What a killed host left half done is of no use.
        shutil.rmtree(workspace.scratch)
    workspace.scratch.mkdir(mode=0o700)
    damage = _keep_if_damaged(workspace)
    if not workspace.journal_file.exists():
        _create(workspace)
    connection = _connect(workspace.journal_file)
    try:
        migrate(connection)
    except duckdb.Error as error:
        connection.close()
        raise unusable(workspace.journal_file, error) from error
    _seal(connection, workspace.scratch)
    return connection, damage


def migrate(connection: duckdb.DuckDBPyConnection) -> None:
    """Bring the tables to this release's schema, each step in a transaction of its own."""
    for number, script in _migrations():
        if number > schema_of(connection):
            connection.execute(
                f"BEGIN; {script}; DELETE FROM store; INSERT INTO store VALUES ({number}); COMMIT"
            )


def schema_of(connection: duckdb.DuckDBPyConnection) -> int:
    """Return the schema version that the file was last migrated to."""
    tables = connection.execute("SELECT table_name FROM duckdb_tables()").fetchall()
    if ("store",) not in tables:
        return 0
    (found,) = connection.execute("SELECT max(schema) FROM store").fetchall()
    return int(found[0])


def head_of(connection: duckdb.DuckDBPyConnection) -> tuple[int, str]:
    """Return sequence number and hash of the last event; zero and nothing if there is none."""
    rows = connection.execute(
        "SELECT seq, hash FROM journal WHERE seq = (SELECT max(seq) FROM journal)"
    ).fetchall()
    return (int(rows[-1][0]), str(rows[-1][1])) if rows else (0, "")


def unusable(path: Path, error: duckdb.Error) -> StoreError:
    """Return what a user is told when DuckDB cannot work with the file."""
    reason = _first_line(error)
    if "Could not set lock" in reason:
        return StoreError(
            f"Another program has {path} open.", "Close it there; workbench must be the only one."
        )
    if any(mark in reason for mark in _DAMAGE):
        return StoreError(
            f"The journal {path} is damaged: {reason}",
            "Stop the host, move the file away, and import your last export into a new workspace.",
        )
    return StoreError(
        f"The journal {path} cannot be used: {reason}", "It is left as it is. See the host's log."
    )


class HeadMark:
    """The last acknowledged number, in a file beside: DuckDB drops a damaged log's end silently."""

    def __init__(self, workspace: Workspace) -> None:
        flags = os.O_WRONLY | os.O_CREAT | os.O_CLOEXEC
        self._descriptor = os.open(_head_file(workspace), flags, 0o600)

    def write(self, seq: int) -> None:
        os.pwrite(self._descriptor, b"%020d" % seq, 0)

    def close(self) -> None:
        os.close(self._descriptor)


def _keep_if_damaged(workspace: Workspace) -> Damage | None:
    """Look at the file without changing it; keep a damaged one, and go on with what can be read."""
    acknowledged = _acknowledged(workspace)
    if not workspace.journal_file.exists():
        return _missing(workspace, acknowledged) if acknowledged else None
    fault = find_fault(workspace)
    if fault is None:
        return None
    damage = Damage(fault, _keep(workspace))
    for unreadable in (log_of(workspace.journal_file), workspace.journal_file):
        if _fault(workspace.journal_file, acknowledged=0):
            unreadable.unlink(missing_ok=True)
    return damage


def find_fault(workspace: Workspace) -> str | None:
    """Say what is wrong with the journal, changing nothing; refuse one of a newer workbench."""
    return _fault(workspace.journal_file, _acknowledged(workspace))


def _fault(path: Path, acknowledged: int) -> str | None:
    if not path.exists():
        return None
    try:
        schema, head = peek(path)
    except duckdb.Error as error:
        reason = _first_line(error)
        if any(mark in reason for mark in _DAMAGE):
            return reason
        raise unusable(path, error) from error
    _refuse_newer(path, schema)
    if head < acknowledged:
        return f"it ends at event {head} although {acknowledged} were written"
    return None


def _missing(workspace: Workspace, acknowledged: int) -> Damage:
    forget_head(workspace)
    return Damage(f"its file is gone although {acknowledged} events were written", None)


def peek(path: Path) -> tuple[int, int]:
    """Return schema and head of the file without changing it."""
    connection = duckdb.connect(path, read_only=True, config=OFFLINE)
    try:
        schema = schema_of(connection)
        return schema, head_of(connection)[0] if schema else 0
    finally:
        connection.close()


def _refuse_newer(path: Path, schema: int) -> None:
    newest = _migrations()[-1][0]
    if schema > newest:
        raise StoreError(
            f"The journal {path} has schema {schema}; this workbench knows schemas up to {newest}.",
            "It is left as it is. Use the newer workbench that wrote it.",
        )


def _acknowledged(workspace: Workspace) -> int:
    path = _head_file(workspace)
    text = path.read_bytes() if path.exists() else b""
    return int(text) if text.isdigit() else 0


def _keep(workspace: Workspace) -> Path:
    """Copy the database and its write-ahead log together into a folder of their own."""
    stamp = datetime.now(UTC).strftime("%Y%m%dT%H%M%S%f")
    folder = workspace.folder / "damaged" / stamp
    folder.mkdir(parents=True, mode=0o700)
    for path in (workspace.journal_file, log_of(workspace.journal_file)):
        if path.exists():
            shutil.copy2(path, folder / path.name)
    forget_head(workspace)
    return folder


def forget_head(workspace: Workspace) -> None:
    """Forget how far the journal went, before another takes its place."""
    _head_file(workspace).unlink(missing_ok=True)


def _head_file(workspace: Workspace) -> Path:
    return workspace.folder / "journal.head"


def log_of(path: Path) -> Path:
    """Return where DuckDB keeps the write-ahead log of the file at `path`."""
    return path.with_name(path.name + ".wal")


def _create(workspace: Workspace) -> None:
    """Make the file under another name first: a kill in the middle leaves no half journal."""
    new = workspace.scratch / "new.duckdb"
    connection = _connect(new)
    migrate(connection)
    connection.close()
    new.replace(workspace.journal_file)


def _connect(path: Path) -> duckdb.DuckDBPyConnection:
    try:
        connection = duckdb.connect(path, config=OFFLINE)
    except duckdb.Error as error:
        raise unusable(path, error) from error
    path.chmod(0o600)
    return connection


def _seal(connection: duckdb.DuckDBPyConnection, scratch: Path) -> None:
    """Keep DuckDB to its own file and the scratch folder; it refuses these in another order."""
    quoted = str(scratch).replace("'", "''")
    connection.execute(f"SET memory_limit = '{_MEMORY}'")
    connection.execute("SET threads = 2")
    connection.execute(f"SET checkpoint_threshold = '{_CHECKPOINT_AT}'")
    connection.execute(f"SET temp_directory = '{quoted}'")
    connection.execute(f"SET allowed_directories = ['{quoted}']")
    connection.execute("SET enable_external_access = false")
    connection.execute("SET lock_configuration = true")


def _migrations() -> list[tuple[int, str]]:
    scripts = sorted(data_file("sql").glob("[0-9]*.sql"))
    return [(int(path.name.split("_")[0]), path.read_text(encoding="utf-8")) for path in scripts]


def _first_line(error: duckdb.Error) -> str:
    return str(error).splitlines()[0]
