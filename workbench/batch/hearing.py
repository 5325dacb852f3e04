"""Listening to the journal while a batch runs: what is found is known before a step has ended."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import TypeVar

from workbench.api.commands import ReadEvents
from workbench.api.events import read_fact
from workbench.api.facts import Event, Fact
from workbench.batch.line import Line

F = TypeVar("F", bound=Fact)
Tell = Callable[[Event, Fact], None]


class Hearing:
    """What this batch wrote into the journal since it began."""

    def __init__(self, line: Line, face: str, seen: int, tell: Tell) -> None:
        self._line = line
        self._face = f"/{face}"
        self._tell = tell
        self._seen = seen
        self._heard: list[Fact] = []
        self._news = asyncio.Condition()
        self.following: asyncio.Task[None] | None = None

    def of(self, kind: type[F]) -> tuple[F, ...]:
        """Return all facts of a kind, in order."""
        return tuple(fact for fact in self._heard if isinstance(fact, kind))

    async def follow(self) -> None:
        async for events in self._line.follow(self._seen):
            for event in events:
                if event.actor.endswith(self._face):
                    self._heard.append(fact := read_fact(event))
                    self._tell(event, fact)
            async with self._news:
                self._seen = events[-1].seq
                self._news.notify_all()

    async def catch_up(self) -> None:
        """Wait until all is heard that has been written by now."""
        head = (await self._line.call(ReadEvents(limit=1))).head
        reaching = asyncio.create_task(self._reach(head))
        either = {reaching, self.following} if self.following else {reaching}
        await asyncio.wait(either, return_when=asyncio.FIRST_COMPLETED)
        if not reaching.done() and self.following:
            reaching.cancel()
            self.following.result()

    async def _reach(self, head: int) -> None:
        async with self._news:
            await self._news.wait_for(lambda: self._seen >= head)


@asynccontextmanager
async def listening(line: Line, face: str, tell: Tell) -> AsyncIterator[Hearing]:
    """Listen from now on; what goes wrong with that is told to whoever wants to catch up."""
    head = (await line.call(ReadEvents(limit=1))).head
    hearing = Hearing(line, face, head, tell)
    hearing.following = asyncio.create_task(hearing.follow(), name="hearing")
    try:
        yield hearing
    finally:
        hearing.following.cancel()
        await asyncio.gather(hearing.following, return_exceptions=True)
