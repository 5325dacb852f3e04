"""Tasks: thought through before anything is done, done in steps, and ending in a proposal."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from tests.e2e.faces import client
from tests.e2e.tasking import (
    Talking,
    analysis,
    done,
    plan,
    reflection,
    speaking,
    use,
)
from workbench.api.commands import ReadReview
from workbench.workspace import Workspace

CALC = """\
def area(width, height):
    return width + height


def double(number):
    return number * 2
"""
TESTS = """\
from calc import area, double


def test_area():
    assert area(3, 4) == 12


def test_double():
    assert double(2) == 4
"""
MEND = use("replace", path="calc.py", search="width + height", replace="width * height")


@pytest.fixture
def project(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> Workspace:
    monkeypatch.setenv("WORKBENCH_SANDBOX_ENGINE", "namespaces")
    (workspace.project / "tests").mkdir()
    (workspace.project / "calc.py").write_text(CALC)
    (workspace.project / "tests" / "test_calc.py").write_text(TESTS)
    return workspace


@asynccontextmanager
async def talking(workspace: Workspace) -> AsyncIterator[Talking]:
    async with client(workspace) as face:
        yield Talking(face, workspace)


async def test_a_task_waits_with_its_plan_and_ends_in_a_proposal_that_holds(
    project: Workspace,
) -> None:
    answers = [
        analysis("area() multiplies"),
        plan(("find the function", "read"), ("mend it", "edit"), ("run the tests", "run")),
        use("search", text="def area"),
        use("read", path="calc.py", first=1),
        done("it adds"),
        MEND,
        done(),
        use("run", argv=["pytest", "-q"]),
        done("all pass"),
        reflection("area() multiplies now."),
    ]
    with speaking(*answers) as script:
        async with talking(project) as task:
            told = await task.say("Fix area in calc.py")
            assert told.message
            assert (told.message.state, told.stage) == ("waiting", "waiting for you")
            assert [step.what for step in told.steps][0] == "find the function"
            assert len(script.prompts) == 2, "nothing is done before a person has seen the plan"
            told = await task.go_on()
            tools = await task.tools()
            proposal = told.message.proposal if told.message else ""
            review = await task.client.call(ReadReview(proposal))
    assert told.message
    assert told.message.state == "whole", told.message.problem
    assert [step.state for step in told.steps] == ["done", "done", "done"]
    assert [step.note for step in told.steps][0] == "it adds"
    assert [one.kind for one in tools] == ["search", "read", "replace", "run", "proposal"]
    assert "calc.py:1: def area(width, height):" in tools[0].text
    assert "+    return width * height" in tools[2].text
    assert "2 passed" in tools[3].text, "programs see what was drafted"
    assert "area() multiplies now." in told.message.text
    evidence = review.proposed.proposal.evidence
    assert evidence.turned == ("tests/test_calc.py::test_area",)
    assert evidence.others == 1
    assert evidence.proof
    assert (project.project / "calc.py").read_text() == CALC, "nothing was written"
