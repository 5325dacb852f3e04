"""Conversations that have grown: read from the journal, listed, searched; and what saying costs."""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import Callable, Iterator
from random import Random

from bench import home
from bench.harness import Row, Sample, sample, told
from workbench import settings
from workbench.api.chatting import NextPieces, ReadConversations, ReadTalk, Say
from workbench.api.client import Client
from workbench.api.commands import Terms
from workbench.api.facts import Event, Fact
from workbench.api.talking import AnswerBegan, AnswerEnded, MessageSaid, Wanted
from workbench.chat.conversation import Forest, fold
from workbench.journal.chain import GENESIS, chained, draft
from workbench.workspace import Workspace

_CONVERSATIONS = 500
_TURNS = 20
"""Questions in each; every one has an answer."""
_WORDS = 120
_ROUNDS = 5
_SAYINGS = 30
_WANTED = Wanted("question")


def measure() -> list[Row]:
    """Fold a year of conversations, and say something to a host that has no model."""
    events = list(_events())
    forest = fold(events)
    messages = len(forest.nodes)
    with home.workspace() as workspace:
        said, read = asyncio.run(_asked(workspace))
    return [
        told(f"{messages:,} messages read from their facts", _timed(lambda: fold(events), "s")),
        told("all conversations listed", _timed(lambda: list(forest.search("", 500)), "ms", 1e3)),
        told("a text looked for in all messages", _searched(forest)),
        told("something said is kept and acknowledged", sample(said, "ms", 1e3)),
        told("a conversation of some 60 messages is read by a face", sample(read, "ms", 1e3)),
    ]


def _timed(work: Callable[[], object], unit: str, scale: float = 1) -> Sample:
    """Return the processor time that something takes."""
    times = []
    for _ in range(_ROUNDS):
        began = time.process_time()
        work()
        times.append(time.process_time() - began)
    return sample(times, unit, scale)


def _searched(forest: Forest) -> Sample:
    return _timed(lambda: list(forest.search("needle in", 50)), "ms", 1e3)


async def _asked(workspace: Workspace) -> tuple[list[float], list[float]]:
    """Somebody waits for these, so that it is the clock that counts."""
    terms = Terms.of(settings.load(workspace, (), os.environ).sandbox, os.environ)
    said, read = [], []
    async with Client(workspace, "bench", patience=60) as client:
        conversation = ""
        for number in range(_SAYINGS):
            say = Say(f"question {number}", terms, conversation=conversation, kind="question")
            began = time.perf_counter()
            answer = await client.call(say)
            said.append(time.perf_counter() - began)
            conversation = answer.conversation
            while not (await client.call(NextPieces(answer.answer, 10**6))).message:
                pass
        for _ in range(_ROUNDS):
            began = time.perf_counter()
            await client.call(ReadTalk(conversation))
            read.append(time.perf_counter() - began)
        await client.call(ReadConversations())
    return said[1:], read


def _events() -> Iterator[Event]:
    previous = GENESIS
    for seq, fact in enumerate(_facts(), 1):
        new = draft(fact, actor="bench", subject="", key="")
        event = chained(new, seq=seq, time=seq, previous=previous)
        previous = event.hash
        yield event


def _facts() -> Iterator[Fact]:
    chance = Random(1)  # noqa: S311 - the same texts each time
    for number in range(_CONVERSATIONS):
        conversation, after = f"c{number}", ""
        for turn in range(_TURNS):
            asked, answer = f"m{number}.{turn}", f"a{number}.{turn}"
            yield MessageSaid(conversation, asked, after, "person", _text(chance, 12))
            yield AnswerBegan(conversation, answer, asked, "assistant", _WANTED)
            yield AnswerEnded(answer, "whole", _text(chance, _WORDS))
            after = answer


def _text(chance: Random, words: int) -> str:
    return " ".join(f"word{chance.randrange(5_000)}" for _ in range(words))
