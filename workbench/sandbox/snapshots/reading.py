"""Taking a project in: what is known is believed, what is new is read until it holds still."""

from __future__ import annotations

import os
import stat
from collections import deque
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

from workbench.sandbox.snapshots.index import Index, Stamp, is_settled, stamp_of
from workbench.sandbox.snapshots.objects import Objects
from workbench.sandbox.snapshots.values import Entry, Kind, Skipped
from workbench.sandbox.snapshots.walk import Folder, Skips, Walk, reason_to_skip

_READERS = 2
_WAITING = 64
"""Parts that wait to be read, each of which holds a folder open."""
_PART = 256
_ATTEMPTS = 3
_FLAGS = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_NOCTTY

_Taken = tuple[str, Entry, Stamp | None] | Skipped | None
"""A path with its entry, and its stamp if that tells of every later change; None is gone."""


class Reading:
    """One pass that makes entries of a project's files."""

    def __init__(self, project: Path, objects: Objects, known: Index, began: int) -> None:
        self._project = project
        self._objects = objects
        self._known = known
        self._began = began
        self.skips = Skips()
        self.entries: dict[str, Entry] = {}
        self.index: dict[str, tuple[Stamp, Entry]] = {}

    def run(self) -> None:
        waiting: deque[Future[list[_Taken]]] = deque()
        with ThreadPoolExecutor(_READERS) as readers:
            for folder in Walk(self._project, self.skips):
                for part in _parts(self._unknown(folder)):
                    opened = os.dup(folder.opened)
                    waiting.append(readers.submit(self._read_part, opened, folder.prefix, part))
                while len(waiting) > _WAITING:
                    self._note(waiting.popleft().result())
            for left in waiting:
                self._note(left.result())

    @property
    def is_as_known(self) -> bool:
        return len(self.index) == len(self._known) and all(
            self._known.get(path) is known for path, known in self.index.items()
        )

    def _unknown(self, folder: Folder) -> list[tuple[str, os.stat_result]]:
        """Take what is known and return the rest."""
        rest = []
        for name, found in folder.files:
            path = folder.prefix + name
            known = self._known.get(path)
            if known is not None and known[0] == stamp_of(found):
                self.index[path] = known
                self.entries[path] = known[1]
            else:
                rest.append((name, found))
        return rest

    def _read_part(
        self, opened: int, prefix: str, part: list[tuple[str, os.stat_result]]
    ) -> list[_Taken]:
        try:
            return [self._read(opened, prefix + name, name, found) for name, found in part]
        finally:
            os.close(opened)

    def _read(self, folder: int, path: str, name: str, found: os.stat_result) -> _Taken:
        """Read until the file is the same before and after; it may become anything meanwhile."""
        try:
            for _ in range(_ATTEMPTS):
                reason = reason_to_skip(found)
                if reason:
                    return Skipped(path, reason)
                if stat.S_ISLNK(found.st_mode):
                    return path, Entry("link", os.readlink(name, dir_fd=folder)), None
                taken = self._read_once(folder, path, name)
                if taken:
                    return taken
                found = os.stat(name, dir_fd=folder, follow_symlinks=False)
        except FileNotFoundError:
            return None
        except OSError as error:
            return Skipped(path, f"cannot be read: {error.strerror}")
        return Skipped(path, "changes while it is read")

    def _read_once(self, folder: int, path: str, name: str) -> _Taken:
        try:
            opened = os.open(name, _FLAGS, dir_fd=folder)
        except OSError:
            if _is_regular(name, folder):
                raise
            return None
        try:
            before = os.fstat(opened)
            if reason_to_skip(before) or not stat.S_ISREG(before.st_mode):
                return None
            kind: Kind = "executable" if before.st_mode & 0o111 else "file"
            content, size = self._objects.keep(
                opened, before.st_size, executable=kind == "executable"
            )
            stamp = stamp_of(before)
            if stamp != stamp_of(os.fstat(opened)) or size != stamp.size:
                return None
        finally:
            os.close(opened)
        settled = stamp if is_settled(stamp, self._began) else None
        return path, Entry(kind, content, size), settled

    def _note(self, part: Iterable[_Taken]) -> None:
        for taken in part:
            if isinstance(taken, Skipped):
                self.skips.add(taken.path, taken.reason)
            elif taken is not None:
                path, entry, stamp = taken
                self.entries[path] = entry
                if stamp is not None:
                    self.index[path] = (stamp, entry)


def _is_regular(name: str, folder: int) -> bool:
    return stat.S_ISREG(os.stat(name, dir_fd=folder, follow_symlinks=False).st_mode)


def _parts(
    files: list[tuple[str, os.stat_result]],
) -> Iterator[list[tuple[str, os.stat_result]]]:
    for at in range(0, len(files), _PART):
        yield files[at : at + _PART]
