"""Making a bundle of what is known, or of what is named."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from workbench.api import memory
from workbench.errors import UsageError
from workbench.journal import reading
from workbench.journal.contents import Contents
from workbench.journal.journal import Journal
from workbench.knowledge.bundles import packing
from workbench.knowledge.bundles import vectors as travelling
from workbench.knowledge.bundles.gathering import Gathered
from workbench.knowledge.bundles.manifest import LARGEST_FILE
from workbench.knowledge.skills.catalogue import Crafts
from workbench.knowledge.state import TYPES, Standing, fold
from workbench.knowledge.subjects.catalogue import Catalogue
from workbench.visible import visible_line
from workbench.workspace import Workspace

_MOST_VECTORS = 80_000
"""So many of them are what a file of a bundle holds; with more, the texts are embedded anew."""


class Maker:
    """Packs subjects, skills and sources of a workspace."""

    def __init__(
        self,
        workspace: Workspace,
        journal: Journal,
        contents: Contents,
        knowledge: Callable[[], Awaitable[Any]],
    ) -> None:
        self._workspace = workspace
        self._journal = journal
        self._contents = contents
        self._knowledge = knowledge

    async def make(
        self, command: memory.CreateBundle, subjects: Catalogue, crafts: Crafts
    ) -> tuple[str, ...]:
        """Write a bundle; return what was left out of it, in sentences."""
        sources = await self._sources()
        named = [_source(sources, one) for one in command.sources]
        if _is_everything(command):
            named = [*sources]
        maker, vectors = await self._vectors_of(named)
        path = Path(command.path)

        def write() -> tuple[str, ...]:
            gathered = Gathered(command.name or path.stem, vectors=maker)
            self._gather(gathered, command, subjects, crafts)
            for name in named:
                packed = vectors.get(name, b"")
                project = self._workspace.project
                gathered.add_source(sources[name], project, self._contents, packed)
            if not gathered.entries:
                raise UsageError("There is nothing to pack.", "Learn or read something first.")
            packing.write(path, gathered.manifest, gathered.files)
            return tuple(gathered.left_out)

        return await asyncio.to_thread(write)

    async def _sources(self) -> Mapping[str, Standing]:
        events = await self._journal.read(reading.of_types, TYPES)
        return (await asyncio.to_thread(fold, events, self._contents.read)).sources

    def _gather(
        self,
        gathered: Gathered,
        command: memory.CreateBundle,
        subjects: Catalogue,
        crafts: Crafts,
    ) -> None:
        topics = [subjects.find(one) for one in command.subjects]
        skills = [crafts.find(one) for one in command.skills]
        if _is_everything(command):
            topics, skills = [*subjects.topics.values()], [*crafts.skills.values()]
        for topic in topics:
            if topic.current:
                gathered.add_subject(topic.current, self._contents)
        for craft in skills:
            if craft.current:
                gathered.add_skill(craft.current, self._contents)

    async def _vectors_of(self, sources: Sequence[str]) -> tuple[str, dict[str, bytes]]:
        """Return who made the vectors of sources, and these, where search is by meaning too."""
        if not sources:
            return "", {}
        index = await (await self._knowledge()).index()
        if index.maker is None:
            return "", {}
        few = [name for name in sources if await index.count(name) <= _MOST_VECTORS]
        found = {name: travelling.packed(await index.vectors_of(name)) for name in few}
        found = {name: data for name, data in found.items() if 0 < len(data) <= LARGEST_FILE}
        return (travelling.maker_of(index.maker) if found else ""), found


def _is_everything(command: memory.CreateBundle) -> bool:
    return not (command.subjects or command.skills or command.sources)


def _source(sources: Mapping[str, Standing], wanted: str) -> str:
    near = [
        name for name, one in sources.items() if name.startswith(wanted) or one.added.name == wanted
    ]
    if len(near) != 1:
        raise UsageError(
            f"{visible_line(wanted)} names {len(near)} sources.",
            "`workbench knowledge list` shows them.",
        )
    return near[0]
