"""Cells: namespaces of their own, made ahead of time by a process so small that it forks fast."""

from __future__ import annotations

import contextlib
import gc
import os
import select
import signal
import struct

from . import kernel

INSIDE_ID = 1000
OWN = (
    kernel.CLONE_NEWUSER
    | kernel.CLONE_NEWNS
    | kernel.CLONE_NEWPID
    | kernel.CLONE_NEWIPC
    | kernel.CLONE_NEWUTS
)
_AHEAD = 2
_MOST_DYING = 4
_PID = struct.Struct("i")


class Cell:
    """The first process of fresh namespaces; with it ends everything in them."""

    def __init__(self, pid: int) -> None:
        self.pid = pid
        self._descriptor = os.pidfd_open(pid)

    def kill(self) -> None:
        """End it, unless it has ended."""
        with contextlib.suppress(ProcessLookupError):
            signal.pidfd_send_signal(self._descriptor, signal.SIGKILL)

    def is_dead(self, patience: float) -> bool:
        """Say whether all that was in it is gone, and then let go of it."""
        dead = bool(select.select([self._descriptor], [], [], patience)[0])
        if dead:
            os.close(self._descriptor)
        return dead


class Dying:
    """Cells that were killed, and take a moment to be gone."""

    def __init__(self) -> None:
        self._cells: list[Cell] = []

    def add(self, cell: Cell) -> None:
        self._cells.append(cell)

    def bury(self, patience: float) -> None:
        """Let go of those that are gone; only a few may still be on their way."""
        self._cells = [cell for cell in self._cells if not cell.is_dead(0)]
        while len(self._cells) > _MOST_DYING:
            if not self._cells[0].is_dead(patience):
                raise OSError("a job before is not dead")
            del self._cells[0]


def enter_all_of(pid: int, descriptor: int) -> None:
    """Have all that is a cell's own, and give it its user; one is only ever born in its processes.

    It is for whoever enters to name the user, since what makes cells does nothing that can wait.
    """
    kernel.map_ids(INSIDE_ID, INSIDE_ID, 0, 0, pid)
    kernel.setns(descriptor, OWN & ~kernel.CLONE_NEWPID)


class Warden:
    """The process that makes cells; it must be begun before anything large is imported."""

    def __init__(self) -> None:
        asked, self._asking = os.pipe()
        self._answers, answering = os.pipe()
        if os.fork() == 0:
            os.close(self._asking)
            os.close(self._answers)
            _make_cells(asked, answering)
        os.close(asked)
        os.close(answering)
        for _ in range(_AHEAD):
            self.order()

    def next(self) -> Cell:
        """Return a cell that nobody has been in."""
        answer = os.read(self._answers, 4)
        if len(answer) < 4:
            raise OSError("no namespaces can be made any more")
        (pid,) = _PID.unpack(answer)
        if pid < 0:
            raise OSError(-pid, f"no namespaces: {os.strerror(-pid)}")
        return Cell(pid)

    def order(self) -> None:
        """Have one more made; there is always one in stock."""
        os.write(self._asking, b"1")


def _make_cells(asked: int, answering: int) -> None:
    """Make one for each byte; what is the same in all of them is set here, and inherited."""
    try:
        gc.freeze()
        gc.disable()
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # Cells that have ended are not waited for.
        signal.pthread_sigmask(signal.SIG_BLOCK, (signal.SIGCHLD,))
        kernel.prctl(kernel.PR_SET_PDEATHSIG, signal.SIGKILL)
        for number in (0, 1):
            os.close(number)
        while os.read(asked, 1):
            os.write(answering, _PID.pack(_make_cell(asked, answering)))
    finally:
        os._exit(0)


def _make_cell(*not_its_own: int) -> int:
    """Return the first process of a new cell, or the number of the error below zero."""
    try:
        pid = kernel.fork_with(OWN)
    except OSError as error:
        return -(error.errno or 1)
    if pid == 0:
        _be_first(*not_its_own)
    return pid


def _be_first(*not_its_own: int) -> None:
    """Be the first process: take in orphans, and end by nothing that comes from inside."""
    try:
        for number in not_its_own:
            os.close(number)
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        kernel.prctl(kernel.PR_SET_DUMPABLE, 0)
        while True:
            signal.sigwait((signal.SIGCHLD,))
            _bury()
    finally:
        os._exit(0)


def _bury() -> None:
    """Wait for those that have ended: what they computed is then counted as this process's."""
    with contextlib.suppress(ChildProcessError):
        while os.waitpid(-1, os.WNOHANG) != (0, 0):
            continue
