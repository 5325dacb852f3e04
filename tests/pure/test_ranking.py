"""Which of several plausible patches comes first, and what is said of each."""

from __future__ import annotations

from dataclasses import dataclass, replace

import pytest

from tests.pure.observed import ground_of, observe
from tests.pure.ranked import MEAN, MEAN_TEST, change
from workbench.healing.candidate import Candidate
from workbench.healing.ground import Ground
from workbench.healing.ranking.features import WEIGHTS, Contender, Reader
from workbench.healing.ranking.order import Ranked, Weights, rank


def order(ground: Ground, *some: Candidate) -> list[Candidate]:
    return [one.contender.candidate for one in rank([Contender(one) for one in some], ground)]


@dataclass(frozen=True)
class Case:
    right: tuple[tuple[str, str], ...]
    wrong: tuple[tuple[str, str], ...]


CASES = {
    "a literal of the tests is worse": Case(
        (("(count + 1)", "count"),), (("total / (count + 1)", "3 if count == 2 else 0"),)
    ),
    "a constant is worse": Case(
        (("(count + 1)", "count"),), (("    return total / (count + 1)", "    return 3"),)
    ),
    "one place is better than two": Case(
        (("(count + 1)", "count"),), (("total = 0", "total = 0.0"), ("count + 1", "count * 1"))
    ),
    "a smaller change is better": Case(
        (("count + 1", "count"),), (("total / (count + 1)", "(total / count) if count else 0"),)
    ),
    "leaving out what is done is worse": Case(
        (("count + 1", "count"),), (("    if count == 0:\n        return 0\n", ""),)
    ),
    "an always true condition is worse": Case(
        (("count + 1", "count"),), (("if count == 0:", "if count == 0 or True:"),)
    ),
    "catching everything is worse": Case(
        (("count + 1", "count"),),
        (
            (
                "    return total / (count + 1)",
                "    try:\n        return total / count\n    except Exception:\n        return 0",
            ),
        ),
    ),
    "singling out what the test asks is worse": Case(
        (("count + 1", "count"),), (("if count == 0:", "if numbers == [2, 4]:"),)
    ),
    "code that is never reached is worse": Case(
        (("count + 1", "count"),), (("    if count", "    return total / count\n    if count"),)
    ),
    "strange names are worse": Case(
        (("(count + 1)", "count"),), (("(count + 1)", "sum(enumerate.__dict__)"),)
    ),
}


@pytest.mark.parametrize("what", CASES)
def test_what_is_likelier_right_comes_first(what: str) -> None:
    ground, case = ground_of(MEAN, MEAN_TEST), CASES[what]
    right, wrong = change(MEAN, *case.right), change(MEAN, *case.wrong)
    assert order(ground, wrong, right) == [right, wrong]
    assert order(ground, right, wrong) == [right, wrong]


def test_priors_and_places_count() -> None:
    ground = ground_of(MEAN, MEAN_TEST)
    usual, odd = change(MEAN, ("+ 1", "+ 0")), change(MEAN, ("+ 1", "+ 2"), prior=0.0001)
    assert order(ground, odd, usual) == [usual, odd]
    here, there = Contender(usual), Contender(change(MEAN, ("+ 1", "+ 2")), weight=0.01)
    assert [one.contender for one in rank([there, here], ground)] == [here, there]


def test_the_repair_that_settles_a_fact_comes_first() -> None:
    source = """\
def evens(numbers):
    found = []
    for number in numbers:
        if number % 2 == 0:
            numbers.append(number)
    return found
"""
    test = "import it\ndef test_it(): assert it.evens([]) == [1]\n"
    right = change(source, ("numbers.append", "found.append"))
    wrong = change(source, ("return found", "return numbers"), prior=0.02)
    first, second = rank([Contender(wrong), Contender(right)], ground_of(source, test))
    assert first.contender.candidate == right
    assert any("found is read but never filled" in reason for reason in first.reasons)
    assert second.numbers.get("facts-removed", 0) < first.numbers["facts-removed"]


def test_a_missing_import_settles_an_undefined_name() -> None:
    source = "import os\n\n\ndef root(number):\n    return math.sqrt(number)\n"
    ground = ground_of(source, "import it\ndef test_it(): assert it.root(4) == 2\n")
    looked = Reader(ground).look(Contender(change(source, ("import os", "import math\nimport os"))))
    assert [one.code for one in looked.patch.facts[0]] == ["undefined-name"]
    assert looked.patch.facts[1] == ()


