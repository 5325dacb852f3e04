"""The bench of healing: bugs, tests held back, figures."""

from __future__ import annotations

import ast
from pathlib import Path
from random import Random

import pytest

from bench.healing.bug import Bug, load, save, set_names
from bench.healing.cutting import named_tests, separable_tests, without_tests
from bench.healing.figures import rows
from bench.healing.judge import Verdict, is_test
from bench.healing.keeping import diff_of
from bench.healing.layout import lay_judge, lay_out, paths_of
from bench.healing.outcome import Outcome, append, done, read
from bench.healing.splitting import held_back, unit_of
from bench.healing.suite import Suite

SUITE = '''\
import pytest


@pytest.mark.parametrize("n", [1, 2])
def test_first(n):
    assert n


class TestMore:
    """Says more."""

    def test_second(self):
        assert True

    @pytest.mark.skip
    def test_third(self):
        assert False


def helper():
    return 1
'''
RIGHT = Verdict(right=True, plausible=True, same=False)
WRONG = Verdict(right=False, plausible=True, same=False, problem="fails test_a")


def outcome(bug: str, *verdicts: Verdict, first: float = 1.0, changed: int = 0) -> Outcome:
    seconds = first if verdicts else None
    return Outcome("packages", bug, "", verdicts, 9.0, seconds, changed, why="", right="")


def test_tests_are_named_as_pytest_names_them() -> None:
    assert named_tests(SUITE) == ["test_first", "TestMore::test_second", "TestMore::test_third"]


def test_a_test_goes_with_its_decorators_and_nothing_else_goes() -> None:
    left = without_tests(SUITE, {"test_first", "TestMore::test_third"})
    assert named_tests(left) == ["TestMore::test_second"]
    assert "parametrize" not in left
    assert "skip" not in left
    assert "def helper" in left


def test_a_test_that_another_calls_is_not_taken_out() -> None:
    text = "def test_a():\n    pass\n\n\ndef test_b():\n    test_a()\n"
    assert separable_tests(text) == ["test_b"]
    assert separable_tests(SUITE) == named_tests(SUITE)


@pytest.mark.parametrize("text", ["class TestA:\n    def test_b(self):\n        pass\n", SUITE])
def test_what_loses_all_its_tests_still_parses(text: str) -> None:
    left = without_tests(text, named_tests(text))
    ast.parse(left)
    assert named_tests(left) == []


def test_a_failing_test_always_goes_out() -> None:
    units = {"test_a.py": ["test_a.py::a", "test_a.py::b"], "test_c.py": ["test_c.py::c"]}
    failing = {"test_a.py::a", "test_a.py::b"}
    for seed in range(50):
        hidden = held_back(Random(seed), units, failing)  # noqa: S311 no secret
        assert failing - set(hidden)
        assert hidden


def test_parameters_are_no_part_of_a_unit() -> None:
    assert unit_of("tests/test_a.py::TestB::test_c[x::y[0]]") == "tests/test_a.py::TestB::test_c"


def test_a_bug_is_laid_out_from_its_tree(tmp_path: Path) -> None:
    tree = tmp_path / "trees" / "adder"
    tree.mkdir(parents=True)
    right = {"adder.py": "def add(a, b):\n    return a + b\n"}
    wrong = {"adder.py": "def add(a, b):\n    return a - b\n"}
    (tree / "adder.py").write_text(right["adder.py"])
    (tree / "test_adder.py").write_text("def test_a():\n    pass\n\n\ndef test_b():\n    pass\n")
    bug = Bug("adder", "", diff_of(wrong, right), tree="adder", hidden=("test_adder.py::test_b",))
    save(tmp_path, "tiny", [bug])
    assert set_names(tmp_path) == ["tiny"]
    assert load(tmp_path, "tiny") == [bug]
    lay_out(bug, tmp_path, tmp_path / "project")
    assert named_tests((tmp_path / "project" / "test_adder.py").read_text()) == ["test_a"]
    lay_judge(bug, tmp_path, tmp_path / "project")
    assert named_tests((tmp_path / "project" / "test_adder.py").read_text()) == ["test_a", "test_b"]


def test_a_diff_tells_its_paths_and_marks_a_missing_last_newline() -> None:
    diff = diff_of({"a/b.py": "x = 1"}, {"a/b.py": "x = 2"})
    assert paths_of(diff) == {"a/b.py"}
    assert diff.count("\\ No newline at end of file\n") == 2


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("tests/helper.py", True),
        ("test_a.py", True),
        ("a/conftest.py", True),
        ("src/latest.py", False),
        ("src/contest/a.py", False),
    ],
)
def test_no_repair_may_change_tests(path: str, expected: bool) -> None:
    assert is_test(path) is expected


def test_a_suite_is_green_only_if_it_ran_to_its_end_and_a_test_passed() -> None:
    assert Suite({"a": "passed", "b": "skipped"}, finished=True).green
    assert not Suite({"a": "passed"}, finished=False).green
    assert not Suite({}, finished=True).green
    assert not Suite({"a": "passed", "b": "uncollected"}, finished=True).green


def test_precision_counts_what_was_proposed_and_reach_counts_all() -> None:
    found = [
        outcome("a", RIGHT),
        outcome("b", WRONG, RIGHT),
        outcome("c", first=0.0),
        outcome("d", RIGHT, WRONG, first=3.0, changed=2),
    ]
    told = {row.what: row for row in rows("packages", found)}
    assert told["packages: right at rank 1"].measured == "2 of 4 (50.0%)"
    assert told["packages: right in the top five"].measured == "3 of 4 (75.0%)"
    assert told["packages: right in the top five"].met
    assert told["packages: first-ranked right"].measured == "2 of 3 (66.7%)"
    assert told["packages: first-ranked right"].met is False
    assert told["packages: first proposal, median"].measured == "1.00 s"
    assert told["packages: bytes changed"].met is False


def test_outcomes_are_kept_so_that_a_run_goes_on(tmp_path: Path) -> None:
    file = tmp_path / "outcomes" / "packages.jsonl"
    assert done(read(file)) == set()
    append(file, outcome("a", WRONG, RIGHT))
    append(file, outcome("b"))
    assert done(read(file)) == {("packages", "a"), ("packages", "b")}
    assert [one.rank for one in read(file)] == [2, 0]
