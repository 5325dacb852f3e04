"""Failures and proposals as lists, from the events that tell of them."""

from __future__ import annotations

from itertools import count

import msgspec

from workbench.api.events import Evidence, FailureFound, ProposalMade, SearchEnded, TestsTurned
from workbench.api.facts import Event, Fact
from workbench.healing.history import failures, proposals

_NUMBERS = count(1)


def _event(fact: Fact) -> Event:
    number = next(_NUMBERS)
    payload = msgspec.json.encode(fact).decode()
    return Event(number, number * 10, "host", "", fact.type, fact.version, "", payload, "")


def _failure(name: str, message: str) -> Event:
    return _event(FailureFound(name, "t.py::t", "ValueError", message, "a.py", 1, "f", "s"))


def _proposal(name: str, search: str, rank: int, test: str = "t") -> Event:
    evidence = Evidence((test,), 0, {}, 1, "namespaces", "full", "p")
    return _event(ProposalMade(name, search, rank, 0.5, "", {}, "b", "r", "o:r", "why", evidence))


def test_the_same_failure_is_one_with_its_newest_message_and_how_often() -> None:
    first, other, again = _failure("a", "old"), _failure("b", "x"), _failure("a", "new")
    found = failures([again, other, first]).failures
    assert [(one.failure.message, one.times) for one in found] == [("new", 2), ("x", 1)]
    assert (found[0].first, found[0].last) == (first.time, again.time)


def test_the_last_search_comes_first_and_of_each_its_best() -> None:
    made = [_proposal("a", "one", 1), _proposal("b", "one", 2), _proposal("c", "two", 1)]
    names = [one.proposal.proposal for one in proposals(made[::-1]).proposals]
    assert names == ["c", "a", "b"]


def test_a_proposal_that_was_made_again_is_listed_once() -> None:
    made = [_proposal("a", "one", 2), _proposal("a", "two", 1)]
    (found,) = proposals(made[::-1]).proposals
    assert found.proposal.search == "two"


def _found(name: str, *, message: str = "", function: str = "f", kind: str = "ValueError") -> Event:
    return _event(FailureFound(name, f"t.py::{name}", kind, message, "a.py", 1, function, "s"))


def _ended(failures_: tuple[str, ...], proposals_: tuple[str, ...]) -> Event:
    return _event(SearchEnded("s", "repaired", "", (), failures_, proposals_, 1, 1, 1.0, "s"))


def _turned(*, red: tuple[str, ...] = (), green: tuple[str, ...] = ()) -> Event:
    return _event(TestsTurned("s", red, green, len(red), len(green)))


def test_a_failure_tells_what_held_for_it() -> None:
    seen = [_failure("a", ""), _failure("b", "")]
    since = [_proposal("p", "one", 1), _ended(("a",), ("p",))]
    found = failures(seen[::-1], since[::-1]).failures
    assert {one.failure.failure: one.proposals for one in found} == {"a": (), "b": ()}
    since = [_proposal("p", "one", 1, "t.py::t"), _ended(("a",), ("p",))]
    found = failures(seen[::-1], since[::-1]).failures
    assert {one.failure.failure: one.proposals for one in found} == {"a": ("p",), "b": ()}


def test_a_failure_tells_that_its_test_passes_again_and_when_that_is_over() -> None:
    first, green = _found("a"), _turned(green=("t.py::a",))
    (found,) = failures([first], [green]).failures
    assert found.green == green.time
    (found,) = failures([_found("a"), first], [green]).failures
    assert found.green == 0


def test_failures_are_alike_by_what_is_raised_where_and_by_what_they_say() -> None:
    seen = [
        _found("a", message="no route to 10.0.0.1 for 'anna'"),
        _found("same place", message="something else"),
        _found("same words", message="no route to 10.0.0.9 for 'ben'", function="g"),
        _found("other kind", message="no route to 10.0.0.9 for 'ben'", kind="KeyError"),
        _found("other", function="h"),
    ]
    alike = {one.failure.failure: one.alike for one in failures(seen[::-1]).failures}
    assert sorted(alike["a"]) == ["same place", "same words"]
    assert alike["other kind"] == alike["other"] == ()


def test_messages_that_say_little_are_not_alike() -> None:
    seen = [
        _found("a", message="assert 1 == 2", kind="AssertionError"),
        _found("b", message="assert 3 == 4", kind="AssertionError", function="g"),
        _found("c", message="'x'", function="h", kind="KeyError"),
        _found("d", message="'y'", function="i", kind="KeyError"),
    ]
    assert not any(one.alike for one in failures(seen[::-1]).failures)
