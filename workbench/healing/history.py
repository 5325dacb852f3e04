"""What the journal holds of failures and proposals, as lists."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable, Iterator
from typing import NamedTuple, TypeVar

from msgspec.structs import replace

from workbench.api import views
from workbench.api.deciding import ReviewActed
from workbench.api.events import (
    CrashSeen,
    FailureFound,
    LogNoticed,
    ProposalMade,
    SearchEnded,
    TestsTurned,
    read_fact,
)
from workbench.api.facts import Event, Fact
from workbench.healing.logs.masks import masked

F = TypeVar("F", bound=Fact)
SINCE = (
    SearchEnded.type,
    ProposalMade.type,
    TestsTurned.type,
    CrashSeen.type,
    LogNoticed.type,
)
"""The facts that tell what became of failures, and what else went wrong."""
_MOST_ALIKE = 8
_QUOTED = re.compile(r"'[^'\n]*'|\"[^\"\n]*\"")
_WORD = re.compile(r"(?<!<)\b[^\W\d_]{2,}\b(?!>)")
_SAYS_LITTLE = frozenset({"assert", "in", "is", "not", "and", "or", "None", "True", "False"})
_STANDING = frozenset({"accepted", "rejected"})
_SAYS_ENOUGH = 2
"""Messages with fewer words of their own are alike without meaning the same."""


def failures(events: Iterable[Event], since: Iterable[Event] = ()) -> views.Failures:
    """Return each failure once, and what became of it; all events are newest first."""
    found = _told(events, FailureFound, lambda fact: fact.failure)
    noticed = _told(since := tuple(since), LogNoticed, lambda fact: fact.sighting)
    return views.Failures(
        tuple(_with_what_became({name: views.Found(*one) for name, one in found.items()}, since)),
        tuple(_crashes(since)),
        tuple(views.Sighted(*one) for one in noticed.values()),
    )


def _told(
    events: Iterable[Event], kind: type[F], name_of: Callable[[F], str]
) -> dict[str, tuple[F, int, int, int]]:
    """Return the newest fact of each name, how often it was told, and when first and last."""
    found: dict[str, tuple[F, int, int, int]] = {}
    for event in events:
        if event.type == kind.type and isinstance(fact := read_fact(event), kind):
            newest, times, _, last = found.get(name_of(fact), (fact, 0, 0, event.time))
            found[name_of(fact)] = (newest, times + 1, event.time, last)
    return found


def _crashes(since: tuple[Event, ...]) -> Iterator[views.Crashed]:
    facts = [read_fact(event) for event in since]
    searches = [fact for fact in facts if isinstance(fact, SearchEnded)]
    for name, one in _told(since, CrashSeen, lambda fact: fact.crash).items():
        ended = [search for search in searches if search.crash == name]
        proposals = tuple(dict.fromkeys(made for search in ended for made in search.proposals))
        yield views.Crashed(*one, proposals, ended[0].sentence if ended else "")


def _with_what_became(
    found: dict[str, views.Found], since: tuple[Event, ...]
) -> Iterator[views.Found]:
    repairs, green = _repairs(since), _greens(since)
    alike = _alike(found)
    for name, one in found.items():
        test = one.failure.test
        proposals = tuple(dict.fromkeys(made for made, turned in repairs[name] if test in turned))
        passed = green.get(test, 0)
        yield replace(
            one,
            proposals=proposals,
            green=passed if passed > one.last else 0,
            alike=alike.get(name, ()),
        )


def _repairs(since: tuple[Event, ...]) -> defaultdict[str, list[tuple[str, tuple[str, ...]]]]:
    """Return for each failure the proposals of its searches, with the tests that they turn."""
    facts = [read_fact(event) for event in since]
    turned = {one.proposal: one.evidence.turned for one in facts if isinstance(one, ProposalMade)}
    found: defaultdict[str, list[tuple[str, tuple[str, ...]]]] = defaultdict(list)
    for ended in facts:
        if isinstance(ended, SearchEnded):
            made = [(name, turned.get(name, ())) for name in ended.proposals]
            for failure in ended.failures:
                found[failure] += made
    return found


def _greens(since: tuple[Event, ...]) -> dict[str, int]:
    """Return when each test was seen last to pass again."""
    found: dict[str, int] = {}
    for event in since:
        fact = read_fact(event) if event.type == TestsTurned.type else None
        if isinstance(fact, TestsTurned):
            found = {**dict.fromkeys(fact.green, event.time), **found}
    return found


def _alike(found: dict[str, views.Found]) -> dict[str, tuple[str, ...]]:
    """Return for each failure others that look the same, the newest first."""
    groups: defaultdict[Hashable, list[str]] = defaultdict(list)
    for name, one in found.items():
        for look in _looks(one.failure):
            groups[look].append(name)
    return {
        name: tuple(
            dict.fromkeys(
                other for look in _looks(one.failure) for other in groups[look] if other != name
            )
        )[:_MOST_ALIKE]
        for name, one in found.items()
    }


def _looks(failure: FailureFound) -> Iterator[Hashable]:
    """Yield by what a failure is known again: what was raised where, and what it says."""
    if failure.path and failure.kind:
        yield "place", failure.kind, failure.path, failure.function
    shape = masked(_QUOTED.sub("<text>", failure.message.partition("\n")[0]))
    if len({*_WORD.findall(shape)} - _SAYS_LITTLE) >= _SAYS_ENOUGH:
        yield "message", failure.kind, shape


class Decided(NamedTuple):
    """What was decided about a proposal, when and by whom."""

    event: Event
    fact: ReviewActed


def decided(events: Iterable[Event]) -> dict[str, Decided]:
    """Return the decision that counts on each proposal that has one; events are newest first."""
    last: dict[str, Decided] = {}
    for event in events:
        fact = read_fact(event)
        if isinstance(fact, ReviewActed):
            last.setdefault(fact.proposal, Decided(event, fact))
    return {name: one for name, one in last.items() if one.fact.standing in _STANDING}


def proposals(
    events: Iterable[Event], decisions: Iterable[Event] = (), *, diffs: bool = True
) -> views.Proposals:
    """Return each proposal once, those of the last search first, the best of each first."""
    standing = decided(decisions)
    found: dict[str, views.Proposed] = {}
    for event in events:
        fact = read_fact(event)
        if isinstance(fact, ProposalMade) and fact.proposal not in found:
            kept = fact if diffs else replace(fact, diff="")
            made = views.Proposed(event.seq, event.time, kept)
            found[fact.proposal] = _as_decided(made, standing.get(fact.proposal))
    last: dict[str, int] = {}
    for one in found.values():
        last[one.proposal.search] = max(one.seq, last.get(one.proposal.search, 0))
    order = sorted(found.values(), key=lambda one: (-last[one.proposal.search], one.proposal.rank))
    return views.Proposals(tuple(order))


def _as_decided(made: views.Proposed, one: Decided | None) -> views.Proposed:
    if one is None:
        return made
    event, fact = one
    return replace(
        made, state=fact.standing, reason=fact.reason, decided=event.time, by=event.actor
    )
