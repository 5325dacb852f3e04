"""What the journal remembers of failures that are met again, and what it is told of them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from workbench.api.events import (
    Event,
    Fact,
    FailureFound,
    ProposalMade,
    SearchBegan,
    SearchEnded,
    TestsTurned,
    read_fact,
)
from workbench.healing.dossier import Earlier
from workbench.healing.history import Decided, decided
from workbench.healing.watching.board import Turned

_MOST_EARLIER = 12
_MOST_NAMED = 200
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
    """Return what repaired such failures before and was not rejected; events are newest first."""
    tests = {one.failure: one.test for one in failures}
    facts = [read_fact(event) for event in events]
    ended = [one for one in facts if isinstance(one, SearchEnded) and tests.keys() & one.failures]
    made = {one.proposal: one for one in reversed(facts) if isinstance(one, ProposalMade)}
    rejected = _rejected(made, decided(decisions))
    found: dict[str, Earlier] = {}
    for search in ended:
        wanted = {tests[name] for name in search.failures if name in tests}
        for name in search.proposals:
            one = made.get(name)
            if one and one.diff not in rejected and wanted & set(one.evidence.turned):
                found.setdefault(one.diff, Earlier(one.proposal, one.diff, one.why))
    return tuple(found.values())[:_MOST_EARLIER]


def _rejected(made: Mapping[str, ProposalMade], standing: Mapping[str, Decided]) -> frozenset[str]:
    """Return the changes that were rejected last; the same may have several names."""
    last: dict[str, Decided] = {}
    for name, one in sorted(standing.items(), key=lambda pair: pair[1].event.seq):
        if name in made:
            last[made[name].diff] = one
    return frozenset(diff for diff, one in last.items() if one.fact.decision == "rejected")
