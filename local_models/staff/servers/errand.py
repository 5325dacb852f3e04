"""A request to a server, as whoever made it sees it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from types import TracebackType
from typing import Self

from local_models.worker.problems import WorkerError
from local_models.worker.protocol import Ended, Generate, Piece, Progress


class Errand:
    """What was asked of a server: iterate over what comes, then see how it `ended`."""

    def __init__(self, name: str, asked: Generate, leave: Callable[[], None]) -> None:
        self.id = name
        self.asked = asked
        self.ended: Ended | None = None
        self._leave = leave
        self._coming: asyncio.Queue[Piece | Ended | WorkerError | None] = asyncio.Queue()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        at: TracebackType | None,
    ) -> None:
        self.cancel()

    async def __aiter__(self) -> AsyncIterator[Progress | Piece]:
        """Yield pieces; a failure is raised."""
        while self.ended is None:
            match await self._coming.get():
                case Piece() as piece:
                    yield piece
                case Ended() as ended:
                    self.ended = ended
                case None:
                    self.put(None)
                    return
                case WorkerError() as error:
                    self.put(error)
                    raise error

    async def text(self) -> str:
        """Wait for the end and return all of it."""
        pieces = [told.text async for told in self if isinstance(told, Piece)]
        return "".join(pieces) + (self.ended.text if self.ended else "")

    def cancel(self) -> None:
        """Have it end as soon as can be; `ended` tells when it has."""
        self._leave()

    def put(self, told: Piece | Ended | WorkerError | None) -> None:
        """Tell what came; nothing means that it was cancelled before its turn."""
        self._coming.put_nowait(told)
