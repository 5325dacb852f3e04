"""A review from what the journal holds: the same events always lead to the same review."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

from workbench.api.deciding import ReviewActed
from workbench.api.events import ProposalMade, read_fact
from workbench.api.facts import Event
from workbench.errors import UsageError
from workbench.review.reducer import Read, Reviewing
from workbench.review.state import Acted, Mark, State, opened


def begun(proposal: ProposalMade, earlier: Iterable[Event], read: Read) -> Reviewing:
    """Return the review of a proposal before anything is done in it.

    What was decided last about the same hunks, before it was made for the first time, stands; the
    events of that are given newest first.
    """
    state = opened(_files(proposal, read), proposal.tests)
    return Reviewing(replace(state, marks=_marked_before(earlier, state)), read)


def acted_of(event: Event) -> Acted:
    """Return an action as the journal has it."""
    fact = read_fact(event)
    assert isinstance(fact, ReviewActed)  # noqa: S101 - its type says so
    return Acted(fact.act, event.actor, event.time)


def fact_of(proposal: str, acted: Acted, state: State) -> ReviewActed:
    """Return what the journal keeps of an action, and of how the review stands after it."""
    return ReviewActed(
        proposal=proposal,
        act=acted.act,
        standing=state.standing,
        accepted=tuple(hunk.id for hunk in state.marked("accepted")),
        rejected=tuple(hunk.id for hunk in state.marked("rejected")),
        reason=state.reason,
        result=state.digest,
    )


def _files(proposal: ProposalMade, read: Read) -> Iterator[tuple[str, bytes | None, bytes | None]]:
    for path, after in proposal.change.items():
        if path not in proposal.before:
            raise UsageError(
                "The proposal is of an earlier release, which kept no contents.",
                "`workbench heal` proposes it again.",
            )
        yield path, read(proposal.before[path]), read(after)


def _marked_before(events: Iterable[Event], state: State) -> dict[str, Mark]:
    """Return what was decided last about the same hunks elsewhere; events are newest first.

    So a new candidate asks only about what is new in it.
    """
    found: dict[str, Mark] = {}
    seen: set[str] = set()
    for event in events:
        fact = read_fact(event)
        if not isinstance(fact, ReviewActed) or fact.proposal in seen:
            continue
        seen.add(fact.proposal)  # What counts is how the review of each stood at last.
        for name in fact.accepted:
            found.setdefault(name, Mark("accepted", "", event.actor, event.time))
        for name in fact.rejected:
            found.setdefault(name, Mark("rejected", fact.reason, event.actor, event.time))
    return {name: mark for name, mark in found.items() if name in state.by_id}
