"""What people decide about repairs, and what the ranking of a project learns from it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import exp, log

import msgspec

from workbench.healing.ranking.order import Weights

_RATE = 0.05
_REJECTED = 0.3
"""What was left beside something rejected is not known to be right, so it says so much less."""
_ROUNDS = 8
_DECAY = 0.98
"""What is learned fades by so much a round, so that one decision never rules."""
_MOST = 2.0
"""No weight moves further than this."""
_PRIOR = (2.0, 2.0)
"""Before anything is decided, a rule is taken to have surprised either way so often."""
_SCALES: Mapping[str, float] = {"prior": 4.0, "site": 2.0, "tokens": 3.0, "partial": 1.0}
_USUAL_SCALE = 1.0
_PARTS = 10
"""What is learned is judged in so many parts, each by what all others teach."""


class Offered(msgspec.Struct, frozen=True):
    """A repair as it was shown to a person."""

    operator: str
    numbers: dict[str, float]
    """What was known of it, as `Ranked.numbers`."""
    confidence: float = 0.5
    """How likely it was said to be right."""


class Outcome(msgspec.Struct, frozen=True):
    """What a person decided about one failure."""

    offered: tuple[Offered, ...]
    """In the order in which they were shown."""
    accepted: int | None = None
    """Which of them was taken, if any."""
    rejected: tuple[int, ...] = ()
    reason: str = ""
    """Why those were rejected, in the person's words."""


@dataclass(frozen=True, slots=True)
class _Lead:
    """How a better repair comes before a worse one."""

    shipped: float
    """By so much, before any number counts otherwise than it ships."""
    differences: Sequence[tuple[str, float, float]]
    """Each number in which they differ, by how much, and how far that can move its weight."""


@dataclass(frozen=True, slots=True)
class Gain:
    """By how much the learned order is better than the one that ships, on what was decided."""

    decided: int
    before: float
    """The mean of 1 over the rank of what was taken."""
    after: float


def learn(weights: Weights, outcomes: Iterable[Outcome]) -> Weights:
    """Return weights that would have ordered the outcomes better."""
    decided = tuple(outcomes)
    numbers = defaultdict(float, weights.numbers)
    operators = {**weights.operators, **_odds(decided)}
    by = Weights(operators=operators)
    leads = [lead for one in decided for lead in _leads(by, one)]
    for _ in range(_ROUNDS):
        for lead in leads:
            _step(numbers, lead)
        for name in numbers:
            numbers[name] *= _DECAY
    return Weights({name: round(value, 6) for name, value in numbers.items() if value}, operators)


def _pairs(outcome: Outcome) -> Iterator[tuple[Offered, Offered]]:
    """Yield what was taken with each that was not, or what was left with what was rejected."""
    offered = outcome.offered
    if outcome.accepted is not None:
        best = offered[outcome.accepted]
        yield from ((best, one) for at, one in enumerate(offered) if at != outcome.accepted)
        return
    left = [one for at, one in enumerate(offered) if at not in outcome.rejected]
    yield from ((one, offered[at]) for one in left for at in outcome.rejected)


def _leads(by: Weights, outcome: Outcome) -> Iterator[_Lead]:
    """Yield what an outcome says of each pair; together it has the say of one decision."""
    pairs = list(_pairs(outcome))
    say = (_REJECTED if outcome.accepted is None else 1.0) / max(len(pairs), 1)
    yield from (_lead(by, better, worse, say) for better, worse in pairs)


def _lead(by: Weights, better: Offered, worse: Offered, say: float) -> _Lead:
    """Return by how much one comes before the other, and what each number has to do with it."""
    shipped = by.score(better.numbers, better.operator) - by.score(worse.numbers, worse.operator)
    names = sorted({*better.numbers, *worse.numbers})
    by_name = {one: better.numbers.get(one, 0.0) - worse.numbers.get(one, 0.0) for one in names}
    return _Lead(
        shipped, [(one, much, _pull(one, much) * say) for one, much in by_name.items() if much]
    )


def _pull(name: str, much: float) -> float:
    """Return how far a difference moves a weight where the order is all wrong."""
    scale = _SCALES.get(name, _USUAL_SCALE)
    return _RATE * max(min(much / scale, 1.0), -1.0) / scale


def _step(numbers: defaultdict[str, float], lead: _Lead) -> None:
    """Move the weights so that the better comes before the worse: the more, the less it does."""
    much = lead.shipped + sum(numbers[name] * by for name, by, _ in lead.differences)
    wrong = 1 / (1 + exp(min(max(much, -30.0), 30.0)))
    for name, _, pull in lead.differences:
        numbers[name] = max(min(numbers[name] + pull * wrong, _MOST), -_MOST)


def _odds(outcomes: Sequence[Outcome]) -> Mapping[str, float]:
    """Return how much likelier than was said each rule and generator was right, as log odds.

    What is right as often as its confidence says teaches nothing.
    """
    right: defaultdict[str, float] = defaultdict(float)
    wrong: defaultdict[str, float] = defaultdict(float)
    for outcome in outcomes:
        for at, one in enumerate(outcome.offered):
            for name in _names(one.operator):
                if at == outcome.accepted:
                    right[name] += 1 - one.confidence
                elif at in _turned_down(outcome):
                    wrong[name] += one.confidence
    known = {*right, *wrong}
    return {name: round(_log_odds(right[name], wrong[name]), 6) for name in sorted(known)}


def _turned_down(outcome: Outcome) -> frozenset[int]:
    """Return what was rejected, and what was shown before the one that was taken."""
    before = range(outcome.accepted) if outcome.accepted is not None else ()
    return frozenset([*outcome.rejected, *before])


def _names(operator: str) -> Iterator[str]:
    """Yield a rule and its generator; a repair of several edits is a rule of its own."""
    yield operator
    if "+" not in operator and ":" in operator:
        yield operator.split(":", 1)[0]


def _log_odds(right: float, wrong: float) -> float:
    return log((_PRIOR[0] + right) / (_PRIOR[1] + wrong))


def gain(outcomes: Sequence[Outcome]) -> Gain:
    """Order each outcome by what was learned from others, and compare."""
    taken = [at for at, one in enumerate(outcomes) if one.accepted is not None]
    if not taken:
        return Gain(0, 0.0, 0.0)
    parts = min(len(outcomes), _PARTS)
    taught = {part: learn(Weights(), _beside(outcomes, part, parts)) for part in range(parts)}
    before = [_reciprocal(outcomes[at], Weights()) for at in taken]
    after = [_reciprocal(outcomes[at], taught[at % parts]) for at in taken]
    return Gain(len(taken), sum(before) / len(taken), sum(after) / len(taken))


def _beside(outcomes: Sequence[Outcome], part: int, parts: int) -> Sequence[Outcome]:
    """Return all outcomes but those of one part."""
    return [one for at, one in enumerate(outcomes) if at % parts != part]


def _reciprocal(outcome: Outcome, weights: Weights) -> float:
    """Return 1 over the rank of what was taken; equals keep the order that they were shown in."""
    scores = [weights.score(one.numbers, one.operator) for one in outcome.offered]
    taken = outcome.accepted or 0
    ahead = sum(1 for one in scores if one > scores[taken])
    return 1 / (1 + ahead + scores[:taken].count(scores[taken]))
