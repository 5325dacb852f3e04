"""The judge accepts an honest repair, and nothing that differs from one."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.pure.judge_streams import PATTERNS, Line, begin, collected, encode, lines, of, phase, run
from workbench.sandbox.proof.judge import Judgement, judge, judge_all, judge_round
from workbench.sandbox.proof.outcomes import Run
from workbench.sandbox.proof.records import parse_records

A, B, C = "tests/test_a.py::test_a", "tests/test_a.py::TestB::test_b[1::2]", "test_c.py::test_c"
BASE = {A: "failed", B: "passed", C: "skipped"}
GOOD = {A: "passed", B: "passed", C: "skipped"}


def codes(judgement: Judgement) -> set[str]:
    assert judgement.accepted is not bool(judgement.reasons)
    return {reason.code for reason in judgement.reasons}


def verdict(after: Run, before: Run | None = None, failing: tuple[str, ...] = (A,)) -> set[str]:
    return codes(judge(before or run(BASE, "base"), after, failing))


def test_an_honest_repair_is_accepted() -> None:
    found = judge(run(BASE, "base"), run(GOOD), [A])
    assert found.accepted
    assert found.outcomes == GOOD


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ({A: "error", B: "passed"}, {A: "passed", B: "passed"}),
        ({A: "late error", B: "passed"}, {A: "passed", B: "passed"}),
        ({A: "failed", B: "xfailed"}, {A: "passed", B: "xfailed"}),
        ({A: "failed", B: "xfailed"}, {A: "passed", B: "xpassed"}),
        ({A: "failed", B: "xfailed"}, {A: "passed", B: "passed"}),
        ({A: "failed", B: "xpassed"}, {A: "passed", B: "xpassed"}),
        ({A: "failed", B: "skipped"}, {A: "passed", B: "passed"}),
        ({A: "failed", B: "skipped within"}, {A: "passed", B: "skipped"}),
        ({A: "failed", B: "failed"}, {A: "passed", B: "failed"}),
        ({A: "failed", B: "failed"}, {A: "passed", B: "error"}),
        ({A: "failed", B: "error"}, {A: "passed", B: "passed"}),
    ],
)
def test_other_honest_repairs_are_accepted(before: dict[str, str], after: dict[str, str]) -> None:
    assert verdict(run(after), run(before, "base")) == set()


@pytest.mark.parametrize(
    ("before", "after", "code"),
    [
        (BASE, {**GOOD, A: "failed"}, "unfixed"),
        (BASE, {**GOOD, A: "error"}, "unfixed"),
        (BASE, {**GOOD, A: "skipped"}, "unfixed"),
        (BASE, {**GOOD, A: "skipped within"}, "skip"),
        (BASE, {**GOOD, A: "xfailed"}, "xfail"),
        (BASE, {**GOOD, A: "xpassed"}, "unfixed"),
        (BASE, {**GOOD, B: "failed"}, "broken"),
        (BASE, {**GOOD, B: "error"}, "broken"),
        (BASE, {**GOOD, B: "late error"}, "broken"),
        (BASE, {**GOOD, B: "skipped"}, "skip"),
        (BASE, {**GOOD, B: "xfailed"}, "xfail"),
        (BASE, {**GOOD, B: "xpassed"}, "xfail"),
        (BASE, {**GOOD, C: "failed"}, "broken"),
        (BASE, {**GOOD, C: "xfailed"}, "xfail"),
        ({**BASE, B: "xfailed"}, {**GOOD, B: "failed"}, "broken"),
        ({**BASE, B: "xfailed"}, {**GOOD, B: "skipped"}, "skip"),
        ({**BASE, B: "failed"}, {**GOOD, B: "skipped"}, "skip"),
        ({**BASE, B: "failed"}, {**GOOD, B: "xfailed"}, "xfail"),
        (BASE, {A: "passed", B: "passed"}, "ids-missing"),
        (BASE, {**GOOD, "test_c.py::test_d": "passed"}, "ids-extra"),
        (BASE, {B: "passed", A: "passed", C: "skipped"}, "ids-order"),
        (GOOD, GOOD, "not-failing"),
        ({**BASE, A: "skipped"}, GOOD, "not-failing"),
        ({**BASE, A: "xfailed"}, GOOD, "not-failing"),
    ],
)
def test_what_differs_is_refused(before: dict[str, str], after: dict[str, str], code: str) -> None:
    assert code in verdict(run(after), run(before, "base"))


def test_a_failing_test_must_be_named() -> None:
    assert verdict(run(GOOD), failing=()) == {"not-failing"}


def test_an_unknown_failing_test_is_refused() -> None:
    assert verdict(run(GOOD), failing=(A, "x")) == {"not-failing", "unfixed"}


def test_another_order_is_accepted_only_on_purpose() -> None:
    turned = {C: "skipped", B: "passed", A: "passed"}
    assert verdict(run(turned)) == {"ids-order"}
    assert verdict(run(turned, shuffled=True)) == set()


HONEST = run(GOOD)


@pytest.mark.parametrize(
    ("odd", "code"),
    [
        (replace(HONEST, exit=1), "exit"),
        (replace(HONEST, exit=None), "exit"),
        (replace(HONEST, exit=5), "exit"),
        (replace(HONEST, status="failed"), "exit"),
        (replace(HONEST, status="timeout"), "status"),
        (replace(HONEST, status="killed"), "status"),
        (replace(HONEST, status="ok\x1b[2J"), "status"),
        (of(lines(GOOD), "n", 1), "exit"),
        (of(lines(GOOD), "n", 2), "exit"),
        (of(lines(GOOD), "n", 5), "exit"),
        (of(lines({**GOOD, A: "failed"}), "n", 0), "exit"),
        (run(GOOD, uncollected=["tests/test_d.py"]), "uncollected"),
        (run({}), "no-tests"),
        (run(GOOD, "base"), "nonce"),
    ],
)
def test_an_odd_run_is_refused(odd: Run, code: str) -> None:
    assert code in verdict(odd)


def with_lines(*changed: Line, at: int, drop: int = 0) -> Run:
    """Return the good run with records exchanged; 0 is begin, 4 the first report."""
    found = lines(GOOD)
    found[at : at + drop] = changed
    return of(found, "n", 0)


SETUP, CALL = phase(A, "setup", "passed"), phase(A, "call", "passed")


@pytest.mark.parametrize(
    ("odd", "code"),
    [
        (with_lines(at=4, drop=3), "missing"),
        (with_lines(at=4, drop=1), "phases"),
        (with_lines(at=5, drop=1), "phases"),
        (with_lines(at=6, drop=1), "phases"),
        (with_lines(CALL, at=5), "phases"),
        (with_lines(CALL, SETUP, at=4, drop=2), "phases"),
        (with_lines(phase(A, "call", "passed"), at=9), "order"),
        (with_lines(*lines({A: "passed"})[3:], at=7), "phases"),
        (with_lines(*lines({A: "passed"})[3:], at=10), "order"),
        (with_lines(*lines({"test_x.py::x": "passed"})[3:], at=10), "extra"),
        (with_lines(phase(A, "setup", "skipped"), at=4, drop=1), "phases"),
        (with_lines({"k": "internal_error", "text": "boom"}, at=6), "internal-error"),
        (with_lines(*collected([A, B, C, A]), at=1, drop=3), "ids-twice"),
        (with_lines({**begin(), "pytest": "7.0"}, at=0, drop=1), "harness"),
        (with_lines({**begin(), "python": "3.12.0"}, at=0, drop=1), "harness"),
        (with_lines({"k": "sub", "id": A, "outcome": "passed", "xfail": None}, at=6), "phases"),
        (with_lines({"k": "sub", "id": A, "outcome": "passed", "xfail": None}, at=4), "phases"),
        (with_lines({"k": "sub", "id": A, "outcome": "failed", "xfail": None}, at=5), "exit"),
        (with_lines({"k": "sub", "id": A, "outcome": "skipped", "xfail": None}, at=5), "skip"),
    ],
)
def test_reports_that_do_not_fit_are_refused(odd: Run, code: str) -> None:
    assert code in verdict(odd)
    assert code in codes(judge(odd, run(GOOD, "other"), [A])) | {"skip", "harness"}


def test_another_hash_seed_is_no_other_harness() -> None:
    assert verdict(with_lines(begin("7"), at=0, drop=1)) == set()


def test_a_subtest_that_passes_changes_nothing() -> None:
    honest = with_lines({"k": "sub", "id": A, "outcome": "passed", "xfail": None}, at=5)
    assert verdict(honest) == set()


def test_records_that_stop_are_refused() -> None:
    for length in range(len(lines(GOOD))):
        stream = parse_records(encode(lines(GOOD)[:length], "n"), "n")
        assert "incomplete" in verdict(replace(HONEST, stream=stream))
        assert "incomplete" in codes(judge(replace(HONEST, stream=stream), HONEST, [A]))


def test_every_outcome_is_told_from_its_reports() -> None:
    base = run({A: "failed", **dict.fromkeys((B, C), "passed")}, "base")
    for outcome in PATTERNS:
        found = judge(base, run({A: "passed", B: outcome, C: "passed"}), [A]).outcomes[B]
        assert outcome in {found, "late error", "skipped within"}
        assert found == {"late error": "error", "skipped within": "skipped"}.get(outcome, outcome)


def test_what_is_said_of_ids_cannot_steer_a_terminal() -> None:
    odd = "t.py::\x1b[2J\u202e" + "x" * 1000
    (reason,) = judge(
        run({A: "failed", odd: "passed"}, "base"), run({A: "passed", odd: "failed"}), [A]
    ).reasons
    assert reason.code == "broken"
    assert reason.sentence.isprintable()
    assert len(reason.sentence) < 300


def test_many_ids_are_cut() -> None:
    names = [f"t.py::t{number}" for number in range(5000)]
    found = judge(
        run(dict.fromkeys([A, *names], "failed"), "base"), run({A: "passed"}), [A]
    ).reasons
    assert [reason.code for reason in found] == ["ids-missing"]
    assert "4,997 more" in found[0].sentence


FILE = "tests/test_a.py"
SHUT = run({C: "skipped"}, "base", uncollected=[FILE])
KNOWN = {A: False, "tests/test_a.py::TestB::test_b": True}


@pytest.mark.parametrize("failing", [[FILE], [A], [A, B], [FILE, A]])
def test_a_file_that_can_be_collected_again(failing: list[str]) -> None:
    assert codes(judge(SHUT, run(GOOD), failing, KNOWN)) == set()


def test_all_files_may_have_been_shut() -> None:
    base = run({}, "base", uncollected=[FILE])
    assert codes(judge(base, run({A: "passed"}), [FILE])) == set()


def test_a_marked_test_may_be_skipped_in_a_file_that_was_shut() -> None:
    assert codes(judge(SHUT, run({**GOOD, B: "skipped"}), [FILE], KNOWN)) == set()


@pytest.mark.parametrize(
    ("after", "code"),
    [
        ({C: "skipped"}, "empty"),
        ({B: "passed", C: "skipped"}, "ids-missing"),
        ({A: "passed", C: "skipped"}, "ids-missing"),
        ({**GOOD, A: "skipped"}, "unfixed"),
        ({**GOOD, B: "failed"}, "unfixed"),
        ({**GOOD, "test_c.py::test_d": "passed"}, "ids-extra"),
        ({**GOOD, "tests/test_ab.py::test_d": "passed"}, "ids-extra"),
    ],
)
def test_a_file_that_opens_with_less_is_refused(after: dict[str, str], code: str) -> None:
    assert code in codes(judge(SHUT, run(after), [FILE], KNOWN))


def test_a_file_that_stays_shut_is_refused() -> None:
    shut = run({C: "skipped"}, uncollected=[FILE])
    assert codes(judge(SHUT, shut, [FILE], KNOWN)) == {"unfixed"}
    assert codes(judge(SHUT, shut, [A], KNOWN)) == {"unfixed"}


def test_a_file_that_is_shut_for_another_reason_may_stay_so() -> None:
    base = run(BASE, "base", uncollected=["tests/test_z.py"])
    assert codes(judge(base, run(GOOD, uncollected=["tests/test_z.py"]), [A])) == set()
    assert codes(judge(base, run({**GOOD, "tests/test_z.py::z": "failed"}), [A])) == set()


def test_runs_that_agree_are_accepted() -> None:
    turned = run({C: "skipped", B: "passed", A: "passed"}, "n3", shuffled=True)
    found = judge_all(run(BASE, "base"), [run(GOOD, "n1"), run(GOOD, "n2"), turned], [A])
    assert found.accepted
    assert found.outcomes == GOOD


@pytest.mark.parametrize(
    ("runs", "code"),
    [
        ([], "no-runs"),
        ([run(GOOD, "n1"), run({**GOOD, B: "failed"}, "n2")], "broken"),
        ([run({**GOOD, A: "failed"}, "n1"), run(GOOD, "n2")], "unfixed"),
        ([run(GOOD, "n1"), run({**GOOD, C: "passed"}, "n2")], "disagree"),
        ([run(GOOD, "n1"), run(GOOD, "n1")], "nonce"),
        ([run(GOOD, "n1"), run(GOOD, "base")], "nonce"),
        ([run(GOOD, "n1"), replace(run(GOOD, "n2"), exit=1)], "exit"),
    ],
)
def test_runs_that_do_not_agree_are_refused(runs: list[Run], code: str) -> None:
    assert code in codes(judge_all(run(BASE, "base"), runs, [A]))


def test_runs_may_reopen_different_files_only_alike() -> None:
    base = run(BASE, "base", uncollected=["tests/test_z.py"])
    still = run(GOOD, "n1", uncollected=["tests/test_z.py"])
    opened = run({**GOOD, "tests/test_z.py::z": "passed"}, "n2")
    assert codes(judge_all(base, [still, opened], [A])) == {"disagree"}


@pytest.mark.parametrize(
    ("after", "expected"),
    [
        ({A: "failed", B: "passed", C: "skipped"}, set()),
        ({A: "passed", B: "passed", C: "skipped"}, {"twins"}),
        ({A: "error", B: "passed", C: "skipped"}, {"twins"}),
        ({A: "skipped", B: "passed", C: "skipped"}, {"twins"}),
        ({A: "failed", B: "failed", C: "skipped"}, {"twins"}),
        ({A: "failed", B: "passed", C: "passed"}, {"twins"}),
        ({A: "failed", C: "skipped"}, {"missing", "ids-missing"}),
    ],
)
def test_twins_must_end_as_the_coins_say(after: dict[str, str], expected: set[str]) -> None:
    found = judge_round(run(GOOD, "reference"), run(after), {A: "fail", B: "pass"})
    assert codes(found) == expected


def test_a_test_that_is_not_there_cannot_have_ended_as_its_coin_says() -> None:
    found = judge_round(run(GOOD, "reference"), run(GOOD), {"x": "fail"})
    assert codes(found) == {"missing"}


def test_a_round_whose_records_are_odd_is_refused() -> None:
    found = judge_round(run(GOOD, "reference"), replace(HONEST, exit=1), {})
    assert codes(found) == {"exit"}
