"""The git repositories of a project: when git is at work in them, and when their HEAD moves."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from workbench.healing.watching.kernel import CAME, Event, Kernel, NoMoreWatches
from workbench.sandbox.snapshots.repository import Repository

_LOCKS = frozenset(("index.lock", "HEAD.lock"))
_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NONBLOCK | os.O_NOCTTY


@dataclass(slots=True)
class Heard:
    """What git did, of what matters here."""

    locks: dict[str, bool] = field(default_factory=dict)
    """Whether git holds a lock now, by its path."""
    head: bool = False
    rules: bool = False


class Repositories:
    """The folders of administration of all repositories in a project, each watched once."""

    def __init__(self, kernel: Kernel | None) -> None:
        self._kernel = kernel
        self._known: dict[tuple[Path | None, int], Repository] = {}
        self._watched: dict[Path, int | None] = {}
        self._folders: dict[int, Path] = {}

    def of(self, folder: Path | None, start: int) -> Repository:
        """Return a repository whose index is as it was when it was needed first."""
        key = (folder, start)
        if key not in self._known:
            self._known[key] = Repository(folder, start)
        return self._known[key]

    def know(self, folder: Path | None) -> None:
        """Watch the folder of administration, and the one of its rules."""
        if folder and folder not in self._watched:
            self._watched[folder] = self._watch(folder)
            self._watched[folder / "info"] = self._watch(folder / "info")

    def watches(self, watch: int) -> bool:
        return watch in self._folders

    def forget(self, watch: int) -> None:
        """Let go of a folder that is gone; it is watched again when it is met again."""
        folder = self._folders.pop(watch)
        self._watched.pop(folder, None)

    def hear(self, event: Event, heard: Heard) -> None:
        folder = self._folders[event.watch]
        if event.name in _LOCKS:
            heard.locks[str(folder / event.name)] = bool(event.mask & CAME)
        elif event.name == "HEAD":
            heard.head = True
        elif event.name == "index":
            self._drop(lambda one: one == folder)
        elif event.name == "exclude":
            heard.rules = True

    def _drop(self, matches: Callable[[Path], bool]) -> None:
        gone = [key for key in self._known if key[0] and matches(key[0])]
        for key in gone:
            del self._known[key]

    def _watch(self, folder: Path) -> int | None:
        """Return nothing where it cannot be watched: bursts are coalesced a little less then."""
        if self._kernel is None:
            return None
        try:
            opened = os.open(folder, _FOLDER)
        except OSError:
            return None
        try:
            watch = self._kernel.add(opened)
        except NoMoreWatches:
            return None
        finally:
            os.close(opened)
        if watch is not None:
            self._folders[watch] = folder
        return watch
