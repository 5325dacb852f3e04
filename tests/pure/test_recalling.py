"""What is written down before a search, and what is remembered of those before."""

from __future__ import annotations

from itertools import count

import msgspec

from workbench.api.deciding import Accept, ReviewActed
from workbench.api.events import (
    Evidence,
    FailureFound,
    ProposalMade,
    SearchBegan,
    SearchEnded,
    TestsTurned,
)
from workbench.api.facts import Event, Fact
from workbench.healing.recalling import Met, facts_of, repaired_before
from workbench.healing.watching.board import Turned

_NUMBERS = count(1)


def event(fact: Fact) -> Event:
    number = next(_NUMBERS)
    payload = msgspec.json.encode(fact).decode()
    return Event(number, number * 10, "host", "", fact.type, fact.version, "", payload, "")


def failure(name: str, *, steady: bool = True) -> FailureFound:
    return FailureFound(name, f"t.py::{name}", "KeyError", "", "a.py", 1, "f", "s", steady=steady)


def proposal(name: str, *tests: str, diff: str = "") -> Event:
    evidence = Evidence(tests, 0, {}, 1, "namespaces", "full", "p")
    made = ProposalMade(name, "s", 1, 0.5, diff or name, {}, "b", "r", "o:r", "why", evidence)
    return event(made)


def ended(failures: tuple[str, ...], proposals: tuple[str, ...]) -> Event:
    told = SearchEnded("s", "repaired", "", (), failures, proposals, 1, 1, 1.0, "s")
    return event(told)


def test_what_turned_is_one_fact_and_a_search_begins_with_what_fails_each_time() -> None:
    turned = (
        Turned("a", "went red", "s"),
        Turned("b", "went green", "s"),
        Turned("c", "still red", "s"),
        Turned("d", "flaky", "s"),
    )
    met = Met("digest", (failure("a"), failure("d", steady=False)), turned)
    assert list(facts_of("job", met)) == [
        TestsTurned("digest", ("a",), ("b",), 1, 1),
        SearchBegan("job", ("a",), "digest"),
    ]


def test_where_nothing_is_new_and_nothing_fails_nothing_is_written() -> None:
    assert not list(facts_of("job", Met("digest", (failure("d", steady=False),))))


def test_many_that_turned_are_counted_and_some_named() -> None:
    turned = tuple(Turned(f"t{number}", "went red", "s") for number in range(10_000))
    (fact,) = facts_of("job", Met("digest", (), turned))
    assert isinstance(fact, TestsTurned)
    assert (fact.reds, len(fact.red)) == (10_000, 200)
    assert len(msgspec.json.encode(fact)) < 5_000


def decision(name: str, decided: str) -> Event:
    return event(ReviewActed(name, Accept(), decided, reason="because"))


def remembered(events: list[Event], name: str, *decisions: Event) -> list[str]:
    found = repaired_before(events[::-1], [failure(name)], decisions[::-1])
    return [one.proposal for one in found]


TWICE = [
    proposal("old", "t.py::a"),
    ended(("a",), ("old",)),
    proposal("second", "t.py::a"),
    proposal("first", "t.py::a"),
    proposal("other", "t.py::b"),
    ended(("a", "b"), ("first", "second", "other")),
]


def test_what_came_first_for_the_same_failure_is_remembered_the_newest_first() -> None:
    """What was offered behind it is likely wrong, and nobody said that it is right."""
    assert remembered(TWICE, "a") == ["first", "old"]
    assert remembered(TWICE, "b") == ["other"]


def test_what_was_accepted_is_remembered_before_all_else_and_what_was_rejected_never() -> None:
    assert remembered(TWICE, "a", decision("old", "accepted")) == ["old", "first"]
    assert remembered(TWICE, "a", decision("second", "accepted")) == ["second", "first", "old"]
    assert remembered(TWICE, "a", decision("first", "rejected")) == ["old"]
    undone = (decision("first", "rejected"), decision("first", "waiting"))
    assert remembered(TWICE, "a", *undone) == ["first", "old"]


def test_the_same_change_is_judged_by_what_was_said_of_it_last() -> None:
    events = [
        proposal("one", "t.py::a", diff="same"),
        ended(("a",), ("one",)),
        proposal("two", "t.py::a", diff="same"),
        ended(("a",), ("two",)),
    ]
    assert remembered(events, "a", decision("one", "rejected")) == []
    both = (decision("two", "rejected"), decision("one", "accepted"))
    assert remembered(events, "a", *both) == ["two"]


def test_what_repaired_another_failure_of_that_search_is_not() -> None:
    events = [proposal("b only", "t.py::b"), ended(("a", "b"), ("b only",))]
    assert repaired_before(events[::-1], [failure("a")]) == ()
    assert [one.proposal for one in repaired_before(events[::-1], [failure("b")])] == ["b only"]


def test_the_same_change_is_remembered_once() -> None:
    events = [
        proposal("one", "t.py::a", diff="same"),
        ended(("a",), ("one",)),
        proposal("two", "t.py::a", diff="same"),
        ended(("a",), ("two",)),
    ]
    assert [one.proposal for one in repaired_before(events[::-1], [failure("a")])] == ["two"]
