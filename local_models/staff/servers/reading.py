"""Reading a server's answer: what it says, when it is over, and what it took."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable

from local_models.staff.servers import requests
from local_models.staff.servers.chunks import Characters, Chunk, Usage
from local_models.staff.servers.problems import ServerError
from local_models.staff.servers.talking import Patience
from local_models.worker.assembling import Assembler
from local_models.worker.protocol import Ended, Generate, Piece, Reason

_FOR_THE_REST = 5.0
"""What comes after the end of an answer is nice to have, and not waited for."""
_SLACK = 16
"""By so many words may a server be over what was asked for, before it is stopped."""


class Reading:
    """Reads one answer and tells of it; it can be ended at any moment with what there is."""

    def __init__(self, asked: Generate, tell: Callable[[Piece], None]) -> None:
        self._asked = asked
        self._tell = tell
        self._characters = Characters()
        self._assembler = Assembler(asked.stop)
        self._usage: Usage | None = None
        self._signs = 0
        self._finish = ""
        self._began = time.monotonic()
        self._first: float | None = None

    @property
    def finished(self) -> bool:
        """Whether the server has said why it ended."""
        return bool(self._finish)

    @property
    def why(self) -> Reason:
        return "most" if self._finish == "length" else "end"

    def take(self, chunk: Chunk) -> Reason | None:
        """Take a part; return why this was the last one that is wanted."""
        self._usage = chunk.usage or self._usage
        if chunk.alive:
            self._signs += 1
            self._first = self._first or time.monotonic()
        if text := self._assembler.feed(self._characters.whole(chunk.text).encode()):
            self._tell(Piece(0, text, self._signs))
        self._finish = chunk.finish or self._finish
        if self._assembler.stopped:
            return "stop"
        return "most" if self._signs > self._asked.most + _SLACK else None

    def seconds(self, patience: Patience) -> float:
        """Return for how long the next sign of life may be waited for."""
        if self._finish:
            return _FOR_THE_REST
        if self._first is not None:
            return patience.between
        return max(0.0, patience.first - (time.monotonic() - self._began))

    def end(self, reason: Reason) -> Ended:
        """Return how it ended, with the server's own figures where it gives any."""
        rest = self._assembler.feed(self._characters.whole("", last=True).encode())
        rest += self._assembler.finish()
        now = time.monotonic()
        first = self._first or now
        chat, usage = requests.turns(self._asked.prompt), self._usage or Usage()
        cached = usage.prompt_tokens_details
        return Ended(
            0,
            reason=reason,
            text=rest,
            prompt_tokens=usage.prompt_tokens or requests.weighed(chat),
            reused_tokens=(cached.cached_tokens or 0) if cached else 0,
            tokens=usage.completion_tokens or self._signs,
            prompt_seconds=first - self._began,
            seconds=now - first,
            prompt_digest=requests.digest(chat),
            seed=self._asked.sampling.seed,
            unreadable=self._characters.unreadable,
        )


async def read(
    chunks: AsyncIterator[Chunk], reading: Reading, patience: Patience, slow: ServerError
) -> Reason:
    """Read to the end. What merely keeps a line open is no sign of life."""
    while True:
        alive, reason = await _next_sign(chunks, reading, patience, slow)
        if reason:
            return reason
        if not alive:
            return reading.why


async def _next_sign(
    chunks: AsyncIterator[Chunk], reading: Reading, patience: Patience, slow: ServerError
) -> tuple[bool, Reason | None]:
    """Wait for something that is said; tell whether there was, and why no more is wanted."""
    try:
        async with asyncio.timeout(reading.seconds(patience)):
            while chunk := await anext(chunks, None):
                reason = reading.take(chunk)
                if reason or chunk.alive or chunk.finish:
                    return True, reason
    except TimeoutError:
        if not reading.finished:
            raise slow from None
    return False, None
