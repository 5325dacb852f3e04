"""The runner's side of processes that are forked ahead of their jobs."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
from collections.abc import Iterable

from . import values
from .confine import Confinement, Job

_LIKELY = ("tree", "folder", "env")


class Standby:
    """A process that waits for its job where that will run, and the runner's ends of its pipes.

    Over `peer` it hears what its job is likely to be, then the job, and later what the other half
    of a split run says.
    """

    def __init__(self, confinement: Confinement, likely: Job) -> None:
        self.pid = 0
        self._confinement = confinement
        self.ends, theirs = _make_ends()
        try:
            confinement.fork(theirs)
        except OSError:
            _close(self.ends.values())
            raise
        finally:
            _close(theirs.values())
        with contextlib.suppress(BrokenPipeError):  # It is asked whether it lives when it must.
            values.send(self.ends["peer"], likely)

    def arrive(self) -> None:
        """Learn who it is; OSError if it could not be forked."""
        self.pid = self._confinement.forked()

    def is_alive(self) -> bool:
        with contextlib.suppress(OSError):
            self.arrive()
        ended = os.WEXITED | os.WNOHANG | os.WNOWAIT
        return bool(self.pid) and os.waitid(os.P_PID, self.pid, ended) is None

    def give(self, job: Job) -> None:
        values.send(self.ends["peer"], job)
        if not job["peer"]:
            os.close(self.ends.pop("peer"))

    def end(self) -> None:
        """End it, if it has not ended, and let go of it."""
        if self.pid:
            os.kill(self.pid, signal.SIGKILL)
            os.waitpid(self.pid, 0)
        _close(self.ends.values())


class Ahead:
    """Has one wait, made ready for a job like the one before."""

    def __init__(self, confinement: Confinement) -> None:
        self._confinement = confinement
        self._likely: Job = {}
        self._waiting: Standby | None = None

    def fork(self) -> None:
        """Have one wait; whoever needs it tries again, and then hears why there is none."""
        if self._waiting is None:
            with contextlib.suppress(OSError):
                self._waiting = Standby(self._confinement, self._likely)

    def begin(self, job: Job) -> Standby:
        """Return the one that does `job` now; OSError if there can be none."""
        chosen = self._take()
        try:
            if not chosen.pid:
                chosen.arrive()
            self._confinement.begin(job)
            chosen.give(job)
        except OSError:
            chosen.end()
            raise
        self._likely = {name: job[name] for name in _LIKELY}
        return chosen

    def _take(self) -> Standby:
        """Return the one that waits, or a new one if that has died meanwhile."""
        waiting, self._waiting = self._waiting, None
        if waiting is not None and waiting.is_alive():
            return waiting
        if waiting is not None:
            waiting.end()
        return Standby(self._confinement, self._likely)


def _make_ends() -> tuple[dict[str, int], dict[str, int]]:
    ours, theirs = {}, {}
    for name in ("output", "records", "status"):
        ours[name], theirs[name] = os.pipe()
    ours["peer"], theirs["peer"] = (one.detach() for one in socket.socketpair())
    return ours, theirs


def _close(numbers: Iterable[int]) -> None:
    for number in numbers:
        os.close(number)
