"""A worker kept alive: started when it is wanted, once more when it dies, and then no more."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from typing import Literal

from local_models.worker.client import Worker
from local_models.worker.problems import FATAL, WorkerError

WINDOW = 600.0
"""Failures that lie further apart than this have nothing to do with one another."""
_ONCE_MORE = "It is tried again once somebody resets it, or after `workbench host stop`."
_MOST = 1
"""How often a worker is started again after a failure before somebody has to look."""
Condition = Literal["resting", "loading", "ready", "broken"]


@dataclass(frozen=True)
class Breaker:
    """What is known of a worker's failures; it opens when there are too many in a row."""

    failures: tuple[float, ...] = ()
    last: WorkerError | None = None

    @property
    def open(self) -> bool:
        return len(self.failures) > _MOST

    def failed(self, error: WorkerError, now: float) -> Breaker:
        recent = tuple(at for at in self.failures if now - at < WINDOW)
        return replace(self, failures=(*recent, now), last=error)


@dataclass(frozen=True)
class Health:
    """How a model stands, as a face shows it."""

    condition: Condition
    failures: int
    why: str = ""
    """The last failure, in a sentence."""


class Supervisor:
    """The one worker of one model."""

    def __init__(
        self,
        name: str,
        start: Callable[[], Awaitable[Worker]],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._name = name
        self._start = start
        self._clock = clock
        self._worker: Worker | None = None
        self._breaker = Breaker()
        self._starting = asyncio.Lock()

    @property
    def health(self) -> Health:
        breaker = self._breaker
        why = breaker.last.sentence if breaker.last else ""
        return Health(self._condition(), len(breaker.failures), why)

    async def use(self) -> Worker:
        """Return a worker that lives, started if need be; refuse while the breaker is open."""
        async with self._starting:
            self._notice()
            if self._breaker.open:
                raise self._refusal()
            if self._worker and self._worker.stale:
                await self._put_away()
            if self._worker is None:
                self._worker = await self._started()
            return self._worker

    async def retire(self) -> None:
        """End the worker, so that the model is loaded anew when it is wanted next."""
        async with self._starting:
            self._notice()
            await self._put_away()

    def reset(self) -> None:
        """Try again although it failed: a person has looked."""
        self._notice()
        self._breaker = Breaker()

    async def _put_away(self) -> None:
        worker, self._worker = self._worker, None
        if worker:
            await worker.close()

    def _condition(self) -> Condition:
        self._notice()
        if self._breaker.open:
            return "broken"
        if self._starting.locked():
            return "loading"
        return "ready" if self._worker else "resting"

    def _notice(self) -> None:
        """See whether the worker has died since."""
        if self._worker and self._worker.lost:
            self._breaker = self._breaker.failed(self._worker.lost, self._clock())
            self._worker = None

    async def _started(self) -> Worker:
        """Start one; where that fails as a crash does, it is tried as often as after one."""
        while True:
            try:
                return await self._start()
            except WorkerError as error:
                if error.kind not in FATAL:
                    raise
                self._breaker = self._breaker.failed(error, self._clock())
                if self._breaker.open:
                    raise

    def _refusal(self) -> WorkerError:
        last = self._breaker.last
        return WorkerError(
            "breaker",
            f"{self._name} failed {len(self._breaker.failures)} times and is not started again. "
            f"{last.sentence if last else ''}".rstrip(),
            f"{last.hint if last else ''} {_ONCE_MORE}".lstrip(),
            last.log if last else (),
        )
