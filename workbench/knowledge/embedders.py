"""Who embeds at this moment: the built-in embedder, unless a model or a server has the role."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from workbench.errors import WorkbenchError
from workbench.knowledge.embedding import Embedding, told
from workbench.knowledge.known_vectors import KnownVectors
from workbench.knowledge.makers import InRole

if TYPE_CHECKING:
    from local_models.staff import Staff

EnterStaff = Callable[[], Awaitable["Staff"]]


class Embedders:
    """Finds who embeds now, and keeps what each of them has made."""

    def __init__(
        self, folder: Path | None, known: KnownVectors, enter: EnterStaff | None = None
    ) -> None:
        self._built_in = Embedding(folder, known)
        self._own: Embedding | None = None
        self._known = known
        self._enter = enter
        self._seal: object = None

    async def changed(self) -> bool:
        """Tell whether another may embed than at the last `now`: only files are looked at."""
        if self._enter is None:
            return False
        return await _seal(await self._enter()) != self._seal

    async def prepare(self) -> None:
        """Open the built-in embedder in good time, where it will be asked for."""
        with suppress(WorkbenchError):  # `now` tells of it.
            if await self._staff_with_own() is None:
                await self._built_in.open()

    async def now(self) -> Embedding:
        """Return who embeds, opened; where it cannot be opened it says why."""
        try:
            if staff := await self._staff_with_own():
                return await self._open_own(staff)
        except WorkbenchError as problem:
            return Embedding(why=told(problem))
        await self._built_in.open()
        return self._built_in

    async def close(self) -> None:
        await self._built_in.close()

    async def _staff_with_own(self) -> Staff | None:
        """Return the staff where a person's own model or server embeds."""
        if self._enter is None:
            return None
        staff = await self._enter()
        self._seal = await _seal(staff)
        return staff if await staff.has_own_embedder() else None

    async def _open_own(self, staff: Staff) -> Embedding:
        """Open it anew, since its file may be another; what the same one has made is kept."""
        own = Embedding(known=self._known, maker=InRole(staff))
        identity = await own.open()
        if self._own is None or identity is None or identity != self._own.identity:
            self._own = own
        return self._own


async def _seal(staff: Staff) -> object:
    try:
        return await staff.embedding_seal()
    except WorkbenchError as problem:
        return told(problem)
