"""What is remembered of the tests from one look to the next: red and green, and what each ran."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

import msgspec

from workbench.healing.dossier import TestRun
from workbench.healing.texts import decoded
from workbench.healing.watching.affected import Known
from workbench.healing.watching.board import Board, Turned
from workbench.healing.watching.outlines import Outline, outline
from workbench.sandbox.snapshot import Snapshot, Store


class Past(msgspec.Struct, frozen=True):
    """All of it, as a value."""

    board: Board = Board()
    known: Known = Known()

    def after(
        self, runs: Iterable[TestRun], snapshot: Snapshot, outlines: Mapping[str, Outline]
    ) -> tuple[Past, tuple[Turned, ...]]:
        """Take in what tests did on one state of the project; say also what turned."""
        entries = snapshot.entries.items()
        digests = {path: entry.content for path, entry in entries if path.endswith(".py")}
        ran = tuple(runs)
        board, turned = self.board.after(ran, snapshot.digest, digests)
        gone = _gone(board.lights.keys() - {run.id for run in ran}, snapshot)
        board, _ = board.without(gone, snapshot.digest) if gone else (board, ())
        return Past(board, self.known.after(ran, outlines)), turned

    def before(
        self, failing: Iterable[TestRun], snapshot: Snapshot, store: Store
    ) -> Mapping[str, str]:
        """Return the files that differ from when the failing tests passed last, as they were."""
        return {
            path: text
            for run in failing
            for path, content in self.board.last_green(run.id).items()
            if path in snapshot.entries and snapshot.entries[path].content != content
            for text in _text(store.recall(content))
        }


def _gone(tests: Iterable[str], snapshot: Snapshot) -> list[str]:
    """Return the tests whose file is not there any more."""
    return [test for test in tests if test.partition("::")[0] not in snapshot.entries]


def _text(data: bytes | None) -> Iterator[str]:
    found = decoded(data) if data is not None else None
    if found:
        yield found.text


class Archive:
    """Where the past is kept, and the outlines of the files that were looked at last."""

    def __init__(self, folder: Path) -> None:
        self._file = folder / "past"
        self._outlines: dict[tuple[str, str], Outline] = {}

    def read(self) -> Past:
        """Return what is remembered; a file that was cut short, or is of old, is nothing."""
        try:
            return msgspec.msgpack.decode(self._file.read_bytes(), type=Past)
        except (FileNotFoundError, msgspec.DecodeError):
            return Past()

    def write(self, past: Past) -> None:
        new = self._file.with_suffix(".new")
        new.write_bytes(msgspec.msgpack.encode(past))
        os.replace(new, self._file)  # noqa: PTH105 - one step: a reader sees the old or the new

    def outlines(
        self, paths: Iterable[str], snapshot: Snapshot, store: Store
    ) -> dict[str, Outline]:
        """Return the outlines of some files; what did not change is not read again."""
        entries = {path: snapshot.entries[path] for path in paths if path in snapshot.entries}
        wanted = {path: (path, one.content) for path, one in entries.items() if one.kind != "link"}
        found = {path: self._outline(key, snapshot, store) for path, key in wanted.items()}
        self._outlines |= {wanted[path]: one for path, one in found.items()}
        return found

    def _outline(self, key: tuple[str, str], snapshot: Snapshot, store: Store) -> Outline:
        if key in self._outlines:
            return self._outlines[key]
        found = decoded(store.read(snapshot, key[0]))
        return outline(key[0], found.text if found else "")


def looked_at(runs: Iterable[TestRun]) -> set[str]:
    """Return the files that tests lie in and that they ran."""
    return {path for run in runs for path in (*run.lines, run.id.partition("::")[0])}
