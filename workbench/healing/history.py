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
    """Return each proposal once, as it was made last; `events` are newest first."""
    found: dict[str, views.Proposed] = {}
    for event in events:
        fact = read_fact(event)
        if isinstance(fact, ProposalMade) and fact.proposal not in found:
            found[fact.proposal] = views.Proposed(event.seq, event.time, fact)
    order = sorted(found.values(), key=lambda one: one.seq, reverse=True)
    return views.Proposals(tuple(order))
