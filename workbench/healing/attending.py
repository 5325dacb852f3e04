"""What happens beside the tests while a project is followed: programs crash, logs tell of it."""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import NamedTuple

import msgspec

from workbench.api.events import LogNoticed
from workbench.api.facts import Fact
from workbench.errors import WorkbenchError
from workbench.healing.crashes.noticing import CrashWatch, prune
from workbench.healing.crashes.telling import is_worth_a_search
from workbench.healing.crashes.values import Crash
from workbench.healing.logs.following import LogFollower, Stored
from workbench.healing.logs.reading import Position
from workbench.healing.logs.telling import noticed
from workbench.workspace import Workspace

_BEAT = 1.0
_MOST_SEARCHES = 3
"""Of many crashes that come at once no more are searched for repairs, the newest."""
_KEEP_AFTER = 10.0
"""How often to write down how far logs were read."""


class Asks(NamedTuple):
    """Who does what is to be done about it."""

    write: Callable[[Fact, str], Awaitable[object]]
    """Writes a fact with its subject."""
    tell: Callable[[Crash], Awaitable[bool]]
    """Writes a crash down, and says whether it was news."""
    heal: Callable[[Crash], Awaitable[object]]
    """Searches for repairs."""


class Attention:
    """Looks once a second; that costs next to nothing as long as nothing has come."""

    def __init__(self, workspace: Workspace, logs: tuple[str, ...], ask: Asks) -> None:
        self.trouble = ""
        """Why the last look or search came to nothing."""
        self._ask = ask
        self._folder = workspace.folder / "crashes"
        self._crashes = CrashWatch(self._folder, workspace.project, from_now=False)
        self._logs = Logs(workspace, logs) if logs else None
        self._searches = set[asyncio.Task[None]]()
        self._one = asyncio.Lock()
        """One search at a time."""
        self._under_way = set[str]()

    async def follow(self) -> None:
        """Look until nobody waits for it any more."""
        try:
            while True:
                await self._look()
                await asyncio.sleep(_BEAT)
        finally:
            for search in self._searches:
                search.cancel()
            if self._logs:
                self._logs.keep()

    async def _look(self) -> None:
        try:
            await self._take(await asyncio.to_thread(self._crashes.look))
            if self._logs:
                for fact in await asyncio.to_thread(self._logs.look, time.time()):
                    await self._ask.write(fact, fact.sighting)
        except OSError as problem:
            self.trouble = f"What happens beside the tests cannot be seen: {problem}."

    async def _take(self, crashes: tuple[Crash, ...]) -> None:
        """Tell each crash once, and search for repairs of those that are worth it."""
        fresh = [one for one in crashes if await self._ask.tell(one)]
        if crashes:
            await asyncio.to_thread(prune, self._folder)
        worth = {one.fingerprint: one for one in fresh if is_worth_a_search(one)}
        for crash in list(worth.values())[-_MOST_SEARCHES:]:
            self._begin(crash)

    def _begin(self, crash: Crash) -> None:
        """Search beside the next looks; the same crash again is no second search."""
        if crash.fingerprint in self._under_way:
            return
        self._under_way.add(crash.fingerprint)
        search = asyncio.create_task(self._search(crash), name=f"crash {crash.id}")
        self._searches.add(search)
        search.add_done_callback(self._searches.discard)

    async def _search(self, crash: Crash) -> None:
        try:
            async with self._one:
                await self._ask.heal(crash)
            self.trouble = ""
        except WorkbenchError as trouble:
            self.trouble = trouble.sentence
        finally:
            self._under_way.discard(crash.fingerprint)


class Logs:
    """The logs of a project, and how far they were read, which outlives the host."""

    def __init__(self, workspace: Workspace, patterns: tuple[str, ...]) -> None:
        self._project = workspace.project
        self._file = workspace.folder / "logs"
        self._follower = LogFollower(workspace.project, patterns, _stored(self._file))
        self._kept_at = time.monotonic()
        self._kept: dict[str, Position] = {}

    def look(self, now: float) -> tuple[LogNoticed, ...]:
        found = noticed(self._follower.look(now), self._project)
        if found or time.monotonic() - self._kept_at > _KEEP_AFTER:
            self.keep()
        return found

    def keep(self) -> None:
        """Write down how far all was read, if that has changed."""
        self._kept_at = time.monotonic()
        positions = self._follower.positions
        if positions == self._kept:
            return
        self._kept = positions
        new = self._file.with_suffix(".new")
        new.write_bytes(msgspec.msgpack.encode(self._follower.stored))
        os.replace(new, self._file)  # noqa: PTH105 - one step: a reader sees the old or the new


def _stored(file: Path) -> dict[str, Stored]:
    """Return what was written; a file that was cut short, or is of old, is nothing."""
    try:
        return msgspec.msgpack.decode(file.read_bytes(), type=dict[str, Stored])
    except (FileNotFoundError, msgspec.DecodeError):
        return {}
