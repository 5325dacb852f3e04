"""Who makes vectors: the built-in embedder, or a model or server that has the role embed."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

import numpy as np
from numpy.typing import NDArray

from local_models.embedder import files
from local_models.embedder.backend import Embedder, Identity, open_embedder
from local_models.embedder.names import NUMPY
from workbench.errors import ModelError

if TYPE_CHECKING:
    from local_models.embedder.pool import Pool
    from local_models.staff import Embedding as Own
    from local_models.staff import Staff

Vector = NDArray[np.float32]
_MARKS = 2
"""Tokens that stand for the beginning and the end of a text."""
_WELL = 1.0


class Maker(Protocol):
    """Makes vectors of length one, all of the same width."""

    async def open(self) -> Identity:
        """Make ready, and say who it is; a `ModelError` says why it cannot."""

    async def question(self, text: str) -> Vector:
        """Return the vector of a question, at once."""

    async def passages(self, texts: list[str]) -> NDArray[np.float32]:
        """Return a vector a row."""

    def pieces_a_word(self, text: str, words: float) -> float:
        """Tell how well it knows a question of so many words: best is one piece each."""

    async def close(self) -> None:
        """Let go of what it holds."""


class BuiltIn:
    """The embedder that is always there: passages in processes of their own, a question here."""

    def __init__(self, folder: Path | None = None) -> None:
        self._folder = folder or files.default_folder()
        self._embedder: Embedder | None = None
        self._pool: Pool | None = None

    async def open(self) -> Identity:
        if self._embedder is None:
            self._embedder = await asyncio.to_thread(_open, self._folder)
        return self._embedder.identity

    async def question(self, text: str) -> Vector:
        vector: Vector = (await asyncio.to_thread(self._opened.embed, [text]))[0]
        return vector

    async def passages(self, texts: list[str]) -> NDArray[np.float32]:
        if self._pool is None:
            from local_models.embedder.pool import Pool

            self._pool = Pool(self._folder)
        return await self._pool.embed(texts)

    def pieces_a_word(self, text: str, words: float) -> float:
        return (self._opened.count(text) - _MARKS) / max(1.0, words)

    async def close(self) -> None:
        if self._pool:
            await self._pool.close()
        self._pool = None

    @property
    def _opened(self) -> Embedder:
        if self._embedder is None:
            raise ModelError("The embedder is not open.")
        return self._embedder


class InRole:
    """Who serves the role embed in the staff: a person's own model in its worker, or a server."""

    def __init__(self, staff: Staff) -> None:
        self._staff = staff
        self._own: Own | None = None

    async def open(self) -> Identity:
        self._own = await self._staff.embedding()
        return self._own.identity

    async def question(self, text: str) -> Vector:
        vector: Vector = (await self._opened.embed([text]))[0]
        return vector

    async def passages(self, texts: list[str]) -> NDArray[np.float32]:
        return await self._opened.embed(texts)

    def pieces_a_word(self, text: str, words: float) -> float:  # noqa: ARG002 - as others have it
        """Take it to know every question: a person chose it for what is read here."""
        return _WELL

    async def close(self) -> None:
        """Leave worker and server to the staff, which they belong to."""

    @property
    def _opened(self) -> Own:
        if self._own is None:
            raise ModelError("The embedder is not open.")
        return self._own


def _open(folder: Path) -> Embedder:
    return open_embedder(folder, backend=NUMPY)
