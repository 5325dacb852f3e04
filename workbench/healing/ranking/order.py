"""The order in which plausible patches are shown, with what speaks for and against each."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from math import exp, log, log2

from workbench.healing.ground import Ground
from workbench.healing.ranking.antipatterns import SAID_AS_DOUBT
from workbench.healing.ranking.features import WEIGHTS, Contender, Looked, Reader

__all__ = ["Contender", "Ranked", "Weights", "rank"]

_SURE = {
    "alone": 1.9,
    "share": 1.15,
    "edits": -1.6,
    "turned": 0.4,
    "covering": 0.2,
    "doubts": -0.7,
    "facts": -1.6,
    "fitted": -1.2,
    "any-number": -1.0,
}
"""Fitted to bugs of our own that were judged by tests held back, as logarithms of odds."""


@dataclass(frozen=True)
class Weights:
    """What counts how much; a project's own are learned from what people decide."""

    numbers: Mapping[str, float] = field(default_factory=dict)
    """What is added to the weights that ship."""
    operators: Mapping[str, float] = field(default_factory=dict)
    """How much likelier than usual the repairs of a rule are right, as logarithms of odds."""

    def of(self, name: str) -> float:
        return WEIGHTS.get(name, 0.0) + self.numbers.get(name, 0.0)

    def operator(self, name: str) -> float:
        """Return what is known of a rule, or else of its generator."""
        return self.operators.get(name, self.operators.get(name.split(":", 1)[0], 0.0))

    def score(self, numbers: Mapping[str, float], operator: str) -> float:
        return self.operator(operator) + sum(self.of(one) * much for one, much in numbers.items())


@dataclass(frozen=True)
class Ranked:
    """A plausible patch in its place, best of those that behave alike."""

    contender: Contender
    score: float
    """Logarithm of odds; only differences mean something."""
    confidence: float
    """How probably it is right, between 0 and 1."""
    reasons: tuple[str, ...]
    doubts: tuple[str, ...]
    numbers: Mapping[str, float]
    alike: tuple[Contender, ...] = ()
    """Others that nothing tells apart from it, best first."""


Scored = tuple[float, Looked]


def rank(
    contenders: Sequence[Contender], ground: Ground, weights: Weights | None = None
) -> tuple[Ranked, ...]:
    """Return one patch for each behaviour, the one that is likeliest right first."""
    by = weights or Weights()
    reader = Reader(ground)
    scored = [(_score(one, by), one) for one in map(reader.look, contenders)]
    ordered = sorted(scored, key=lambda pair: (-pair[0], pair[1].contender.candidate.changes))
    classes = _classes(ordered)
    return tuple(_ranked(at, classes, by) for at in range(len(classes)))


def _score(looked: Looked, weights: Weights) -> float:
    return weights.score(looked.numbers, looked.contender.candidate.operator)


def _classes(ordered: Sequence[Scored]) -> list[list[Scored]]:
    """Put those together that behave alike, in the order of the best of each."""
    found: dict[object, list[Scored]] = {}
    for one in ordered:
        contender = one[1].contender
        found.setdefault(contender.behaviour or contender.candidate.changes, []).append(one)
    return list(found.values())


def _ranked(at: int, classes: Sequence[Sequence[Scored]], by: Weights) -> Ranked:
    (score, best), *others = classes[at]
    known = by.operator(best.contender.candidate.operator)
    return Ranked(
        best.contender,
        score,
        _confidence(at, classes, known),
        (*_reasons(best), *_taken(known)),
        (*_doubts(best), *_company(len(classes)), *_turned_down(known)),
        best.numbers,
        tuple(one.contender for _, one in others),
    )


def _confidence(at: int, classes: Sequence[Sequence[Scored]], known: float) -> float:
    """Return how probably a patch is right, by its share, its own signs, and what was `known`."""
    shares = [exp(max(group[0][0] - classes[0][0][0], -30.0)) for group in classes]
    best = classes[at][0][1]
    odds = (
        known
        + _SURE["alone"]
        + _SURE["share"] * log(shares[at] / sum(shares))
        + _SURE["edits"] * best.numbers.get("edits", 0.0)
        + _SURE["turned"] * min(best.contender.passes - 1, 3)
        + _SURE["covering"] * (log2(1 + best.contender.covering) - 2)
        + _SURE["any-number"] * best.numbers.get("any-number", 0.0)
        + _SURE["fitted"] * best.numbers.get("fitted", 0.0)
        + _SURE["facts"] * best.numbers.get("facts-added", 0.0)
        + _SURE["doubts"] * sum(one.much for one in best.doubts)
    )
    return 1 / (1 + exp(-odds))


def _reasons(looked: Looked) -> Iterator[str]:
    """Say what speaks for a patch."""
    numbers, contender = looked.numbers, looked.contender
    many = "a failing test" if contender.passes == 1 else f"{contender.passes} failing tests"
    yield f"It makes {many} pass."
    if numbers.get("restores"):
        yield "It brings back what stood there when the tests passed."
    for sentence in dict.fromkeys(fact.sentence for fact in looked.patch.facts[0]):
        yield f"It settles this: {sentence}"
    if numbers.get("tokens", 9) <= 1:
        yield "It changes one word."
    if looked.patch.is_same_everywhere:
        yield f"It makes the same change at {len(looked.patch.exchanged)} places."
    if numbers.get("bits", 0) < -1:
        yield "What it writes is usual in this file."


def _doubts(looked: Looked) -> Iterator[str]:
    """Say what speaks against a patch."""
    yield from (doubt.sentence for doubt in looked.doubts)
    numbers, contender = looked.numbers, looked.contender
    for fact in looked.patch.facts[1]:
        if fact.code not in SAID_AS_DOUBT:
            yield f"It brings this: {fact.sentence}"
    if numbers.get("partial"):
        yield "Some failing tests still fail."
    if numbers.get("places", 0) > 1:
        yield f"It changes {int(numbers['places']) + 1} different things."
    if numbers.get("fitted", 0) > 1:
        yield "It was made to fit the values in the tests."
    if contender.is_any_number:
        yield "The tests pass as well with another number there."
    if contender.is_idle:
        yield "The tests pass as well with a constant where it changes a condition."
    if contender.covering == 0:
        yield "No test runs what it changes."
    elif contender.covering == 1:
        yield "Only one test runs what it changes."


def _company(classes: int) -> Iterator[str]:
    if classes > 1:
        yield f"{classes} plausible patches behave differently."


def _taken(known: float) -> Iterator[str]:
    if known > 0:
        yield "Repairs of this kind were accepted in this project."


def _turned_down(known: float) -> Iterator[str]:
    if known < 0:
        yield "Repairs of this kind were turned down in this project."
