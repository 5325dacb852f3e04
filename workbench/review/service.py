"""Reviewing as a service of the host: what is proposed is opened, decided about, written down."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, replace

from workbench.api import commands, reviews, views
from workbench.api.caller import Caller
from workbench.api.deciding import Rebase, ReviewActed
from workbench.api.events import ProposalMade, read_fact
from workbench.api.facts import Event
from workbench.errors import UsageError
from workbench.journal import reading
from workbench.journal.contents import Contents
from workbench.journal.journal import Journal
from workbench.review.reducer import Reviewing
from workbench.review.replaying import acted_of, begun, fact_of
from workbench.review.shown import review_of, standings_of
from workbench.review.state import Acted, State
from workbench.visible import visible_line
from workbench.workspace import Workspace

MOST_ACTS = 10_000
"""So many decisions before a proposal was made are looked at, the newest first."""


@dataclass(frozen=True)
class Open:
    """A review that is open: its rules, how it stands, and the proposal that it is about."""

    reviewing: Reviewing
    state: State
    made: Event
    proposal: ProposalMade
    last: Event | None = None
    """The action that came last."""

    @property
    def proposed(self) -> views.Proposed:
        state, by = self.state, self.last
        return views.Proposed(
            seq=self.made.seq,
            time=self.made.time,
            proposal=self.proposal,
            state=state.standing,
            reason=state.reason,
            decided=by.time if by else 0,
            by=by.actor if by else "",
        )


class Service:
    """All reviews; each is opened from the journal when it is first asked for."""

    def __init__(self, workspace: Workspace, journal: Journal) -> None:
        self.contents = Contents(workspace.contents)
        self._journal = journal
        self._open: dict[str, Open] = {}
        self._acting = asyncio.Lock()

    async def read(self, command: commands.ReadReview, _: Caller) -> reviews.Review:
        async with self._acting:  # Whoever heard of an action sees what came of it.
            one = await self.review(command.proposal)
        return await asyncio.to_thread(
            review_of, one.proposed, one.state, command.context, command.known
        )

    async def act(self, command: commands.ActOn, caller: Caller) -> reviews.Standings:
        """Do what a person does; the host alone fits a review to files that changed."""
        if isinstance(command.act, Rebase):
            raise UsageError(
                "Only the host fits a proposal to files that changed.", "Apply it, and it does so."
            )
        one = await self.do(command.proposal, Acted(command.act), caller)
        return standings_of(one.proposed, one.state)

    async def do(self, name: str, acted: Acted, caller: Caller) -> Open:
        """Take one action after another, each on how the one before left the review."""
        async with self._acting:
            one = await self.review(name)
            if caller.again and await self._is_done(caller.key):
                return one
            reduced = await asyncio.to_thread(_reduced, one, replace(acted, by=caller.actor))
            event = await self._journal.write(
                fact_of(name, acted, reduced),
                actor=caller.actor,
                subject=name,
                key=caller.key,
                again=caller.again,
            )
            done = replace(acted, by=event.actor, time=event.time)
            state = await asyncio.to_thread(_reduced, one, done)
            self._open[name] = replace(one, state=state, last=event)
            return self._open[name]

    async def _is_done(self, key: str) -> bool:
        """Tell whether an action was taken and only the answer to it was lost."""
        return await self._journal.read(reading.event_with_key, key) is not None

    async def review(self, name: str) -> Open:
        """Return a review as it stands."""
        if name not in self._open:
            made = await self._journal.read(reading.newest_about, ProposalMade.type, name)
            if made is None:
                raise UsageError(
                    f"There is no proposal {visible_line(name)}.",
                    "`workbench proposals list` shows their names.",
                )
            self._open[name] = await self._opened(made)
        return self._open[name]

    async def _opened(self, made: Event) -> Open:
        """Open a proposal: its files, what was decided before about the same hunks, its actions."""
        proposal = read_fact(made)
        assert isinstance(proposal, ProposalMade)  # noqa: S101 - its type says so
        name = proposal.proposal
        first = await self._journal.read(reading.first_about, ProposalMade.type, name) or made
        acts = await self._journal.read(reading.about, ReviewActed.type, name)
        before = await self._journal.read(
            reading.newest, (ReviewActed.type,), MOST_ACTS, before=first.seq
        )
        return await asyncio.to_thread(self._replayed, made, proposal, acts, before)

    def _replayed(
        self,
        made: Event,
        proposal: ProposalMade,
        acts: tuple[Event, ...],
        before: tuple[Event, ...],
    ) -> Open:
        reviewing = begun(proposal, before, self.contents.read_file)
        state = reviewing.after(map(acted_of, acts))
        return Open(reviewing, state, made, proposal, acts[-1] if acts else None)


def _reduced(one: Open, acted: Acted) -> State:
    return one.reviewing.reduce(one.state, acted)
