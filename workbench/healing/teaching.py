"""What people decide about proposals, as what the ranking of a project learns from."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from workbench.api import views
from workbench.api.events import ProposalMade, read_fact
from workbench.api.facts import Event
from workbench.healing.history import Decided, decided
from workbench.healing.ranking.learned import Offered, Outcome, gain, learn
from workbench.healing.ranking.order import Weights

MOST_PROPOSALS = 2_000
MOST_DECISIONS = 300
"""Of so many is learned, the newest; a search waits for it."""
_MOST_RULES = 20
_MOST_REASONS = 50

Group = tuple[str, frozenset[str]]
"""A search and the tests that are turned: what repairs other tests stands beside, not behind."""


@dataclass(frozen=True, slots=True)
class _Made:
    """A proposal as it was made, and the number of its event."""

    seq: int
    fact: ProposalMade

    @property
    def group(self) -> Group:
        return self.fact.search, frozenset(self.fact.evidence.turned)


def weights(made: Iterable[Event], decisions: Iterable[Event]) -> Weights:
    """Return what the ranking learns from decisions; all events are newest first."""
    return learn(Weights(), outcomes(made, decisions))


def outcomes(made: Iterable[Event], decisions: Iterable[Event]) -> tuple[Outcome, ...]:
    """Return what was decided about what each search offered; all events are newest first.

    What was offered after the last decision does not count, so the same decisions teach the same.
    """
    decisions = tuple(decisions)
    if not decisions:
        return ()
    standing = decided(decisions)
    groups = _groups(event for event in made if event.seq < decisions[0].seq)
    homes = _homes(groups, standing)
    told = [list(_outcomes(every, homes, standing)) for every in groups.values()]
    return tuple(one for some in reversed(told) for one in some)


def _groups(made: Iterable[Event]) -> Mapping[Group, list[_Made]]:
    """Put together what was offered for the same tests, in the order in which it was shown."""
    found: defaultdict[Group, list[_Made]] = defaultdict(list)
    for event in made:
        if isinstance(fact := read_fact(event), ProposalMade):
            one = _Made(event.seq, fact)
            found[one.group].append(one)
    return {group: sorted(every, key=lambda one: one.fact.rank) for group, every in found.items()}


def _homes(
    groups: Mapping[Group, Sequence[_Made]], standing: Mapping[str, Decided]
) -> Mapping[str, int]:
    """Return which event each decision is about: it counts once, however often that was offered."""
    found: dict[str, int] = {}
    for every in groups.values():
        for one in every:
            name = one.fact.proposal
            if name in standing and one.seq < standing[name].event.seq:
                found[name] = max(one.seq, found.get(name, 0))
    return found


def _outcomes(
    every: Sequence[_Made], homes: Mapping[str, int], standing: Mapping[str, Decided]
) -> Iterator[Outcome]:
    """Yield one outcome for each that was accepted, or one if some were only rejected."""
    here = [one for one in every if homes.get(one.fact.proposal) == one.seq]
    accepted = [one for one in here if _state(one, standing) == "accepted"]
    for one in accepted:
        yield _outcome(
            [other for other in every if other is one or _state(other, standing) != "accepted"],
            one,
            standing,
        )
    if here and not accepted:
        yield _outcome(every, None, standing)


def _outcome(
    every: Sequence[_Made], accepted: _Made | None, standing: Mapping[str, Decided]
) -> Outcome:
    rejected = [at for at, one in enumerate(every) if _state(one, standing) == "rejected"]
    reasons = (standing[every[at].fact.proposal].fact.reason for at in rejected)
    return Outcome(
        tuple(map(_offered, every)),
        every.index(accepted) if accepted else None,
        tuple(rejected),
        "; ".join(dict.fromkeys(filter(None, reasons))),
    )


def _offered(one: _Made) -> Offered:
    return Offered(one.fact.operator, one.fact.numbers, one.fact.confidence)


def _state(one: _Made, standing: Mapping[str, Decided]) -> str:
    name = one.fact.proposal
    return standing[name].fact.standing if name in standing else ""


def learned(made: Sequence[Event], decisions: Sequence[Event]) -> views.Learned:
    """Tell what was decided and what that taught; all events are newest first."""
    standing = decided(decisions)
    proposed = {event.subject for event in made} | standing.keys()
    counts = Counter(one.fact.standing for one in standing.values())
    taught = outcomes(made[:MOST_PROPOSALS], decisions[:MOST_DECISIONS])
    measured = gain(taught)
    return views.Learned(
        proposed=len(proposed),
        accepted=counts["accepted"],
        rejected=counts["rejected"],
        waiting=len(proposed) - len(standing),
        measured=measured.decided,
        before=round(measured.before, 4),
        after=round(measured.after, 4),
        rules=_rules(learn(Weights(), taught)),
        reasons=_reasons(standing.values()),
    )


def _rules(taught: Weights) -> tuple[views.RuleLearned, ...]:
    """Return the rules that gained and lost most; a generator is known by its rules."""
    rules = [
        views.RuleLearned(name, odds)
        for name, odds in taught.operators.items()
        if odds and (":" in name or "+" in name)
    ]
    most = sorted(rules, key=lambda one: (-abs(one.odds), one.rule))[:_MOST_RULES]
    return tuple(sorted(most, key=lambda one: (-one.odds, one.rule)))


def _reasons(standing: Iterable[Decided]) -> tuple[views.ReasonGiven, ...]:
    """Count the reasons; letters of any case and spaces around make no other reason of one."""
    spelt: dict[str, str] = {}
    times: Counter[str] = Counter()
    for one in standing:
        reason = " ".join(one.fact.reason.split())
        if reason and one.fact.standing == "rejected":
            times[spelt.setdefault(reason.casefold(), reason)] += 1
    return tuple(views.ReasonGiven(*pair) for pair in times.most_common(_MOST_REASONS))
