"""Answers that a program reads: forced by a grammar, checked after it, repaired once."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol

import msgspec

from local_models.worker.problems import WorkerError
from local_models.worker.protocol import Chat, Ended, Generate, Message
from local_models.worker.rules import Schema, grammar_of
from local_models.worker.schema import problems

_MOST_PROBLEMS = 10
_FENCE = re.compile(r"^```(?:json)?[ \t]*\n(.*?)^```", re.DOTALL | re.MULTILINE)


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
    """Ask for JSON that follows `schema`; a wrong answer is asked for once more."""
    told = json.dumps(schema, ensure_ascii=False)
    asked = msgspec.structs.replace(asked, grammar=grammar_of(schema), schema=told)
    endings: list[Ended] = []
    text, value, wrong = await _asked(ask, asked, schema, endings)
    if wrong and not _cancelled(endings):
        again = _again(asked, text, wrong)
        try:
            text, value, wrong = await _asked(ask, again, schema, endings)
        except WorkerError as error:
            if error.kind != "too-long":  # Then the first answer is what there is to tell of.
                raise
    if wrong:
        raise _unusable(wrong, endings)
    return Structured(value, text, tuple(endings))


async def _asked(
    ask: Callable[[Generate], Answering], asked: Generate, schema: Schema, endings: list[Ended]
) -> tuple[str, Any, tuple[str, ...]]:
    answering = ask(asked)
    text = await answering.text()
    if answering.ended:
        endings.append(answering.ended)
    return (text, *read(text, schema))


def read(text: str, schema: Schema) -> tuple[Any, tuple[str, ...]]:
    """Return the value of `text`, and what is wrong with it."""
    try:
        value = _value(text)
        return value, problems(value, schema)
    except ValueError as error:
        return None, (f"it is not whole JSON: {error}",)
    except RecursionError:
        return None, ("it is nested too deeply",)


def _value(text: str) -> Any:  # noqa: ANN401 - any JSON
    """Return the JSON of a text; a server that knows no grammar may say something around it."""
    try:
        return json.loads(text)
    except ValueError:
        inner = _fenced(text) or _bracketed(text)
        if not inner:
            raise
        return json.loads(inner)


def _fenced(text: str) -> str:
    """Return what stands in the last block of code."""
    blocks = _FENCE.findall(text)
    return blocks[-1] if blocks else ""


def _bracketed(text: str) -> str:
    """Return what stands from the first brace to the last."""
    start, end = text.find("{"), text.rfind("}")
    return text[start : end + 1] if 0 <= start < end else ""


def _again(asked: Generate, text: str, wrong: tuple[str, ...]) -> Generate:
    """Say what is wrong, behind what was said; where there is no talk, try other chances."""
    if not isinstance(asked.prompt, Chat):
        sampling = msgspec.structs.replace(asked.sampling, seed=asked.sampling.seed + 1)
        return msgspec.structs.replace(asked, sampling=sampling)
    told = "\n".join(f"- {problem}" for problem in wrong[:_MOST_PROBLEMS])
    again = f"That answer is wrong:\n{told}\nAnswer again, with the corrected JSON alone."
    turns = (*asked.prompt.messages, Message("assistant", text), Message("user", again))
    return msgspec.structs.replace(asked, prompt=Chat(turns))


def _cancelled(endings: list[Ended]) -> bool:
    return bool(endings) and endings[-1].reason == "cancelled"


def _unusable(wrong: tuple[str, ...], endings: list[Ended]) -> WorkerError:
    cut = bool(endings) and endings[-1].reason == "most"
    return WorkerError(
        "output",
        f"The model's answer is not what was asked for: {'; '.join(wrong[:3])}.",
        "Allow a longer answer: it was cut at its cap." if cut else "Try again, or a larger model.",
    )
