"""Failures and proposals as lists, from the events that tell of them."""

from __future__ import annotations

from itertools import count

import msgspec

from workbench.api.events import Event, Evidence, Fact, FailureFound, ProposalMade
from workbench.healing.history import failures, proposals

_NUMBERS = count(1)


def _event(fact: Fact) -> Event:
    number = next(_NUMBERS)
    payload = msgspec.json.encode(fact).decode()
    return Event(number, number * 10, "host", "", fact.type, fact.version, "", payload, "")


def _failure(name: str, message: str) -> Event:
    return _event(FailureFound(name, "t.py::t", "ValueError", message, "a.py", 1, "f", "s"))


def _proposal(name: str, search: str, rank: int) -> Event:
    evidence = Evidence(("t",), 0, {}, 1, "namespaces", "full", "p")
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
