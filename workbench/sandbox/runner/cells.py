"""Cells: namespaces of their own, made ahead of time by a process so small that it forks fast."""

from __future__ import annotations

import contextlib
import gc
import os
import select
import signal
import struct
from collections.abc import Callable
from functools import partial

from . import kernel

INSIDE_ID = 1000
OWN = (
    kernel.CLONE_NEWUSER
    | kernel.CLONE_NEWNS
    | kernel.CLONE_NEWPID
    | kernel.CLONE_NEWIPC
    | kernel.CLONE_NEWUTS
)


HELD = 100
"""The descriptor under which a cell holds what its furnisher made for the job."""
_AHEAD = 2


class Cell:
    """The first process of fresh namespaces; with it ends everything in them."""

    def __init__(self, pid: int, order: str) -> None:
        self.pid = pid
        self.order = order
        """What it was furnished for."""
        self._descriptor = os.pidfd_open(pid)

    def held(self) -> int:
        """Return a copy of the descriptor that the furnisher left."""
        return kernel.syscall("pidfd_getfd", self._descriptor, HELD, 0)

    def fork(self) -> int:
        """Fork as `os.fork` does, the child inside."""
        kernel.setns(self._descriptor, kernel.CLONE_NEWPID)
        pid = os.fork()
        if pid == 0:
            kernel.setns(self._descriptor, OWN & ~kernel.CLONE_NEWPID)
        return pid

    def kill(self) -> None:
        signal.pidfd_send_signal(self._descriptor, signal.SIGKILL)

    def is_dead(self, patience: float) -> bool:
        """Say whether all that was in it is gone, and then let go of it."""
        dead = bool(select.select([self._descriptor], [], [], patience)[0])
        if dead:
            os.close(self._descriptor)
        return dead


class Warden:
    """The process that makes cells; it must be begun before anything large is imported.

    `furnish` is called in each cell before it is handed out, with what was ordered: the best that
    is known then of the job that will be in it.
    """

    def __init__(self, furnish: Callable[[str], None]) -> None:
        asked, self._asking = os.pipe()
        self._answers, answering = os.pipe()
        if os.fork() == 0:
            os.close(self._asking)
            os.close(self._answers)
            _make_cells(asked, answering, furnish)
        os.close(asked)
        os.close(answering)
        self._orders: list[str] = []
        for _ in range(_AHEAD):
            self.order("")

    def next(self) -> Cell:
        """Return a cell that nobody has been in."""
        answer = os.read(self._answers, 4)
        if len(answer) < 4:
            raise OSError("no namespaces can be made any more")
        made_for = self._orders.pop(0)
        (pid,) = struct.unpack("i", answer)
        if pid < 0:
            raise OSError(-pid, f"no namespaces: {os.strerror(-pid)}")
        return Cell(pid, made_for)

    def order(self, order: str) -> None:
        """Have one more made; there is always one in stock."""
        os.write(self._asking, order.encode() + b"\n")
        self._orders.append(order)


def _make_cells(asked: int, answering: int, furnish: Callable[[str], None]) -> None:
    try:
        gc.freeze()
        gc.disable()
        signal.signal(signal.SIGCHLD, signal.SIG_IGN)
        kernel.prctl(kernel.PR_SET_PDEATHSIG, signal.SIGKILL)
        for number in (0, 1):
            os.close(number)
        with os.fdopen(asked, encoding="utf-8") as orders:
            for order in iter(orders.readline, ""):
                made = _make_cell(asked, answering, partial(furnish, order[:-1]))
                os.write(answering, struct.pack("i", made))
    finally:
        os._exit(0)


def _make_cell(asked: int, answering: int, furnish: Callable[[], None]) -> int:
    """Return the first process of a new cell, or the number of the error below zero."""
    try:
        mapped, mapping = os.pipe()
        furnished, furnishing = os.pipe()
        pid = kernel.fork_into(OWN)
        if pid == 0:
            for number in (asked, answering, mapping, furnished):
                os.close(number)
            _be_first(mapped, furnishing, furnish)
        os.close(mapped)
        os.close(furnishing)
        kernel.map_ids(INSIDE_ID, INSIDE_ID, 0, 0, str(pid))
        os.write(mapping, b"m")
        failure = os.read(furnished, 4)
        os.close(mapping)
        os.close(furnished)
    except OSError as error:
        return -(error.errno or 1)
    return pid if failure == b"done" else -(int(failure or 1))


def _bury_orphans() -> None:
    """Wait for those that have ended: what they computed is then counted as this process's."""
    with contextlib.suppress(ChildProcessError):
        while os.waitpid(-1, os.WNOHANG) != (0, 0):
            continue


def _be_first(mapped: int, furnishing: int, furnish: Callable[[], None]) -> None:
    """Be the first process: furnish, take in orphans, and end by nothing that comes from inside."""
    try:
        os.read(mapped, 1)
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        signal.pthread_sigmask(signal.SIG_BLOCK, (signal.SIGCHLD,))
        kernel.prctl(kernel.PR_SET_DUMPABLE, 0)
        furnish()
        os.write(furnishing, b"done")
        for number in (mapped, furnishing):
            os.close(number)
        while True:
            signal.sigwait((signal.SIGCHLD,))
            _bury_orphans()
    except OSError as error:
        os.write(furnishing, b"%4d" % (error.errno or 1))
    finally:
        os._exit(0)
