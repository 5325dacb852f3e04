"""Servers that make vectors, or pretend to: what they know of meaning is a few words."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from tests.models.servers import Good, Request, Serving, reply

PATH = "/v1/embeddings"
_SENSES = (("cat", "feline", "purr"), ("dog", "canine", "bark"), ("happi", "content"))


def vector(text: str, width: int) -> list[float]:
    """Return what a text is about: no two texts of other lengths have the same vector."""
    low = text.lower()
    senses = [5.0 * any(word in low for word in words) for words in _SENSES]
    return [*senses, 1 + len(text) / 1000, *([0.5] * (width - len(_SENSES) - 1))]


def rows(vectors: Sequence[Sequence[float]]) -> dict[str, Any]:
    data = [
        {"object": "embedding", "index": at, "embedding": [*one]} for at, one in enumerate(vectors)
    ]
    return {"object": "list", "model": "some-model", "data": data, "usage": {"prompt_tokens": 1}}


def inputs(server: Serving) -> list[list[str]]:
    """Return the texts of each request."""
    return [one.body["input"] for one in server.asked(PATH)]


@dataclass
class Embeds:
    """A server with a model that embeds: honest, unless its answers are bent."""

    width: int = 8
    longest: int = 1 << 20
    """Characters of a text; a longer one is refused."""
    too_long: tuple[str, str] = ("400 Bad Request", "the input exceeds the maximum context length")
    bent: Callable[[dict[str, Any]], object] = field(default=lambda answer: answer)
    model: str = "some-model"

    async def __call__(self, request: Request, writer: asyncio.StreamWriter) -> None:
        if request.method == "GET":
            models = {"object": "list", "data": [{"id": self.model}]}
            await Good(models=models)(request, writer)
            return
        texts = request.body["input"]
        if any(len(text) > self.longest for text in texts):
            status, message = self.too_long
            await reply(writer, {"error": {"message": message}}, status=status)
            return
        await reply(writer, self.bent(rows([vector(one, self.width) for one in texts])))
