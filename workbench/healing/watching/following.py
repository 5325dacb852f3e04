"""The thread that follows one project: it sleeps in the kernel and tells bursts."""

from __future__ import annotations

import os
import select
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from workbench.healing.watching.bursts import Burst, Gathering, Mode, Names
from workbench.healing.watching.kernel import (
    OVERFLOW,
    SELF_DELETED,
    SELF_MOVED,
    UNMOUNTED,
    Event,
    Kernel,
    NoMoreWatches,
)
from workbench.healing.watching.repositories import Heard
from workbench.healing.watching.tree import Tree, Wanted
from workbench.sandbox.snapshots.walk import reason_to_skip

HEARTBEAT = 2.0
"""How often to look whether the project is still the same folder: a move above it tells nobody."""
_GATHER = 0.01
"""Events that follow each other are read together, and the kernel makes like ones one."""
_SLACK = 2.0
"""Seconds that the clock of a file system may be behind."""
_LOST = "events came faster than they can be kept, so every file was looked at"
_GONE = (-1, -1)
_SELF = SELF_DELETED | SELF_MOVED | UNMOUNTED


class Following:
    """Follows a project until a byte comes down `stopping`."""

    def __init__(self, project: Path, tell: Callable[[Burst], None], stopping: int) -> None:
        self._project = project
        self._tell = tell
        self._poller = select.poll()
        self._poller.register(stopping, select.POLLIN)
        self._stopping = stopping
        self._kernel: Kernel | None = None
        self._tree: Tree | None = None
        self._root: tuple[int, int] | None = None
        self._wanted = Wanted()
        self._gathering = Gathering()
        self._heard = time.time()
        self._beat = 0.0
        self._told: Mode | None = None

    def run(self) -> None:
        try:
            self._begin(complete=True)
            while self._turn():
                pass
        finally:
            self._leave()

    def _turn(self) -> bool:
        """Wait for something to do and do it, and say whether to go on."""
        ready = dict(self._poller.poll(self._pause()))
        if self._stopping in ready:
            return False
        now = time.monotonic()
        if now >= self._beat:
            self._check_root(now)
        try:
            self._work(now, heard=len(ready) > 0)
        except OSError:  # The project went, or may not be read any more, in the middle of it.
            self._begin(complete=False)
        return True

    def _work(self, now: float, *, heard: bool) -> None:
        if self._tree is None:
            return
        if heard:
            self._hear(self._tree)
        if (due := self._tree.polls.due()) is not None and now >= due:
            self._poll(self._tree, now)
        if self._wanted:
            self._look(self._tree)
        if (due := self._gathering.due()) is not None and time.monotonic() >= due:
            self._finish(self._tree)

    def _pause(self) -> int:
        """Return milliseconds until something is due."""
        times = [self._beat, self._gathering.due()]
        times += [self._tree.polls.due()] if self._tree else []
        first = min(one for one in times if one is not None)
        return max(0, int((first - time.monotonic()) * 1000) + 1)

    def _begin(self, *, complete: bool) -> None:
        """Watch everything, or wait until there is something to watch."""
        self._leave()
        try:
            root = _identity(self._project)
            self._arm()
        except OSError as problem:
            self._leave()
            reason = f"{self._project} cannot be read: {problem.strerror}"
            self._say(Mode("waiting", reason), complete=False)
        else:
            self._root = root
            self._told = None
            self._say(self._mode(), complete=complete)
        self._beat = time.monotonic() + HEARTBEAT

    def _say(self, mode: Mode, *, complete: bool) -> None:
        """Tell how changes are noticed from now on, once."""
        if mode != self._told:
            self._tell(Burst((), mode, complete=complete))
        self._told = mode

    def _arm(self) -> None:
        why = ""
        try:
            self._kernel = Kernel()
            self._poller.register(self._kernel.descriptor, select.POLLIN)
        except NoMoreWatches as problem:
            why = problem.sentence
        self._tree = Tree(self._project, self._kernel, why)
        self._heard = time.time()
        self._tree.look(Wanted(again={""}))

    def _leave(self) -> None:
        if self._kernel:
            self._poller.unregister(self._kernel.descriptor)
            self._kernel.close()
        self._kernel = self._tree = self._root = None
        self._wanted, self._gathering = Wanted(), Gathering()

    def _mode(self) -> Mode:
        return self._tree.mode if self._tree else Mode("waiting")

    def _check_root(self, now: float) -> None:
        """Begin anew where the project is another folder than the one that is watched."""
        self._beat = now + HEARTBEAT
        found = None
        with suppress(OSError):
            found = _identity(self._project)
        if found != self._root or self._tree is None:
            self._begin(complete=False)

    def _hear(self, tree: Tree) -> None:
        """Take in what the kernel has to tell."""
        assert self._kernel  # noqa: S101 - nobody else could be heard
        time.sleep(_GATHER)
        before, names, heard = time.time(), Names(), Heard()
        for event in self._kernel.read():
            self._take(tree, event, names, heard)
        self._gather(names, heard)
        if not self._gathering.lost:
            self._heard = before

    def _take(self, tree: Tree, event: Event, names: Names, heard: Heard) -> None:
        if event.mask & OVERFLOW:
            self._gathering = self._gathering.with_loss(time.monotonic())
            self._wanted.again.add("")
            self._wanted.since = min(self._wanted.since, self._heard - _SLACK)
        elif tree.repositories.watches(event.watch):
            tree.repositories.hear(event, heard)
        elif event.mask & _SELF and tree.is_root(event.watch):
            self._root, self._beat = _GONE, 0.0  # One made anew may have the same number.
        else:
            tree.hear(event, names, self._wanted)

    def _gather(self, names: Names, heard: Heard | None = None) -> None:
        now = time.monotonic()
        if names.touched or names.born:
            self._gathering = self._gathering.with_paths(now, names.touched, names.born)
        if heard is None:
            return
        for lock, held in heard.locks.items():
            self._gathering = self._gathering.with_lock(lock, held=held)
        if heard.head:
            self._gathering = self._gathering.with_head(now)
        if heard.rules:
            self._wanted.again.add("")

    def _poll(self, tree: Tree, now: float) -> None:
        names = Names()
        tree.poll(now, names, self._wanted)
        self._gather(names)

    def _look(self, tree: Tree) -> None:
        """Survey what is wanted; how changes are noticed may have changed with it."""
        wanted, self._wanted, mode = self._wanted, Wanted(), tree.mode
        self._gather(tree.look(wanted))
        if tree.mode != mode:
            self._gathering = self._gathering.with_word(time.monotonic())

    def _finish(self, tree: Tree) -> None:
        """Tell the burst that is over, if anything is left of it."""
        done, self._gathering = self._gathering, Gathering(locks=self._gathering.locks)
        paths = tuple(sorted(path for path in done.paths if self._stands(path, done)))
        if not (paths or done.head or done.lost or done.told):
            return
        mode = Mode(tree.mode.kind, _LOST) if done.lost else tree.mode
        self._tell(Burst(paths, mode, not done.lost, done.head))

    def _stands(self, path: str, done: Gathering) -> bool:
        """Say whether a path counts: what came and went did nothing, a pipe is no content."""
        if path.endswith("/"):
            return True
        try:
            found = os.lstat(os.path.join(self._project, path))  # noqa: PTH118 - any name goes
        except OSError:
            return path not in done.born
        return not reason_to_skip(found)


def _identity(project: Path) -> tuple[int, int]:
    found = project.stat()
    if not project.is_dir():
        raise NotADirectoryError(20, os.strerror(20))
    return found.st_dev, found.st_ino
