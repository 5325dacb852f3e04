"""Who embeds texts here: the built-in embedder, or a person's own model in its worker."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Sequence
from typing import TYPE_CHECKING, Protocol

from local_models.embedder.backend import Embedder, Identity
from local_models.registry import Model
from local_models.staff.speaking import BUILT_IN, WORKER
from local_models.worker.problems import WorkerError
from local_models.worker.protocol import Text

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from local_models.staff.seat import Seat

_POOLINGS = {0: "mean", 1: "mean", 2: "cls", 3: "last", 4: "rank"}


_NOTHING = (0,)
"""An empty text, of a tokenizer that puts no mark around it."""


class Embedding(Protocol):
    """Makes vectors of texts, and says whose they are."""

    @property
    def name(self) -> str: ...
    @property
    def place(self) -> str:
        """`built-in`, `worker`, or the address of a server."""

    @property
    def identity(self) -> Identity:
        """Who made the vectors: those of others must not meet them."""

    @property
    def limit(self) -> int:
        """How many tokens of a text count."""

    @property
    def why(self) -> str: ...

    async def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Return a vector a row, each of length one."""

    async def count(self, texts: Sequence[str]) -> tuple[int, ...]:
        """Return how many tokens each text has."""


class BuiltIn:
    """The embedder that is always there, in a thread."""

    place = BUILT_IN

    def __init__(self, embedder: Embedder, name: str, why: str) -> None:
        self._embedder = embedder
        self.name = name
        self.why = why
        self.identity = embedder.identity
        self.limit = embedder.limit

    async def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        gone = threading.Event()
        try:
            return await asyncio.to_thread(self._embedder.embed, texts, gone.is_set)
        finally:
            gone.set()

    async def count(self, texts: Sequence[str]) -> tuple[int, ...]:
        return tuple(map(self._embedder.count, texts))


class Own:
    """A person's embedding model, in its worker."""

    place = WORKER

    def __init__(self, seat: Seat, model: Model, dimensions: int, why: str) -> None:
        self._seat = seat
        self._model = model
        self.name = model.name
        self.why = why
        self.identity = _identity(seat, model, dimensions)
        self.limit = seat.context

    async def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        import numpy as np

        async with self._seat.worker() as worker:
            self.identity.refuse_other(_identity(self._seat, self._model, worker.loaded.dimensions))
            tokens = [await worker.tokenize(Text(text)) or _NOTHING for text in texts]
            vectors = await worker.embed([_cut(one, self.limit) for one in tokens])
        width = self.identity.dimensions
        rows = np.frombuffer(b"".join(vectors), np.dtype("<f4")).astype(np.float32)
        return rows.reshape(len(texts), width)

    async def count(self, texts: Sequence[str]) -> tuple[int, ...]:
        async with self._seat.worker() as worker:
            return await worker.count(texts)


async def open_own(seat: Seat, model: Model, why: str) -> Own:
    """Load a person's own model, again if its file was replaced, and see who makes vectors."""
    try:
        dimensions = await _tried(seat)
    except WorkerError as problem:
        if problem.kind != "replaced":
            raise
        dimensions = await _tried(seat)
    return Own(seat, model, dimensions, why)


async def _tried(seat: Seat) -> int:
    async with seat.worker() as worker:
        await worker.embed([_NOTHING])
        return worker.loaded.dimensions


def _identity(seat: Seat, model: Model, dimensions: int) -> Identity:
    """Return whose vectors a seat makes now: its file may be another since it rested."""
    header = model.header
    pooling = _POOLINGS.get(header.pooling, str(header.pooling))
    tokenizer = f"{header.tokenizer}/{seat.context}"
    return Identity(model.name, seat.digest, tokenizer, pooling, dimensions, header.quantisation)


def _cut(tokens: tuple[int, ...], limit: int) -> tuple[int, ...]:
    """Keep what counts; the last token may be the mark that ends a text."""
    return tokens if len(tokens) <= limit else (*tokens[: limit - 1], tokens[-1])
