"""Folders that nothing tells of: they are looked at again and again, the lively ones more often."""

from __future__ import annotations

import os
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from heapq import nlargest
from pathlib import Path

from workbench.healing.watching.survey import Place

_SHARE = 0.002
"""Of a core, for looking at all of them, and as much again for the lively ones."""
_SHORTEST, _LONGEST = 1.0, 60.0
_MOST_LIVELY = 64
_COST = 3e-6
"""Seconds that looking at a file may take, until it is known better."""


def mark_of(found: os.stat_result) -> int:
    """Return one number that differs when a file's content may differ."""
    return hash((found.st_mtime_ns, found.st_size, found.st_ino))


@dataclass(slots=True)
class Polled:
    """What a folder held when it was looked at last."""

    place: Place
    folder: int
    """The mark of the folder itself: names came or went if it differs."""
    files: dict[str, int]
    changed: float
    """When something in it was last written, as far as is known."""

    def moved_on(self, files: dict[str, int]) -> list[str]:
        """Take in what it holds now, and return the names that changed, came or went."""
        old, self.files = self.files, files
        names = [name for name, mark in files.items() if old.get(name) != mark]
        names += old.keys() - files.keys()
        if names:
            self.changed = time.time()
        return names


@dataclass(slots=True)
class Polls:
    """All such folders, and when to look next."""

    project: Path
    folders: dict[str, Polled] = field(default_factory=dict)
    next_all: float = 0.0
    next_lively: float = 0.0

    def begin(self, now: float) -> None:
        """Plan the first look, right after everything was seen."""
        files = sum(len(one.files) for one in self.folders.values())
        self._plan(now, files * _COST, everything=True)

    def due(self) -> float | None:
        return min(self.next_all, self.next_lively) if self.folders else None

    def look(self, now: float) -> Iterator[tuple[Polled, list[str], bool]]:
        """Yield folders with names that changed, and whether names came or went in them."""
        everything = now >= self.next_all
        began = time.thread_time()
        for polled in self._chosen(everything=everything):
            names, listed = self._compare(polled)
            if names or listed:
                yield polled, names, listed
        spent = time.thread_time() - began
        self._plan(now, spent, everything=everything)

    def forget(self, prefixes: Iterable[str]) -> None:
        for prefix in prefixes:
            self.folders.pop(prefix, None)

    def _plan(self, now: float, spent: float, *, everything: bool) -> None:
        pause = min(max(spent / _SHARE, _SHORTEST), _LONGEST)
        if everything:
            self.next_all = now + pause
            self.next_lively = now + _SHORTEST
        else:
            self.next_lively = now + pause

    def _chosen(self, *, everything: bool) -> list[Polled]:
        if everything:
            return list(self.folders.values())
        return nlargest(_MOST_LIVELY, self.folders.values(), key=lambda one: one.changed)

    def _compare(self, polled: Polled) -> tuple[list[str], bool]:
        """Look at a folder and the files known in it."""
        folder = os.path.join(self.project, polled.place.prefix)  # noqa: PTH118 - 100,000 times
        try:
            mark = mark_of(os.lstat(folder))
        except OSError:
            return polled.moved_on({}), True
        listed = mark != polled.folder
        files = {name: found for name in polled.files if (found := _mark_at(folder + name))}
        return polled.moved_on(files), listed


def _mark_at(path: str) -> int:
    try:
        return mark_of(os.lstat(path))
    except OSError:
        return 0
