"""The host's side of the process that reads relations: begun when needed, replaced when it dies."""

from __future__ import annotations

import asyncio
import os
import sys
from asyncio.subprocess import DEVNULL, PIPE, Process

import msgspec

from workbench.knowledge.graph.child import Wanted
from workbench.knowledge.graph.values import Found
from workbench.knowledge.reading.frames import HEAD, LONGEST, frame
from workbench.knowledge.reading.values import Ask

_LET_THROUGH = ("LANG", "LC_ALL", "LD_LIBRARY_PATH", "PATH", "PYTHONPATH", "PYTHONPYCACHEPREFIX")
_COMMAND = (sys.executable, "-P", "-m", "workbench.knowledge.graph.child")
_PATIENCE = 120.0
_FOUND = msgspec.msgpack.Decoder(Found)


class Extractor:
    """Reads one file at a time. What crashes it twice, or hangs, costs that file alone."""

    def __init__(self) -> None:
        self._process: Process | None = None

    @property
    def pid(self) -> int:
        return self._process.pid if self._process else 0

    async def read(self, ask: Ask, shown: str, source: str) -> Found:
        """Read a file, once more where the process ended, which others may have done."""
        wanted = Wanted(ask, shown, source)
        try:
            return await self._read(wanted)
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        try:
            return await self._read(wanted)
        except (asyncio.IncompleteReadError, ConnectionError) as error:
            return _silent(error)

    async def _read(self, wanted: Wanted) -> Found:
        process = self._process or await self._begin()
        try:
            return await asyncio.wait_for(_asked(process, wanted), _PATIENCE)
        except (TimeoutError, msgspec.MsgspecError) as error:
            await self.close()
            return _silent(error)
        except BaseException:
            await self.close()  # An answer that nobody waits for would be taken for the next one.
            raise

    async def close(self) -> None:
        process, self._process = self._process, None
        if process is None:
            return
        if process.returncode is None:
            process.kill()
        await process.wait()

    async def _begin(self) -> Process:
        environ = {name: os.environ[name] for name in _LET_THROUGH if name in os.environ}
        self._process = await asyncio.create_subprocess_exec(
            *_COMMAND,
            cwd="/",
            env=environ,
            stdin=PIPE,
            stdout=PIPE,
            stderr=DEVNULL,
            start_new_session=True,
        )
        return self._process


def _silent(error: Exception) -> Found:
    return Found(reason=f"the process that read it did not answer ({type(error).__name__})")


async def _asked(process: Process, wanted: Wanted) -> Found:
    assert process.stdin  # noqa: S101 - it was made with pipes
    assert process.stdout  # noqa: S101 - as above
    process.stdin.write(frame(wanted))
    await process.stdin.drain()
    (length,) = HEAD.unpack(await process.stdout.readexactly(HEAD.size))
    if length > LONGEST:
        raise ConnectionError("no answer is so long")
    return _FOUND.decode(await process.stdout.readexactly(length))
