"""What a host has read and learned, as the Knowledge screen asks for it; searches go by words."""

from __future__ import annotations

import asyncio
import hashlib
import re
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from msgspec.structs import replace

from workbench.api import knowing, passages, subjects
from workbench.api.events import NoteWritten
from workbench.api.passages import Domain, Hit, KnowledgeBase, KnownSource, Passage, Reason
from workbench.api.remembering import Part, SubjectRolledBack
from workbench.api.shapes import Command, View
from workbench.api.subjects import Entity, Link, Provenance, Subject, SubjectVersion
from workbench.errors import UsageError

if TYPE_CHECKING:
    from tests.pilot.fake import FakeHost

NOON = 1_780_315_200_000_000
RETRY = '''\
def retry(call, times=3, wait=0.1):
    """Call until it does not fail, waiting twice as long each time."""
    for attempt in range(times):
        try:
            return call()
        except ConnectionError:
            if attempt == times - 1:
                raise
            time.sleep(wait * 2**attempt)
'''
GUIDE = """\
# Retrying

A call that fails is made again, at most three times. Waiting grows
from one retry to the next, so that a busy server has time to rest.
"""
BESIDE = '''\
class Pool:
    """Keeps connections open, as many as are used."""
'''
BEFORE = "import time\n\nfrom net.errors import ConnectionError\n"


def passage(
    path: str,
    first: int,
    text: str,
    *,
    source: str,
    heading: Sequence[str] = (),
    kind: str = "code",
    symbol: str = "",
) -> Passage:
    """Make a passage; its id is its place."""
    language = "python" if path.endswith(".py") else "markdown"
    last = first + text.removesuffix("\n").count("\n")
    digest = hashlib.sha256(text.encode()).hexdigest()
    return Passage(
        f"{path}:{first}", source, path, first, last, tuple(heading), kind, language, text,
        digest, symbol,
    )  # fmt: skip


PASSAGES = (
    passage("src/net.py", 1, BEFORE, source="s1"),
    passage("src/net.py", 4, RETRY, source="s1", symbol="retry"),
    passage("src/net.py", 14, BESIDE, source="s1", symbol="Pool"),
    passage("docs/retry.md", 1, GUIDE, source="d1", heading=["Retrying"], kind="prose"),
)


def source(name: str, identity: str, **fields: Any) -> KnownSource:  # noqa: ANN401
    known = KnownSource(
        identity, name, "folder", name, (), files=12, passages=340, skipped=(), read=NOON,
        state="read", followed=True,
    )  # fmt: skip
    return replace(known, **fields)


SOURCES = (
    source("src", "s1", domains=("project",), stale=2),
    source(
        "docs",
        "d1",
        domains=("project",),
        skipped=(passages.Skipped("it is no text", 3, "docs/logo.png"),),
    ),
    source("httpx", "p1", what="package", path="httpx 0.28.1", passages=1_204, files=61),
    source("manual.pdf", "m1", what="file", state="failed", problem="The PDF is broken.", read=0),
    source("notes", "n1", state="reading", done=120, total=480, rate=310.0, read=0),
)
DOMAINS = (
    Domain("project", ("s1", "d1"), about="what is written here"),
    Domain("wiki", (), "docs.example", "/srv/wiki"),
)
BASE = KnowledgeBase(SOURCES, DOMAINS, 2_224, "all-MiniLM-L6-v2", bytes=18_400_000, mark=7)


def version(number: int, **fields: Any) -> SubjectVersion:  # noqa: ANN401
    made = SubjectVersion(
        f"{number}f3a91c0d1e2", number, NOON - (9 - number) * 86_400_000_000, "anna", "",
        f"retries, the {number}. time", "B", 0.81, "working", f"{number}" * 64,
        (Part("documentation", "README.md", "0" * 64),), (), ("timeouts",), 14, 9, 3, NOON,
    )  # fmt: skip
    return replace(made, **fields)


