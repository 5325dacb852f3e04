"""What the journal holds of decisions, approvals and transactions, as an audit looks at it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import TypeVar

import msgspec

from workbench.api.deciding import (
    ApprovalGiven,
    ReviewActed,
    TransactionBegan,
    TransactionEnded,
)
from workbench.api.events import ProposalMade, read_fact
from workbench.api.facts import Event, Fact, UnknownFact
from workbench.journal.contents import Contents
from workbench.review.approval.changes import Accepted, accepted_of
from workbench.review.approval.given import Asked, Given, given, moment
from workbench.review.approval.policy import Policy, read_policy
from workbench.review.approval.service import evidences, stated
from workbench.review.approval.statement import Statement
from workbench.review.reducer import Reviewing
from workbench.review.replaying import acted_of, begun
from workbench.review.service import MOST_ACTS
from workbench.review.state import State

KINDS = tuple(
    kind.type
    for kind in (ProposalMade, ReviewActed, ApprovalGiven, TransactionBegan, TransactionEnded)
)
F = TypeVar("F", bound=Fact)


@dataclass(frozen=True)
class Replayed:
    """A review after one of its actions, as it comes out when it is done again."""

    event: Event
    fact: ReviewActed
    state: State


@dataclass(frozen=True)
class History:
    """Events in order, and the contents that they name."""

    events: tuple[Event, ...]
    contents: Contents

    @cached_property
    def _facts(self) -> dict[int, Fact | None]:
        return {event.seq: _fact(event) for event in self.events}

    @cached_property
    def unreadable(self) -> tuple[Event, ...]:
        """Return the events that are not of a shape that is known."""
        return tuple(event for event in self.events if self._facts[event.seq] is None)

    def of(self, kind: type[F], before: int | None = None) -> Iterator[tuple[Event, F]]:
        """Yield the events of a kind with what they say, or those before a number."""
        for event in self.events:
            fact = self._facts[event.seq]
            if isinstance(fact, kind) and (before is None or event.seq < before):
                yield event, fact

    def about(self, kind: type[F], proposal: str, before: int | None = None) -> tuple[Event, ...]:
        every = self.of(kind, before)
        return tuple(event for event, _ in every if event.subject == proposal)

    @cached_property
    def proposals(self) -> tuple[str, ...]:
        """Return the proposals about which something was done."""
        acted = (fact.proposal for _, fact in self.of(ReviewActed))
        began = (name for _, fact in self.of(TransactionBegan) for name in fact.proposals)
        return tuple(dict.fromkeys([*acted, *began]))

    def reviewing(self, proposal: str) -> Reviewing:
        """Return the review of a proposal as it was opened."""
        first, made = next(pair for pair in self.of(ProposalMade) if pair[1].proposal == proposal)
        earlier = [event for event, _ in self.of(ReviewActed, first.seq)][-MOST_ACTS:]
        return begun(made, reversed(earlier), self.contents.read_file)

    def replayed(self, proposal: str, before: int | None = None) -> Iterator[Replayed]:
        """Yield the review after each of its actions, done again from the beginning."""
        reviewing = self.reviewing(proposal)
        state = reviewing.opened
        for event, fact in self.of(ReviewActed, before):
            if fact.proposal == proposal:
                state = reviewing.reduce(state, acted_of(event))
                yield Replayed(event, fact, state)

    def state(self, proposal: str, before: int) -> State:
        """Return how a review stood before an event."""
        last = None
        for last in self.replayed(proposal, before):  # noqa: B007 - the last one counts
            pass
        return last.state if last else self.reviewing(proposal).opened

    def accepted(self, proposal: str, before: int) -> tuple[State, Accepted]:
        made = [fact for _, fact in self.of(ProposalMade, before) if fact.proposal == proposal]
        state = self.state(proposal, before)
        return state, accepted_of(state, made[-1])

    def policy(self, digest: str) -> Policy:
        return read_policy(self.contents.read(digest))

    def given(self, state: State, accepted: Accepted, policy: Policy, at: Event) -> Given:
        """Weigh the approvals that there were before an event, as of then."""
        name = accepted.proposal
        said = stated(accepted, policy.digest)
        proofs = evidences(self.about(ProposalMade, name, at.seq))
        texts = (Statement(name, said.files, proof, policy.digest).text for proof in proofs)
        return given(
            Asked(policy, True, state.digest, frozenset(texts)),
            self.about(ReviewActed, name, at.seq),
            self.about(ApprovalGiven, name, at.seq),
            moment(at),
        )


def _fact(event: Event) -> Fact | None:
    """Return what an event says; nothing where that cannot be read."""
    try:
        fact = read_fact(event)
    except (msgspec.MsgspecError, KeyError):
        return None
    return None if isinstance(fact, UnknownFact) else fact


def history_of(events: Iterable[Event], contents: Contents) -> History:
    return History(tuple(events), contents)
