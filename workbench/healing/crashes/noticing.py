"""Noticing crashes as they are written, and keeping their folder from filling up."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

from workbench.healing.crashes.reading import read_crashes
from workbench.healing.crashes.values import Crash

MOST_KEPT = 200
"""Files; the hook writes no more of its own when there are some more than that."""
_Mark = tuple[int, int]


class CrashWatch:
    """Tells crashes that came since it looked last."""

    def __init__(self, folder: Path, project: Path, *, from_now: bool = True) -> None:
        self._folder = folder
        self._project = project
        self._seen: dict[str, int] = {}
        self._mark: _Mark | None = None
        if from_now:
            self.look()

    def look(self) -> tuple[Crash, ...]:
        """Return what is new; it costs next to nothing as long as there is nothing."""
        mark = _mark(self._folder)
        if mark == self._mark:
            return ()
        self._mark = mark
        crashes = read_crashes(self._folder, self._project).crashes
        fresh = tuple(one for one in crashes if self._seen.get(one.id, 0) < one.count)
        self._seen = {one.id: one.count for one in crashes}
        return fresh


def prune(folder: Path, most: int = MOST_KEPT) -> int:
    """Remove the oldest files beyond `most`, and empty ones of programs that have ended."""
    files = sorted(_files(folder), key=lambda one: one.stat().st_mtime)
    empty = [one for one in files if not one.stat().st_size and not _is_alive(one)]
    old = [one for one in files if one not in empty][:-most] if most else files
    for one in (*empty, *old):
        one.unlink(missing_ok=True)
    return len(empty) + len(old)


def _mark(folder: Path) -> _Mark | None:
    """Return what differs once a file has come: each is moved into its place."""
    try:
        found = folder.stat()
    except OSError:
        return None
    return found.st_mtime_ns, found.st_ino


def _files(folder: Path) -> Iterator[Path]:
    if folder.is_dir():
        yield from (
            one
            for one in folder.iterdir()
            if one.name.startswith(("crash-", "run-", "fault-")) and not one.is_symlink()
        )


def _is_alive(fault: Path) -> bool:
    """Say whether the program that may still write to a file lives; its name ends with its pid."""
    pid = fault.stem.rpartition("-")[2]
    if not (fault.name.startswith("fault-") and pid.isdigit()):
        return False
    try:
        os.kill(int(pid), 0)
    except ProcessLookupError:
        return False
    except OSError:
        return True
    return True