VERSIONS = (version(3, is_current=True), version(2), version(1, grade="D", deprecated=True))
SUBJECTS = (
    Subject(
        "t1", "retries", "topic", "how calls are made again", VERSIONS[0].id, 3, 3, "B", "working",
        NOON, 14, 0.75, NOON,
    ),
    Subject("t2", "timeouts", "topic", "when to give up", "1a", 1, 1, "", "beginner", NOON),
)  # fmt: skip
NET = Entity("module:net", "net", "module", "src/net.py", 1, 15, "src/net.py:1", 3)
RETRY_ENTITY = Entity(
    "function:net.retry", "net.retry", "function", "src/net.py", 4, 12, "src/net.py:4", 3
)
TIME = Entity("module:time", "time", "module", relations=1)
LINKS = {
    RETRY_ENTITY.id: (
        Link("part of", True, NET, 1.0, Provenance("src/net.py", 4, 12, "src/net.py:4", "s1")),
        Link("calls", True, TIME, 0.8, Provenance("src/net.py", 12, 12, "src/net.py:4", "s1"), 2),
        Link(
            "documents",
            False,
            Entity("document:docs/retry.md", "docs/retry.md", "document", "docs/retry.md", 1, 4),
            0.6,
            Provenance("docs/retry.md", 1, 4, "docs/retry.md:1", "d1"),
        ),
    ),
    NET.id: (
        Link("part of", False, RETRY_ENTITY, 1.0, Provenance("src/net.py", 4, 12)),
        Link("imports", True, TIME, 1.0, Provenance("src/net.py", 1, 1, "src/net.py:1", "s1")),
    ),
}


