"""Candidates are alike where they make the same of the same calls of one function."""

from __future__ import annotations

from workbench.healing.candidate import Candidate, candidate
from workbench.healing.judging.behaviour import Behaviour, Behaviours, Place
from workbench.splice import Edit

_PLACE: Place = ("shop.py", 12)
_ELSEWHERE: Place = ("shop.py", 40)
_CALLS = (("price(1)", True), ("price(-1)", False), ("price(0)", False))


def _changing(text: str) -> Candidate:
    return candidate("shop.py", [Edit(0, 1, text)], "tests:one", 0.5)


def _doing(
    *outcomes: str, place: Place = _PLACE, calls: tuple[tuple[str, bool], ...] = _CALLS
) -> Behaviour:
    return Behaviour(place, "price", calls, outcomes)


def test_what_does_the_same_has_the_same_name() -> None:
    assert _doing("1", "2", "3").name == _doing("1", "2", "3").name
    assert _doing("1", "2", "3").name != _doing("1", "2", "4").name


def test_functions_of_one_name_at_two_places_are_two() -> None:
    assert _doing("1", "2", "3").name != _doing("1", "2", "3", place=_ELSEWHERE).name


def test_agreement_is_asked_of_calls_that_no_test_makes() -> None:
    mine, other = _changing("a"), _changing("b")
    found = Behaviours({mine: _doing("1", "2", "3"), other: _doing("9", "2", "4")})
    assert found.agreement(mine) == 0.5
    assert found.agreement(_changing("c")) is None


def test_nothing_agrees_with_a_function_of_the_same_name_elsewhere() -> None:
    mine, other = _changing("a"), _changing("b")
    fewer = _doing("1", "2", place=_ELSEWHERE, calls=_CALLS[:2])
    found = Behaviours({mine: _doing("1", "2", "3"), other: fewer})
    assert found.agreement(mine) is None
    assert found.agreement(other) is None
    assert found.difference(mine, other) is None


def test_the_shortest_call_tells_two_apart() -> None:
    mine, other = _changing("a"), _changing("b")
    found = Behaviours({mine: _doing("1", "2", "3"), other: _doing("1", "5", "6")})
    told = found.difference(mine, other)
    assert told is not None
    assert (told.path, told.call) == ("shop.py", "price(0)")
