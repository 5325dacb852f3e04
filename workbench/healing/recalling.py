"""What the journal remembers of failures that are met again, and what it is told of them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from workbench.api.events import (
    FailureFound,
    ProposalMade,
    SearchBegan,
    SearchEnded,
    TestsTurned,
    read_fact,
)
from workbench.api.facts import Event, Fact
from workbench.healing.dossier import Earlier
from workbench.healing.history import Decided, decided
from workbench.healing.watching.board import Turned

_MOST_EARLIER = 12
_MOST_NAMED = 200
_ACCEPTED = "accepted"
REPAIRS = (ProposalMade.type, SearchEnded.type)
"""The facts that tell what repaired what."""


@dataclass(frozen=True)
class Met:
    """What the tests did, as soon as that is known."""

    snapshot: str
    failures: tuple[FailureFound, ...]
    turned: tuple[Turned, ...] = ()

    @property
    def steady(self) -> tuple[FailureFound, ...]:
        return tuple(one for one in self.failures if one.steady)


Meet = Callable[[Met], tuple[Earlier, ...]]
"""Is told what the tests did, and returns what repaired such failures before."""


def met_never(_: Met) -> tuple[Earlier, ...]:
    """Remember nothing."""
    return ()


def facts_of(search: str, met: Met, crash: str = "") -> Iterator[Fact]:
    """Yield what is worth writing down before a search, if anything is."""
    red = [one.test for one in met.turned if one.turn == "went red"]
    green = [one.test for one in met.turned if one.turn == "went green"]
    if red or green:
        named = (tuple(red[:_MOST_NAMED]), tuple(green[:_MOST_NAMED]))
        yield TestsTurned(met.snapshot, *named, len(red), len(green))
    if met.steady:
        failures = tuple(one.failure for one in met.steady)
        yield SearchBegan(search, failures, met.snapshot, crash)


def repaired_before(
    events: Iterable[Event], failures: Sequence[FailureFound], decisions: Iterable[Event] = ()
) -> tuple[Earlier, ...]:
    """Return what was accepted for failures of these names, and then what led undecided.

    All events are newest first.
    """
    tests = {one.failure: one.test for one in failures}
    facts = [read_fact(event) for event in events]
    ended = [one for one in facts if isinstance(one, SearchEnded) and tests.keys() & one.failures]
    made = {one.proposal: one for one in reversed(facts) if isinstance(one, ProposalMade)}
    said = _said(made, decided(decisions))
    found: dict[str, Earlier] = {}
    for search in ended:
        wanted = {tests[name] for name in search.failures if name in tests}
        offered = [made[name] for name in search.proposals if name in made]
        for one in _worth(offered, wanted, said):
            found.setdefault(one.diff, Earlier(one.proposal, one.diff, one.why))
    order = sorted(found.values(), key=lambda one: said.get(one.diff) != _ACCEPTED)
    return tuple(order)[:_MOST_EARLIER]


def _worth(
    offered: Iterable[ProposalMade], wanted: set[str], said: Mapping[str, str]
) -> Iterator[ProposalMade]:
    """Yield what a search offered that was accepted, or came first for a test and waits still."""
    led = set[str]()
    for one in offered:
        turned = wanted & set(one.evidence.turned)
        decision = said.get(one.diff)
        if turned and (decision == _ACCEPTED or (decision is None and turned - led)):
            yield one
        led |= turned


def _said(made: Mapping[str, ProposalMade], standing: Mapping[str, Decided]) -> Mapping[str, str]:
    """Return what was decided last about each change; the same may have several names."""
    order = sorted(standing.items(), key=lambda pair: pair[1].event.seq)
    return {made[name].diff: one.fact.standing for name, one in order if name in made}
