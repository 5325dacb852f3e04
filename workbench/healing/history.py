"""What the journal holds of failures and proposals, as lists."""

from __future__ import annotations

from collections.abc import Iterable

from workbench.api import views
from workbench.api.events import Event, FailureFound, ProposalMade, read_fact


def failures(events: Iterable[Event]) -> views.Failures:
    """Return each failure once; `events` are newest first."""
    found: dict[str, views.Found] = {}
    for event in events:
        fact = read_fact(event)
        if isinstance(fact, FailureFound):
            before = found.get(fact.failure)
            newest = before.failure if before else fact
            last = before.last if before else event.time
            times = before.times + 1 if before else 1
            found[fact.failure] = views.Found(newest, times, event.time, last)
    return views.Failures(tuple(found.values()))


def proposals(events: Iterable[Event]) -> views.Proposals:
    """Return each proposal once, those of the last search first, the best of each first."""
    found: dict[str, views.Proposed] = {}
    for event in events:
        fact = read_fact(event)
        if isinstance(fact, ProposalMade) and fact.proposal not in found:
            found[fact.proposal] = views.Proposed(event.seq, event.time, fact)
    last: dict[str, int] = {}
    for one in found.values():
        last[one.proposal.search] = max(one.seq, last.get(one.proposal.search, 0))
    order = sorted(found.values(), key=lambda one: (-last[one.proposal.search], one.proposal.rank))
    return views.Proposals(tuple(order))
