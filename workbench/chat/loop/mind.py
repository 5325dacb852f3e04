"""A model that thinks about one task: what it was told and said, and how it is asked for more."""

from __future__ import annotations

import asyncio
import json
import re
from dataclasses import dataclass
from typing import Any

from msgspec.structs import asdict

from local_models.staff import Answering, Speaker
from local_models.worker.problems import WorkerError
from local_models.worker.protocol import Chat, Ended, Generate, Message, Sampling
from local_models.worker.rules import Schema
from local_models.worker.structured import ask_json
from workbench.api.chats import AnswerReceipt
from workbench.chat.guard import redact
from workbench.chat.loop.limits import Limits, late
from workbench.chat.prompting import merged
from workbench.chat.running import Running
from workbench.errors import Interrupted, ModelError

STOPPED = "The task was stopped."
MOST = 2_048
"""Tokens of one answer; an edit is the longest."""
_TEMPERATURE = 0.2
_LEFT_OUT = "[An earlier result stood here; there is no room for it any more.]"
_FULL = "The model's context is full: the oldest results of tools are not before it any more."
_THOUGHT = "</think>"
_FENCED = re.compile(r"(?s)```(?:json)?[ \t]*\n(.*?)\n[ \t]*```")


@dataclass
class _Turn:
    message: Message
    fades: bool = False
    """It may be left out if there is no room for it."""


class _Heard:
    """An answer that a person can stop, for `ask_json`."""

    def __init__(self, running: Running, answering: Answering) -> None:
        self._running = running
        self._answering = answering

    async def text(self) -> str:
        async with self._answering:
            return await self._running.hear(self._answering, aloud=False)

    @property
    def ended(self) -> Ended | None:
        return self._answering.ended


class Mind:
    """What a model has in view of a task; turns are only ever put behind others."""

    def __init__(
        self, running: Running, speaker: Speaker, limits: Limits, actor: str, sampling: Sampling
    ) -> None:
        self.tokens = 0
        """Generated since this was looked at last."""
        self._running = running
        self._speaker = speaker
        self._limits = limits
        self._actor = actor
        self._sampling = sampling
        self._turns: list[_Turn] = []
        self._asked = 0
        self._ended: list[Ended] = []

    def told(self, role: Any, text: str, *, fades: bool = False) -> None:  # noqa: ANN401 - a Role
        """Put a turn behind the others."""
        self._turns.append(_Turn(Message(role, text), fades))

    async def ask(self, schema: Schema, what: str) -> Any:  # noqa: ANN401 - what the schema says
        """Have the model answer what it was told last; what it says is remembered."""
        self._limits.check()
        most = max(64, min(MOST, self._limits.tokens, self._speaker.context // 3 or MOST))
        generate = Generate(0, await self._fitting(most), most=most, sampling=self._next(), stop=())
        try:
            async with asyncio.timeout(self._limits.left):
                found = await ask_json(self._speaking(what), generate, schema)
        except TimeoutError:
            raise late() from None
        except WorkerError:
            if self._running.cancelled:
                raise Interrupted(STOPPED) from None
            raise
        self.told("assistant", redact(found.text))
        self._ended += found.ended
        return whole(found.value)

    @property
    def receipt(self) -> AnswerReceipt:
        """Return what the task's answers were made of so far."""
        speaker, last = self._speaker, self._ended[-1:]
        return AnswerReceipt(
            model=speaker.name,
            place=speaker.place,
            digest=speaker.digest,
            seed=self._sampling.seed,
            parameters={**asdict(self._sampling), "answers": len(self._ended)},
            prompt=last[0].prompt_digest if last else "",
            prompt_tokens=sum(one.prompt_tokens for one in self._ended),
            tokens=sum(one.tokens for one in self._ended),
            reused=sum(one.reused_tokens for one in self._ended),
            seconds=round(sum(one.seconds for one in self._ended), 3),
            estimated=not speaker.exact,
        )

    def used(self) -> int:
        """Return the tokens that were generated since it was asked last."""
        tokens, self.tokens = self.tokens, 0
        return tokens

    def _speaking(self, what: str) -> Any:  # noqa: ANN401 - a function that ask_json calls
        def ask(asked: Generate) -> _Heard:
            self._limits.check()
            answering = self._speaker.ask(asked, urgent=True, what=what, actor=self._actor)
            return _Counted(self._running, answering, self._count)

        return ask

    def _count(self, tokens: int) -> None:
        self.tokens += tokens
        self._limits.spoke(tokens)

    def _next(self) -> Sampling:
        """Return other chances for each answer, the same ones each time."""
        self._asked += 1
        old = self._sampling
        return Sampling(
            temperature=old.temperature,
            top_k=old.top_k,
            top_p=old.top_p,
            min_p=old.min_p,
            seed=(old.seed + self._asked) % (1 << 31),
        )

    async def _fitting(self, most: int) -> Chat:
        """Return what was told as far as there is room; results fade, the oldest first."""
        while (size := await self._speaker.weigh(chat := self._chat())) + most > self._room():
            fading = next((turn for turn in self._turns if turn.fades), None)
            if fading is None:
                raise ModelError(
                    f"The task takes {size + most:,} tokens, and {self._speaker.context:,} fit.",
                    "Attach less, begin a new conversation, or take a model with a larger context.",
                )
            fading.message, fading.fades = Message(fading.message.role, _LEFT_OUT), False
            self._running.note = _FULL
        return chat

    def _room(self) -> int:
        return self._speaker.context or 1 << 30

    def _chat(self) -> Chat:
        return Chat(tuple(merged(turn.message for turn in self._turns)))


class _Counted(_Heard):
    """An answer whose tokens count, also if it is cut off."""

    def __init__(self, running: Running, answering: Answering, count: Any) -> None:  # noqa: ANN401
        super().__init__(running, answering)
        self._count = count

    async def text(self) -> str:
        try:
            return unwrapped(await super().text())
        finally:
            self._count(self.ended.tokens if self.ended else 0)


def unwrapped(text: str) -> str:
    """Return the JSON of an answer, without what some servers' models say around it."""
    text = text.strip()
    if text.startswith("{"):
        return text
    text = text.rpartition(_THOUGHT)[2].strip()
    if text.startswith("{"):
        return text
    if found := _FENCED.search(text):
        return found[1].strip()
    start, end = text.find("{"), text.rfind("}")
    return text[start : end + 1] if 0 <= start < end else text


def whole(value: Any) -> Any:  # noqa: ANN401 - any JSON
    """Return a value without halves of characters, which JSON can spell and no file can hold."""
    text = json.dumps(value, ensure_ascii=False)
    return json.loads(text.encode("utf-8", "replace"))


def sampling(seed: int, temperature: float | None) -> Sampling:
    return Sampling(temperature=_TEMPERATURE if temperature is None else temperature, seed=seed)
