"""What ranking learns from what people decide."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from workbench.healing.ranking.learned import Gain, Offered, Outcome, gain, learn
from workbench.healing.ranking.order import Weights

GOOD = Offered("guards:return", {"prior": -4.0, "tokens": 3.0})
BAD = Offered("constants:number", {"prior": -3.0, "tokens": 1.0})


def test_what_is_taken_again_and_again_comes_first() -> None:
    taken = Outcome((BAD, GOOD), accepted=1)
    taught = learn(Weights(), [taken] * 6)
    assert Weights().score(BAD.numbers, BAD.operator) > Weights().score(GOOD.numbers, GOOD.operator)
    assert taught.score(GOOD.numbers, GOOD.operator) > taught.score(BAD.numbers, BAD.operator)
    assert taught.operator("guards:return") > 0 > taught.operator("constants:number")
    assert taught.operator("guards:raise") == taught.operator("guards")


def test_what_is_rejected_falls_behind_what_was_left() -> None:
    sure = Offered(BAD.operator, BAD.numbers, 0.9)
    rejected = Outcome((sure, GOOD), rejected=(0,), reason="hard-coded")
    once, often = learn(Weights(), [rejected]), learn(Weights(), [rejected] * 8)
    assert once.score(GOOD.numbers, GOOD.operator) < once.score(BAD.numbers, BAD.operator)
    assert often.score(GOOD.numbers, GOOD.operator) > often.score(BAD.numbers, BAD.operator)


def test_one_decision_does_not_turn_everything() -> None:
    far = Offered("constants:number", {"prior": -1.0, "tokens": 1.0})
    worse = Offered("guards:return", {"prior": -7.0, "tokens": 5.0, "doubt:deletes": 2.0})
    taught = learn(Weights(), [Outcome((far, worse), accepted=1)])
    assert taught.score(far.numbers, far.operator) > taught.score(worse.numbers, worse.operator)


def test_one_rejection_beside_many_that_were_left_moves_no_number_far() -> None:
    """What was left is mostly wrong too: to be unlike what was rejected is no merit of its own."""
    left = [Offered("guards:return", {"prior": -8.0, "tokens": 3.5, "added": 2.0}, 0.1)] * 4
    first = Offered("operators:comparison", {"prior": -1.6, "tokens": 1.0}, 0.8)
    taught = learn(Weights(), [Outcome((first, *left), rejected=(0,))])
    assert all(abs(much) < 0.15 for much in taught.numbers.values())
    assert -0.5 < taught.operator("operators:comparison") < -0.2


def test_a_rule_that_is_right_as_often_as_was_said_gains_and_loses_little() -> None:
    one = Offered("operators:comparison", {}, 0.75)
    right, wrong = Outcome((one,), accepted=0), Outcome((one,), rejected=(0,))
    assert abs(learn(Weights(), [right, right, right, wrong] * 20).operator(one.operator)) < 0.01
    assert learn(Weights(), [right] * 20).operator(one.operator) > 0.5


def test_what_scores_the_same_keeps_the_order_that_it_was_shown_in() -> None:
    same = Outcome((Offered("a:b", {}), Offered("c:d", {})), accepted=1)
    assert gain([same]) == Gain(1, 0.5, 0.5)


def test_the_gain_is_measured_on_what_was_not_learned_from() -> None:
    past = [Outcome((BAD, GOOD), accepted=1)] * 5
    assert gain(past) == Gain(5, 0.5, 1.0)
    assert gain(past[:1]) == Gain(1, 0.5, 0.5)
    assert gain([]) == Gain(0, 0.0, 0.0)
    assert gain([Outcome((BAD,), rejected=(0,))]) == Gain(0, 0.0, 0.0)


def test_nothing_decided_teaches_nothing() -> None:
    assert learn(Weights(), []) == Weights()


OFFERED = st.builds(
    Offered,
    st.sampled_from(["a:b", "a:c", "d:e", "a:b+d:e"]),
    st.dictionaries(st.sampled_from(["prior", "site", "bits", "tokens"]), st.floats(-9, 9)),
)
OUTCOMES = st.lists(
    st.lists(OFFERED, min_size=1, max_size=4).flatmap(
        lambda some: st.builds(
            Outcome, st.just(tuple(some)), st.none() | st.integers(0, len(some) - 1)
        )
    ),
    max_size=5,
)


@given(OUTCOMES)
def test_whatever_is_decided_weights_stay_within_bounds(outcomes: list[Outcome]) -> None:
    taught = learn(Weights(), outcomes)
    assert all(abs(value) <= 2 for value in taught.numbers.values())
    found = gain(outcomes)
    assert 0 <= found.before <= 1
    assert 0 <= found.after <= 1
