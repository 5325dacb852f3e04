"""Processes from outside: started without detours, their CPU time and memory."""

from __future__ import annotations

import os
import signal
import time
from pathlib import Path

from bench.home import Unmeasured

MIB = 1024 * 1024
_CLOCK_OF_PROCESS = 2


def cpu_of(pid: int) -> float:
    """Return user and system seconds of a live process, all threads, by its own CPU clock.

    The same sum as in /proc/PID/stat, which is cut to ticks of 10 ms.
    """
    return time.clock_gettime((~pid << 3) | _CLOCK_OF_PROCESS)


def cpu_to_end(command: list[str]) -> float:
    """Run `command`, its output thrown away, and return its user and system seconds."""
    away = [(os.POSIX_SPAWN_OPEN, stream, os.devnull, os.O_RDWR, 0) for stream in range(3)]
    pid = os.posix_spawn(command[0], command, os.environ, file_actions=away)
    _, status, usage = os.wait4(pid, 0)
    if status:
        raise Unmeasured(f"{Path(command[0]).name} ended with {status}")
    return usage.ru_utime + usage.ru_stime


def resident(pid: int) -> float:
    """Return the bytes of a process that are in memory."""
    return _kilobytes(pid, "status", "VmRSS:")


def proportional(pid: int) -> float:
    """Return the bytes in memory, those that several processes share counted by part."""
    return _kilobytes(pid, "smaps_rollup", "Pss:")


def end(pid: int) -> None:
    """Kill a child, which may have ended already, and wait until it is gone."""
    os.kill(pid, signal.SIGKILL)  # A child that nobody waited for keeps its number.
    os.waitpid(pid, 0)


def _kilobytes(pid: int, file: str, field: str) -> float:
    lines = Path(f"/proc/{pid}/{file}").read_text(encoding="ascii").splitlines()
    return next(float(line.split()[1]) * 1024 for line in lines if line.startswith(field))
