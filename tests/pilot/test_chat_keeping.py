"""What an answer brings: code, sources, receipts, plans; and what models do meanwhile."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.pilot.conftest import hands_on
from tests.pilot.findings import PROPOSAL, SOME
from tests.pilot.in_chat import ANSWER, STEPS, chat, open_first, talked
from tests.pilot.in_review import with_editor
from tests.pilot.talks import FakeTalks
from workbench.api import chats, models
from workbench.api.chatting import CompactConversation, EditPlan, GoOn, RunBlock


async def test_blocks_of_code_are_copied_saved_and_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    copied: list[str] = []
    async with hands_on((80, 30), talks=talked()) as hands:
        monkeypatch.setattr(hands.interface, "copy_to_clipboard", copied.append)
        await open_first(hands)
        await hands.press("g", "}", "y")
        await hands.see("The code was copied.")
        await hands.press("}", "y", "Y", "A")
        await hands.see("The conversation was copied.")
        assert copied == ["while True:\n    pass\n", "make test\n", ANSWER, "markdown of c1\n"]
        await hands.press("{", "s", "ctrl+u")
        await hands.type(str(tmp_path / "loop.py"))
        await hands.press("enter")
        await hands.until((tmp_path / "loop.py").exists)
        assert (tmp_path / "loop.py").read_text(encoding="utf-8") == "while True:\n    pass\n"
        await hands.press("!")
        await hands.see("tool run", "being written")
        (run,) = hands.asked(RunBlock)
        assert isinstance(run, RunBlock)
        assert (run.message, run.block) == ("a1", 0)
        await hands.host.talks.come("2 passed\n")
        await hands.host.talks.end(hands.host, receipt=None)
        await hands.see("│ 2 passed")


async def test_without_code_nothing_is_run() -> None:
    async with hands_on((80, 24), talks=talked(text="no code")) as hands:
        await open_first(hands)
        await hands.press("!")
        await hands.see("There is no block of code in this message.")
        await hands.press("}")
        await hands.see("There is none any more in this direction.")


@pytest.mark.parametrize(("name", "form"), [("talk.json", "json"), ("talk.md", "markdown")])
async def test_a_conversation_is_saved(tmp_path: Path, name: str, form: str) -> None:
    async with hands_on((80, 24), talks=talked()) as hands:
        await open_first(hands)
        await hands.press("E")
        await hands.see("save the conversation as loops.md")
        await hands.press("ctrl+u")
        await hands.type(str(tmp_path / name))
        await hands.press("enter")
        await hands.until((tmp_path / name).exists)
        assert (tmp_path / name).read_text(encoding="utf-8") == f"{form} of c1\n"


async def test_sources_are_opened_by_number(tmp_path: Path) -> None:
    async with hands_on((100, 30), talks=talked()) as hands:
        with_editor(hands.interface, tmp_path, f"echo \"$@\" > '{tmp_path}/told'")
        await open_first(hands)
        await hands.press("o")
        await hands.see("README.md:1-4, as it was cited", "There is no passage p2.", "1 It loops.")
        await hands.press("q", "K", "o")
        await hands.see("source, 1 to 2")
        await hands.type("1")
        await hands.press("enter")
        await hands.see("src/parse.py:3-9")
        await hands.press("q", "o")
        await hands.type("7")
        await hands.press("enter")
        await hands.see("There is no source with that number.")
        (tmp_path / "src").mkdir()
        (tmp_path / "src" / "parse.py").write_text("x\n" * 20, encoding="utf-8")
        await hands.press("O")
        await hands.type("1")
        await hands.press("enter")
        await hands.until((tmp_path / "told").exists)
        await hands.until(
            lambda: (tmp_path / "told").read_text() == f"+3 {tmp_path}/src/parse.py\n"
        )


async def test_a_receipt_is_shown_and_the_answer_made_again() -> None:
    async with hands_on((100, 40), talks=talked()) as hands:
        await open_first(hands)
        await hands.press("v")
        await hands.see(
            "Receipt", "abababab", "812, 700 of them read before", "workbench replay a1"
        )
        await hands.see("96 tokens in 4.2 s, 22.9 a second")
        await hands.press("escape")
        hands.host.talks.replayed = chats.Replayed(
            "a1", same=False, text="other", before=ANSWER, differs=("The model is another file.",)
        )
        await hands.press("p")
        await hands.see("It is another one.", "The model is another file.", "Before:")
        await hands.press("q", "K", "K", "v")
        await hands.see("No receipt was kept of this message.")


async def test_a_plan_is_edited_and_gone_on_with(tmp_path: Path) -> None:
    talks = talked(state="waiting", steps=STEPS, kind="plan", text="I will change one line.")
    async with hands_on((80, 30), talks=talks) as hands:
        script = "sed -i 's/^run the tests$/run all tests\\nlook again/' \"$1\""
        with_editor(hands.interface, tmp_path, script)
        await open_first(hands, "waits for you", "✓ 1. read src/parse.py", "31 lines")
        await hands.press("t")
        await hands.see("The plan is as you wrote it; c goes on with it.", "look again")
        (edited,) = hands.asked(EditPlan)
        written = (chats.Step("run all tests"), chats.Step("look again"))
        assert edited == EditPlan("a1", (*STEPS[:2], *written))
        await hands.press("c")
        await hands.see("being written")
        assert len(hands.asked(GoOn)) == 1
        steps = (chats.Step("read src/parse.py", "done"), chats.Step("stop", "running"))
        await talks.come("", steps=steps, stage="step 2 of 2")
        await hands.see("step 2 of 2", "▶ 2. stop")


async def test_a_proposal_of_a_task_is_gone_to() -> None:
    talks = talked(proposal=PROPOSAL.proposal)
    async with hands_on((100, 30), talks=talks, findings=SOME) as hands:
        await open_first(hands, f"proposal {PROPOSAL.proposal}")
        await hands.press("P")
        await hands.see("Findings", f"Proposal {PROPOSAL.proposal}")


async def test_a_model_is_chosen_reset_and_its_queue_cancelled() -> None:
    waiting = models.Waiting("w1", "an answer", "bob", urgent=True, state="running", seconds=3.0)
    post = models.Post(
        "main", "small-coder", "worker", "because", "broken", 3, "It crashed.", 8192, (waiting,)
    )
    async with hands_on((120, 30), talks=FakeTalks(post=post)) as hands:
        await hands.see("main: small-coder (broken)")
        await hands.press("m")
        await hands.see(
            "It crashed.", "running 3 s: an answer for bob, a person waits", "big-coder"
        )
        await hands.press("x")
        await hands.see("Go to what waits or runs, to cancel it.")
        await hands.press("j", "j", "x", "r")
        await hands.until(lambda: models.ResetModel("small-coder") in hands.host.asked)
        assert models.CancelErrand("w1") in hands.host.asked
        await hands.press("j", "j", "enter")
        await hands.see("● main    big-coder  ready")
        assert models.AssignRole("main", "big-coder") in hands.host.asked
        await hands.press("k", "k", "k", "k", "k", "enter")
        await hands.see("answered by the role main now", "main: big-coder")


async def test_what_was_said_is_summed_up_and_that_is_taken_back() -> None:
    async with hands_on((80, 30), talks=talked()) as hands:
        await open_first(hands)
        await hands.press("U")
        await hands.see("Nothing was summed up.")
        await hands.press("C")
        await hands.see("summary  10:02  being written")
        await hands.host.talks.come("It loops.")
        await hands.host.talks.end(hands.host)
        await hands.until(lambda: chat(hands).keys_of_talk.context.compacted)
        await hands.press("U")
        await hands.see("taken back")
        assert hands.asked(CompactConversation) == [CompactConversation("c1", "main")]
