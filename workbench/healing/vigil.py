"""Keeping watch over a project: what changes is tested, and what turns red is healed."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from contextlib import aclosing, suppress
from pathlib import Path

from workbench.api import views
from workbench.errors import WorkbenchError
from workbench.healing.watching.bursts import Burst
from workbench.healing.watching.watcher import Watcher

Changed = tuple[str, ...]
Look = Callable[[Changed], Awaitable[None]]
"""Is told the paths that changed; what it does is given up when more changes."""
Beside = Callable[[], Coroutine[None, None, None]]
"""Goes on for as long as there is a watch."""
_CODE = (".py", ".toml", ".cfg", ".ini", ".json", ".txt", ".yaml", ".yml")


class Vigil:
    """One watch over one project, which several faces can share."""

    def __init__(self, project: Path, look: Look, beside: Beside) -> None:
        self._beside = beside
        self._watcher = Watcher(project)
        self._look = look
        self._faces = 0
        self._task: asyncio.Task[None] | None = None
        self._looking: asyncio.Task[None] | None = None
        self._trouble = ""
        self.bursts = 0

    @property
    def view(self) -> views.Watching:
        mode = self._watcher.mode
        looking = self._looking is not None and not self._looking.done()
        return views.Watching(
            self._faces, mode.kind, mode.reason, self.bursts, looking, self._trouble
        )

    async def share(self) -> None:
        """Watch for as long as whoever asked stays; the last one to leave ends it."""
        self._faces += 1
        self._task = self._task or asyncio.create_task(self._follow(), name="vigil")
        try:
            await asyncio.shield(self._task)
        finally:
            self._faces -= 1
            if not self._faces:
                await self._end()

    async def _follow(self) -> None:
        beside = asyncio.create_task(self._beside(), name="beside the vigil")
        try:
            await self._heed_bursts()
        finally:
            beside.cancel()
            with suppress(asyncio.CancelledError):
                await beside

    async def _heed_bursts(self) -> None:
        changed: tuple[str, ...] = ()
        async with aclosing(self._watcher.follow()) as bursts:
            async for burst in bursts:
                changed = (*(changed if await self._give_up() else ()), *_of_interest(burst))
                if changed or not self.bursts:
                    self._looking = asyncio.create_task(self._heed(changed))
                self.bursts += 1

    async def _heed(self, changed: Changed) -> None:
        try:
            await self._look(changed)
            self._trouble = ""
        except WorkbenchError as trouble:
            self._trouble = trouble.sentence

    async def _give_up(self) -> bool:
        """End a look that is under way: what it looks at has changed; say whether there was one."""
        if self._looking is None or self._looking.done():
            return False
        self._looking.cancel()
        with suppress(asyncio.CancelledError):
            await self._looking
        return True

    async def _end(self) -> None:
        task, self._task = self._task, None
        await self._give_up()
        if task:
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task


def _of_interest(burst: Burst) -> tuple[str, ...]:
    """Return what tests may depend on; a burst that is not complete may have touched anything."""
    found = tuple(path for path in burst.paths if path.endswith((*_CODE, "/")))
    return found or (() if burst.complete and not burst.head else (".",))