class FakeLibrary:
    """Answers what is asked about knowledge and subjects."""

    def __init__(
        self,
        base: KnowledgeBase = BASE,
        known: Sequence[Subject] = SUBJECTS,
        held: Sequence[Passage] = PASSAGES,
    ) -> None:
        self.base, self.subjects, self.held = base, tuple(known), tuple(held)
        self.versions = {"t1": VERSIONS, "t2": (version(1, is_current=True),)}
        self.stale: dict[str, str] = {}
        """By passage what stands there now."""
        self.gates: dict[str, asyncio.Event] = {}
        """By text of a search what its answer waits for."""
        self.behind = 0
        """So many times nothing is known of links yet."""
        self.waiting = 0
        """How many wait for changes."""
        self._news = asyncio.Condition()

    async def change(self, **fields: Any) -> None:  # noqa: ANN401
        """Let something be otherwise, and tell those who wait."""
        async with self._news:
            self.base = replace(self.base, mark=self.base.mark + 1, **fields)
            self._news.notify_all()

    async def answer(self, command: Command[Any], host: FakeHost) -> View | None:
        match command:
            case knowing.ReadKnowledge():
                return self.base
            case knowing.NextKnowledge(seen=seen):
                return await self._next(seen)
            case knowing.Search():
                return await self._search(command)
            case knowing.ReadPassage():
                return self._surrounded(command)
            case knowing.VerifyKnowledge():
                return passages.Checked(True, self.base.passages, ())
        return await self._sources(command) or await self._learned(command, host)

    async def _next(self, seen: int) -> KnowledgeBase:
        self.waiting += 1
        try:
            async with self._news:
                await self._news.wait_for(lambda: self.base.mark > seen)
        finally:
            self.waiting -= 1
        return self.base

    async def _sources(self, command: Command[Any]) -> View | None:
        """Answer what changes sources and domains."""
        match command:
            case knowing.AddSource(what=what, domains=domains):
                if "/nowhere" in what:
                    raise UsageError(f"There is nothing at {what}.", "Name a path or a package.")
                made = source(what, f"x{len(self.base.sources)}", state="waiting", domains=domains)
                await self.change(sources=(*self.base.sources, made))
                return made
            case knowing.RereadSource(source=name):
                return await self._become(name, "reading")
            case knowing.StopReading(source=name):
                return await self._become(name, "cancelled")
            case knowing.RemoveSource(source=name):
                await self.change(sources=tuple(one for one in self.base.sources if one.id != name))
                return self.base
            case knowing.ChangeDomain(domain=domain):
                return await self._set(domain)
        return None

    async def _become(self, name: str, state: str) -> KnownSource:
        known = {one.id: one for one in self.base.sources}
        known[name] = replace(known[name], state=state)
        await self.change(sources=tuple(known.values()))
        return known[name]

    async def _set(self, domain: Domain) -> Domain:
        known = {one.name: one for one in self.base.domains} | {domain.name: domain}
        kept = (one for one in known.values() if one.sources or one.host)
        inside = {
            one.id: tuple(name for name, held in known.items() if one.id in held.sources)
            for one in self.base.sources
        }
        sources = (replace(one, domains=inside[one.id]) for one in self.base.sources)
        await self.change(domains=tuple(kept), sources=tuple(sources))
        return domain

    async def _search(self, command: knowing.Search) -> passages.Hits:
        if gate := self.gates.get(command.text):
            await gate.wait()
        words = command.text.lower().split()
        hits = []
        for one in self.held:
            terms = [word for word in words if word in one.text.lower()]
            if terms and (not command.kinds or one.kind in command.kinds):
                anyone = re.compile("|".join(map(re.escape, terms)), re.IGNORECASE)
                marks = [found.span() for found in anyone.finditer(one.text)]
                reasons = [Reason("terms", ", ".join(terms), 3.2)]
                reasons += [Reason("symbol", one.symbol)] * (one.symbol in terms)
                stale = one.id in self.stale
                hits.append(
                    Hit(
                        one,
                        len(marks) + 9 * len(reasons),
                        tuple(reasons),
                        tuple(sorted(marks)),
                        stale,
                    )
                )
        hits.sort(key=lambda hit: -hit.score)
        return passages.Hits(tuple(hits[: command.limit]), 0.004, "hybrid")

    def _surrounded(self, command: knowing.ReadPassage) -> passages.Surrounded:
        at = next((n for n, one in enumerate(self.held) if one.id == command.passage), None)
        if at is None:
            raise UsageError(f"There is no passage {command.passage}.", "Search again.")
        found, around = self.held[at], command.around
        beside = [one for one in self.held if one.path == found.path]
        at = beside.index(found)
        return passages.Surrounded(
            found,
            tuple(beside[max(0, at - around) : at]),
            tuple(beside[at + 1 : at + 1 + around]),
            found.id in self.stale,
            self.stale.get(found.id, ""),
        )

    async def _learned(self, command: Command[Any], host: FakeHost) -> View | None:
        """Answer what is asked about subjects."""
        match command:
            case subjects.ReadSubjects():
                return subjects.Subjects(self.subjects)
            case subjects.ReadVersions(subject=name):
                return self._versions(name)
            case subjects.Rollback(subject=name, version=number, reason=reason):
                return await self._roll_back(name, number, reason, host)
            case subjects.Deprecate():
                return self._deprecate(command)
        return self._joined(command)

    def _joined(self, command: Command[Any]) -> View | None:
        """Answer what is asked about versions, entities and their links."""
        match command:
            case subjects.ReadSubject(subject=name, version=number):
                return self._detail(name, number)
            case subjects.DiffVersions(subject=name, before=before, after=after):
                return self._differ(name, before, after)
            case subjects.ReadEntities(text=text):
                found = [one for one in (RETRY_ENTITY, NET, TIME) if text in one.name]
                if self.behind:
                    self.behind -= 1
                    return subjects.Entities((), behind=self.behind + 1)
                return subjects.Entities(tuple(found))
            case subjects.ReadLinks(entity=name):
                return self._links(name)
        return None

    def _subject(self, name: str) -> Subject:
        return next(one for one in self.subjects if one.id == name)

    def _versions(self, name: str) -> subjects.Versions:
        happened = subjects.Happened(9, NOON, "anna", "learned", "3f", "Version 3 was learned.")
        return subjects.Versions(self._subject(name), self.versions[name], (happened,))

    def _detail(self, name: str, number: str) -> subjects.SubjectDetail:
        every = self.versions[name]
        found = next(one for one in every if one.id == number or (not number and one.is_current))
        text = subjects.Text(found.parts[0], "Retry what is idempotent, and nothing else.\n")
        return subjects.SubjectDetail(self._subject(name), found, (text,))

    def _differ(self, name: str, before: str, after: str) -> subjects.VersionsDiffer:
        known = {one.id: one for one in self.versions[name]}
        changes = (
            subjects.Changed("grade", known[before].grade, known[after].grade),
            subjects.Changed(
                "documentation README.md", "", "", ("@@ -1 +1 @@", "-Retry.", "+Retry twice.")
            ),
        )
        differ = tuple(one for one in changes if one.diff or one.before != one.after)
        return subjects.VersionsDiffer(name, known[before], known[after], differ)

    async def _roll_back(
        self, name: str, number: str, reason: str, host: FakeHost
    ) -> subjects.Versions:
        every = self.versions[name]
        number = number or every[1].id
        self.versions[name] = tuple(replace(one, is_current=one.id == number) for one in every)
        current = next(one for one in every if one.id == number)
        self.subjects = tuple(
            replace(one, number=current.number, version=number) if one.id == name else one
            for one in self.subjects
        )
        await host.tell(SubjectRolledBack(name, number, every[0].id), name)
        await host.tell(NoteWritten(reason), name)
        return self._versions(name)

    def _deprecate(self, command: subjects.Deprecate) -> Subject:
        gone = {"deprecated": command.deprecated, "reason": command.reason}
        self.subjects = tuple(
            replace(one, **gone, instead=command.instead) if one.id == command.subject else one
            for one in self.subjects
        )
        return self._subject(command.subject)

    def _links(self, name: str) -> subjects.Links:
        known = {one.id: one for one in (RETRY_ENTITY, NET, TIME)}
        links = LINKS.get(name, ())
        root = known.get(name) or Entity(name, name.partition(":")[2], name.partition(":")[0])
        return subjects.Links(root, links, 1, len(links))


EMPTY = KnowledgeBase((), (), 0, "")
