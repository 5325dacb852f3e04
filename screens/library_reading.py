"""What stands behind the rows of the Knowledge screen: read when a cursor comes to rest on one."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Callable, Coroutine
from typing import TYPE_CHECKING, Any

from screens.library import Edition, Item, entity_of
from widgets import colours
from widgets.passages import coloured_as
from workbench.api.knowing import ReadPassage
from workbench.api.passages import Hit, Passage, Surrounded
from workbench.api.shapes import Command, View
from workbench.api.subjects import (
    DiffVersions,
    Entity,
    Link,
    Links,
    ReadLinks,
    ReadSubject,
    Subject,
)
from workbench.errors import WorkbenchError

if TYPE_CHECKING:
    from screens.frame import Frame

_MOST_KEPT = 100
_BETWEEN_LOOKS = 1.0


class Reader:
    """Holds answers by what was asked, as many as one is likely to come back to."""

    def __init__(self, frame: Frame, changed: Callable[[], None]) -> None:
        self.around = 1
        """So many passages are shown before and after the one that was found."""
        self.links: dict[str, Links] = {}
        """Where one has wandered, by entity."""
        self._frame, self._changed = frame, changed
        self._known: OrderedDict[Command[Any], View | str] = OrderedDict()
        self._outdated: set[Command[Any]] = set()
        self._asked: set[Command[Any]] = set()
        self._wandering: set[str] = set()

    def answer(self, command: Command[Any]) -> View | str | None:
        """Return what the host said, a sentence where it refused, or nothing yet."""
        return self._known.get(command)

    def want(self, item: Item | None) -> None:
        """Ask for all that the detail of an item shows."""
        for command in wanted_for(item, self.around):
            is_known = command in self._known and command not in self._outdated
            if not is_known and command not in self._asked:
                self._asked.add(command)
                self._spawn(self._ask(command))
        self._colour(item)

    def forget(self) -> None:
        """Ask again for what is wanted again; until then the old answers stand."""
        self._outdated.update(self._known)

    def surrounded(self, item: Item | None) -> Surrounded | None:
        """Return the passage of an item between its neighbours."""
        name = passage_named_by(item)
        found = self.answer(ReadPassage(name, self.around)) if name else None
        return found if isinstance(found, Surrounded) else None

    def wander(self, entity: Entity) -> None:
        """Read where one can go from an entity."""
        if entity.id not in self._wandering:
            self._wandering.add(entity.id)
            self._spawn(self._wander(entity.id))

    async def _wander(self, entity: str) -> None:
        """Read it, and again while there are files that were not looked at for links."""
        try:
            while True:
                self.links[entity] = await self._frame.interface.host.call(ReadLinks(entity))
                self._changed()
                if not (self.links[entity].behind and self._frame.is_current):
                    return
                await asyncio.sleep(_BETWEEN_LOOKS)
        finally:
            self._wandering.discard(entity)

    async def _ask(self, command: Command[Any]) -> None:
        try:
            found: View | str = await self._frame.interface.host.call(command)
        except WorkbenchError as error:
            found = f"{error.sentence} {error.hint}".strip()
        finally:
            self._asked.discard(command)
        self._outdated.discard(command)
        self._known[command] = found
        while len(self._known) > _MOST_KEPT:
            self._outdated.discard(self._known.popitem(last=False)[0])
        if isinstance(found, Surrounded):
            self._load(found.passage)
        self._changed()

    def _colour(self, item: Item | None) -> None:
        if isinstance(item, Hit):
            self._load(item.passage)

    def _load(self, passage: Passage) -> None:
        name = coloured_as(passage.path, passage.language)
        if not colours.is_loaded(name):
            self._spawn(self._load_colours(name))

    async def _load_colours(self, name: str) -> None:
        """Find what reads the source beside the keys: it is large, and nobody waits for colours."""
        await asyncio.to_thread(colours.load, [name])
        self._changed()

    def _spawn(self, chore: Coroutine[Any, Any, None]) -> None:
        self._frame.interface.spawn(self._frame, chore)


def passage_named_by(item: Item | None) -> str:
    """Return the id of the passage that an item is about."""
    if isinstance(item, Hit):
        return item.passage.id
    if isinstance(item, Link) and item.provenance.passage:
        return item.entity.passage or item.provenance.passage
    entity = entity_of(item)
    return entity.passage if entity else ""


def wanted_for(item: Item | None, around: int) -> list[Command[Any]]:
    match item:
        case Subject(id=name):
            return [ReadSubject(name)]
        case Edition(subject=subject, version=version, before=before):
            compared = [DiffVersions(subject.id, before.id, version.id)] if before else []
            return [ReadSubject(subject.id, version.id), *compared]
        case Hit() | Entity() | Link():
            name = passage_named_by(item)
            return [ReadPassage(name, around)] if name else []
        case _:
            return []