def test_the_same_change_everywhere_is_better_than_two_unlike_ones() -> None:
    source = "def f(a, b):\n    low = a[1]\n    high = b[1]\n    return low, high\n"
    ground = ground_of(source, "import it\ndef test_it(): assert it.f('ab', 'cd') == ('a', 'c')\n")
    same = change(source, ("a[1]", "a[0]"), ("b[1]", "b[0]"))
    unlike = change(source, ("a[1]", "a[0]"), ("b[1]", "min(b)"))
    assert order(ground, unlike, same) == [same, unlike]


def test_bringing_back_what_worked_comes_first() -> None:
    before = {"it.py": MEAN.replace("(count + 1)", "max(count, 1)")}
    ground = Ground(observe({"it.py": MEAN}, MEAN_TEST, before))
    back, other = (change(MEAN, ("(count + 1)", new)) for new in ("max(count, 1)", "count"))
    first = rank([Contender(other), Contender(back)], ground)[0]
    assert first.contender.candidate == back
    assert any("brings back" in reason for reason in first.reasons)


def behaving(source: str, *news: tuple[str, str]) -> list[Contender]:
    """Return contenders that put something for `count + 1`, each with its behaviour."""
    return [Contender(change(source, ("count + 1", new)), behaviour=name) for new, name in news]


def test_of_those_that_behave_alike_one_is_shown() -> None:
    some = behaving(MEAN, ("count", "a"), ("count + 0", "a"), ("count - 0", "a"), ("2", "b"))
    ranked = rank(some, ground_of(MEAN, MEAN_TEST))
    assert [(one.contender.behaviour, len(one.alike)) for one in ranked] == [("a", 2), ("b", 0)]
    assert ranked[0].contender.candidate == some[0].candidate


def test_confidence_falls_where_others_are_as_good() -> None:
    ground = ground_of(MEAN, MEAN_TEST)
    one, two, three = behaving(MEAN, ("count", "a"), ("total", "b"), ("number", "c"))
    alone = rank([one], ground)[0].confidence
    beside_one = rank([one, two], ground)[0].confidence
    assert 1 > alone > beside_one > rank([one, two, three], ground)[0].confidence > 0
    assert alone > rank([replace(one, covering=0)], ground)[0].confidence


def test_what_only_pleases_the_tests_is_doubtful_and_says_why() -> None:
    wrong = change(MEAN, ("total / (count + 1)", "3"))
    (only,) = rank([Contender(wrong)], ground_of(MEAN, MEAN_TEST))
    assert isinstance(only, Ranked)
    assert only.confidence < 0.7
    assert any("3, which the tests contain" in doubt for doubt in only.doubts)


def test_what_leaves_tests_failing_comes_last() -> None:
    ground = ground_of(MEAN, MEAN_TEST + "def test_one(): assert it.mean([1]) == 1\n")
    whole = Contender(change(MEAN, ("(count + 1)", "2 * count / 2")), passes=2)
    part = Contender(change(MEAN, ("(count + 1)", "count")), passes=1)
    assert [one.contender for one in rank([part, whole], ground)] == [whole, part]


def test_learned_weights_turn_the_order() -> None:
    ground = ground_of(MEAN, MEAN_TEST)
    one = change(MEAN, ("count + 1", "count + 0"), operator="constants:number")
    two = change(MEAN, ("count + 1", "count * 1"), operator="operators:arithmetic")
    assert order(ground, one, two)[0] == one
    taught = Weights(operators={"operators": 3.0})
    assert rank([Contender(one), Contender(two)], ground, taught)[0].contender.candidate == two


def test_everything_that_is_counted_has_a_weight() -> None:
    ground = ground_of(MEAN, MEAN_TEST)
    for case in CASES.values():
        for pairs in (case.right, case.wrong):
            assert Reader(ground).look(Contender(change(MEAN, *pairs))).numbers.keys() <= {*WEIGHTS}


def test_nothing_plausible_ranks_to_nothing() -> None:
    assert rank([], ground_of(MEAN, MEAN_TEST)) == ()


def test_a_file_with_other_line_ends_and_wide_characters_is_read() -> None:
    source = MEAN.replace("\n", "\r\n").replace("mean of", "\u201cmean\u201d of")
    looked = Reader(ground_of(source, MEAN_TEST)).look(
        Contender(change(source, ("(count + 1)", "count")))
    )
    assert looked.patch.exchanged == ((("(",), ()), (("+", "1", ")"), ()))
    assert looked.numbers["tokens"] < 3
