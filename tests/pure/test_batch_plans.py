"""Plans: what they can say, and all that can be wrong with them, told at once with its place."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench.batch.plan import LATER, STEPS, ApplyApproved, Heal, Plan, Quality, Test
from workbench.batch.planning import load_plan, read_plan
from workbench.errors import ConfigurationError, UsageError

WHOLE = """
[limits]
seconds = 600
candidates = 2000
seed = 7

[outputs]
json = "reports/workbench.json"
junit = "reports/junit.xml"
sarif = "reports/workbench.sarif"
markdown = "reports/summary.md"
patches = "reports/patches"

[[step]]
do = "test"
tests = ["tests/test_a.py::test_one", "tests"]
arguments = ["-x"]

[[step]]
do = "heal"
seconds = 30

[[step]]
do = "quality"
scope = "changed"
complexity = 10
worse = false

[[step]]
do = "review-export"
to = "reports/review"

[[step]]
do = "apply-approved"
approvals = ["approvals"]
"""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    folder = tmp_path / "project"
    (folder / "tests").mkdir(parents=True)
    (folder / "tests" / "test_a.py").write_text("")
    (folder / "approvals").mkdir()
    (folder / "reports" / "approvals").mkdir(parents=True)
    (folder / "there.json").mkdir()
    (folder / "out").symlink_to(tmp_path)
    (folder / "round").symlink_to("round")
    return folder


def test_a_whole_plan(project: Path) -> None:
    plan = read_plan(WHOLE, "ci.toml", project)
    assert (plan.limits.seconds, plan.limits.candidates, plan.limits.seed) == (600, 2000, 7)
    assert plan.outputs.sarif == "reports/workbench.sarif"
    assert plan.steps[0] == Test(("tests/test_a.py::test_one", "tests"), ("-x",))
    assert plan.steps[1] == Heal((), 30)
    assert isinstance(plan.steps[2], Quality)
    assert (plan.steps[2].complexity, plan.steps[2].worse) == (10, False)
    assert plan.steps[4] == ApplyApproved(("approvals",))
    assert plan.is_counted


STEP = '[[step]]\ndo = "test"\n'
WRONG = [
    ("", "p: step: a plan has 1 to 100 steps"),
    (STEP * 101, "p:1: step: a plan has 1 to 100 steps"),
    ("step = 3", "p:1: step: steps are tables"),
    ("step = [1]", "p:1: step: steps are tables"),
    ("[step]\ndo = 'test'", "p:1: step: steps are tables"),
    ("limits = 3\n" + STEP, "p:1: limits: it must be a table: [limits]."),
    ("[limit]\n" + STEP, "p:1: limit: there is no such section; did you mean limits?"),
    (STEP + "[[step]]", "p:3: step 2.do: say what to do: one of test, heal"),
    (STEP + "[[step]]\ndo = 7", "p:4: step 2.do: say what to do"),
    (STEP + "\n[[step]]\n\ndo = 'heel'", "p:6: step 2.do: there is no step heel: steps are test"),
    (STEP + "[[ step ]]\ndo = 'ask'", "p:4: step 2.do: ask is not there yet"),
    (STEP + "test = []", "p:3: step 1.test: there is no such key; did you mean tests?"),
    (STEP + "tests = 'tests'", "p:3: step 1.tests: it must be a list of text."),
    (STEP + "tests = [1]", "p:3: step 1.tests: it must be a list of text."),
    (STEP + "tests = ['gone.py::a']", "p:3: step 1.tests: there is no gone.py in the project."),
    (STEP + "tests = ['-x']", "p:3: step 1.tests: -x looks like an option"),
    (STEP + "tests = ['../x']", "p:3: step 1.tests: ../x lies outside the project"),
    (STEP + "tests = ['/etc']", "p:3: step 1.tests: /etc lies outside the project"),
    (STEP + "tests = ['out']", "p:3: step 1.tests: out lies outside the project"),
    (STEP + "tests = ['round/x']", "p:3: step 1.tests:"),
    (STEP + "tests = ['']", "p:3: step 1.tests:  names nothing."),
    (STEP + 'tests = ["a\\u0000b"]', "p:3: step 1.tests: a␀b names nothing."),
    (
        "[limits]\nseconds = 0\n" + STEP,
        "p:2: limits.seconds: it must be a number from 1 to 86,400.",
    ),
    ("[limits]\nseconds = nan\n" + STEP, "p:2: limits.seconds: it must be a number"),
    ("[limits]\nseconds = true\n" + STEP, "p:2: limits.seconds: it must be a number"),
    (
        "[limits]\ncandidates = 0\n" + STEP,
        "p:2: limits.candidates: it must be a whole number from 1",
    ),
    ("[limits]\ncandidates = 1.5\n" + STEP, "p:2: limits.candidates: it must be a whole number"),
    ("[limits]\nseed = 1\n" + STEP, "p:2: limits.seed: a seed counts only where candidates are"),
    ("[limits]\nbudget = 1\n" + STEP, "p:2: limits.budget: there is no such key"),
    ("[outputs]\njson = 3\n" + STEP, "p:2: outputs.json: it must be text."),
    ("[outputs]\njson = 'a.txt'\n" + STEP, "p:2: outputs.json: a.txt must end with .json."),
    ("[outputs]\njson = '../a.json'\n" + STEP, "p:2: outputs.json: ../a.json lies outside"),
    ("[outputs]\njson = 'out/a.json'\n" + STEP, "p:2: outputs.json: out/a.json lies outside"),
    ("[outputs]\njson = '.git/a.json'\n" + STEP, "p:2: outputs.json: .git/a.json is not for"),
    ("[outputs]\npatches = '.'\n" + STEP, "p:2: outputs.patches: . is not for reports"),
    (
        "[outputs]\njson = 'there.json'\n" + STEP,
        "p:2: outputs.json: there.json is a folder already",
    ),
    ("[outputs]\njson = 'tests/test_a.py/x.json'\n" + STEP, "a file stands where a folder sho"),
    ("[outputs]\npatches = 'tests/test_a.py'\n" + STEP, "tests/test_a.py is a file already."),
    (
        "[outputs]\njson = 'a.json'\nsarif = './a.json'\n" + STEP,
        "p:3: outputs.sarif: ./a.json is wr",
    ),
    ("[outputs]\npatches = 'r'\njson = 'r/a.json'\n" + STEP, "lie in one another."),
    (STEP + "[[step]]\ndo = 'apply-approved'", "p:3: step 2.approvals: nothing can be applied"),
    (STEP + "[[step]]\ndo = 'apply-approved'\napprovals = ['x']", "there is no x in the project."),
    (STEP + "[[step]]\ndo = 'review-export'", "p:3: step 2.to: say which folder it goes to."),
    (STEP + "[[step]]\ndo = 'quality'\nscope = 'all'", "scope: it must be changed or project."),
    (STEP + "[[step]]\ndo = 'quality'\nworse = 1", "worse: it must be true or false."),
    (
        "[limits]\nseconds = 5\n[[step]]\ndo = 'heal'\nseconds = 9",
        "p:5: step 1.seconds: the whole pl",
    ),
    ("[[step]\n", "p is not TOML"),
    ("a = " + "[" * 5000, "p is not TOML"),
]


@pytest.mark.parametrize(("text", "told"), WRONG)
def test_what_is_wrong_is_told_with_its_place(text: str, told: str, project: Path) -> None:
    with pytest.raises(ConfigurationError) as caught:
        read_plan(text, "p", project)
    assert told in caught.value.sentence
    assert caught.value.hint


def test_all_mistakes_are_told_at_once(project: Path) -> None:
    text = (
        '[limits]\nseed = 1\ncandidates = 0\n[[step]]\ndo = "index"\n[[step]]\ndo = "test"\nx = 1\n'
    )
    with pytest.raises(ConfigurationError) as caught:
        read_plan(text, "\x1b[2Jci.toml", project)
    first, *rest = caught.value.sentence.split("\n")
    assert first == "␛[2Jci.toml has 4 mistakes:"
    lines = [int(line.split(":")[1]) for line in rest]
    assert lines == [2, 3, 5, 8]
    assert "\x1b" not in caught.value.sentence


def test_steps_that_come_later_are_named_as_such() -> None:
    assert not set(LATER) & set(STEPS)
    assert {"ask", "index", "learn"} == set(LATER)


def test_steps_in_a_text_of_several_lines_do_not_move_the_lines(project: Path) -> None:
    text = 'odd = """\n[[step]]\n"""\n[[step]]\ndo = "no"\n'
    with pytest.raises(ConfigurationError) as caught:
        read_plan(text, "p", project)
    assert "p:5: step 1.do: there is no step no" in caught.value.sentence
    assert "p:1: odd: there is no such section" in caught.value.sentence


def test_a_plan_that_cannot_be_read(tmp_path: Path, project: Path) -> None:
    with pytest.raises(UsageError, match="cannot be read: No such file"):
        load_plan(tmp_path / "gone.toml", project)
    odd = tmp_path / "odd.toml"
    odd.write_bytes(b"\xff")
    with pytest.raises(ConfigurationError, match="not UTF-8"):
        load_plan(odd, project)
    odd.write_bytes(b"#" * (1 << 20 | 1))
    with pytest.raises(ConfigurationError, match="larger than a MiB"):
        load_plan(odd, project)


@given(st.text(st.characters(codec="utf-8"), max_size=200))
def test_any_text_is_a_plan_or_refused(text: str) -> None:
    try:
        plan = read_plan(text, "p", Path(os.devnull).parent)
    except ConfigurationError:
        return
    assert plan.steps


SHIPPED = sorted((Path(__file__).parents[2] / "configs" / "plans").glob("*.toml"))


@pytest.mark.parametrize("file", SHIPPED, ids=lambda file: file.name)
def test_the_plans_that_ship_can_be_carried_out(file: Path, project: Path) -> None:
    plan = load_plan(file, project)
    assert isinstance(plan, Plan)
    assert plan.name == file.name


def test_there_are_plans_that_ship() -> None:
    assert {"ci.toml", "commit.toml", "review.toml", "apply.toml"} <= {one.name for one in SHIPPED}
