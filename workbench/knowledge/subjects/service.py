"""Subjects as a service of the host: versions are written down, and never taken away."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

from msgspec.structs import replace

from workbench.api import knowing, subjects
from workbench.api.caller import Caller
from workbench.api.facts import Event, Fact
from workbench.api.remembering import (
    SubjectDeprecated,
    SubjectLearned,
    SubjectRolledBack,
    SubjectUsed,
)
from workbench.errors import UsageError, WorkbenchError
from workbench.journal import reading
from workbench.journal.contents import Contents
from workbench.journal.journal import Journal
from workbench.knowledge.folding import Following
from workbench.knowledge.graph.keeping import Graph
from workbench.knowledge.graph.walking import SUBJECT, Walker
from workbench.knowledge.subjects import carrying, contents, shown
from workbench.knowledge.subjects.catalogue import TYPES, Catalogue, Topic, Version
from workbench.knowledge.subjects.checking import check
from workbench.knowledge.subjects.relating import SubjectsBeside
from workbench.workspace import Workspace

_MOST_PASSAGES = 500
_MOST_ENTITIES = 1_000


class Service:
    """All subjects, as the journal tells of them."""

    def __init__(
        self, workspace: Workspace, journal: Journal, knowledge: Callable[[], Awaitable[Any]]
    ) -> None:
        self._contents = Contents(workspace.contents)
        self._journal = journal
        self._knowledge = knowledge
        self._following = Following(journal, TYPES, Catalogue())
        self._writing = asyncio.Lock()
        self._graph = Graph(workspace, journal)

    async def close(self) -> None:
        """Let go of the graph."""
        await self._graph.close()

    async def catalogue(self) -> Catalogue:
        """Return all subjects as they are now."""
        return await self._following.now()

    async def read(self, command: subjects.ReadSubjects, _: Caller) -> subjects.Subjects:
        known = await self.catalogue()
        listed = (shown.subject_of(topic) for topic in known.topics.values())
        text = command.text.casefold()
        found = [
            one
            for one in listed
            if (command.deprecated or not one.deprecated)
            and text in f"{one.name}\n{one.id}\n{one.about}".casefold()
        ]
        found.sort(key=lambda one: one.name.casefold())
        return subjects.Subjects(tuple(found), self._journal.head)

    async def show(self, command: subjects.ReadSubject, caller: Caller) -> subjects.SubjectDetail:
        topic = (await self.catalogue()).find(command.subject)
        version = _chosen(topic, command.version)
        stale = await self._stale(version, caller)
        return await self._detail(topic, version, len(stale), texts=command.texts)

    async def _detail(
        self, topic: Topic, version: Version, stale: int = 0, *, texts: bool = True
    ) -> subjects.SubjectDetail:
        read = self._contents.read
        parts = version.fact.parts if texts else ()
        held = await asyncio.to_thread(lambda: tuple(shown.text_of(part, read) for part in parts))
        subject = shown.subject_of(topic, stale)
        return subjects.SubjectDetail(subject, shown.version_of(topic, version), held)

    async def versions(self, command: subjects.ReadVersions, _: Caller) -> subjects.Versions:
        return shown.versions_of((await self.catalogue()).find(command.subject))

    async def diff(self, command: subjects.DiffVersions, _: Caller) -> subjects.VersionsDiffer:
        topic = (await self.catalogue()).find(command.subject)
        after = _chosen(topic, command.after)
        before = topic.find(command.before) if command.before else _earlier(topic, after)
        return await asyncio.to_thread(shown.difference, topic, before, after, self._contents.read)

    async def learn(self, command: subjects.LearnSubject, caller: Caller) -> subjects.SubjectDetail:
        """Write a version down, which becomes the current one."""
        contents.checked_standing(command.grade, command.score, command.proficiency, command.kind)
        parts, held = contents.parts_of(command.parts)
        fact = SubjectLearned(
            subject=contents.id_of(command.name),
            name=" ".join(command.name.split()),
            kind=command.kind,
            edition="",
            checksum="",
            about=command.about[: contents.LONGEST_ABOUT],
            parts=parts,
            passages=command.passages,
            needs=tuple(map(contents.id_of, command.needs)),
            grade=command.grade,
            score=command.score,
            proficiency=command.proficiency,
            origin=command.origin,
        )
        return await self._take(fact, held, caller)

    async def take_in(
        self, command: subjects.ImportSubject, caller: Caller
    ) -> subjects.SubjectDetail:
        """Take a version from elsewhere; it is kept beside the current one where that differs."""
        fact, held = await asyncio.to_thread(carrying.from_json, command.text)
        topic = (await self.catalogue()).topics.get(fact.subject)
        current = topic.current if topic else None
        if topic and not caller.again:
            for one in topic.versions:
                if one.fact.checksum == fact.checksum and one.name not in topic.withdrawn:
                    return await self._detail(topic, one)
        fact = replace(fact, origin="an export", becomes_current=command.current or current is None)
        return await self._take(fact, held, caller)

    async def _take(
        self, fact: SubjectLearned, held: dict[str, bytes], caller: Caller
    ) -> subjects.SubjectDetail:
        def keep() -> None:
            for data in held.values():
                self._contents.keep(data)

        await asyncio.to_thread(keep)
        sealed = self.sealed(fact, caller.key or str(self._journal.head))
        await self._write(sealed, sealed.subject, caller)
        topic = (await self.catalogue()).topics[sealed.subject]
        return await self._detail(topic, topic.named(sealed.edition))

    @staticmethod
    def sealed(fact: SubjectLearned, salt: str) -> SubjectLearned:
        """Return a version with its checksum and a name of its own."""
        fact = replace(fact, checksum=contents.checksum_of_subject(fact))
        return replace(fact, edition=contents.version_of(fact.checksum, salt))

    async def use(self, command: subjects.UseSubject, caller: Caller) -> subjects.Subject:
        topic = (await self.catalogue()).find(command.subject)
        version = _chosen(topic, "")
        fact = SubjectUsed(topic.id, version.name, command.succeeded, command.by)
        await self._write(fact, topic.id, caller)
        return shown.subject_of((await self.catalogue()).topics[topic.id])

    async def roll_back(self, command: subjects.Rollback, caller: Caller) -> subjects.Versions:
        """Make an older version current; the newer one stays where it is."""
        async with self._writing:
            topic = (await self.catalogue()).find(command.subject)
            if not await self._is_done(caller):
                fact = _rolled_back(topic, command)
                await self._write(fact, topic.id, caller)
        return shown.versions_of((await self.catalogue()).topics[topic.id])

    async def deprecate(self, command: subjects.Deprecate, caller: Caller) -> subjects.Subject:
        topic = (await self.catalogue()).find(command.subject)
        version = topic.find(command.version).name if command.version else ""
        fact = SubjectDeprecated(
            topic.id, version, command.deprecated, command.reason, command.instead
        )
        await self._write(fact, topic.id, caller)
        return shown.subject_of((await self.catalogue()).topics[topic.id])

    async def verify(
        self, command: subjects.VerifySubjects, caller: Caller
    ) -> subjects.SubjectsChecked:
        """Hold every version against its checksum, and its parts against their digests."""
        known = await self.catalogue()
        wanted = [known.find(command.subject)] if command.subject else [*known.topics.values()]
        problems = await asyncio.to_thread(check, wanted, known, self._contents.read)
        stale = [
            f"{topic.id}: {path} is not any more what version {topic.current.number} rests on."
            for topic in wanted
            if topic.current
            for path in await self._stale(topic.current, caller)
        ]
        count = sum(len(topic.versions) for topic in wanted)
        return subjects.SubjectsChecked(not problems, count, problems, tuple(stale))

    async def export(self, command: subjects.ExportSubject, _: Caller) -> subjects.SubjectExported:
        topic = (await self.catalogue()).find(command.subject)
        version = _chosen(topic, command.version)
        make, suffix = {
            "json": (carrying.as_json, "json"),
            "markdown": (carrying.as_markdown, "md"),
        }[command.form]
        text = await asyncio.to_thread(make, version, self._contents.read)
        return subjects.SubjectExported(text, f"{topic.id}.{suffix}")

    async def entities(self, command: subjects.ReadEntities, _: Caller) -> subjects.Entities:
        """Find what stands in the graph, by name."""
        walker, beside, behind = await self._walker()
        limit = max(1, min(command.limit, _MOST_ENTITIES))
        found = await asyncio.to_thread(
            self._graph.store.entities, command.text, command.kinds, limit + 1
        )
        if not command.kinds or SUBJECT in command.kinds:
            found = [*beside.matching(command.text), *found]
        shown = await asyncio.to_thread(lambda: tuple(map(walker.entity, found[:limit])))
        return subjects.Entities(shown, len(found) > limit, behind)

    async def links(self, command: subjects.ReadLinks, _: Caller) -> subjects.Links:
        """Walk from an entity."""
        walker, _beside, behind = await self._walker()

        def walk() -> subjects.Links:
            start = walker.find(command.entity)
            return walker.walk(start, command.steps, command.kinds, command.limit)

        try:
            return replace(await asyncio.to_thread(walk), behind=behind)
        except UsageError as error:
            if not behind:
                raise
            raise UsageError(
                error.sentence, f"{behind} files were read and not yet looked at: ask again soon."
            ) from error

    async def _walker(self) -> tuple[Walker, SubjectsBeside, int]:
        behind = await self._graph.catch_up()
        beside = SubjectsBeside(await self.catalogue())
        return Walker(self._graph.store, beside), beside, behind

    async def _stale(self, version: Version, caller: Caller) -> tuple[str, ...]:
        """Return the places of source passages that are not as they were any more."""
        resting = version.fact.passages[:_MOST_PASSAGES]
        if not resting:
            return ()
        knowledge = await self._knowledge()
        found = []
        for one in resting:
            asked = knowing.ReadPassage(one.passage, 0)
            try:
                is_stale = (await knowledge.passage(asked, caller)).stale
            except WorkbenchError:  # It is not in what was read any more.
                is_stale = True
            if is_stale:
                found.append(f"{one.path}:{one.first}-{one.last}")
        return tuple(found)

    async def _write(self, fact: Fact, subject: str, caller: Caller) -> Event:
        return await self._journal.write(
            fact, actor=caller.actor, subject=subject, key=caller.key, again=caller.again
        )

    async def _is_done(self, caller: Caller) -> bool:
        """Tell whether a command was carried out and only the answer to it was lost."""
        if not caller.again:
            return False
        return await self._journal.read(reading.event_with_key, caller.key) is not None


def _chosen(topic: Topic, wanted: str) -> Version:
    if wanted:
        return topic.find(wanted)
    return topic.current or topic.newest


def _earlier(topic: Topic, version: Version) -> Version:
    """Return what a version is compared with: what was current, or was learned, before it."""
    current = topic.current
    before = topic.before if current and current.name == version.name else None
    found = before or next(
        (one for one in topic.versions if one.number == version.number - 1), None
    )
    if found is None:
        raise UsageError(
            f"Version {version.number} of {topic.id} has none before it to be compared with.",
            "Name two versions.",
        )
    return found


def _rolled_back(topic: Topic, command: subjects.Rollback) -> SubjectRolledBack:
    target = topic.find(command.version) if command.version else topic.before
    current = topic.current.name if topic.current else ""
    if target is None:
        raise UsageError(
            f"No version of {topic.id} was current before this one.", "There is one alone."
        )
    if target.name in topic.withdrawn:
        raise UsageError(
            f"Version {target.number} of {topic.id} was withdrawn with its bundle.",
            "Import the bundle again to use it.",
        )
    if target.name == current:
        raise UsageError(
            f"Version {target.number} of {topic.id} is the current one.", "Name another."
        )
    return SubjectRolledBack(topic.id, target.name, current, command.reason)
