"""What the Evolution screen asks the host for, and when: after events, and while searches run."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import replace

from textual.timer import Timer

from screens.findings import Findings, best_first
from screens.frame import Frame
from workbench.api.client import Line
from workbench.api.commands import (
    CancelJob,
    Heal,
    ReadEvents,
    ReadFailures,
    ReadProposals,
    ReadSearches,
    ReadTransactions,
    ReadWatching,
)
from workbench.api.deciding import ReviewActed, TransactionEnded
from workbench.api.events import (
    CrashSeen,
    FailureFound,
    LogNoticed,
    ProposalMade,
    SearchEnded,
    TestsTurned,
    read_fact,
)
from workbench.api.facts import Event
from workbench.api.reviews import Transaction
from workbench.api.views import Proposals, Proposed, Searching
from workbench.errors import Interrupted

_AT_ONCE = 0.01
_BETWEEN_READS = 0.3
_BETWEEN_LOOKS = 1.0
_BETWEEN_LOOKS_AT_REST = 3.0
"""While the project is followed and nothing is under way."""
_MOST_FAILURES = 1_000
"""Of so many the host counts which are the same."""
_MOST_PROPOSALS = 10_000
_MOST_TRANSACTIONS = 1_000
_TOLD_OF = (
    FailureFound.type,
    TestsTurned.type,
    CrashSeen.type,
    LogNoticed.type,
    ProposalMade.type,
    ReviewActed.type,
    TransactionEnded.type,
    SearchEnded.type,
)


class Lookout:
    """Keeps the findings of one screen fresh; where nothing happens it asks nothing."""

    def __init__(
        self,
        frame: Frame,
        changed: Callable[[], None],
        happened: Callable[[tuple[Event, ...]], None],
    ) -> None:
        self.findings = Findings()
        self.known = False
        """The host has answered."""
        self._frame, self._changed, self._happened = frame, changed, happened
        self._proposals: dict[str, Proposed] = {}
        self._upto = 0
        """The event up to which proposals are known."""
        self._transactions: tuple[Transaction, ...] = ()
        self._asked = self._answered = 0
        """How often transactions were asked for, and which of these answers is known."""
        self._told = (False, self.findings)
        self._journal_id = ""
        self._following: asyncio.Task[None] | None = None
        self._healing: asyncio.Task[None] | None = None
        self._began = 0.0
        """When our search began, by the monotonic clock."""
        self._read_due: Timer | None = None
        self._look_due: Timer | None = None
        self._rests = False
        """The look that is due need not come soon."""

    def line_changed(self, line: Line) -> None:
        """Begin anew with a journal that was not seen before, and read what was missed."""
        if line.state != "attached" or line.welcome is None:
            return
        if line.welcome.journal != self._journal_id or self._following is None:
            self._begin(line.welcome.journal, line.welcome.head)
        self.read()

    def read(self) -> None:
        """Read all."""
        self._read_due = self._soon(self._read_due, _AT_ONCE, self._read)

    async def read_written(self) -> None:
        """Read at once what was written into the project."""
        await self._read_transactions()
        self._take(replace(self.findings, transactions=self._transactions))

    def narrow(self, text: str, state: str = "") -> None:
        """List only what has a text, and proposals only in a state."""
        self._take(self.findings.narrowed(text, state))

    def heal(self) -> None:
        """Begin a search beside the keys."""
        self._began = time.monotonic()
        self._healing = self._frame.interface.spawn(self._frame, self._heal())
        self._take(replace(self.findings, searches=(self._starting(),)))

    def cancel(self, search: Searching) -> None:
        """End a search; one that the host has not named yet is ours, and nobody waits for it."""
        interface = self._frame.interface
        if search.job:
            interface.spawn(self._frame, self._cancel(search.job))
        elif self._healing:
            self._healing.cancel()
            interface.tell("The search was cancelled.")

    def _begin(self, journal_id: str, head: int) -> None:
        if self._following:
            self._following.cancel()
        self._journal_id, self.known = journal_id, False
        self._proposals, self._upto = {}, 0
        self._transactions, self._answered = (), self._asked
        self._take(Findings())
        self._following = self._frame.interface.spawn(self._frame, self._follow(head))

    async def _follow(self, head: int) -> None:
        """Read again when something is told of; with anything else a search may have begun."""
        async for events in self._frame.interface.host.follow(head):
            self._happened(events)
            if any(event.type in _TOLD_OF for event in events):
                self._read_due = self._soon(self._read_due, _BETWEEN_READS, self._read)
            else:
                self._look_later()

    def _look_later(self) -> None:
        if self._look_due and self._rests:
            self._look_due.stop()
            self._look_due = None
        self._rests = False
        self._look_due = self._soon(self._look_due, _BETWEEN_LOOKS, self._look)

    def _look_some_time(self) -> None:
        """Look again though nothing is under way: tests may run without anything being told."""
        self._rests = self._rests or not self._look_due
        self._look_due = self._soon(self._look_due, _BETWEEN_LOOKS_AT_REST, self._look)

    def _soon(
        self, due: Timer | None, delay: float, ask: Callable[[], Awaitable[None]]
    ) -> Timer | None:
        """Ask a little later, once for all that happens until then; a hidden screen need not."""
        if due or not self._frame.is_current:
            return due
        frame = self._frame
        return frame.set_timer(delay, lambda: frame.interface.spawn(frame, self._ask(ask)))

    async def _ask(self, ask: Callable[[], Awaitable[None]]) -> None:
        """Ask, unless the line is lost: a host that was ended is not started for this."""
        if ask == self._read:
            self._read_due = None
        else:
            self._look_due = None
        if self._frame.interface.line.state == "attached":
            await ask()

    async def _read(self) -> None:
        """Read what the journal holds, and then what is under way: a host may not know that yet."""
        call = self._frame.interface.host.call
        journal = self._journal_id
        proposals, failures, ended, _ = await asyncio.gather(
            call(ReadProposals(_MOST_PROPOSALS, after=self._upto, diffs=False)),
            call(ReadFailures(_MOST_FAILURES)),
            call(ReadEvents(limit=1, type=SearchEnded.type)),
            self._read_transactions(),
        )
        if journal != self._journal_id:
            return
        facts = [read_fact(event) for event in ended.events]
        self.known = True
        self._take(
            replace(
                self.findings,
                proposals=self._merged(proposals),
                failures=failures.failures,
                crashes=failures.crashes,
                sightings=failures.sightings,
                ended=next((fact for fact in facts if isinstance(fact, SearchEnded)), None),
                transactions=self._transactions,
            )
        )
        await self._look()

    async def _read_transactions(self) -> None:
        """Read what was written; an answer that a later one has overtaken counts no more."""
        self._asked += 1
        mine, call = self._asked, self._frame.interface.host.call
        read = await call(ReadTransactions(_MOST_TRANSACTIONS))
        if mine > self._answered:
            self._answered, self._transactions = mine, read.transactions

    def _merged(self, read: Proposals) -> tuple[Proposed, ...]:
        """Return all proposals that are known, those that were read now as they are now."""
        self._upto = max(self._upto, read.head)
        if not read.proposals:
            return self.findings.proposals
        for one in read.proposals:
            self.findings.texts.of(one)  # Put together now, so that typing does not wait for it.
        self._proposals |= {one.proposal.proposal: one for one in read.proposals}
        return best_first(self._proposals.values())

    async def _look(self) -> None:
        call = self._frame.interface.host.call
        searches, watching = await asyncio.gather(call(ReadSearches()), call(ReadWatching()))
        self._take(
            replace(
                self.findings,
                searches=self._under_way(searches.searches),
                watching=watching if watching.faces else None,
                unfollowed=self._frame.interface.following.problem,
            )
        )

    def _under_way(self, searches: tuple[Searching, ...]) -> tuple[Searching, ...]:
        """Return the searches there are; ours is one before the host tells of it."""
        return searches or ((self._starting(),) if self._healing else ())

    def _starting(self) -> Searching:
        return Searching("", "starting", 0, 0, 0, "", time.monotonic() - self._began)

    def _take(self, findings: Findings) -> None:
        self.findings = findings
        watching = findings.watching
        if findings.searches or (watching and watching.looking):
            self._look_later()
        elif watching or self._frame.interface.following.is_on:
            self._look_some_time()
        if self._told != (self.known, findings):
            self._told = (self.known, findings)
            self._changed()

    async def _heal(self) -> None:
        """Search for repairs of all that fails, and say how it ended."""
        interface = self._frame.interface
        try:
            terms = await asyncio.to_thread(interface.terms)
            healing = await interface.host.call(Heal(terms))
        except Interrupted as interrupted:
            interface.tell(interrupted.sentence)
        else:
            interface.tell(healing.ended.sentence)
        finally:
            self._healing = None
            self.read()

    async def _cancel(self, job: str) -> None:
        await self._frame.interface.host.call(CancelJob(job))
        self._frame.interface.tell("The search was told to end.")
