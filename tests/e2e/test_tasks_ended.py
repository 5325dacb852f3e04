"""Tasks that are stopped, whose host is killed, or whose project changes meanwhile."""

from __future__ import annotations

import asyncio
import os
import signal
import threading
from functools import partial

import pytest

from tests.e2e.faces import owner_of, until
from tests.e2e.mending import CALC, MEND, make_project
from tests.e2e.tasking import (
    Answer,
    Script,
    analysis,
    done,
    plan,
    reflection,
    speaking,
    talking,
    terms,
    use,
)
from workbench.api.chatting import GoOn, StopAnswer
from workbench.api.commands import ReadEvents, ReadProposals, ReadSandbox
from workbench.workspace import Workspace


@pytest.fixture
def project(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> Workspace:
    monkeypatch.setenv("WORKBENCH_SANDBOX_ENGINE", "namespaces")
    make_project(workspace)
    return workspace


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
