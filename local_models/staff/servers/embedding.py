"""A server's model that embeds texts, for the role `embed`."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Sequence
from functools import partial
from typing import TYPE_CHECKING

from local_models.embedder.backend import Identity
from local_models.staff.servers import requests, vectors
from local_models.staff.servers.problems import ServerError, told
from workbench.errors import ConfigurationError
from workbench.visible import visible_line

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from local_models.staff.servers.seat import ServerSeat

_PATH = "v1/embeddings"
USUAL_LIMIT = 512
"""Tokens that models which embed read at least; the settings may say more or less."""
_CHARACTERS_A_TOKEN = 3
_LEAST = 16
"""Characters; a server for which these are too many is not at work on texts."""
_ALONE = 15.0
"""Seconds for one text: a person may wait for the answer, and the words are there meanwhile."""
_TOO_MUCH = frozenset({"too-long", "unsuitable"})
"""Refusals that may be due to one text of many, or to how many there are."""


class Served:
    """A server's model; asked in batches, of which one is under way at a time."""

    def __init__(
        self, seat: ServerSeat, identity: Identity, why: str, redact: Callable[[str], str]
    ) -> None:
        self._seat = seat
        self._redact = redact
        self._batches = asyncio.Lock()
        self.name = seat.name
        self.place = seat.place
        self.why = why
        self.limit = seat.server.context or USUAL_LIMIT
        self.identity = identity

    async def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Return a vector a row, all of them by who is known to make them."""
        try:
            known = await self._seat.known()
            self.identity.refuse_other(self._made_by(known.model, self.identity.dimensions))
            texts = await asyncio.to_thread(lambda: [*map(self._redact, texts)])
            if len(texts) == 1:
                return await self._tried(known.model, texts, _ALONE)
            async with self._batches:
                return await self._in_batches(known.model, texts)
        except ConfigurationError as error:  # Its key may be gone from where it lay.
            raise ServerError("denied", error.sentence, error.hint) from error

    async def count(self, texts: Sequence[str]) -> tuple[int, ...]:
        return tuple(map(requests.estimated, texts))

    async def _in_batches(self, model: str, texts: Sequence[str]) -> NDArray[np.float32]:
        import numpy as np

        width = self.identity.dimensions
        most, seconds = vectors.most_texts(width), self._seat.server.patience.first
        batches = (texts[start : start + most] for start in range(0, len(texts), most))
        made = [await self._tried(model, one, seconds) for one in batches]
        return np.concatenate([np.empty((0, width), np.float32), *made])

    async def _tried(self, model: str, texts: Sequence[str], seconds: float) -> NDArray[np.float32]:
        """Ask for them at once; where that is too much, for fewer, down to one that is cut.

        So what is made of a text never depends on the texts beside it.
        """
        import numpy as np

        try:
            return await self._asked(model, texts, seconds)
        except ServerError as error:
            if error.kind not in _TOO_MUCH:
                raise
            if len(texts) == 1:
                return await self._cut(model, texts[0], seconds, error)
        half = len(texts) // 2
        parts = (texts[:half], texts[half:])
        return np.concatenate([await self._tried(model, part, seconds) for part in parts])

    async def _cut(
        self, model: str, text: str, seconds: float, error: ServerError
    ) -> NDArray[np.float32]:
        """Embed the beginning of a text that is too long: what the settings say, or less.

        A refusal that gives no reason, or one that nobody here can read, may mean just that.
        """
        bound = self.limit * _CHARACTERS_A_TOKEN
        while error.kind in _TOO_MUCH and bound >= _LEAST:
            if bound < len(text):
                try:
                    made = await self._asked(model, [text[:bound]], seconds)
                except ServerError as again:
                    error = again
                else:
                    self._tell_of_cut(bound)
                    return made
            bound //= 2
        raise error

    async def _asked(self, model: str, texts: Sequence[str], seconds: float) -> NDArray[np.float32]:
        made = await _vectors(self._seat, model, texts, seconds)
        self.identity.refuse_other(self._made_by(model, made.shape[1]))
        return made

    def _made_by(self, model: str, dimensions: int) -> Identity:
        return _identity(self._seat, model, dimensions)

    def _tell_of_cut(self, bound: int) -> None:
        if not self._seat.cut:
            said = "a text was too long for the server %s, its first %d characters count"
            logging.getLogger(__name__).warning(said, visible_line(self.name), bound)
        self._seat.cut += 1


async def open_served(seat: ServerSeat, why: str, redact: Callable[[str], str]) -> Served:
    """Ask a server for one vector, and so see who makes them and how wide they are."""
    model = (await seat.known()).model
    made = await _vectors(seat, model, ["width"], seat.server.patience.first)
    return Served(seat, _identity(seat, model, made.shape[1]), why, redact)


async def _vectors(
    seat: ServerSeat, model: str, texts: Sequence[str], seconds: float
) -> NDArray[np.float32]:
    read = partial(vectors.read_vectors, texts=len(texts))
    return await seat.whole(_PATH, vectors.body(model, texts), read, seconds)


def _identity(seat: ServerSeat, model: str, dimensions: int) -> Identity:
    """Return whose vectors they are, as far as can be known: weights and tokenizer are not told."""
    limit = seat.server.context or USUAL_LIMIT
    name = f"{visible_line(seat.name)}: {told(model)}"
    return Identity(name, "", f"of the server/{limit}", "of the server", dimensions, "")
