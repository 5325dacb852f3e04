"""Processes that embed beside the host: as many as there are cores to spare, niced, on demand.

What is embedded goes to them in small batches, so that whoever gives up waits for one text at most.
"""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

from local_models.embedder.backend import DIMENSIONS, USUAL_LIMIT, Identity
from local_models.embedder.names import BEST
from workbench.errors import ModelError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

BATCH = 16
"""Texts that go to a process at once; from so many on the quickest backend is worth it."""
_REST = 60.0
_PATIENCE = 2.0
_LET_THROUGH = (
    "HOME",
    "LANG",
    "LC_ALL",
    "LD_LIBRARY_PATH",
    "PATH",
    "PYTHONDONTWRITEBYTECODE",
    "PYTHONPATH",
    "PYTHONPYCACHEPREFIX",
    "TMPDIR",
    "XDG_CACHE_HOME",
)
_ONE_THREAD = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "OMP_WAIT_POLICY": "passive"}
_LENGTH = 4
_AGAIN = "It is started again when something is to be embedded."


def spare_cores() -> int:
    """Return how many processes leave a core to everything else, and at least one."""
    return max(1, len(os.sched_getaffinity(0)) - 1)


@dataclass
class _Batch:
    texts: list[str]
    vectors: asyncio.Future[NDArray[np.float32]] = field(default_factory=asyncio.Future)


class Pool:
    """Embeds in processes of its own; call it where one event loop runs."""

    def __init__(
        self,
        folder: Path,
        *,
        processes: int = 0,
        backend: str = BEST,
        limit: int = USUAL_LIMIT,
        rest: float = _REST,
    ) -> None:
        self._told = (str(folder), backend, str(limit))
        self._most = processes or spare_cores()
        self._rest = rest
        self._waiting: asyncio.Queue[_Batch] = asyncio.Queue()
        self._workers: set[asyncio.Task[None]] = set()
        self._idle = 0

    async def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Return a vector a row; whoever cancels this stops the embedding too."""
        import numpy as np

        starts = range(0, len(texts), BATCH)
        batches = [_Batch(list(texts[start : start + BATCH])) for start in starts]
        for batch in batches:
            self._waiting.put_nowait(batch)
            self._hire()
        try:
            rows = await asyncio.gather(*(batch.vectors for batch in batches))
        finally:
            for batch in batches:
                batch.vectors.cancel()
        return np.concatenate(rows) if rows else np.empty((0, DIMENSIONS), np.float32)

    async def close(self) -> None:
        """End the processes; what still waits is cancelled."""
        workers = list(self._workers)
        for worker in workers:
            worker.cancel()
        await asyncio.gather(*workers, return_exceptions=True)
        while not self._waiting.empty():
            self._waiting.get_nowait().vectors.cancel()

    def _hire(self) -> None:
        if self._idle < self._waiting.qsize() and len(self._workers) < self._most:
            worker = asyncio.create_task(self._work(), name="embedding")
            self._workers.add(worker)
            worker.add_done_callback(self._workers.discard)

    async def _work(self) -> None:
        """Carry batches to a process, which goes home when there have been none for a while."""
        worker = _Process(self._told)
        try:
            while batch := await self._next():
                if not batch.vectors.done():
                    await _see_to(worker, batch)
        finally:
            await worker.end()

    async def _next(self) -> _Batch | None:
        self._idle += 1
        try:
            return await asyncio.wait_for(self._waiting.get(), self._rest)
        except TimeoutError:
            return None
        finally:
            self._idle -= 1


async def _see_to(worker: _Process, batch: _Batch) -> None:
    """Embed a batch; where the process dies of it, another tries once more."""
    try:
        try:
            made = await worker.embed(batch)
        except _Died:
            made = await worker.embed(batch)
    except (ModelError, _Died) as problem:
        if not batch.vectors.done():
            batch.vectors.set_exception(_explained(problem))
        return
    except asyncio.CancelledError:
        batch.vectors.cancel()
        raise
    if made is not None and not batch.vectors.done():
        batch.vectors.set_result(made)


def _explained(problem: ModelError | _Died) -> ModelError:
    if isinstance(problem, ModelError):
        return problem
    return ModelError(f"The process that embeds ended twice, with status {problem}.", _AGAIN)


class _Died(Exception):
    """The process ended; the text is its status."""


class _Process:
    """One process, started when it is first needed and again after it died."""

    def __init__(self, told: Sequence[str]) -> None:
        self._told = told
        self._process: asyncio.subprocess.Process | None = None

    async def embed(self, batch: _Batch) -> NDArray[np.float32] | None:
        """Return the vectors, or nothing where they are not wanted any more."""
        try:
            process = self._process or await self._start()
            _send(process, msgspec.msgpack.encode(batch.texts))
            return await self._reply(process, batch)
        except (asyncio.IncompleteReadError, ConnectionError) as error:
            raise _Died(await self.end()) from error

    async def end(self) -> int | None:
        """End it, and return its status."""
        process, self._process = self._process, None
        if process is None:
            return None
        if process.stdin:
            process.stdin.close()
        try:
            return await asyncio.wait_for(process.wait(), _PATIENCE)
        except TimeoutError:
            with suppress(ProcessLookupError):
                process.kill()
            return await process.wait()

    async def _start(self) -> asyncio.subprocess.Process:
        self._process = process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-P", "-m", "local_models.embedder.process", *self._told),
            cwd="/",
            env=_environment(),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            start_new_session=True,
        )
        _decode(*await _receive(process))
        return process

    async def _reply(
        self, process: asyncio.subprocess.Process, batch: _Batch
    ) -> NDArray[np.float32] | None:
        reply = asyncio.ensure_future(_receive(process))
        try:
            both: set[asyncio.Future[Any]] = {reply, batch.vectors}
            await asyncio.wait(both, return_when=asyncio.FIRST_COMPLETED)
            if not reply.done():
                _send(process, b"")
            made = _decode(*await reply)
        finally:
            reply.cancel()
        return None if isinstance(made, Identity) else made


def _send(process: asyncio.subprocess.Process, content: bytes) -> None:
    if process.stdin:
        process.stdin.write(len(content).to_bytes(_LENGTH, "little") + content)


async def _receive(process: asyncio.subprocess.Process) -> tuple[bytes, bytes]:
    assert process.stdout is not None  # noqa: S101 - it was started with a pipe
    length = int.from_bytes(await process.stdout.readexactly(_LENGTH), "little")
    found = await process.stdout.readexactly(length)
    return found[:1], found[1:]


def _decode(what: bytes, content: bytes) -> Identity | NDArray[np.float32] | None:
    """Return what a process said: who it is, vectors, or nothing since it was cancelled."""
    import numpy as np

    match what:
        case b"i":
            return msgspec.msgpack.decode(content, type=Identity)
        case b"v":
            return np.frombuffer(content, np.float32).reshape(-1, DIMENSIONS)
        case b"c":
            return None
        case _:
            raise ModelError(*msgspec.msgpack.decode(content, type=tuple[str, str]))


def _environment() -> dict[str, str]:
    kept = {name: os.environ[name] for name in _LET_THROUGH if name in os.environ}
    return {**kept, **_ONE_THREAD}
