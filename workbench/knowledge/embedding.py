"""Vectors for passages and for questions, of one maker: nothing is embedded twice."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from local_models.embedder.backend import Identity
from workbench.errors import ModelError, WorkbenchError
from workbench.knowledge.known_vectors import KnownVectors
from workbench.knowledge.makers import BuiltIn, Maker

Vector = NDArray[np.float32]
_REMEMBERED_TEXTS, _REMEMBERED_QUESTIONS = 4_096, 256


class Remembered:
    """Vectors by what they were made of, no more than so many; what was used last stays."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._vectors: OrderedDict[str, Vector] = OrderedDict()

    def get(self, key: str) -> Vector | None:
        if key in self._vectors:
            self._vectors.move_to_end(key)
        return self._vectors.get(key)

    def keep(self, key: str, vector: Vector) -> None:
        self._vectors[key] = vector
        self._vectors.move_to_end(key)
        if len(self._vectors) > self._most:
            self._vectors.popitem(last=False)


class Embedding:
    """A maker at work, with what it has made already."""

    def __init__(
        self,
        folder: Path | None = None,
        known: KnownVectors | None = None,
        maker: Maker | None = None,
        why: str = "The embedder is not open.",
    ) -> None:
        self._maker = maker or BuiltIn(folder)
        self._known = Remembered(_REMEMBERED_TEXTS)
        self.from_before = known
        """Vectors of an index that was thrown away."""
        self._questions = Remembered(_REMEMBERED_QUESTIONS)
        self._opening = asyncio.Lock()
        self.identity: Identity | None = None
        """Who makes the vectors, once it is open."""
        self.why = why
        """Why there is none, and what would help."""

    async def open(self) -> Identity | None:
        """Return who makes the vectors, or nothing where there is no embedder."""
        async with self._opening:
            if self.identity is None:
                try:
                    self.identity = await self._maker.open()
                    self.why = ""
                except ModelError as problem:
                    self.why = told(problem)
        return self.identity

    async def question(self, text: str) -> Vector:
        """Return the vector of a question."""
        if (known := self._questions.get(text)) is not None:
            return known
        vector = await self._maker.question(text)
        self._questions.keep(text, vector)
        return vector

    async def passages(self, digests: Sequence[str], texts: Sequence[str]) -> NDArray[np.float32]:
        """Return a vector a row, each text embedded once however often it comes."""
        made = {digest: known for digest in digests if (known := self._get(digest)) is not None}
        new = {d: text for d, text in zip(digests, texts, strict=True) if d not in made}
        vectors = await self._embed(list(new.values())) if new else ()
        for digest, vector in zip(new, vectors, strict=True):
            made[digest] = vector
            self._known.keep(digest, vector)
        return np.array([made[digest] for digest in digests], np.float32)

    def keep(self, digest: str, vector: Vector) -> None:
        """Remember the vector of a text that is known from elsewhere."""
        self._known.keep(digest, vector)

    def pieces_a_word(self, text: str, words: float) -> float:
        """Tell how well the embedder knows a question of so many words: best is one piece each."""
        return self._maker.pieces_a_word(text, words)

    async def close(self) -> None:
        await self._maker.close()

    def _get(self, digest: str) -> Vector | None:
        known = self._known.get(digest)
        if known is None and self.from_before is not None:
            return self.from_before.get(digest)
        return known

    async def _embed(self, texts: list[str]) -> NDArray[np.float32]:
        return await self._maker.passages(texts)


def told(problem: WorkbenchError) -> str:
    """Return in a line why nobody embeds."""
    return f"{problem.sentence} {problem.hint}".strip()
