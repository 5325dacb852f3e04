"""What is remembered, in a prompt: what the person prefers, and what is about the question."""

from __future__ import annotations

from collections.abc import Iterable

from workbench.api.memory import Remembered
from workbench.chat.guard import as_data, redact
from workbench.chat.prompting import together
from workbench.chat.running import Around

_PREFERENCE = "preference"
_PREFERS = "Earlier, the person who asks said or agreed to this about how things are to be done:"


async def recalled(around: Around, text: str, by: str = "") -> str:
    """Return what a prompt about a text gets; what is used for an answer lasts longer."""
    if around.memory is None:
        return ""
    memory = await around.memory()
    found = await memory.recall(text)
    if by:
        await memory.recalled([one.id for one in found], by)
    return as_turn(found)


def as_turn(found: Iterable[Remembered]) -> str:
    """Return preferences as the person's word, and all else as data; secrets stay out."""
    every = tuple(found)
    wishes = _lines(one for one in every if one.kind == _PREFERENCE)
    others = _lines(one for one in every if one.kind != _PREFERENCE)
    return together(
        f"{_PREFERS}\n{wishes}" if wishes else "",
        as_data("what is remembered of this project", others) if others else "",
    )


def _lines(found: Iterable[Remembered]) -> str:
    return "\n".join(
        f"- {redact(' '.join((one.detail or one.text).split())[:400])}" for one in found
    )
