"""The Chat screen: asking, reading, going back, trying again; alone and while others talk."""

from __future__ import annotations

from tests.pilot.conftest import hands_on
from tests.pilot.in_chat import SOURCES, ask, chat, open_first, talked, transcript
from tests.pilot.talks import ABSENT, FakeTalks
from workbench.api.chatting import ForkConversation, NameConversation, Say, StopAnswer, TryAgain


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
        (said,) = hands.asked(Say)
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
        assert transcript(hands.text) == transcript(before)
        await hands.press("pagedown", "pagedown", "pagedown", "pagedown")
        await hands.see("line 59")
        await hands.host.talks.come("line 60\n\n")
        await hands.see("line 60")


async def test_an_answer_is_stopped_and_what_there_is_stays() -> None:
    async with hands_on((80, 24)) as hands:
        await ask(hands, "count")
        await hands.host.talks.come("one two")
        await hands.see("one two")
        await hands.press("ctrl+x")
        await hands.see("one two", "stopped")
        assert len(hands.asked(StopAnswer)) == 1
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
        await hands.until(lambda: hands.asked(NameConversation))
        await hands.press("escape")
        await hands.see("loops again", "Conversations 1")
        await hands.press("/")
        await hands.type("zzzz")
        await hands.see("Conversations 0 with “zzzz”")
        await hands.press("escape", "enter")
        await hands.see("▌you", "why does it loop?")
        assert hands.asked(NameConversation) == [NameConversation("c1", "loops again")]


async def test_a_fork_goes_on_from_a_message() -> None:
    async with hands_on((80, 24), talks=talked()) as hands:
        await open_first(hands)
        await hands.press("K", "K", "f")
        await hands.see("name of the fork")
        await hands.type("other")
        await hands.press("enter")
        await hands.see("This is the fork", "other", "1 message")
        assert hands.asked(ForkConversation) == [ForkConversation("c1", "q1", "other")]


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
        (said,) = hands.asked(Say)
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
        (again,) = hands.asked(TryAgain)
        assert isinstance(again, TryAgain)
        assert again.answer == "a1"


async def test_wide_lists_conversations_beside() -> None:
    async with hands_on((120, 30), talks=talked()) as hands:
        await hands.see("Conversations 1", "loops", "New conversation")
        await open_first(hands)
        await hands.see("Conversations 1", "• loops", "▌you")
