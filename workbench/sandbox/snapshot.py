"""What a box sees of the project: a state that nobody changes, kept by content.

store = Store(workspace.folder / "snapshots")
snapshot = store.take(project)
layer = store.materialise(snapshot)
"""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from threading import Lock, RLock
from types import TracebackType
from typing import Self

import msgspec

from workbench.errors import StoreError
from workbench.sandbox.job import File, Link
from workbench.sandbox.snapshots.index import Index, read_index, write_index
from workbench.sandbox.snapshots.objects import ContentLostError, Objects
from workbench.sandbox.snapshots.reading import Reading
from workbench.sandbox.snapshots.telling import store_trouble
from workbench.sandbox.snapshots.trees import Trees
from workbench.sandbox.snapshots.values import Entry, Layer, Skipped, Snapshot, snapshot_of

__all__ = ["Entry", "File", "Layer", "Link", "Skipped", "Snapshot", "Store", "Swept", "snapshot_of"]

_KEPT_TREES = 3


class Swept(msgspec.Struct, frozen=True):
    """What a sweep removed."""

    trees: int
    bytes: int


class Store:
    """The snapshots of one project in one folder, which several processes may share."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._objects = Objects(folder / "objects")
        self._trees = Trees(folder / "trees", self._objects)
        self._taking = Lock()
        self._using_trees = RLock()
        self._known: tuple[tuple[int, int], bytes, Index] | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        at: TracebackType | None,
    ) -> None:
        self.close()

    @property
    def trees(self) -> Path:
        """The folder of materialised trees, each under its digest."""
        return self._folder / "trees"

    def close(self) -> None:
        """Let go of the trees that were handed out, so that a sweep may remove them."""
        with self._using_trees:
            self._trees.close()

    def take(self, project: Path) -> Snapshot:
        """Read what changed since last time and return the project's state."""
        with self._taking, self._locked(fcntl.LOCK_SH):
            reading = Reading(project, self._objects, self._index(project), self._now())
            _read_project(reading, project)
            if not reading.is_as_known:
                self._keep_index(project, reading.index)
        return snapshot_of(reading.entries, reading.skips.told, reading.skips.count)

    def extend(self, snapshot: Snapshot, added: Mapping[str, bytes]) -> Snapshot:
        """Return a state with more files than the project has, and keep what they hold."""
        with self._locked(fcntl.LOCK_SH):
            for content in added.values():
                self._objects.keep_bytes(content, executable=False)
        return snapshot.with_changes(added)

    def materialise(self, snapshot: Snapshot) -> Layer:
        """Return the snapshot as a folder to mount; it stays until `sweep` or `close`."""
        with self._using_trees, self._locked(fcntl.LOCK_SH), self._reading_anew_if_lost():
            return self._trees.layer(snapshot)

    def read(self, snapshot: Snapshot, path: str) -> bytes:
        """Return the content of a file; a link has none."""
        entry = snapshot.entries.get(path)
        if entry is None or entry.kind == "link":
            raise StoreError(
                f"There is no file {path!r} in the snapshot.", "Name one of its files."
            )
        with self._locked(fcntl.LOCK_SH), self._reading_anew_if_lost():
            return self._objects.read(entry.content, executable=entry.kind == "executable")

    def recall(self, content: str) -> bytes | None:
        """Return what a file once held, if that has not been swept away."""
        with self._locked(fcntl.LOCK_SH):
            for executable in (False, True):
                with suppress(ContentLostError):
                    return self._objects.read(content, executable=executable)
        return None

    def sweep(self, keep: Iterable[Snapshot] = (), newest: int = _KEPT_TREES) -> Swept:
        """Remove all but the trees used last, what `keep` names and the state taken last."""
        kept = tuple(keep)
        with self._taking, self._using_trees, self._locked(fcntl.LOCK_EX):
            trees = {snapshot.digest for snapshot in kept} | set(self._trees.newest()[:newest])
            gone = self._trees.sweep(trees)
            contents = {entry.content for one in kept for entry in one.entries.values()}
            contents |= {entry.content for _, entry in self._last_index()[1].values()}
            return Swept(gone, self._objects.sweep(contents))

    @contextmanager
    def _locked(self, how: int) -> Iterator[None]:
        """Share the store with other processes; only a sweep wants it alone."""
        with store_trouble(self._folder):
            self._make()
            opened = os.open(self._folder / "lock", os.O_RDWR | os.O_CREAT, 0o600)
        try:
            with store_trouble(self._folder):
                fcntl.flock(opened, how)
                yield
        finally:
            os.close(opened)

    def _make(self) -> None:
        self._folder.mkdir(mode=0o755, parents=True, exist_ok=True)
        self._objects.make()
        self._trees.make()

    @property
    def _index_file(self) -> Path:
        return self._folder / "index"

    def _now(self) -> int:
        """Ask the file system for the time, since its clock is what files are stamped with."""
        clock = self._folder / "clock"
        clock.touch()
        os.utime(clock)
        return clock.stat().st_mtime_ns

    def _index(self, project: Path) -> Index:
        known_of, index = self._last_index()
        return index if known_of == os.fsencode(project) else {}

    def _last_index(self) -> tuple[bytes, Index]:
        """Return the index and whose it is, from memory while the file is the same."""
        mark = _mark(self._index_file)
        if self._known is None or self._known[0] != mark:
            self._known = (mark, *read_index(self._index_file))
        return self._known[1:]

    def _keep_index(self, project: Path, index: Index) -> None:
        write_index(self._index_file, project, index)
        self._known = (_mark(self._index_file), os.fsencode(project), index)

    @contextmanager
    def _reading_anew_if_lost(self) -> Iterator[None]:
        try:
            yield
        except ContentLostError:
            self._index_file.unlink(missing_ok=True)
            raise


def _read_project(reading: Reading, project: Path) -> None:
    if not project.is_dir():
        raise StoreError(f"There is no folder {project}.", "Name a project folder that exists.")
    reading.run()


def _mark(path: Path) -> tuple[int, int]:
    """Tell one version of a file from the next; each is a new file."""
    try:
        found = path.stat()
    except FileNotFoundError:
        return 0, 0
    return found.st_ino, found.st_mtime_ns
