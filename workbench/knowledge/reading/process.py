"""The host's side of reading: a process begun when it is needed, and replaced when it dies."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from asyncio.subprocess import DEVNULL, PIPE, Process

import msgspec

from workbench.knowledge.reading.child import SECONDS
from workbench.knowledge.reading.ending import Endings
from workbench.knowledge.reading.frames import HEAD, LONGEST, frame
from workbench.knowledge.reading.values import Ask, Parsed

_LET_THROUGH = (
    *("LANG", "LC_ALL", "LD_LIBRARY_PATH", "PATH"),
    *("PYTHONDONTWRITEBYTECODE", "PYTHONPATH", "PYTHONPYCACHEPREFIX"),
)
_COMMAND = (sys.executable, "-P", "-m", "workbench.knowledge.reading.child")
_PATIENCE = 120.0
"""Seconds by the clock for one file: on a busy machine little computing takes long."""
_NICE = 10
_MOST_MEMORY = 256 << 20
_IDLE = 30.0
_ENDED, _DIED = "the reading process ended", "the process that read it died ({})"
_ENDED_BY_OTHERS = (_ENDED, _DIED.format("SIGKILL"), _DIED.format("SIGTERM"))
_PARSED = msgspec.msgpack.Decoder(Parsed)


class Reader:
    """Reads one file at a time. What crashes or hangs costs that file, and says why."""

    def __init__(self, nice: int = _NICE) -> None:
        self.patience = _PATIENCE
        self._nice = nice
        self._process: Process | None = None
        self._busy = asyncio.Lock()
        self._rest: asyncio.TimerHandle | None = None
        self._endings = Endings()

    @property
    def pid(self) -> int:
        return self._process.pid if self._process else 0

    async def read(self, ask: Ask) -> Parsed:
        """Read a file; a process that somebody ended says nothing about the file, so once more."""
        async with self._busy:
            self._cancel_rest()
            parsed = await self._read(ask)
            if parsed.reason in _ENDED_BY_OTHERS:
                parsed = await self._read(ask)
            return parsed

    async def _read(self, ask: Ask) -> Parsed:
        process = self._process or await self._begin()
        try:
            async with asyncio.timeout(self.patience):  # `wait_for` can lose a cancellation.
                parsed = await _asked(process, ask)
        except TimeoutError:
            self._drop()
            return Parsed(reason=f"reading it took longer than {self.patience:.0f} s")
        except (asyncio.IncompleteReadError, ConnectionError, msgspec.MsgspecError):
            return Parsed(reason=await self._why())
        except BaseException:
            self._drop()  # An answer that nobody waits for would be taken for the next one.
            raise
        if parsed.memory > _MOST_MEMORY:
            self._drop()
        self._rest = asyncio.get_running_loop().call_later(_IDLE, self._drop)
        return parsed

    async def close(self) -> None:
        self._cancel_rest()
        self._drop()
        await self._endings.finish()

    async def _begin(self) -> Process:
        environ = {name: os.environ[name] for name in _LET_THROUGH if name in os.environ}
        self._process = await asyncio.create_subprocess_exec(
            *_COMMAND,
            str(self._nice),
            cwd="/",
            env=environ,
            stdin=PIPE,
            stdout=PIPE,
            stderr=DEVNULL,
            start_new_session=True,
        )
        return self._process

    def _cancel_rest(self) -> None:
        if self._rest:
            self._rest.cancel()
            self._rest = None

    def _drop(self) -> None:
        """End the process; the next file gets another."""
        process, self._process = self._process, None
        if process:
            self._endings.begin(process)

    async def _why(self) -> str:
        process, self._process = self._process, None
        if process is None:
            return _ENDED
        if process.returncode is None and process.stdin:
            process.stdin.close()
        status = await _ended(process)
        if status == -signal.SIGXCPU:
            return f"reading it took more than {SECONDS} s of computing"
        name = signal.Signals(-status).name if status < 0 else f"status {status}"
        return _DIED.format(name)


async def _asked(process: Process, ask: Ask) -> Parsed:
    assert process.stdin  # noqa: S101 - it was made with pipes
    assert process.stdout  # noqa: S101 - as above
    process.stdin.write(frame(ask))
    await process.stdin.drain()
    (length,) = HEAD.unpack(await process.stdout.readexactly(HEAD.size))
    if length > LONGEST:
        raise ConnectionError("no answer is so long")
    return _PARSED.decode(await process.stdout.readexactly(length))


async def _ended(process: Process) -> int:
    try:
        return await asyncio.wait_for(process.wait(), 5)
    except TimeoutError:
        process.kill()
        return await process.wait()
