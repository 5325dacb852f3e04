"""The Chat screen: asking, reading, going back, trying again; alone and while others talk."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any, cast

import msgspec
import pytest

from screens.chat import ChatScreen
from tests.pilot.conftest import Hands, hands_on
from tests.pilot.findings import PROPOSAL, SOME
from tests.pilot.talks import ABSENT, RECEIPT, TEN, FakeTalks
from tests.pilot.test_review import with_editor
from workbench.api import chats, models
from workbench.api.chatting import (
    CompactConversation,
    EditPlan,
    ForkConversation,
    GoOn,
    NameConversation,
    NextPieces,
    RunBlock,
    Say,
    StopAnswer,
    TryAgain,
)
from workbench.api.commands import Command
from workbench.errors import ModelError

ANSWER = """\
Because **nothing** ends it [1].

```python
while True:
    pass
```

Or, in the shell:

```sh
make test
```
"""
SOURCES = (
    chats.Source(1, "p1", "src/parse.py", 3, 9, "parse", "def parse(text):\n    ...", "d"),
    chats.Source(2, "p2", "README.md", 1, 4, "Demo › Parser", "It loops.", "d", stale=True),  # noqa: RUF001
)


def person(name: str, after: str, text: str) -> chats.Message:
    return chats.Message(name, after, "person", text, TEN)


def answer(name: str, after: str, text: str = ANSWER, **more: Any) -> chats.Message:  # noqa: ANN401
    kept: dict[str, Any] = {"receipt": RECEIPT, "kind": "model", "sources": SOURCES, **more}
    made = chats.Message(name, after, "assistant", text, TEN + 60_000_000)
    return msgspec.structs.replace(made, **kept)


def talked(text: str = ANSWER, **more: Any) -> FakeTalks:  # noqa: ANN401
    """Return a host on which something was asked and answered."""
    said = (person("q1", "", "why does it loop?"), answer("a1", "q1", text, **more))
    return FakeTalks(said, name="loops")


def many(count: int) -> FakeTalks:
    said: list[chats.Message] = []
    for number in range(count):
        before = said[-1].id if said else ""
        said.append(person(f"q{number}", before, f"question {number}"))
        said.append(answer(f"a{number}", f"q{number}", f"answer **{number}**\n\n- one\n- two"))
    return FakeTalks(said, name="many")


def chat(hands: Hands) -> ChatScreen:
    return cast("ChatScreen", hands.interface.screen)


def asked(hands: Hands, kind: type[Command[object]]) -> list[Command[object]]:
    return [one for one in hands.host.asked if isinstance(one, kind)]


async def open_first(hands: Hands, *texts: str) -> None:
    """Open the conversation on top of the list."""
    await hands.see("attached to host")
    await hands.until(lambda: chat(hands).talks.conversations)
    await hands.press("l", "enter")
    await hands.see(*(texts or ("why does it loop?",)))


async def ask(hands: Hands, text: str) -> None:
    await hands.press("enter")
    await hands.type(text)
    await hands.press("enter")
    await hands.see(text, "being written")


async def test_a_question_is_asked_and_its_answer_comes() -> None:
    async with hands_on((80, 24)) as hands:
        await hands.see("New conversation", "small-coder answers")
        await ask(hands, "why does it loop?")
        await hands.see("waiting for the model, 1 request before it", "^x stop")
        talks = hands.host.talks
        await talks.come("", state="reading", read=512, to_read=2048)
        await hands.see("prompt read: 512 of 2,048 tokens")
        await talks.come("Because **no", tokens=3, rate=23.4, left=40.0)
        await hands.see("Because **no", "/s, at most 40 s left")
        await talks.come("thing** ends it [1].")
        await hands.see("Because nothing ends it [1].")
        await talks.end(hands.host, sources=SOURCES)
        await hands.see("[1] src/parse.py:3-9", "[2] README.md:1-4  stale")
        await hands.until(lambda: "being written" not in hands.text)
        (said,) = asked(hands, Say)
        assert isinstance(said, Say)
        assert (said.text, said.conversation, said.role, said.kind) == (
            "why does it loop?",
            "",
            "main",
            "auto",
        )


async def test_without_a_model_it_says_what_would_bring_one() -> None:
    async with hands_on((80, 24), talks=FakeTalks(post=ABSENT)) as hands:
        await hands.see("No language model serves here", "`workbench models add", "PATH` takes one")
        await hands.see("main: no model")


async def test_the_transcript_follows_only_at_its_end() -> None:
    async with hands_on((80, 24)) as hands:
        await ask(hands, "count")
        for number in range(40):
            await hands.host.talks.come(f"line {number}\n\n")
        await hands.see("line 39")
        await hands.press("pageup")
        await hands.until(lambda: "line 39" not in hands.text)
        before = hands.text
        for number in range(40, 60):
            await hands.host.talks.come(f"line {number}\n\n")
        await hands.until(lambda: chat(hands).transcript.count > 120)
        assert _transcript(hands.text) == _transcript(before)
        await hands.press("pagedown", "pagedown", "pagedown", "pagedown")
        await hands.see("line 59")
        await hands.host.talks.come("line 60\n\n")
        await hands.see("line 60")


def _transcript(text: str) -> str:
    """Return what stands on the screen, without the lines around the transcript."""
    return "\n".join(text.split("\n")[2:-5])


async def test_an_answer_is_stopped_and_what_there_is_stays() -> None:
    async with hands_on((80, 24)) as hands:
        await ask(hands, "count")
        await hands.host.talks.come("one two")
        await hands.see("one two")
        await hands.press("ctrl+x")
        await hands.see("one two", "stopped")
        assert len(asked(hands, StopAnswer)) == 1
        await hands.press("ctrl+x")
        await hands.see("Nothing is being written.")


async def test_conversations_are_listed_searched_opened_and_named() -> None:
    async with hands_on((80, 24), talks=talked()) as hands:
        await hands.until(lambda: chat(hands).talks.conversations)
        await hands.press("l")
        await hands.see("Conversations 1", "▸   loops")
        await hands.press("/")
        await hands.type("nothing**")
        await hands.see("with “nothing**”", "Because **nothing**")
        await hands.press("enter", "N")
        await hands.see("name loops")
        await hands.type(" again")
        await hands.press("enter")
        await hands.until(lambda: asked(hands, NameConversation))
        await hands.press("escape")
        await hands.see("loops again", "Conversations 1")
        await hands.press("/")
        await hands.type("zzzz")
        await hands.see("Conversations 0 with “zzzz”")
        await hands.press("escape", "enter")
        await hands.see("▌you", "why does it loop?")
        assert asked(hands, NameConversation) == [NameConversation("c1", "loops again")]


async def test_a_fork_goes_on_from_a_message() -> None:
    async with hands_on((80, 24), talks=talked()) as hands:
        await open_first(hands)
        await hands.press("K", "K", "f")
        await hands.see("name of the fork")
        await hands.type("other")
        await hands.press("enter")
        await hands.see("This is the fork", "other", "1 message")
        assert asked(hands, ForkConversation) == [ForkConversation("c1", "q1", "other")]


async def test_what_was_said_is_edited_and_both_stay() -> None:
    async with hands_on((80, 24), talks=talked()) as hands:
        await open_first(hands)
        await hands.press("e")
        await hands.see("That is not yours to edit")
        await hands.press("K", "K", "e")
        await hands.see("edited: is sent beside the old one", "> why does it loop?")
        await hands.type(" now")
        await hands.press("enter")
        await hands.see("why does it loop? now", "2 of 2")
        (said,) = asked(hands, Say)
        assert isinstance(said, Say)
        assert (said.conversation, said.after) == ("c1", "")
        await hands.host.talks.end(hands.host)
        await hands.until(lambda: "being written" not in hands.text)
        await hands.press("escape", "g", "<")
        await hands.see("1 of 2", "Because nothing ends it")
        await hands.press("<")
        await hands.see("This is twin 1 of 2.")
        await hands.press("g", ">")
        await hands.see("2 of 2", "why does it loop? now")


async def test_editing_can_be_given_up() -> None:
    async with hands_on((80, 24), talks=talked()) as hands:
        await open_first(hands)
        await hands.press("K", "K", "e", "escape")
        await hands.until(lambda: "edited" not in hands.text)
        assert chat(hands).pen.manuscript.text == ""
        assert chat(hands).pen.editing is None


async def test_an_answer_is_made_once_more() -> None:
    async with hands_on((80, 24), talks=talked()) as hands:
        await open_first(hands)
        await hands.press("r")
        await hands.see("being written", "2 of 2")
        (again,) = asked(hands, TryAgain)
        assert isinstance(again, TryAgain)
        assert again.answer == "a1"


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
        (run,) = asked(hands, RunBlock)
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


STEPS = (
    chats.Step("read src/parse.py", "done", "read file", "31 lines"),
    chats.Step("stop at an empty file", "waiting", "propose"),
    chats.Step("run the tests"),
)


async def test_a_plan_is_edited_and_gone_on_with(tmp_path: Path) -> None:
    talks = talked(state="waiting", steps=STEPS, kind="plan", text="I will change one line.")
    async with hands_on((80, 30), talks=talks) as hands:
        script = "sed -i 's/^run the tests$/run all tests\\nlook again/' \"$1\""
        with_editor(hands.interface, tmp_path, script)
        await open_first(hands, "waits for you", "✓ 1. read src/parse.py", "31 lines")
        await hands.press("t")
        await hands.see("The plan is as you wrote it; c goes on with it.", "look again")
        (edited,) = asked(hands, EditPlan)
        written = (chats.Step("run all tests"), chats.Step("look again"))
        assert edited == EditPlan("a1", (*STEPS[:2], *written))
        await hands.press("c")
        await hands.see("being written")
        assert len(asked(hands, GoOn)) == 1
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
        assert asked(hands, CompactConversation) == [CompactConversation("c1", "main")]


async def test_what_another_face_says_appears() -> None:
    async with hands_on((80, 24), talks=talked()) as hands:
        await open_first(hands)
        await hands.host.talks.said_by_another(hands.host, "c1", "and on Windows?")
        await hands.see("and on Windows?", "being written")
        await hands.host.talks.come("There as well.")
        await hands.see("There as well.")
        await hands.host.talks.said_by_another(hands.host, "", "something else")
        await hands.until(lambda: len(chat(hands).talks.conversations) == 2)
        assert "something else" not in _transcript(hands.text)


async def test_a_host_that_is_lost_loses_no_text() -> None:
    async with hands_on((80, 24), talks=talked()) as hands:
        await open_first(hands)
        hands.host.lose()
        await hands.press("enter")
        await hands.type("still there?")
        await hands.press("enter")
        await hands.see("The host is not attached.", "> still there?")
        hands.host.attach()
        hands.host.talks.refuses = ModelError("The disk is full.", "Make room.")
        await hands.press("enter")
        await hands.see("The disk is full. Make room.", "> still there?")
        hands.host.talks.refuses = None
        await hands.press("enter")
        await hands.see("▌you", "still there?", "being written")


async def test_an_answer_goes_on_when_the_host_is_there_again() -> None:
    async with hands_on((80, 24)) as hands:
        await ask(hands, "count")
        await hands.host.talks.come("one ")
        await hands.see("one")
        hands.host.lose()
        hands.host.attach()
        await hands.host.talks.come("two ")
        await hands.host.talks.end(hands.host)
        await hands.see("one two", "small-coder")
        await hands.until(lambda: not chat(hands).talks.answers)


async def test_what_comes_is_asked_for_piece_by_piece() -> None:
    async with hands_on((80, 24)) as hands:
        await ask(hands, "count")
        await hands.host.talks.come("日本")
        await hands.see("日本")
        await hands.host.talks.come("語")
        await hands.see("日本語")
        await hands.until(lambda: _lengths(hands)[-1] == 3)
        lengths = _lengths(hands)
        assert sorted(lengths) == lengths


def _lengths(hands: Hands) -> list[int]:
    return [one.length for one in hands.host.asked if isinstance(one, NextPieces)]


async def test_texts_from_outside_are_drawn_and_not_obeyed() -> None:
    evil = "evil \x1b[2J \u202e text"
    talks = talked(
        text=f"{evil}\n\n```\n{evil}\n```",
        note=evil,
        problem=evil,
        sources=(chats.Source(1, "p", f"a\x1bb{evil}", 1, 2, evil),),
        steps=(chats.Step(evil, note=evil),),
    )
    async with hands_on((80, 40), talks=talks) as hands:
        await open_first(hands)
        await hands.see("evil ␛[2J ⟨U+202E⟩ text")
        assert "\x1b" not in hands.text
        assert "\u202e" not in hands.text


@pytest.mark.parametrize("size", [(200, 50), (80, 24), (40, 12), (20, 6), (3, 2)])
async def test_it_survives_every_size(size: tuple[int, int]) -> None:
    async with hands_on((100, 30), talks=many(20)) as hands:
        await open_first(hands, "answer 19")
        await hands.pilot.resize_terminal(*size)
        await hands.press(
            "j", "K", "}", "k", "enter", "a", "alt+enter", "b", "escape", "l", "k", "l"
        )
        await hands.pilot.resize_terminal(100, 30)
        await hands.press("escape", "G")
        await hands.see("answer 19")


async def test_one_stays_where_one_reads_when_the_width_changes() -> None:
    async with hands_on((100, 30), talks=many(40)) as hands:
        await open_first(hands, "answer 39")
        await hands.press(*(["K"] * 30))
        message = chat(hands).keys_of_talk.here.message
        await hands.pilot.resize_terminal(60, 20)
        await hands.until(lambda: chat(hands).keys_of_talk.here.message == message)
        assert f"question {int(message[1:])}" in hands.text


async def test_wide_lists_conversations_beside() -> None:
    async with hands_on((120, 30), talks=talked()) as hands:
        await hands.see("Conversations 1", "loops", "New conversation")
        await open_first(hands)
        await hands.see("Conversations 1", "• loops", "▌you")


async def test_a_conversation_that_is_gone_says_so() -> None:
    async with hands_on((80, 24), talks=talked()) as hands:
        await hands.until(lambda: chat(hands).talks.conversations)
        hands.host.talks.conversations.clear()
        await hands.press("l", "enter")
        await hands.see("There is no conversation c1.")


async def test_nothing_is_asked_while_nothing_happens() -> None:
    async with hands_on((80, 24), talks=talked()) as hands:
        await open_first(hands)
        await asyncio.sleep(0.5)
        before = len(hands.host.asked)
        await asyncio.sleep(0.5)
        assert len(hands.host.asked) == before
