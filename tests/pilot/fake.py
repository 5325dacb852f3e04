"""A host that exists only in the test: it holds events and answers at once."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from typing import Any, Self

import msgspec

from screens.findings import Findings
from tests.pilot.libraries import EMPTY, FakeLibrary
from tests.pilot.reviews import FakeReviews
from tests.pilot.talks import FakeTalks
from workbench.api import views
from workbench.api.client import Line
from workbench.api.commands import (
    CancelJob,
    Heal,
    ReadActivity,
    ReadEvent,
    ReadEvents,
    ReadFailures,
    ReadProposals,
    ReadSearches,
    ReadStatus,
    ReadWatching,
    Watch,
    WriteNote,
)
from workbench.api.events import SearchEnded
from workbench.api.facts import Event, Fact
from workbench.api.messages import Welcome
from workbench.api.shapes import Command, View
from workbench.errors import SandboxError, StoreError

WATCHING = views.Watching(1, "polling", "too many folders", 3, looking=True)
NOON = 1_780_315_200_000_000
"""2026-06-01 12:00 UTC."""
NOTES = (
    "the parser loops on an empty file",
    "why does the second run differ from the first?",
    "flaky: test_retry fails once in twenty runs",
    "日本語のノートも読める",
    "evil \x1b[31mred\u202e text",
    "a longer remark that goes on and on, so that it has to be cut at the right edge of the list",
)


def event(seq: int) -> Event:
    """Make the event that has this number; the first one is the start of a host."""
    first = seq == 1
    return Event(
        seq,
        NOON + seq * 1_000_000,
        "host" if first else "anna",
        "" if seq % 3 else "src/parse.py",
        "host.started" if first else "note.written",
        1,
        "" if first else f"key-{seq}",
        '{"release":"1.2.3","pid":4242,"python":"3.12.1"}'
        if first
        else f'{{"text":{_json(NOTES[seq % len(NOTES)])}}}',
        f"{seq:064x}",
    )


def told_of(fact: Fact, seq: int, subject: str = "") -> Event:
    """Make the event of a fact."""
    payload = msgspec.json.encode(fact).decode()
    return Event(seq, NOON, "host", subject, fact.type, fact.version, "", payload, f"{seq:064x}")


def _json(text: str) -> str:
    import json

    return json.dumps(text)


class FakeHost:
    """Answers like a host whose journal has `head` events; none is made before it is read."""

    def __init__(
        self,
        on_line: Callable[[Line], None],
        head: int = 40,
        *,
        attach: bool = True,
        notices: tuple[str, ...] = (),
        findings: Findings | None = None,
        refuses: str = "",
        reviews: FakeReviews | None = None,
        library: FakeLibrary | None = None,
        talks: FakeTalks | None = None,
    ) -> None:
        self.line = Line("attaching")
        self.head = head
        self.journal = "journal-1"
        self.asked: list[Command[Any]] = []
        self.fails = False
        self._on_line = on_line
        self._attach = attach
        self._notices = notices
        self._refuses = refuses
        self.findings = findings or Findings()
        self.reviews = reviews or FakeReviews()
        self.library = library or FakeLibrary(EMPTY, (), ())
        self.talks = talks or FakeTalks()
        self._told: dict[int, tuple[Fact, str]] = {}
        self.healing: asyncio.Future[views.Healing] | None = None
        """The search that a face waits for."""
        self._news = asyncio.Condition()

    async def __aenter__(self) -> Self:
        if self._attach:
            self.attach()
        return self

    async def __aexit__(self, *_: object) -> None:
        self._on_line = lambda _: None

    def want_host(self) -> None:
        self.attach()

    def attach(self) -> None:
        self.set(Line("attached", Welcome(4242, "1.2.3", self.journal, self.head)))

    def lose(self) -> None:
        self.set(Line("lost", problem=StoreError("The host went away.", "It is started again.")))

    def set(self, line: Line) -> None:
        self.line = line
        self._on_line(line)

    async def grow(self, events: int = 1) -> None:
        """Let events happen."""
        async with self._news:
            self.head += events
            self._news.notify_all()

    async def tell(self, fact: Fact, subject: str = "") -> None:
        """Let something happen that is no note."""
        self._told[self.head + 1] = fact, subject
        await self.grow()

    def stand(self, proposal: str, standing: str, reason: str, by: str) -> None:
        """Let a proposal stand as it was decided about."""
        decided = {"decided": NOON, "by": by} if standing != "waiting" else {"decided": 0, "by": ""}
        self.findings = replace(
            self.findings,
            proposals=tuple(
                msgspec.structs.replace(one, state=standing, reason=reason, **decided)
                if one.proposal.proposal == proposal
                else one
                for one in self.findings.proposals
            ),
        )

    async def follow(self, after: int) -> AsyncIterator[tuple[Event, ...]]:
        while True:
            async with self._news:
                while self.head <= after:
                    await self._news.wait()
                upto = min(self.head, after + 1000)
            yield tuple(self._event(seq) for seq in range(after + 1, upto + 1))
            after = upto

    async def call(self, command: Command[Any], *, key: str = "") -> Any:  # noqa: ANN401, ARG002
        self.asked.append(command)
        await asyncio.sleep(0)
        if self.fails:
            raise StoreError("The store is full.", "Make room.")
        if isinstance(command, Watch):
            await self._watched()
        if isinstance(command, Heal):
            self.healing = asyncio.get_running_loop().create_future()
            return await self.healing
        for part in (self.reviews, self.talks, self.library):
            if answered := await part.answer(command, self):
                return answered
        return self._under_way(command) or self._found(command) or await self._kept(command)

    async def _watched(self) -> None:
        """Follow the project until nobody waits for it any more, if anything can be run."""
        if self._refuses:
            raise SandboxError(self._refuses)
        self.findings = replace(self.findings, watching=WATCHING)
        try:
            await asyncio.get_running_loop().create_future()
        finally:
            self.findings = replace(self.findings, watching=None)

    def _event(self, seq: int) -> Event:
        if seq not in self._told:
            return event(seq)
        fact, subject = self._told[seq]
        return told_of(fact, seq, subject)

    def _under_way(self, command: Command[Any]) -> View | None:
        """Answer what is asked about searches."""
        match command:
            case CancelJob(job=job):
                return views.Cancelled(job)
            case ReadSearches():
                return views.Searches(self.findings.searches)
            case ReadWatching():
                return self.findings.watching or views.Watching(0, "waiting", "", 0, looking=False)
        return None

    def _found(self, command: Command[Any]) -> View | None:
        """Answer what is asked about failures and repairs."""
        match command:
            case ReadFailures():
                found = self.findings
                return views.Failures(found.failures, found.crashes, found.sightings)
            case ReadProposals():
                return views.Proposals(self.findings.proposals, self.head)
            case ReadEvents(type=SearchEnded.type):
                return views.Page(self._endings(), self.head, more=False)
        return None

    async def _kept(self, command: Command[Any]) -> View:
        """Answer what is asked about the journal and the host."""
        match command:
            case ReadStatus():
                return self._status()
            case ReadActivity():
                return self._activity()
            case ReadEvents():
                return self._page(command)
            case ReadEvent(seq=seq):
                return views.EventDetail(event(seq), f"{seq - 1:064x}")
            case WriteNote():
                await self.grow()
                return views.Receipt(self.head, NOON)
        raise AssertionError(command)

    def _endings(self) -> tuple[Event, ...]:
        ended = self.findings.ended
        return (told_of(ended, self.head),) if ended else ()

    def _page(self, command: ReadEvents) -> views.Page:
        top = self.head if command.before is None else min(self.head, command.before - 1)
        found: list[Event] = []
        for seq in range(top, 0, -1):
            candidate = event(seq)
            if command.text.lower() in f"{candidate.subject} {candidate.payload}".lower():
                found.append(candidate)
            if len(found) > command.limit:
                break
        kept = tuple(found[: command.limit])
        return views.Page(kept, self.head, len(found) > command.limit)

    def _status(self) -> views.Status:
        return views.Status(
            project="demo",
            pid=4242,
            version="1.2.3",
            python="3.12.1",
            started=NOON,
            memory=84_300_000,
            faces=(views.Face("interface", 4300, NOON), views.Face("command line", 4301, NOON)),
            idle_seconds=600,
            journal=self.journal,
            head=self.head,
            stores=(
                views.Store("journal", "journal.duckdb", 1_274_000),
                views.Store("write-ahead log", "journal.duckdb.wal", 52_000),
            ),
            disk_free=33_000_000_000,
            runs=12,
            unclean_runs=1,
            notices=self._notices,
        )

    def _activity(self) -> views.Activity:
        minutes = tuple((minute * 7) % 13 if minute % 5 else 0 for minute in range(60))
        types = (
            views.TypeCount("note.written", self.head - 1, NOON),
            views.TypeCount("host.started", 1, NOON),
        )
        return views.Activity(types, minutes, NOON)
