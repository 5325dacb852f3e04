"""Tasks: thought through before anything is done, done in steps, and ending in a proposal."""

from __future__ import annotations

import json

import pytest

from tests.e2e.command_line import ask, call
from tests.e2e.mending import CALC, MEND, make_project
from tests.e2e.tasking import analysis, done, plan, reflection, speaking, talking, use
from workbench.api.chats import Step
from workbench.api.chatting import EditPlan
from workbench.api.commands import ReadReview
from workbench.workspace import Workspace


@pytest.fixture
def project(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> Workspace:
    monkeypatch.setenv("WORKBENCH_SANDBOX_ENGINE", "namespaces")
    make_project(workspace)
    return workspace


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
            assert told.steps[0].what == "find the function"
            assert len(script.prompts) == 2, "nothing is done before a person has seen the plan"
            told = await task.go_on()
            tools = await task.tools()
            proposal = told.message.proposal if told.message else ""
            review = await task.client.call(ReadReview(proposal))
    assert told.message
    assert told.message.state == "whole", told.message.problem
    assert [step.state for step in told.steps] == ["done", "done", "done"]
    assert told.steps[0].note == "it adds"
    assert [one.kind for one in tools] == ["search", "read", "replace", "run", "proposal"]
    assert "calc.py:1: def area(width, height):" in tools[0].text
    assert "+    return width * height" in tools[2].text
    assert "2 passed" in tools[3].text, "programs see what was drafted"
    assert "area() multiplies now." in told.message.text
    evidence = review.proposed.proposal.evidence
    assert evidence.turned == ("tests/test_calc.py::test_area",)
    assert evidence.others == 1
    assert evidence.guards == {"tests/test_calc.py::test_area": "split"}
    assert evidence.circumstances > 0
    assert evidence.proof
    assert (project.project / "calc.py").read_text() == CALC, "nothing was written"


async def test_an_edited_plan_holds_and_steps_are_not_done_twice(project: Workspace) -> None:
    answers = [
        analysis(),
        plan(("look at it", "read"), ("mend it", "edit"), ("write a novel", "edit")),
        use("read", path="calc.py", first=1),
        done(),
        use("give_up", note="it is not clear where"),
        reflection("The place is not clear.", reached=False),
        MEND,
        done(),
        reflection(),
    ]
    with speaking(*answers) as script:
        async with talking(project) as task:
            await task.say("Fix area")
            told = await task.go_on()
            assert told.message
            assert told.message.state == "waiting", "a step failed: a person says what now"
            assert [one.state for one in told.steps] == ["done", "failed", "waiting"]
            steps = (*told.steps[:2], Step("multiply in area", tool="edit"))
            await task.client.call(EditPlan(task.answer, steps))
            told = await task.go_on()
            tools = await task.tools()
    assert [one.state for one in told.steps] == ["done", "failed", "done"]
    assert [one.kind for one in tools] == ["read", "replace", "proposal"]
    assert "Step 3 of 3: multiply in area" in script.prompts[6]
    assert "write a novel" not in script.prompts[6].split("multiply in area", 1)[1]


async def test_what_breaks_tests_is_told_to_the_model_and_mended_once(project: Workspace) -> None:
    worse = use("rewrite", path="calc.py", function="double", code="def double(n):\n    return n\n")
    better = use(
        "rewrite", path="calc.py", function="double", code="def double(n):\n    return n * 2"
    )
    answers = [
        analysis(),
        plan(("mend both", "edit")),
        MEND,
        worse,
        done(),
        better,
        done(),
        reflection(),
    ]
    with speaking(*answers) as script:
        async with talking(project) as task:
            await task.say("Fix area and double")
            told = await task.go_on()
            assert told.message
            review = await task.client.call(ReadReview(told.message.proposal))
    assert [step.state for step in told.steps] == ["done", "done"]
    assert told.steps[1].what.startswith("Mend what the tests show: It breaks what passed before")
    assert "tests/test_calc.py::test_double" in script.prompts[5]
    assert review.proposed.proposal.evidence.turned == ("tests/test_calc.py::test_area",)


async def test_a_new_test_is_offered_and_a_changed_one_is_told_of_loudly(
    project: Workspace,
) -> None:
    new = "from calc import area\n\n\ndef test_square():\n    assert area(2, 2) == 4\n"
    old = use("replace", path="tests/test_calc.py", search="== 12", replace="== 7")
    answers = [
        analysis(),
        plan(("a test", "edit")),
        use("create", path="tests/test_new.py", text=new),
        done(),
        reflection("A test more.", "change the old test", reached=False),
        old,
        done(),
        reflection(),
    ]
    with speaking(*answers):
        async with talking(project) as task:
            await task.say("Add a test of area")
            told = await task.go_on()
            assert told.message
            assert told.message.state == "waiting"
            first = (await task.client.call(ReadReview(told.message.proposal))).proposed.proposal
            told = await task.go_on()
            assert told.message
            second = (await task.client.call(ReadReview(told.message.proposal))).proposed.proposal
            tools = await task.tools()
    assert first.tests == {"tests/test_new.py": new}
    assert not first.change
    assert not any("IT CHANGES TESTS" in doubt for doubt in first.doubts)
    assert list(second.change) == ["tests/test_calc.py"]
    assert second.doubts[0].startswith("IT CHANGES TESTS: tests/test_calc.py")
    assert not second.evidence.proof
    assert any("proven is nothing" in doubt for doubt in second.doubts)
    assert "IT CHANGES TESTS" in tools[-1].text


async def test_without_a_language_model_a_task_says_what_is_missing(project: Workspace) -> None:
    async with talking(project) as task:
        told = await task.say("Fix area in calc.py")
    assert told.message
    assert told.message.state == "failed"
    assert "A task needs a language model." in told.message.problem
    assert "workbench models" in told.message.problem


async def test_without_a_sandbox_the_proposal_says_that_nothing_was_run(
    project: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WORKBENCH_SANDBOX_ENGINE", "docker")
    monkeypatch.setenv("DOCKER_HOST", "unix:///nowhere/docker.sock")
    answers = [
        analysis(),
        plan(("mend it", "edit")),
        MEND,
        use("run", argv=["pytest", "-q"]),
        done(),
        reflection("Nobody has tried it."),
    ]
    with speaking(*answers):
        async with talking(project) as task:
            await task.say("Fix area")
            told = await task.go_on()
            assert told.message
            review = await task.client.call(ReadReview(told.message.proposal))
            tools = await task.tools()
    made = review.proposed.proposal
    assert "sandbox" in tools[1].text.lower()
    assert any(doubt.startswith("Nothing was run.") for doubt in made.doubts)
    assert (made.reasons, made.evidence.turned, made.evidence.others) == ((), (), 0)


async def test_an_answer_that_is_no_call_is_told_back_once(project: Workspace) -> None:
    answers = [
        analysis(),
        plan(("look", "read")),
        "I would rather talk.",
        use("read", path="calc.py", first=1),
        use("read", file="calc.py"),
        use("read", file="calc.py"),
        reflection("It did not work."),
    ]
    with speaking(*answers) as script:
        async with talking(project) as task:
            await task.say("Fix area")
            told = await task.go_on()
            tools = await task.tools()
    assert "That answer is wrong" in script.prompts[3]
    assert "path" in script.prompts[5].rpartition("That answer is wrong")[2]
    assert [one.kind for one in tools] == ["read"]
    assert told.steps[0].state == "failed"
    assert "not what was asked for" in told.steps[0].note


async def test_with_go_on_set_nobody_has_to_look_at_the_plan(project: Workspace) -> None:
    answers = [analysis(), plan(("mend it", "edit")), MEND, done(), reflection()]
    with speaking(*answers, more="[tasks]\ngo_on = true\n"):
        async with talking(project) as task:
            told = await task.say("Fix area")
    assert told.message
    assert (told.message.state, bool(told.message.proposal)) == ("whole", True)


def test_a_task_at_the_command_line_is_reviewed_applied_audited_and_undone(
    project: Workspace,
) -> None:
    answers = [analysis(), plan(("mend it", "edit")), MEND, done(), reflection("It multiplies.")]
    with speaking(*answers):
        told = ask(project, "ask", "--task", "--yes", "Fix area in calc.py")
    (made,) = ask(project, "proposals", "list")["proposals"]
    name = made["proposal"]["proposal"]
    shown = call(project, "proposals", "show", name).stdout
    assert "A language model wrote it." in shown
    assert name in json.dumps(told)
    call(project, "review", "accept", name)
    call(project, "review", "apply", name)
    assert "width * height" in (project.project / "calc.py").read_text()
    call(project, "audit", "verify")
    call(project, "undo")
    assert (project.project / "calc.py").read_text() == CALC
    assert "Traceback" not in call(project, "heal", "stats").stdout
