"""Knowledge as a service of the host: sources are read and kept, and what was read is found."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterable
from importlib import import_module
from typing import TYPE_CHECKING, Protocol

from msgspec.structs import replace

from workbench.api import knowing, passages
from workbench.api.caller import Caller
from workbench.api.facts import Fact
from workbench.api.passages import Domain, KnowledgeBase, KnownSource
from workbench.api.sources import DomainChanged, SourceRemoved
from workbench.errors import UsageError, WorkbenchError
from workbench.journal import reading
from workbench.journal.contents import Contents
from workbench.journal.journal import Journal
from workbench.knowledge.desk import Desk
from workbench.knowledge.domains import Domains, joined, nothing, refuse_names
from workbench.knowledge.far import Far, is_far, refuse_destination
from workbench.knowledge.keeping import Keeper
from workbench.knowledge.reading_pass import agrees
from workbench.knowledge.sourcing import sourced
from workbench.knowledge.state import TYPES, Standing, fold
from workbench.knowledge.values import About, Index
from workbench.visible import visible_line
from workbench.workspace import Workspace

if TYPE_CHECKING:
    from local_models.staff import Staff

_HOST = "host"
_TELL_EVERY = 0.2
"""Seconds between two pictures of how far reading is."""
_MOST_SHOWN = 3
_NOTHING_READ = "Nothing was read yet. `workbench knowledge add .` reads what is here."
_OPENING = About(why="The index is being opened.")


class Models(Protocol):
    """Models at work, of which one may embed."""

    @property
    def staff(self) -> Staff: ...


class Service:
    """All that was read in a workspace."""

    def __init__(
        self,
        workspace: Workspace,
        journal: Journal,
        models: Callable[[], Awaitable[Models]] | None = None,
    ) -> None:
        self._workspace = workspace
        self._models = models
        self._journal = journal
        self._contents = Contents(workspace.contents)
        self._keepers: dict[str, Keeper] = {}
        self._domains = Domains()
        self._far = Far()
        self._index: asyncio.Task[Index] | None = None
        self._ready: asyncio.Task[None] | None = None
        self._mark = 1
        self._marked = 0.0
        self._news = asyncio.Event()
        self._later: asyncio.TimerHandle | None = None
        self._desk = Desk(workspace, self._contents, self._open_index, self._write, self._changed)

    async def close(self) -> None:
        """Write down how far reading came, and let go of the index."""
        if self._later:
            self._later.cancel()
        if self._ready:
            await asyncio.gather(self._ready, return_exceptions=True)
        await asyncio.gather(*(one.close() for one in self._keepers.values()))
        await asyncio.gather(self._desk.bulk.close(), self._desk.quick.close(), self._far.close())
        opening, self._index = self._index, None
        if opening:
            (index,) = await asyncio.gather(opening, return_exceptions=True)
            if not isinstance(index, BaseException):
                await index.close()

    @property
    def busy(self) -> bool:
        """Whether something is being read, so that the host must not end for being idle."""
        return any(one.state in ("waiting", "reading") for one in self._keepers.values())

    # Sources.

    async def add(self, command: knowing.AddSource, caller: Caller) -> KnownSource:
        """Take something up; what is there already is read again."""
        await self._enter()
        fact = await asyncio.to_thread(sourced, command, self._workspace, self._contents)
        keeper = self._keepers.get(fact.source)
        if keeper is None:
            await self._journal.write(
                fact, actor=caller.actor, subject=fact.source, key=caller.key, again=caller.again
            )
            keeper = self._keepers[fact.source] = Keeper(Standing(fact), self._desk)
            await keeper.begin()
        elif not caller.again:
            keeper.resume(whole=False)
        for domain in command.domains:
            await self._join(fact.source, domain, caller)
        self._changed()
        return self._view(keeper)

    async def reread(self, command: knowing.RereadSource, _: Caller) -> KnownSource:
        keeper = await self._named(command.source)
        keeper.resume(whole=command.whole)
        return self._view(keeper)

    async def stop(self, command: knowing.StopReading, _: Caller) -> KnownSource:
        keeper = await self._named(command.source)
        await keeper.stop()
        return self._view(keeper)

    async def remove(self, command: knowing.RemoveSource, caller: Caller) -> KnowledgeBase:
        await self._enter()
        if caller.again and not self._matching(command.source):
            return await self._read()
        keeper = await self._named(command.source)
        name = keeper.standing.id
        del self._keepers[name]
        await keeper.close()
        await self._journal.write(
            SourceRemoved(name), actor=caller.actor, subject=name, key=caller.key
        )
        index = await self._open_index()
        await index.drop(name)
        await index.leave_off()
        self._changed()
        return await self._read()

    async def read(self, _: knowing.ReadKnowledge, __: Caller) -> KnowledgeBase:
        await self._enter()
        return await self._read()

    async def next(self, command: knowing.NextKnowledge, _: Caller) -> KnowledgeBase:
        await self._enter()
        while self._mark <= command.seen:
            self._news.clear()
            await self._news.wait()
        return await self._read()

    async def _read(self) -> KnowledgeBase:
        for keeper in self._keepers.values():
            await keeper.count_stale()
        about = _OPENING
        if self._index and self._index.done() and not self._index.exception():
            await self._index.result().look()
            about = self._index.result().about()
        sources = tuple(map(self._view, self._keepers.values()))
        return KnowledgeBase(
            sources=sources,
            domains=self._domains.every,
            passages=sum(one.passages for one in sources),
            vectors=about.vectors,
            why=about.why,
            bytes=about.bytes,
            mark=self._mark,
        )

    # Domains.

    async def change_domain(self, command: knowing.ChangeDomain, caller: Caller) -> Domain:
        await self._enter()
        wanted = command.domain
        refuse_names(wanted.name)
        if wanted.host:
            refuse_destination(wanted)
            sources = list(wanted.sources)
        else:
            sources = [(await self._named(one)).standing.id for one in wanted.sources]
        domain = replace(wanted, sources=tuple(dict.fromkeys(sources)))
        gone = not (domain.sources or domain.host)
        if gone and domain.name not in self._domains.by_name and not caller.again:
            raise UsageError(
                f"There is no domain {visible_line(domain.name)}.",
                "Name the sources that it shall have.",
            )
        await self._set_domain(domain, caller, gone=gone)
        return domain

    async def _set_domain(self, one: Domain, caller: Caller, *, gone: bool = False) -> None:
        fact = DomainChanged(one.name, one.sources, one.host, one.folder, one.about, gone)
        await self._journal.write(fact, actor=caller.actor, subject=one.name)
        if gone:
            self._domains.by_name.pop(one.name, None)
        else:
            self._domains.by_name[one.name] = one
        self._changed()

    async def _join(self, source: str, name: str, caller: Caller) -> None:
        refuse_names(name)
        domain = self._domains.by_name.get(name, Domain(name, ()))
        if source not in domain.sources:
            await self._set_domain(replace(domain, sources=(*domain.sources, source)), caller)

    # Finding.

    async def search(self, command: knowing.Search, _: Caller) -> passages.Hits:
        """Search here and, where domains of other machines are named, there at the same time."""
        await self._enter()
        began = time.monotonic()
        domains = [self._domains.named(name) for name in command.domains]
        far = [] if command.typing else [one for one in domains if one.host]
        sources = self._searched(command, domains)
        if not sources and not far:
            return passages.Hits((), 0.0, "nothing was read", _NOTHING_READ)
        here, *there = await asyncio.gather(
            self._search_here(command, sources) if sources else nothing(),
            *(self._search_there(one, command) for one in far),
        )
        return joined([here, *there], command.limit, time.monotonic() - began)

    async def elsewhere(self) -> tuple[Domain, ...]:
        """Return the domains that lie on other machines."""
        await self._enter()
        return tuple(one for one in self._domains.every if one.host)

    async def _search_here(
        self, command: knowing.Search, sources: tuple[str, ...]
    ) -> passages.Hits:
        index = await self._open_index()
        found = await index.search(replace(command, sources=sources, domains=()))
        hits = await asyncio.to_thread(lambda: tuple(map(self._marked_hit, found.hits)))
        return replace(found, hits=hits)

    async def _search_there(self, domain: Domain, command: knowing.Search) -> passages.Hits:
        """Ask another machine; one that does not answer makes the answer partial."""
        try:
            return await self._far.search(domain, command)
        except WorkbenchError as error:
            return passages.Hits((), 0.0, "", error.sentence, (domain.name,))

    def _searched(self, command: knowing.Search, domains: Iterable[Domain]) -> tuple[str, ...]:
        """Return the sources that are asked: those named, and those of the domains named."""
        if not command.sources and not command.domains:
            return tuple(self._keepers)
        chosen = [one.standing.id for name in command.sources for one in self._matching(name)]
        chosen += [source for one in domains if not one.host for source in one.sources]
        return tuple(dict.fromkeys(one for one in chosen if one in self._keepers))

    def _marked_hit(self, hit: passages.Hit) -> passages.Hit:
        source = hit.passage.source
        keeper = self._keepers.get(source)
        stale = keeper is None or keeper.is_stale(hit.passage.path)
        return replace(hit, stale=stale, domain=next(iter(self._domains.of(source)), ""))

    async def passage(self, command: knowing.ReadPassage, _: Caller) -> passages.Surrounded:
        await self._enter()
        around = max(0, min(command.around, 50))
        if is_far(command.passage):
            domain = self._domains.named(command.passage.partition("/")[0])
            return await self._far.passage(domain, command.passage, around)
        found = await (await self._open_index()).passage(command.passage, around)
        if found is None:
            raise UsageError(
                f"There is no passage {visible_line(command.passage)}.",
                "Its file may have changed since: search again.",
            )
        keeper = self._keepers.get(found.passage.source)
        stale = keeper is None or await asyncio.to_thread(keeper.is_stale, found.passage.path)
        now = await keeper.text_now(found.passage) if stale and keeper else ""
        return replace(found, stale=stale, now="" if now == found.passage.text else now)

    async def verify(self, _: knowing.VerifyKnowledge, __: Caller) -> passages.Checked:
        """Hold the index against itself and against what the journal says was read."""
        await self._enter()
        index = await self._open_index()
        checked = await index.verify()
        problems, expected = list(checked.problems), 0
        for keeper in self._keepers.values():
            one = keeper.standing
            expected += one.passages
            if keeper.state == "read" and not agrees(one.files, await index.paths(one.id)):
                problems.append(f"The index does not have all of {one.added.name}.")
                keeper.want()
        count = await index.count()
        if count != expected and not self.busy:
            problems.append(f"The index has {count:,} passages, and {expected:,} were read.")
        return passages.Checked(not problems, count, tuple(problems), checked.waiting)

    async def rebuild(self, _: knowing.RebuildKnowledge, __: Caller) -> KnowledgeBase:
        """Throw the index away, and read every source again."""
        await self._enter()
        await (await self._open_index()).rebuild()
        for keeper in self._keepers.values():
            keeper.resume(whole=True)
        return await self._read()

    # What all of it rests on.

    async def _enter(self) -> None:
        """Learn once from the journal what was read, and go on with it."""
        if self._ready is None or (self._ready.done() and self._ready.exception()):
            self._ready = asyncio.create_task(self._begin(), name="opening knowledge")
        await asyncio.shield(self._ready)

    async def _begin(self) -> None:
        events = await self._journal.read(reading.of_types, TYPES)
        known = await asyncio.to_thread(fold, events, self._contents.read)
        self._domains.by_name = known.domains
        self._keepers = {
            name: Keeper(standing, self._desk) for name, standing in known.sources.items()
        }
        if known.sources or known.removed:
            task = asyncio.create_task(self._go_on(tuple(known.removed)), name="going on")
            task.add_done_callback(_raise)

    async def _go_on(self, removed: Iterable[str]) -> None:
        """Read what was not read to its end, and follow what is followed."""
        index = await self._open_index()
        for name in removed:
            if await index.count(name):
                await index.drop(name)
        for keeper in self._keepers.values():
            await keeper.begin()

    async def index(self) -> Index:
        """Return the index, for what is packed and taken in beside reading."""
        await self._enter()
        return await self._open_index()

    async def _open_index(self) -> Index:
        failed = self._index is not None and self._index.done() and self._index.exception()
        if self._index is None or failed:
            self._index = asyncio.create_task(self._opened(), name="opening the index")
        return await asyncio.shield(self._index)

    async def _opened(self) -> Index:
        module = await asyncio.to_thread(import_module, "workbench.knowledge.finding")
        staff = self._staff if self._models else None
        index: Index = await module.open_index(self._workspace, staff=staff)
        self._changed()
        return index

    async def _staff(self) -> Staff:
        assert self._models  # noqa: S101 - who has none is not asked
        return (await self._models()).staff

    async def _write(self, fact: Fact, subject: str) -> int:
        return (await self._journal.write(fact, actor=_HOST, subject=subject)).time

    def _changed(self) -> None:
        """Let those who wait know, soon and not too often."""
        if self._later is None:
            rest = max(0.0, self._marked + _TELL_EVERY - time.monotonic())
            self._later = asyncio.get_running_loop().call_later(rest, self._tell)

    def _tell(self) -> None:
        self._later, self._marked = None, time.monotonic()
        self._mark += 1
        self._news.set()

    def _view(self, keeper: Keeper) -> KnownSource:
        return keeper.view(self._domains.of(keeper.standing.id))

    async def _named(self, word: str) -> Keeper:
        """Return the source that a word names: its id, of which the beginning will do, or name."""
        await self._enter()
        found = self._matching(word)
        if len(found) == 1:
            return found[0]
        names = ", ".join(one.standing.added.name for one in found[:_MOST_SHOWN])
        raise UsageError(
            f"{visible_line(word)} names {len(found)} sources{': ' * bool(names)}{names}.",
            "`workbench knowledge list` shows their ids.",
        )

    def _matching(self, word: str) -> list[Keeper]:
        every = self._keepers.values()
        exact = [one for one in every if word in (one.standing.id, one.standing.added.path)]
        named = [one for one in every if word == one.standing.added.name]
        begun = [one for one in every if len(word) >= 3 and one.standing.id.startswith(word)]
        return exact or named or begun


def _raise(task: asyncio.Task[None]) -> None:
    if not task.cancelled() and (problem := task.exception()):
        asyncio.get_running_loop().call_exception_handler(
            {"message": "reading could not go on", "exception": problem}
        )
