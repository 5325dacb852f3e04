"""Children that do something and tell of it, line by line; one that hangs is ended."""

from __future__ import annotations

import contextlib
import json
import os
import resource
import select
import signal
import sys
import time
import traceback
from collections.abc import Callable, Iterator
from typing import Any

from .. import stopwatch
from .clock import CLOCK

_CHUNK = 1 << 16
_LOOK_EVERY = 0.05
_LONGEST = 64 * 1024 * 1024
MEMORY = 512 * 1024 * 1024
"""What a child may take beyond what its parent has."""
Message = dict[str, Any]


class Teller:
    """Writes messages, one a line."""

    def __init__(self, descriptor: int) -> None:
        self.descriptor = descriptor

    def tell(self, *messages: Message) -> None:
        view = memoryview(b"".join([json.dumps(one).encode() + b"\n" for one in messages]))
        while view:
            view = view[os.write(self.descriptor, view) :]


class Hearer:
    """Puts messages together from what has been read."""

    def __init__(self, descriptor: int) -> None:
        self.descriptor = descriptor
        self._held = b""

    def feed(self, data: bytes) -> list[Message]:
        *lines, self._held = (self._held + data).split(b"\n")
        if len(self._held) > _LONGEST:
            raise ValueError("a line without end")
        return [json.loads(line) for line in lines if line]

    def wait(self) -> list[Message]:
        """Return what comes next; nothing when nobody is there any more."""
        while data := os.read(self.descriptor, _CHUNK):
            found = self.feed(data)
            if found:
                return found
        return []


_HARDLY = 0.05
"""Who computes for no more of the time than this waits for something."""


class Patience:
    """How long a child may compute, take, and wait, without telling anything."""

    def __init__(self, cpu: float, wall: float, idle: float | None = None) -> None:
        self._cpu = cpu
        self._wall = wall
        self._idle = wall if idle is None else idle

    def is_over(self, cpu: float, wall: float) -> bool:
        most = self._idle if cpu < _HARDLY * wall else self._wall
        return cpu >= CLOCK.patience(self._cpu) or wall >= CLOCK.patience(most)


PRIVATE: list[int] = []
"""Descriptors that no child shall find open."""


AFTERWARDS: list[Callable[[], None]] = []
"""What is done whenever a child has ended."""


class Child:
    """One child, watched from its parent; that what it tells is JSON is all that is checked."""

    def __init__(self, act: Callable[[Teller], None], memory: int = MEMORY) -> None:
        self._read, write = os.pipe()
        self.pid = os.fork()
        if self.pid == 0:
            PRIVATE.append(self._read)
            _be(act, write, memory)
        os.close(write)
        os.set_blocking(self._read, False)
        self._process = os.pidfd_open(self.pid)
        self._heard = Hearer(self._read)
        self.has_hung = False

    def messages(
        self, patience: Patience, pulse: Callable[[], int] = lambda: 0
    ) -> Iterator[Message]:
        """Yield what it tells until it ends, or is ended: it told nothing, and no pulse moved."""
        poll = select.poll()
        poll.register(self._read, select.POLLIN)
        poll.register(self._process, select.POLLIN)
        since, used, last = stopwatch.now(), self._used(), pulse()
        try:
            while not patience.is_over(self._used() - used, stopwatch.now() - since):
                ends = [end for end, _ in poll.poll(1000 * _LOOK_EVERY)]
                if self._read in ends:
                    data = os.read(self._read, _CHUNK)
                    if not data:
                        poll.unregister(self._read)
                    yield from self._put_together(data)
                    since, used = stopwatch.now(), self._used()
                elif self._process in ends:
                    yield from self._rest()
                    return
                elif pulse() != last:
                    since, used, last = stopwatch.now(), self._used(), pulse()
            self.has_hung = True
        finally:
            self.end()

    def _rest(self) -> Iterator[Message]:
        """Yield what it told last: it may have ended between two looks at what is ready."""
        with contextlib.suppress(BlockingIOError):
            while data := os.read(self._read, _CHUNK):
                yield from self._put_together(data)

    def _put_together(self, data: bytes) -> list[Message]:
        try:
            return self._heard.feed(data)
        except ValueError:
            return []  # It writes what is no message: what it does not tell is missed elsewhere.

    def _used(self) -> float:
        try:
            return time.clock_gettime((~self.pid << 3) | 2)
        except OSError:
            return 0.0

    def end(self) -> None:
        """Kill it with all in its session, and forget it."""
        if not self.pid:
            return
        for kill in (os.killpg, os.kill):
            with contextlib.suppress(ProcessLookupError, PermissionError):
                kill(self.pid, signal.SIGKILL)
        os.waitpid(self.pid, 0)
        os.close(self._process)
        os.close(self._read)
        self.pid = 0
        for act in AFTERWARDS:
            act()


def _limit_memory(more: int) -> None:
    """Leave it less than all, so that it fails alone."""
    with open("/proc/self/statm", "rb") as file:
        size = int(file.read().split()[0]) * os.sysconf("SC_PAGE_SIZE")
    _, hard = resource.getrlimit(resource.RLIMIT_AS)
    soft = size + more
    resource.setrlimit(resource.RLIMIT_AS, (soft if hard < 0 else min(soft, hard), hard))


def _be(act: Callable[[Teller], None], descriptor: int, memory: int) -> None:
    """Do it, and end without what Python does at its end."""
    try:
        os.setsid()
        while PRIVATE:
            os.close(PRIVATE.pop())
        _limit_memory(memory)
        act(Teller(descriptor))
    except BaseException:
        traceback.print_exc(file=sys.__stderr__)
    finally:
        os._exit(0)
