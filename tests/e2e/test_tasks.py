"""Tasks: thought through before anything is done, done in steps, and ending in a proposal."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial

import pytest

from tests.e2e.command_line import ask, call
from tests.e2e.faces import client, owner_of, until
from tests.e2e.tasking import (
    Answer,
    Script,
    Talking,
    analysis,
    done,
    plan,
    reflection,
    speaking,
    terms,
    use,
)
from workbench.api.chats import Step
from workbench.api.chatting import EditPlan, GoOn, StopAnswer
from workbench.api.commands import ReadEvents, ReadProposals, ReadReview, ReadSandbox
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


async def test_a_task_goes_on_after_its_host_was_killed(project: Workspace) -> None:
    hold = threading.Event()
    answers = [
        analysis(),
        plan(("mend it", "edit"), ("run the tests", "run")),
        MEND,
        done("multiplied"),
        use("run", argv=["pytest", "-q"]),
        done("passed"),
        reflection("Done."),
    ]
    with speaking(*answers, hold=(4, hold)) as script:
        async with talking(project) as task:
            await task.say("Fix area")
            await task.client.call(GoOn(task.answer, terms(project)))
            await until(lambda: len(script.prompts) == 5)
            os.kill(owner_of(project).pid, signal.SIGKILL)
        hold.set()
        script.prompts.pop()
        async with talking(project) as again:
            again.answer, again.conversation = task.answer, task.conversation
            told = await again.end()
            assert told.message
            assert told.message.state == "interrupted"
            assert [one.state for one in told.steps] == ["done", "running"]
            told = await again.go_on()
            tools = await again.tools()
            journal = await again.client.call(ReadEvents(type="task."))
    assert told.message
    assert told.message.state == "whole", told.message.problem
    assert [one.kind for one in tools] == ["replace", "run", "proposal"]
    assert "2 passed" in tools[1].text, "what was drafted before the kill is there"
    assert "+    return width * height" in script.prompts[4], "the model is told what it did"
    assert [one.type for one in journal.events][::-1] == [
        "task.analysed",
        "task.acted",
        "task.acted",
        "task.reflected",
    ]


async def test_what_a_person_changes_meanwhile_is_kept(project: Workspace) -> None:
    """Edits of other lines are put together; where both changed the same, the draft is let go."""
    other = use("replace", path="calc.py", search="number * 2", replace="2 * number")
    answers = [
        analysis(),
        plan(("mend it", "edit")),
        MEND,
        done(),
        reflection("One more thing.", "double it otherwise", reached=False),
        other,
        done(),
        reflection("And one.", "look again", reached=False),
        use("read", path="calc.py", first=1),
        done(),
        reflection(),
    ]
    file = project.project / "calc.py"
    with speaking(*answers) as script:
        async with talking(project) as task:
            await task.say("Fix area")
            await task.go_on()
            file.write_text(CALC + "\n\nMINE = 1\n")
            told = await task.go_on()
            assert told.message
            both = (await task.client.call(ReadProposals())).proposals[0].proposal
            file.write_text(CALC.replace("width + height", "mine + mine"))
            told = await task.go_on()
            tools = await task.tools()
    assert "+    return width * height" in both.diff
    assert "+    return 2 * number" in both.diff
    assert "MINE" not in both.diff.replace(" MINE", "")
    assert [one.kind for one in tools][-2:] == ["drafts", "read"]
    assert "calc.py" in tools[-2].text
    assert "return mine + mine" in tools[-1].text
    assert "What was drafted of them is let go" in script.last
    assert told.message
    assert told.message.proposal == both.proposal, "what was proposed before still stands"


async def test_a_task_is_stopped_in_the_middle_of_a_program(project: Workspace) -> None:
    answers = [
        analysis(),
        plan(("wait", "run")),
        use("run", argv=["python", "-c", "import time; time.sleep(50)"]),
        done(),
        reflection(),
    ]
    with speaking(*answers):
        async with talking(project) as task:
            await task.say("Run it")
            await task.client.call(GoOn(task.answer, terms(project)))
            while not (await task.client.call(ReadSandbox(terms(project)))).jobs:
                await asyncio.sleep(0.05)
            await task.client.call(StopAnswer(task.answer))
            told = await task.end()
            assert told.message
            assert told.message.state == "stopped"
            while (await task.client.call(ReadSandbox(terms(project)))).jobs:
                await asyncio.sleep(0.05)


async def test_a_task_that_is_stopped_while_it_looks_back_proposes_nothing_yet(
    project: Workspace,
) -> None:
    hold = threading.Event()
    answers = [analysis(), plan(("mend it", "edit")), MEND, done(), reflection()]
    with speaking(*answers, hold=(4, hold)) as script:
        async with talking(project) as task:
            await task.say("Fix area")
            await task.client.call(GoOn(task.answer, terms(project)))
            await until(partial(has, script, 5))
            await task.client.call(StopAnswer(task.answer))
            hold.set()
            told = await task.end()
            assert told.message
            assert (told.message.state, told.message.proposal) == ("stopped", "")
            told = await task.go_on()
    assert told.message
    assert told.message.state == "whole"
    assert told.message.proposal


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


TYPE = use(
    "replace", path="calc.py", search="def double(number)", replace="def double(number: int)"
)


def by_what_was_told(told: str) -> Answer:
    """Answer as a model would that finds its place in what it reads."""
    if "Think before you act" in told:
        return analysis()
    if "Write a plan" in told:
        return plan(("mend area", "edit"), ("type it", "edit"), ("run the tests", "run"))
    if "Look back." in told:
        return reflection("It multiplies.")
    step = told.rpartition("Step ")[2]
    if told.endswith("Go on: one call as JSON."):
        return done()
    return {"1": MEND, "2": TYPE, "3": use("run", argv=["pytest", "-q"])}[step[0]]


def has(script: Script, enough: int) -> bool:
    return len(script.prompts) >= enough


async def test_wherever_its_host_is_killed_a_task_comes_to_the_same_end(
    project: Workspace,
) -> None:
    """It is killed again and again, each time a little later, and gone on with."""
    with speaking(by=by_what_was_told) as script:
        async with talking(project) as task:
            await task.say("Fix area")
        for kills in range(5):
            async with talking(project) as face:
                await face.client.call(GoOn(task.answer, terms(project)))
                enough = len(script.prompts) + 1 + kills % 3
                await until(partial(has, script, enough))
                os.kill(owner_of(project).pid, signal.SIGKILL)
        async with talking(project) as face:
            face.answer, face.conversation = task.answer, task.conversation
            told = await face.go_on()
            messages = await face.messages()
    assert told.message
    assert told.message.state == "whole", told.message.problem
    assert told.message.text.count("mend it") == 1
    assert "It multiplies." in told.message.text
    assert [one.author for one in messages[:2]] == ["person", "assistant"]
    proposed = [one.text for one in messages if one.proposal and one.author == "tool"]
    assert len(proposed) == 1, [(one.kind, one.text, one.state) for one in messages]
    assert (project.project / "calc.py").read_text() == CALC
