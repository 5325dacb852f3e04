"""The Chat screen while hosts come and go, other faces speak and terminals change."""

from __future__ import annotations

import asyncio

import pytest

from tests.pilot.conftest import Hands, hands_on
from tests.pilot.in_chat import answer, ask, chat, open_first, person, talked, transcript
from tests.pilot.talks import FakeTalks
from workbench.api import chats
from workbench.api.chatting import NextPieces
from workbench.errors import ModelError


def many(count: int) -> FakeTalks:
    said: list[chats.Message] = []
    for number in range(count):
        before = said[-1].id if said else ""
        said.append(person(f"q{number}", before, f"question {number}"))
        said.append(answer(f"a{number}", f"q{number}", f"answer **{number}**\n\n- one\n- two"))
    return FakeTalks(said, name="many")


async def test_what_another_face_says_appears() -> None:
    async with hands_on((80, 24), talks=talked()) as hands:
        await open_first(hands)
        await hands.host.talks.said_by_another(hands.host, "c1", "and on Windows?")
        await hands.see("and on Windows?", "being written")
        await hands.host.talks.come("There as well.")
        await hands.see("There as well.")
        await hands.host.talks.said_by_another(hands.host, "", "something else")
        await hands.until(lambda: len(chat(hands).talks.conversations) == 2)
        assert "something else" not in transcript(hands.text)


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
    return [one.length for one in hands.asked(NextPieces)]


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
