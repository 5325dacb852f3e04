"""What the keys of the Knowledge screen do with sources, domains, subjects and passages."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Iterable, Iterator
from functools import partial
from typing import TYPE_CHECKING, Any

from msgspec.structs import replace

from screens.frame import Question
from screens.library import Edition, Item
from screens.sheets import Removal
from screens.wording import number
from widgets.ink import BLANK, Role, Row, Rows, outside, wrap
from workbench.api.knowing import (
    AddSource,
    ChangeDomain,
    RemoveSource,
    RereadSource,
    StopReading,
    VerifyKnowledge,
)
from workbench.api.passages import Domain, KnownSource, Passage
from workbench.api.subjects import Deprecate, Entity, ReadEntities, Rollback, Subject
from workbench.visible import visible_line

if TYPE_CHECKING:
    from screens.interface import Interface
    from screens.knowledge import KnowledgeScreen

_MOST_TOLD = 3
_BETWEEN_LOOKS = 0.5


class LibraryKeys:
    """Asks what has to be asked, and tells what became of it."""

    def __init__(self, screen: KnowledgeScreen) -> None:
        self.screen = screen
        self._added: list[str] = []
        self._reasons: list[str] = []

    @property
    def interface(self) -> Interface:
        return self.screen.interface

    @property
    def _item(self) -> Item | None:
        return self.screen.selected

    @property
    def _source(self) -> KnownSource | None:
        return self._item if isinstance(self._item, KnownSource) else None

    def do_knowledge_add(self) -> None:
        domain = self._item.name if isinstance(self._item, Domain) else ""
        into = f" into {domain}" if domain else ""
        domains = (domain,) if domain else ()

        def add(text: str) -> None:
            if text.strip():
                self._added = [text, *(one for one in self._added if one != text)]
                self._do(self._add(AddSource(text.strip(), domains=domains)))

        label = visible_line(f"read{into}: path or package")
        self.screen.ask(Question(label, add, tuple(self._added)))

    def do_knowledge_reread(self) -> None:
        if source := self._source:
            self._do(self._reread(source, whole=False))

    def do_knowledge_reread_whole(self) -> None:
        if source := self._source:
            self._do(self._reread(source, whole=True))

    def do_knowledge_stop(self) -> None:
        if source := self._source:
            self._do(self._stop(source))

    def do_knowledge_remove(self) -> None:
        match self._item:
            case KnownSource() as source:
                told = partial(_rows_of_removal, source)
                self._ask_before(told, lambda: self._remove(source))
            case Domain(name=name) as domain:
                said = f"{visible_line(name)} was taken away; its sources stay."
                told = partial(_rows_of_domain, domain)
                self._ask_before(told, lambda: self._change([Domain(name, ())], said))
            case _:
                pass

    def _ask_before(
        self, told: Callable[[int], Rows], remove: Callable[[], Coroutine[Any, Any, None]]
    ) -> None:
        close = self.screen.close_sheet
        self.screen.open_sheet(Removal(told, close, lambda: self._do(remove())))

    def do_knowledge_domains(self) -> None:
        item = self._item
        if isinstance(item, KnownSource):
            label = f"domains of {visible_line(item.name)}"
            before = ", ".join(item.domains)
            answer = partial(self._set_domains, item)
        elif isinstance(item, Domain):
            label = f"sources of {visible_line(item.name)}"
            before = _written(item, self.screen.holdings.source)
            answer = partial(self._set_sources, item)
        else:
            return
        self.screen.ask(Question(label, answer, before=before))

    def do_knowledge_deprecate(self) -> None:
        item = self._item
        if isinstance(item, Edition):
            subject, version, is_gone = item.subject, item.version.id, item.version.deprecated
        elif isinstance(item, Subject):
            subject, version, is_gone = item, "", item.deprecated
        else:
            return
        if is_gone:
            self._do(self._deprecate(Deprecate(subject.id, version, deprecated=False)))
            return

        def answer(text: str) -> None:
            if not text.strip():
                self.interface.tell("It needs a reason; nothing was done.", Role.BAR_WARN)
                return
            reason, _, instead = text.partition("->")
            self._reasons = [text, *(one for one in self._reasons if one != text)]
            command = Deprecate(subject.id, version, reason.strip(), instead.strip())
            self._do(self._deprecate(command))

        label = "why deprecate (-> what to use instead)"
        self.screen.ask(Question(label, answer, tuple(self._reasons)))

    def do_knowledge_roll_back(self) -> None:
        item = self._item
        if isinstance(item, Edition):
            subject, version = item.subject, item.version.id
        elif isinstance(item, Subject):
            subject, version = item, ""
        else:
            return

        def answer(reason: str) -> None:
            self._do(self._roll_back(Rollback(subject.id, version, reason.strip())))

        to = f"version {item.version.number}" if isinstance(item, Edition) else "the one before"
        self.screen.ask(Question(f"roll back to {to}: why", answer))

    def do_knowledge_verify(self) -> None:
        self.interface.tell("The index is being checked.")
        self._do(self._verify())

    def do_knowledge_find_links(self) -> None:
        def answer(text: str) -> None:
            if text.strip():
                self._do(self._find_links(text.strip()))

        self.screen.ask(Question("links of", answer))

    def find_links(self, text: str, passage: Passage) -> None:
        """Show the links of what a passage defines or names."""
        self._do(self._find_links(text, passage))

    def _do(self, chore: Coroutine[Any, Any, None]) -> None:
        self.interface.spawn(self.screen, chore)

    async def _add(self, command: AddSource) -> None:
        source = await self.interface.host.call(command)
        self.interface.tell(f"{visible_line(source.name)} is being read.")
        self.screen.stand_on(source)

    async def _reread(self, source: KnownSource, *, whole: bool) -> None:
        await self.interface.host.call(RereadSource(source.id, whole=whole))
        what = "is read again from the beginning" if whole else "is looked through for changes"
        self.interface.tell(f"{visible_line(source.name)} {what}.")

    async def _stop(self, source: KnownSource) -> None:
        await self.interface.host.call(StopReading(source.id))
        self.interface.tell("Reading was stopped; what was read so far stays.")

    async def _remove(self, source: KnownSource) -> None:
        base = await self.interface.host.call(RemoveSource(source.id))
        self.screen.lookout.take(base)
        self.interface.tell(f"{visible_line(source.name)} was removed.")

    def _set_domains(self, source: KnownSource, text: str) -> None:
        """Put a source into the domains named, and out of all others."""
        names = _names(text)
        holdings = self.screen.holdings
        known = {one.name: one for one in holdings.domains}
        changed = [
            replace(known.get(name, Domain(name, ())), sources=(*_held(known, name), source.id))
            for name in names
            if source.id not in _held(known, name)
        ]
        changed += [
            replace(one, sources=tuple(name for name in one.sources if name != source.id))
            for one in holdings.domains
            if source.id in one.sources and one.name not in names
        ]
        if changed:
            told = ", ".join(names) or "no domain"
            self._do(self._change(changed, f"{visible_line(source.name)} is in {told} now."))

    def _set_sources(self, domain: Domain, text: str) -> None:
        """Take `source, source @host:folder`; with nothing the domain goes."""
        names, _, place = text.partition("@")
        host, _, folder = place.partition(":")
        changed = Domain(domain.name, _names(names), host.strip(), folder.strip(), domain.about)
        gone = not (changed.sources or changed.host)
        told = f"{visible_line(domain.name)} {'was taken away' if gone else 'was changed'}."
        self._do(self._change([changed], told))

    async def _change(self, domains: list[Domain], told: str) -> None:
        for one in domains:
            await self.interface.host.call(ChangeDomain(one))
        self.interface.tell(told)

    async def _deprecate(self, command: Deprecate) -> None:
        await self.interface.host.call(command)
        await self._subjects_changed()
        told = "is deprecated; it stays, and can be taken up again" if command.deprecated else ""
        self.interface.tell(f"It {told or 'may be used again'}.")

    async def _roll_back(self, command: Rollback) -> None:
        read = await self.interface.host.call(command)
        await self._subjects_changed()
        name = visible_line(read.subject.name)
        self.interface.tell(f"Version {read.subject.number} of {name} is the current one.")

    async def _subjects_changed(self) -> None:
        self.screen.reader.forget()
        await self.screen.lookout.read_subjects()

    async def _verify(self) -> None:
        checked = await self.interface.host.call(VerifyKnowledge())
        if checked.sound:
            told = f"Index, journal and sources agree: {number(checked.passages, 'passage')}."
            self.interface.tell(told, Role.BAR_GOOD)
            return
        problems = " ".join(checked.problems[:_MOST_TOLD])
        told = f"{visible_line(problems)} `workbench knowledge rebuild` makes it anew."
        self.interface.tell(told, Role.BAR_BAD)

    async def _find_links(self, text: str, passage: Passage | None = None) -> None:
        """Show the links of what has that name; of several the one that the passage defines."""
        found = await self._entities(text)
        last = text.rpartition(".")[2]
        named = [one for one in found if one.name.endswith(last)]
        if chosen := next(iter([*_defined_in(passage, found), *named, *found]), None):
            self.interface.tell(None)
            self.screen.show_links(chosen)
        else:
            told = f"Nothing is known that is joined with {visible_line(text)}."
            self.interface.tell(told, Role.BAR_WARN)

    async def _entities(self, text: str) -> tuple[Entity, ...]:
        """Find what has a name; while files are still looked at, as long as somebody waits."""
        item = self._item
        while True:
            read = await self.interface.host.call(ReadEntities(text))
            if read.entities or not read.behind or self._item is not item:
                return read.entities
            left = number(read.behind, "file")
            self.interface.tell(f"Links are being looked for: {left} to go.")
            await asyncio.sleep(_BETWEEN_LOOKS)


def _defined_in(passage: Passage | None, found: Iterable[Entity]) -> list[Entity]:
    """Return what stands in a passage, what begins nearest to it first."""
    if passage is None:
        return []
    path, first = passage.path, passage.first
    inside = [one for one in found if one.passage == passage.id or one.path == path]
    return sorted(inside, key=lambda one: (one.passage != passage.id, abs(one.first - first)))


def _rows_of_removal(source: KnownSource, width: int) -> Rows:
    counts = f"{number(source.passages, 'passage')} of {number(source.files, 'file')}"
    rows = [BLANK, _title(f"Remove {visible_line(source.name)}?"), *_text(source.path, width)]
    rows += _text(f"Its {counts} will not be found any more.", width)
    rows += _text("No file is touched, and it can be read again.", width, Role.DIM)
    if source.domains:
        rows += _text(f"It leaves {', '.join(source.domains)}.", width, Role.WARN)
    return tuple(rows)


def _rows_of_domain(domain: Domain, width: int) -> Rows:
    rows = [BLANK, _title(f"Take the domain {visible_line(domain.name)} away?")]
    rows += _text("Its sources stay, and are found in no domain.", width, Role.DIM)
    return tuple(rows)


def _title(text: str) -> Row:
    return (("  ", Role.PLAIN), (text, Role.TITLE))


def _text(text: str, width: int, role: Role = Role.PLAIN) -> Iterator[Row]:
    for line in wrap(visible_line(text), max(8, width - 4)):
        yield (("  ", Role.PLAIN), outside(line, role))


def _names(text: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(filter(None, (one.strip() for one in text.split(",")))))


def _held(known: dict[str, Domain], name: str) -> tuple[str, ...]:
    return known[name].sources if name in known else ()


def _written(domain: Domain, find: Callable[[str], KnownSource | None]) -> str:
    """Return a domain as it is edited."""
    found = [(find(name), name) for name in domain.sources]
    names = ", ".join(source.name if source else name for source, name in found)
    place = f"@{domain.host}" + (f":{domain.folder}" if domain.folder else "")
    return f"{names} {place}".strip() if domain.host else names
