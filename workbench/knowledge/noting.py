"""What the journal learns of a source: nothing that the index does not have on the disk."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection, Mapping

from workbench.api.sources import FileRead, Outcome, SourceRead
from workbench.errors import WorkbenchError
from workbench.knowledge.desk import Desk
from workbench.knowledge.state import MOST_CHANGES, Standing, keep_manifest


class Notes:
    """How one source stands, and that it is written down."""

    def __init__(
        self, standing: Standing, desk: Desk, state: str, failed: Callable[[], None]
    ) -> None:
        self.state = state
        self._standing = standing
        self._desk = desk
        self._failed = failed
        """Is called when changes cannot be kept."""
        self._turn = asyncio.Lock()
        """One fact is written after another, each with what holds when its turn comes."""
        self._unsettled: set[str] = set()
        """Files that changed, of which the journal does not know."""
        self._settling: asyncio.Task[None] | None = None

    async def note_reading(self) -> None:
        """Say that all of it is read from now on."""
        async with self._turn:
            self.state = "reading"
        self._desk.changed()

    async def write_down(self, outcome: Outcome, seconds: float = 0.0, problem: str = "") -> None:
        """Write down how a reading ended, and all files that are known."""
        async with self._turn:
            self._unsettled.clear()
            await self._write_whole(outcome, seconds, problem)

    def settle(self, changed: Collection[str]) -> None:
        """Write files down once the index has them on the disk; the next may change meanwhile."""
        self._unsettled.update(changed)
        if self._unsettled and (self._settling is None or self._settling.done()):
            self._settling = asyncio.create_task(self._settle(), name="settling changes")

    async def close(self) -> None:
        if self._settling:
            self._settling.cancel()
            await asyncio.gather(self._settling, return_exceptions=True)

    async def _settle(self) -> None:
        try:
            while self._unsettled:
                async with self._turn:
                    await self._settle_once()
        except (OSError, WorkbenchError):
            self._failed()

    async def _settle_once(self) -> None:
        paths, self._unsettled = self._unsettled, set()
        if not paths or self.state == "reading":  # Then all of it is written down soon.
            return
        changed = {path: self._standing.files.get(path) for path in paths}
        await (await self._desk.index()).flush()
        await self._write_changes(changed)

    async def _write_changes(self, changed: Mapping[str, FileRead | None]) -> None:
        one = self._standing
        if one.changes >= MOST_CHANGES:
            await self._write_whole("read")
            return
        fact = SourceRead(
            one.id, "read", changed=dict(changed), files=len(one.files), passages=one.passages
        )
        one.read = await self._desk.write(fact, one.id)
        one.changes += 1
        self._desk.changed()

    async def _write_whole(self, outcome: Outcome, seconds: float = 0.0, problem: str = "") -> None:
        one = self._standing
        manifest = await asyncio.to_thread(keep_manifest, dict(one.files), self._desk.contents.keep)
        fact = SourceRead(
            one.id,
            outcome,
            manifest,
            files=len(one.files),
            passages=one.passages,
            skipped=one.skipped,
            seconds=round(seconds, 3),
            problem=problem,
            place=one.place,
        )
        one.read = await self._desk.write(fact, one.id)
        one.outcome, one.problem, one.changes, self.state = outcome, problem, 0, outcome
        self._desk.changed()
