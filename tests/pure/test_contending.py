"""Which tests a patch concerns: those of another cause, and lines that none runs."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from workbench.healing.candidate import Candidate, candidate
from workbench.healing.dossier import CUT, FAILED, PASSED, Dossier, Frame, Raised, TestRun
from workbench.healing.ground import Ground
from workbench.healing.judging.contending import (
    any_number,
    is_apart,
    is_beyond,
    uncovered,
    worth_showing,
)
from workbench.healing.ranking.features import Contender
from workbench.healing.ranking.order import Ranked
from workbench.healing.searching.frontier import Seed, Step
from workbench.healing.searching.search import Plausible
from workbench.healing.verdict import Verdict
from workbench.splice import Edit

TEXT = "def f():\n    return 1\n\n\ndef g():\n    return 2\n"


def run(name: str, *lines: int) -> TestRun:
    return TestRun(id=name, outcome=FAILED, lines={"m.py": lines} if lines else {})


def dossier(*runs: TestRun) -> Dossier:
    return Dossier(tuple(runs), {"m.py": TEXT})


def change(text: str) -> Candidate:
    start = TEXT.index(text)
    return candidate("m.py", [Edit(start, start + len(text), "0")], "test:one", 0.1)


def partial(found: Dossier, passes: tuple[int, ...]) -> Plausible:
    step = Step(change("1"), 0.1, 1.0, Seed(Ground(found)))
    return Plausible(step, Verdict(1, "failed", passes=passes), 1)


@pytest.mark.parametrize(
    ("runs", "wanted"),
    [
        ((run("a", 1, 2), run("b", 5, 6)), True),
        ((run("a", 1, 2), run("b", 2, 5, 6)), False),
        ((run("a", 1, 2), run("b")), False),
        ((run("a"), run("b", 5, 6)), False),
    ],
)
def test_tests_that_share_no_line_have_causes_of_their_own(
    runs: tuple[TestRun, ...], wanted: bool
) -> None:
    found = dossier(*runs)
    assert is_apart(partial(found, (0,)), found) is wanted


def test_tests_that_start_processes_may_fail_for_what_lies_outside() -> None:
    elsewhere = TestRun("c", "failed", spawns=True)
    both, known = dossier(run("a", 1, 2), elsewhere), dossier(run("a", 1, 2), run("b"))
    assert is_beyond(partial(both, (0,)), both)
    assert not is_apart(partial(both, (0,)), both)
    assert not is_beyond(partial(both, ()), both)
    assert not is_beyond(partial(known, (0,)), known)


def test_what_fails_before_it_begins_fails_for_what_lies_outside() -> None:
    missing = TestRun("c", FAILED, Raised("FixtureLookupError", "fixture 'mocker' not found"))
    frame = Frame("test_m.py", 3, "test_c", {})
    failed = TestRun("c", FAILED, Raised("AssertionError", "assert 1 == 2", (frame,)))
    fixture = Frame("tests/conftest.py", 3, "french", {})
    unmade = TestRun("d", FAILED, Raised("Error", "unsupported locale setting", (fixture,)))
    outside, inside = dossier(run("a", 1, 2), missing, unmade), dossier(run("a", 1, 2), failed)
    assert is_beyond(partial(outside, (0,)), outside)
    assert not is_beyond(partial(inside, (0,)), inside)


def test_what_fails_before_the_project_is_run_has_another_cause_than_a_function() -> None:
    unready = TestRun("t.py::test_c", FAILED, Raised("AttributeError", "no stock"))
    passed = TestRun("t.py::test_d", PASSED, lines={"m.py": (5, 6)})
    for others, wanted in (
        ([unready, passed], True),
        ([unready], False),
        ([replace(unready, spawns=True), passed], False),
        ([replace(unready, id="t.py"), passed], False),
    ):
        found = dossier(run("a", 1, 2), *others)
        assert is_apart(partial(found, (0,)), found) is wanted


def test_what_was_cut_beside_a_failure_may_only_be_slow() -> None:
    slow, other = TestRun("c", CUT, lines={"m.py": (1, 2)}), TestRun("d", CUT)
    beside, alone = dossier(run("a", 1, 2), slow), dossier(slow, other)
    assert is_beyond(partial(beside, (0,)), beside)
    assert not is_beyond(partial(beside, (1,)), beside)
    assert not is_beyond(partial(alone, (0,)), alone)


def test_what_turns_all_is_not_apart() -> None:
    found = dossier(run("a", 1, 2))
    assert not is_apart(partial(found, (0,)), found)


def test_lines_that_no_test_runs_are_named() -> None:
    found = dossier(run("a", 1, 2))
    assert uncovered(change("1"), found) == ()
    assert uncovered(change("2"), found) == ("m.py:6",)


def test_numbers_of_which_several_pass_at_one_place_tell_nothing() -> None:
    one, other, name = (
        candidate("m.py", [Edit(20, 21, text)], "test:one", 0.1) for text in ("5", "-7.5", "x")
    )
    elsewhere = candidate("m.py", [Edit(30, 31, "5")], "test:one", 0.1)
    assert any_number([one, other, name, elsewhere]) == {one, other}


def ranked(confidence: float) -> Ranked:
    return Ranked(Contender(change("1")), 0.0, confidence, (), (), {})


@pytest.mark.parametrize(
    ("given", "wanted"),
    [
        ([0.9, 0.3, 0.01], [0.9, 0.3]),
        ([0.3, 0.6], [0.6, 0.3]),
        ([0.41, 0.2], []),
        ([], []),
    ],
)
def test_nothing_is_shown_before_something_that_is_sure_enough(
    given: list[float], wanted: list[float]
) -> None:
    assert [one.confidence for one in worth_showing([ranked(one) for one in given])] == wanted
