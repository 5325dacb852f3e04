"""Answers that a program reads: forced by a grammar, checked after it, repaired once."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol

import msgspec

from local_models.worker.problems import WorkerError
from local_models.worker.protocol import Chat, Ended, Generate, Message
from local_models.worker.rules import Schema, grammar_of
from local_models.worker.schema import problems

_MOST_PROBLEMS = 10


class Answering(Protocol):
    """What a worker's stream and an errand in its queue both are."""

    async def text(self) -> str: ...
    @property
    def ended(self) -> Ended | None: ...


@dataclass(frozen=True)
class Structured:
    """A value that is what its schema asks for."""

    value: Any
    text: str
    ended: tuple[Ended, ...]
    """How each try ended; with two of them it was repaired."""


async def ask_json(
    ask: Callable[[Generate], Answering], asked: Generate, schema: Schema
) -> Structured:
    """Ask for JSON that follows `schema`; with a chat, a wrong answer is asked for once more."""
    asked = msgspec.structs.replace(asked, grammar=grammar_of(schema))
    endings: list[Ended] = []
    for _ in range(2):
        answering = ask(asked)
        text = await answering.text()
        endings.extend(ended for ended in [answering.ended] if ended)
        value, wrong = read(text, schema)
        if not wrong:
            return Structured(value, text, tuple(endings))
        if not isinstance(asked.prompt, Chat) or _cancelled(endings):
            break
        asked = msgspec.structs.replace(asked, prompt=_asked_again(asked.prompt, text, wrong))
    raise _unusable(wrong, endings)


def read(text: str, schema: Schema) -> tuple[Any, tuple[str, ...]]:
    """Return the value of `text`, and what is wrong with it."""
    try:
        value = json.loads(text)
    except ValueError as error:
        return None, (f"it is not whole JSON: {error}",)
    return value, problems(value, schema)


def _asked_again(chat: Chat, text: str, wrong: tuple[str, ...]) -> Chat:
    """Append to what was said, so that the prompt's beginning stays as it was."""
    told = "\n".join(f"- {problem}" for problem in wrong[:_MOST_PROBLEMS])
    again = f"That answer is wrong:\n{told}\nAnswer again, with the corrected JSON alone."
    return Chat((*chat.messages, Message("assistant", text), Message("user", again)))


def _cancelled(endings: list[Ended]) -> bool:
    return bool(endings) and endings[-1].reason == "cancelled"


def _unusable(wrong: tuple[str, ...], endings: list[Ended]) -> WorkerError:
    cut = bool(endings) and endings[-1].reason == "most"
    return WorkerError(
        "output",
        f"The model's answer is not what was asked for: {'; '.join(wrong[:3])}.",
        "Allow a longer answer: it was cut at its cap." if cut else "Try again, or a larger model.",
    )
