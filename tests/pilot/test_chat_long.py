"""A long conversation: what is far above is laid when somebody goes there, and nothing is lost."""

from __future__ import annotations

from tests.pilot.conftest import Hands, hands_on
from tests.pilot.in_chat import chat, open_first, transcript
from tests.pilot.talks import FakeTalks
from workbench.api.chats import Message

LONG = 1_000


def long_talk() -> FakeTalks:
    def message(number: int) -> Message:
        author = "assistant" if number % 2 else "person"
        after = f"m{number - 1}" if number else ""
        return Message(f"m{number}", after, author, f"Word{number}.", number)

    return FakeTalks([message(number) for number in range(LONG)], name="long")


def laid(hands: Hands) -> int:
    return len({leaf.about.message for leaf in chat(hands).transcript.roll.leaves} - {""})


async def test_only_the_end_of_a_long_conversation_is_laid() -> None:
    async with hands_on((80, 24), talks=long_talk()) as hands:
        await open_first(hands, f"Word{LONG - 1}.")
        await hands.see("1,000 messages")
        assert laid(hands) == 100


async def test_going_up_lays_what_is_above_and_nothing_jumps() -> None:
    async with hands_on((80, 24), talks=long_talk()) as hands:
        await open_first(hands, f"Word{LONG - 1}.")
        seen: set[str] = set()
        for _ in range(60):
            seen |= {word for word in hands.text.split() if word.startswith("Word")}
            await hands.press("pageup")
        assert laid(hands) > 100
        first = min(int(word.strip("Word.")) for word in seen)
        assert seen == {f"Word{number}." for number in range(first, LONG)}


async def test_the_first_message_is_one_key_away() -> None:
    async with hands_on((80, 24), talks=long_talk()) as hands:
        await open_first(hands, f"Word{LONG - 1}.")
        await hands.press("g")
        await hands.see("Word0.", "Word1.")
        assert "earlier message" not in "\n".join(transcript(hands.text))
        assert laid(hands) == LONG
        await hands.press("G")
        await hands.see(f"Word{LONG - 1}.")


async def test_a_selection_stays_on_its_message_while_more_is_laid_above() -> None:
    async with hands_on((80, 24), talks=long_talk()) as hands:
        await open_first(hands, f"Word{LONG - 1}.")
        screen = chat(hands)
        while laid(hands) == 100:
            here = screen.transcript.here.message
            await hands.press("k")
            now = screen.transcript.here.message
            assert int(here[1:]) - int(now[1:]) in (0, 1)
