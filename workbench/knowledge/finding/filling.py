"""Vectors for what was written without: they are made beside everything else."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from workbench.knowledge.finding.ending import unbroken
from workbench.knowledge.finding.stock import Stock
from workbench.knowledge.values import Piece

VectorsOf: TypeAlias = Callable[[Mapping[int, Piece]], Awaitable[NDArray[np.float32] | None]]
_AT_ONCE = 256


class Filling:
    """Fills in what is missing in a stock, until there are no vectors to be had."""

    def __init__(self, vectors_of: VectorsOf, writing: asyncio.Lock) -> None:
        self._vectors_of = vectors_of
        self._writing = writing
        self._task: asyncio.Task[None] | None = None

    @property
    def is_under_way(self) -> bool:
        return self._task is not None and not self._task.done()

    def begin(self, stock: Stock, then: Callable[[], None]) -> None:
        """Begin anew with what is missing now."""
        self.stop()
        self._task = asyncio.create_task(self._fill(stock, then), name="vectors")

    def stop(self) -> None:
        if self._task:
            self._task.cancel()

    async def close(self) -> None:
        self.stop()
        if self._task:
            await asyncio.gather(self._task, return_exceptions=True)

    async def _fill(self, stock: Stock, then: Callable[[], None]) -> None:
        missing = stock.without_vectors()
        for start in range(0, len(missing), _AT_ONCE):
            pieces = await stock.table.pieces(missing[start : start + _AT_ONCE].tolist())
            if not pieces:
                continue
            if (vectors := await self._vectors_of(pieces)) is None:
                return
            async with self._writing:
                await unbroken(_put(stock, pieces, vectors))
        then()


async def _put(stock: Stock, pieces: Mapping[int, Piece], vectors: NDArray[np.float32]) -> None:
    await stock.table.fill(pieces, vectors)  # Rows that went stay away.
    stock.put_vectors(np.array([*pieces], np.uint32), vectors)
