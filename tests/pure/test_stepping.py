"""Where candidates are counted, what is handed in next does not depend on a clock."""

from __future__ import annotations

import random
from collections.abc import Sequence

import pytest

from workbench.healing.budget import Budget
from workbench.healing.candidate import Candidate, candidate
from workbench.healing.dossier import Dossier, TestRun
from workbench.healing.ground import Ground
from workbench.healing.searching.limits import Limits
from workbench.healing.searching.search import Numbered, Search
from workbench.healing.searching.stepping import InStep
from workbench.healing.suspicion.suspects import suspects
from workbench.healing.verdict import Verdict
from workbench.splice import Edit

ONE = candidate("m.py", [Edit(0, 1, "x")], "o", 0.5)
TEXT = (
    "def total(prices, discount=0):\n    result = 0\n    for price in prices:\n"
    "        if price > 1 and discount < 3:\n            result = result + price * 2\n"
    "    return result\n\n\ndef mean(values, weight=1):\n"
    "    return total(values) / len(values) - weight\n"
)
GROUND = Ground(
    Dossier(
        (TestRun("t.py::test", "failed", lines={"m.py": tuple(range(1, 11))}),),
        {"m.py": TEXT},
        {"t.py": "from m import mean\n\n\ndef test():\n    assert mean([1, 2]) == 3\n"},
    )
)


class Whimsical:
    """A screen that tells of candidates when it likes, in any order."""

    def __init__(self, seed: int) -> None:
        self._chance = random.Random(seed)  # noqa: S311 - nothing is secret
        self._open: list[Numbered] = []
        self.asked: list[Candidate] = []

    def submit(self, candidates: Sequence[Numbered], *, cuts: int = 0) -> None:
        del cuts
        self._open += candidates
        self.asked += [one for _, one in candidates]

    def collect(self, timeout: float) -> list[Verdict]:
        del timeout
        self._chance.shuffle(self._open)
        many = self._chance.randint(0, len(self._open))
        told, self._open = self._open[:many], self._open[many:]
        return [self._verdict(*one) for one in told]

    def _verdict(self, number: int, one: Candidate) -> Verdict:
        """Say what only the candidate decides."""
        kind = len(repr(one.changes)) % 7
        if kind == 0:
            return Verdict(number, "cut")
        return Verdict(number, "failed", kinds=("AssertionError" if kind < 3 else "TypeError",))


def test_a_batch_is_told_whole_and_in_its_order() -> None:
    screen = InStep(Whimsical(3))
    screen.submit([(1, ONE), (2, ONE), (3, ONE)])
    screen.submit([(4, ONE)])
    told = [found for _ in range(50) if (found := screen.collect(0))]
    assert [[one.number for one in found] for found in told] == [[1, 2, 3], [4]]


def asked(chance: int, seed: int = 0, candidates: int = 400) -> list[Candidate]:
    screen = Whimsical(chance)
    search = Search(GROUND, suspects, InStep(screen), seed=seed)
    search.run(Limits(60.0, candidates))
    assert search.tried == len(screen.asked)
    return screen.asked


def test_the_same_is_handed_in_whenever_verdicts_come() -> None:
    first = asked(1)
    assert len(first) > 200
    assert all(asked(chance) == first for chance in (2, 3, 4))


@pytest.mark.parametrize("candidates", [1, 33, 150])
def test_no_more_are_tried_than_were_asked_for(candidates: int) -> None:
    assert asked(1, candidates=candidates) == asked(2)[:candidates]


def test_a_seed_breaks_ties_and_nothing_else() -> None:
    """What is likelier comes first whatever the seed; only who is alike changes places."""
    first, other = asked(1, candidates=60), asked(1, seed=7, candidates=60)
    assert first != other
    assert asked(2, seed=7, candidates=60) == other
    assert [one.prior for one in first[:3]] == [one.prior for one in other[:3]]


def test_the_net_below_the_candidates_ends_a_search_too() -> None:
    budget = Budget(0.0, 100)
    budget.check()
    assert budget.ran_out
    assert not budget.has_another_proof()
    endless = Budget(1e6, 100)
    endless.check()
    assert not endless.ran_out
    assert endless.limits.candidates == 100
    assert not Budget(0.0).ran_out
