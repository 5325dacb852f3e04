"""A seat: one model in its worker, with the queue of those who want something of it."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from types import TracebackType
from typing import Self

from local_models.staff.speaking import WORKER, Waits
from local_models.worker.client import Worker
from local_models.worker.problems import WorkerError
from local_models.worker.protocol import Chat, Ended, Generate, Piece, Progress
from local_models.worker.scheduling import Errand, Schedule
from local_models.worker.supervisor import Health, Supervisor

_TO_KEEP = 5.0
"""For so many seconds a model that is put away is waited for to write down what it has read."""


@dataclass(frozen=True)
class Started:
    """A worker with what is known of its model's file."""

    worker: Worker
    digest: str


@dataclass(frozen=True)
class _About:
    """What the queue of a model does not know of an entry."""

    id: str
    actor: str


class Asked:
    """An errand as others see it: its id tells it from those of all other models."""

    def __init__(self, errand: Errand, name: str) -> None:
        self._errand = errand
        self.id = name

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        at: TracebackType | None,
    ) -> None:
        self.cancel()

    def __aiter__(self) -> AsyncIterator[Progress | Piece]:
        return self._errand.__aiter__()

    @property
    def ended(self) -> Ended | None:
        return self._errand.ended

    def cancel(self) -> None:
        self._errand.cancel()

    async def text(self) -> str:
        return await self._errand.text()


class Seat:
    """One model, loaded when it is wanted; roles that have the same model share it."""

    place = WORKER

    def __init__(
        self, name: str, start: Callable[[], Awaitable[Started]], ids: Iterator[str]
    ) -> None:
        self.name = name
        self._begin = start
        self._ids = ids
        self._supervisor = Supervisor(name, self._start)
        self._schedule = Schedule(self._use)
        self._about: dict[int, _About] = {}
        self._guests = 0
        self.digest = ""
        """SHA-256 of the file that was loaded last."""
        self.context = 0
        """Of the worker that was there last."""
        self.used = time.monotonic()

    @property
    def health(self) -> Health:
        return self._supervisor.health

    @property
    def idle(self) -> bool:
        """Whether nobody wants anything of it at this moment."""
        return not self._schedule.entries and not self._guests

    @property
    def resting(self) -> bool:
        """Whether it is loaded for nobody."""
        return self.idle and self.health.condition == "ready"

    @property
    def queue(self) -> tuple[Waits, ...]:
        """Return who is served and who waits, in the order of their turns."""
        now, entries = time.monotonic(), self._schedule.entries
        self._about = {one.id: self._about[one.id] for one in entries}
        return tuple(
            Waits(
                self._about[one.id].id,
                one.what,
                self._about[one.id].actor,
                one.urgency == "person",
                one.state,
                now - one.arrived,
            )
            for one in entries
        )

    async def open(self, why: str) -> Spoken:
        """Return who speaks, with the model loaded."""
        worker = await self._use()
        return Spoken(self, worker, self.digest, why)

    def ask(self, asked: Generate, *, urgent: bool, what: str, actor: str) -> Asked:
        self.used = time.monotonic()
        errand = self._schedule.ask(asked, "person" if urgent else "background", what)
        about = _About(next(self._ids), actor)
        self._about[errand.id] = about
        return Asked(errand, about.id)

    def cancel(self, request: str) -> bool:
        """End a request; say whether there was one of that name."""
        found = [key for key, about in self._about.items() if about.id == request]
        known = {one.id for one in self._schedule.entries}
        for key in known.intersection(found):
            self._schedule.cancel(key)
            return True
        return False

    def reset(self) -> None:
        """Try again although it failed: a person has looked."""
        self._supervisor.reset()

    @asynccontextmanager
    async def worker(self) -> AsyncIterator[Worker]:
        """Hold the worker for something short, so that it is not put away meanwhile."""
        self._guests += 1
        try:
            yield await self._use()
        finally:
            self._guests -= 1
            self.used = time.monotonic()

    async def put_away(self) -> None:
        """End the worker; what it has read is kept, so that it need not be read again."""
        await self._keep()
        if self.idle:  # Somebody may have come meanwhile.
            await self._supervisor.retire()

    async def close(self) -> None:
        """End the worker, whoever wants something of it."""
        await self._keep()
        await self._supervisor.retire()

    async def _keep(self) -> None:
        if self.resting:
            worker = await self._supervisor.use()
            with suppress(WorkerError, TimeoutError):  # Then it is read again, that is all.
                async with asyncio.timeout(_TO_KEEP):
                    await worker.save()

    async def _use(self) -> Worker:
        worker = await self._supervisor.use()
        self.used = time.monotonic()
        return worker

    async def _start(self) -> Worker:
        started = await self._begin()
        self.digest = started.digest
        self.context = started.worker.loaded.context
        return started.worker


class Spoken:
    """A model in its worker, as a speaker."""

    place = WORKER
    exact = True

    def __init__(self, seat: Seat, worker: Worker, digest: str, why: str) -> None:
        self._seat = seat
        self.name = seat.name
        self.digest = digest
        self.context = worker.loaded.context
        self.why = why

    def ask(self, asked: Generate, *, urgent: bool, what: str, actor: str = "") -> Asked:
        return self._seat.ask(asked, urgent=urgent, what=what, actor=actor)

    async def count(self, texts: Sequence[str]) -> tuple[int, ...]:
        async with self._seat.worker() as worker:
            return await worker.count(texts)

    async def weigh(self, chat: Chat) -> int:
        async with self._seat.worker() as worker:
            return len(await worker.tokenize(chat))

    async def render(self, chat: Chat) -> str:
        async with self._seat.worker() as worker:
            return await worker.render(chat)
