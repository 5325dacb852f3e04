"""Keeping the graph in step with what was read: a file that changed is told of anew."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from msgspec.structs import replace

from workbench.api.facts import Event
from workbench.journal import reading
from workbench.journal.contents import Contents
from workbench.journal.journal import Journal
from workbench.knowledge.graph.process import Extractor
from workbench.knowledge.graph.python import module_of
from workbench.knowledge.graph.store import Store
from workbench.knowledge.graph.values import Found
from workbench.knowledge.listing import shown_above
from workbench.knowledge.reading.values import Ask
from workbench.knowledge.state import TYPES, Standing, fold
from workbench.workspace import Workspace

FILE = "graph.sqlite"
_AT_ONCE = 100
"""So many files are written together."""
_PATIENCE = 3.0
"""Seconds for which who asks waits for files that were not looked at yet."""


@dataclass(frozen=True)
class _File:
    """A file that was read, and how it can be read again."""

    source: str
    path: str
    digest: str
    ask: Ask


class Graph:
    """The store, and the task that brings it up to what the journal says was read."""

    def __init__(self, workspace: Workspace, journal: Journal) -> None:
        self.store = Store(workspace.folder / FILE)
        self._workspace = workspace
        self._journal = journal
        self._contents = Contents(workspace.contents)
        self._extractor = Extractor()
        self._seen = -1
        """The number of the last fact about sources that the graph has been brought up to."""
        self._behind = 0
        self._catching_up: asyncio.Task[None] | None = None

    async def close(self) -> None:
        if self._catching_up:
            self._catching_up.cancel()
            await asyncio.gather(self._catching_up, return_exceptions=True)
        await self._extractor.close()
        await asyncio.to_thread(self.store.close)

    async def catch_up(self) -> int:
        """Look at what changed since; return how many files are still to be looked at."""
        if self._catching_up is None or self._catching_up.done():
            self._catching_up = asyncio.create_task(self._catch_up(), name="reading relations")
        done, _ = await asyncio.wait({self._catching_up}, timeout=_PATIENCE)
        for task in done:
            task.result()
        return self._behind

    async def _catch_up(self) -> None:
        events = await self._journal.read(reading.of_types, TYPES)
        last = events[-1].seq if events else 0
        if last == self._seen:
            return
        wanted = await asyncio.to_thread(self._files, events)
        known = await asyncio.to_thread(self.store.digests)
        gone = [key for key in known if key not in wanted]
        new = [one for key, one in wanted.items() if known.get(key) != one.digest]
        if gone:
            await asyncio.to_thread(self.store.drop, gone)
        await self._read(new)
        self._seen = last

    async def _read(self, new: list[_File]) -> None:
        self._behind = len(new)
        batch: list[tuple[str, str, Found]] = []
        for one in new:
            found = await self._extractor.read(one.ask, one.path, one.source)
            batch.append((one.source, one.path, replace(found, digest=one.digest)))
            if len(batch) == _AT_ONCE or len(batch) == self._behind:
                await asyncio.to_thread(self.store.put, batch)
                self._behind -= len(batch)
                batch = []
        await self._extractor.close()

    def _files(self, events: tuple[Event, ...]) -> dict[tuple[str, str], _File]:
        known = fold(events, self._contents.read)
        return {
            (one.source, one.path): one
            for standing in known.sources.values()
            for one in self._of(standing)
        }

    def _of(self, standing: Standing) -> Iterator[_File]:
        root = _root(standing)
        above = shown_above(root, self._workspace.project)
        kind = "package" if standing.added.what == "package" else ""
        content = None
        if standing.added.what == "text":
            content = self._contents.read(standing.added.content)
        for path, file in standing.files.items():
            if file.reason or not file.digest:
                continue
            name = path.removeprefix(above) if content is None else path
            module = module_of(name if kind or path.startswith("/") else path)
            ask = Ask(str(root), name, kind, module, "", content)
            yield _File(standing.id, path, file.digest, ask)


def _root(standing: Standing) -> Path:
    """Return the folder that the names of a source's files begin at."""
    path = Path(standing.added.path)
    return path if standing.added.what == "folder" else path.parent
