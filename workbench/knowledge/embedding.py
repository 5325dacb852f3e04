"""Vectors for passages and for questions: who makes them, and what is known already."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from local_models.embedder import files
from local_models.embedder.backend import DIMENSIONS, NUMPY, Embedder, Identity, open_embedder
from workbench.errors import ModelError
from workbench.knowledge.known_vectors import KnownVectors

if TYPE_CHECKING:
    from local_models.embedder.pool import Pool

Vector = NDArray[np.float32]
_MARKS = 2
"""Tokens that stand for the beginning and the end of a text."""
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
    """The embedder at work: passages in processes of their own, a question here, at once."""

    def __init__(self, folder: Path | None = None, known: KnownVectors | None = None) -> None:
        self._folder = folder or files.default_folder()
        self._embedder: Embedder | None = None
        self._pool: Pool | None = None
        self._known = Remembered(_REMEMBERED_TEXTS)
        self.from_before = known
        """Vectors of an index that was thrown away."""
        self._questions = Remembered(_REMEMBERED_QUESTIONS)
        self._opening = asyncio.Lock()
        self.why = ""
        """Why there is none, and what would help."""

    async def open(self) -> Identity | None:
        """Return who makes the vectors, or nothing where there is no embedder."""
        async with self._opening:
            if self._embedder is None:
                try:
                    self._embedder = await asyncio.to_thread(_open, self._folder)
                    self.why = ""
                except ModelError as problem:
                    self.why = f"{problem.sentence} {problem.hint}".strip()
                    return None
        return self._embedder.identity

    async def question(self, text: str) -> Vector:
        """Return the vector of a question."""
        if (known := self._questions.get(text)) is not None:
            return known
        embedder = self._opened()
        vector: Vector = (await asyncio.to_thread(embedder.embed, [text]))[0]
        self._questions.keep(text, vector)
        return vector

    async def passages(self, digests: Sequence[str], texts: Sequence[str]) -> NDArray[np.float32]:
        """Return a vector a row, each text embedded once however often it comes."""
        made = {digest: known for digest in digests if (known := self._get(digest)) is not None}
        new = {d: text for d, text in zip(digests, texts, strict=True) if d not in made}
        vectors = await self._embed(list(new.values()))
        for digest, vector in zip(new, vectors, strict=True):
            made[digest] = vector
            self._known.keep(digest, vector)
        rows = np.empty((len(digests), DIMENSIONS), np.float32)
        for at, digest in enumerate(digests):
            rows[at] = made[digest]
        return rows

    def keep(self, digest: str, vector: Vector) -> None:
        """Remember the vector of a text that is known from elsewhere."""
        self._known.keep(digest, vector)

    def pieces_a_word(self, text: str, words: float) -> float:
        """Tell how well the embedder knows a question of so many words: best is one piece each."""
        return (self._opened().count(text) - _MARKS) / max(1.0, words)

    async def close(self) -> None:
        if self._pool:
            await self._pool.close()
        self._pool = None

    def _get(self, digest: str) -> Vector | None:
        known = self._known.get(digest)
        if known is None and self.from_before is not None:
            return self.from_before.get(digest)
        return known

    async def _embed(self, texts: list[str]) -> NDArray[np.float32]:
        if not texts:
            return np.empty((0, DIMENSIONS), np.float32)
        if self._pool is None:
            from local_models.embedder.pool import Pool

            self._pool = Pool(self._folder)
        return await self._pool.embed(texts)

    def _opened(self) -> Embedder:
        if self._embedder is None:
            raise ModelError(self.why or "The embedder is not open.")
        return self._embedder


def _open(folder: Path) -> Embedder:
    return open_embedder(folder, backend=NUMPY)
