"""Who embeds may change while an index is open: it is looked for, and not waited for for long."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable

from workbench.knowledge.embedders import Embedders
from workbench.knowledge.embedding import Embedding

_AT_FIRST, _LATER = 10.0, 1.0
"""Seconds to wait for somebody who is slow to begin; until then search is as it was before."""
EVERY = 0.2
"""Seconds between two looks at the files that tell: somebody who types asks more often."""
_AGAIN = 30.0
"""Seconds until somebody who could not begin is tried again."""


class Meeting:
    """Has an index take who embeds, whenever it may be another."""

    def __init__(self, embedders: Embedders, take: Callable[[Embedding], Awaitable[None]]) -> None:
        self._embedders = embedders
        self._take = take
        self._task: asyncio.Task[None] | None = None
        self._began = self._ended = time.monotonic()
        self._looked = 0.0
        self._doubted = False

    async def first(self) -> None:
        await self._wait(_AT_FIRST)

    async def look(self, *, unsettled: bool) -> None:
        """See whether another embeds by now; while it is unsettled, also without a sign of it."""
        due = unsettled and time.monotonic() - self._ended > _AGAIN
        if self._task or self._doubted or due or await self._is_another():
            await self._wait(_LATER)

    def doubt(self) -> None:
        """Look anew next time: who embeds could not do so."""
        self._doubted = True

    async def whole(self) -> None:
        """Meet who embeds now, however long that takes."""
        await asyncio.shield(self._begun())

    async def close(self) -> None:
        if self._task:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    async def _is_another(self) -> bool:
        if time.monotonic() - self._looked < EVERY:
            return False
        self._looked = time.monotonic()
        return await self._embedders.changed()

    def _begun(self) -> asyncio.Task[None]:
        if self._task is None:
            self._began, self._doubted = time.monotonic(), False
            self._task = asyncio.create_task(self._meet(), name="who embeds")
        return self._task

    async def _meet(self) -> None:
        try:
            await self._take(await self._embedders.now())
        finally:
            self._task, self._ended = None, time.monotonic()

    async def _wait(self, seconds: float) -> None:
        """Wait so long from its beginning on, however many wait one after the other."""
        task = self._begun()
        rest = self._began + seconds - time.monotonic()
        await asyncio.wait({task}, timeout=max(0.0, rest))
        if task.done():
            task.result()
