"""What decisions teach the ranking: outcomes from facts, weights from outcomes, and their sum."""

from __future__ import annotations

from itertools import count

import msgspec

from tests.pure.observed import ground_of
from tests.pure.ranked import MEAN, MEAN_TEST, change
from workbench.api.deciding import Accept, ReviewActed
from workbench.api.events import Evidence, ProposalMade
from workbench.api.facts import Event, Fact
from workbench.api.views import ReasonGiven
from workbench.healing import teaching
from workbench.healing.history import proposals
from workbench.healing.ranking.features import Contender
from workbench.healing.ranking.order import Ranked, Weights, rank

_NUMBERS = count(1)


def event(fact: Fact, subject: str) -> Event:
    number = next(_NUMBERS)
    payload = msgspec.json.encode(fact).decode()
    return Event(number, number * 10, "me", subject, fact.type, fact.version, "", payload, "")


def made(name: str, search: str = "s", place: int = 1, **more: object) -> Event:
    """Return a proposal that turns one test, or those that are named."""
    evidence = Evidence(("t",), 0, {}, 1, "namespaces", "full", "p")
    fact = ProposalMade(name, search, place, 0.5, name, {}, "b", "r", f"by:{name}", "", evidence)
    return event(msgspec.structs.replace(fact, numbers={"prior": -place}, **more), name)


def turning(*tests: str) -> Evidence:
    return Evidence(tests, 0, {}, 1, "namespaces", "full", "p")


def decision(name: str, decided: str, reason: str = "") -> Event:
    return event(ReviewActed(name, Accept(), decided, reason=reason), name)


def outcomes(*events: Event) -> list[tuple[list[str], int | None, tuple[int, ...]]]:
    """Return what was offered, by name, what was accepted, and what was rejected."""
    told = teaching.outcomes(*parted(*events))
    return [
        (
            [offered.operator.removeprefix("by:") for offered in one.offered],
            one.accepted,
            one.rejected,
        )
        for one in told
    ]


def parted(*events: Event) -> tuple[list[Event], list[Event]]:
    """Return proposals and decisions, newest first."""
    newest = events[::-1]
    return (
        [one for one in newest if one.type == ProposalMade.type],
        [one for one in newest if one.type == ReviewActed.type],
    )


def test_what_a_search_offered_is_one_outcome_in_the_order_of_ranks() -> None:
    offered = (made("b", place=2), made("a", place=1), made("c", place=3))
    assert outcomes(*offered) == []
    assert outcomes(*offered, decision("b", "accepted")) == [(["a", "b", "c"], 1, ())]
    both = (decision("b", "accepted"), decision("a", "rejected", "no"))
    assert outcomes(*offered, *both) == [(["a", "b", "c"], 1, (0,))]


def test_the_last_decision_counts_and_one_that_was_taken_back_does_not() -> None:
    offered = (made("a"), made("b", place=2), decision("a", "accepted"))
    assert outcomes(*offered, decision("a", "rejected", "no")) == [(["a", "b"], None, (0,))]
    assert outcomes(*offered, decision("a", "waiting")) == []


def test_a_decision_counts_once_for_the_search_that_offered_it_last_before() -> None:
    first = (made("a", "one"), made("b", "one", 2))
    second = (made("b", "two"), made("a", "two", 2))
    told = outcomes(
        *first, *second, decision("a", "accepted"), made("a", "three"), decision("c", "accepted")
    )
    assert told == [(["b", "a"], 1, ())]


def test_what_is_offered_after_the_last_decision_changes_nothing() -> None:
    before = (made("a"), made("b", place=2), decision("a", "rejected", "no"))
    after = (made("c", place=3), made("a", "two"))
    assert outcomes(*before) == outcomes(*before, *after)


def test_two_that_were_accepted_are_not_held_against_each_other() -> None:
    offered = (made("a"), made("b", place=2), made("c", place=3))
    both = (decision("a", "accepted"), decision("c", "accepted"))
    assert outcomes(*offered, *both) == [(["a", "b"], 0, ()), (["b", "c"], 1, ())]


def test_repairs_of_other_tests_are_outcomes_of_their_own() -> None:
    offered = (
        made("a", evidence=turning("x")),
        made("b", place=2, evidence=turning("y")),
        made("c", place=3, evidence=turning("y")),
    )
    assert outcomes(*offered, decision("c", "accepted")) == [(["b", "c"], 1, ())]


def test_nothing_decided_leaves_the_weights_as_they_ship() -> None:
    assert teaching.weights([made("a")], []) == Weights()


def ranked(weights: Weights) -> list[Ranked]:
    """Rank two repairs that disagree on what no test asks."""
    ground = ground_of(MEAN, MEAN_TEST)
    divided = change(MEAN, ("(count + 1)", "count"), operator="operators:drop")
    shifted = change(MEAN, ("total = 0", "total = 3 / 2 * count"), operator="constants:number")
    return list(rank([Contender(one) for one in (shifted, divided)], ground, weights))


def test_a_kind_that_is_rejected_again_and_again_is_offered_as_doubtful_and_last() -> None:
    shipped = ranked(Weights())
    facts: list[Event] = []
    for search in map(str, range(12)):
        facts += [
            made(f"{search}.{place}", search, place, operator=one.contender.candidate.operator)
            for place, one in enumerate(shipped, 1)
        ]
        facts += [decision(f"{search}.1", "rejected", "no"), decision(f"{search}.2", "accepted")]
    once, often = (ranked(teaching.weights(*parted(*some))) for some in (facts[:3], facts))
    assert once[0].contender == shipped[0].contender
    assert once[0].confidence < shipped[0].confidence
    assert [one.contender for one in often] == [one.contender for one in reversed(shipped)]
    assert "Repairs of this kind were accepted in this project." in often[0].reasons
    assert "Repairs of this kind were turned down in this project." in often[1].doubts
    said = [told for one in shipped for told in (*one.doubts, *one.reasons)]
    assert not any("in this project" in told for told in said)


def test_the_sum_counts_decisions_reasons_and_rules() -> None:
    facts = (
        *(made("a"), made("b", place=2), made("c", "two"), made("d", "three"), made("d", "four")),
        *(decision("a", "rejected", "Hard-coded"), decision("b", "accepted")),
        *(decision("c", "rejected", " hard-coded "), decision("c", "rejected", "hard-coded")),
    )
    told = teaching.learned(*parted(*facts))
    assert (told.proposed, told.accepted, told.rejected, told.waiting) == (4, 1, 2, 1)
    assert (told.measured, told.before) == (1, 0.5)
    assert told.reasons == (ReasonGiven("hard-coded", 2),)
    assert [one.rule for one in told.rules] == ["by:b", "by:a", "by:c"]
    assert told.rules[0].odds > 0 > told.rules[1].odds == told.rules[2].odds


def test_a_proposal_stands_as_was_decided_last() -> None:
    events = (made("a"), made("b", place=2), made("c", place=3))
    decisions = (
        *(decision("a", "accepted"), decision("a", "rejected", "no")),
        *(decision("b", "accepted"), decision("b", "waiting")),
    )
    stands = proposals(*parted(*events, *decisions)).proposals
    assert [(one.state, one.reason) for one in stands] == [
        ("rejected", "no"),
        ("waiting", ""),
        ("waiting", ""),
    ]
    assert (stands[0].decided, stands[0].by) == (decisions[1].time, "me")
    assert stands[1].decided == 0
