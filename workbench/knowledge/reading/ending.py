"""Ending a process of ours with all that it began, and letting go of its pipes."""

from __future__ import annotations

import asyncio
import os
import signal
from asyncio.subprocess import Process
from contextlib import suppress

_AT_ONCE = 1 << 16


class Endings:
    """Ends processes that lead a session of their own, beside whatever else goes on."""

    def __init__(self) -> None:
        self._tasks: set[asyncio.Task[int]] = set()

    def begin(self, process: Process) -> None:
        """Kill at once, and see to the rest later."""
        _kill(process)
        task = asyncio.ensure_future(_finish(process))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def finish(self) -> None:
        await asyncio.gather(*self._tasks, return_exceptions=True)


def _kill(process: Process) -> None:
    if process.returncode is None:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)


async def _finish(process: Process) -> int:
    """Read what is left, or its pipe would stay open."""
    if process.stdin:
        process.stdin.close()
    while process.stdout and await process.stdout.read(_AT_ONCE):
        pass
    return await process.wait()
