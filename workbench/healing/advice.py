"""Language models asked for repairs: in the background, and in a fixed form."""

from __future__ import annotations

import asyncio
import logging
import os
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING

import msgspec

from workbench import settings
from workbench.errors import WorkbenchError
from workbench.healing.drafting.inquiry import SCHEMA, SYSTEM, Inquiry
from workbench.healing.generators.advised import Advice
from workbench.healing.searching.adviser import Ask
from workbench.workspace import Workspace

if TYPE_CHECKING:
    from local_models.staff import Answering, Speaker, Staff
    from local_models.worker.protocol import Chat

ROLE = "heavy"
_MOST = 1200
"""So many tokens an answer may have, or less where the context is small."""
_WARMER = 0.3
"""Asked once more, a model is to think of something else."""


class Advisers:
    """Finds who can be asked, and asks."""

    def __init__(
        self,
        workspace: Workspace,
        staff: Callable[[], Awaitable[Staff]],
        redact: Callable[[str], str],
    ) -> None:
        self._workspace = workspace
        self._staff = staff
        self._redact = redact

    def from_thread(self, loop: asyncio.AbstractEventLoop) -> Ask:
        """Return how another thread asks; it is answered by `loop`."""
        return lambda inquiry: asyncio.run_coroutine_threadsafe(self.ask(inquiry), loop)

    async def ask(self, inquiry: Inquiry) -> Advice | None:
        """Return what a model suggests; nothing where there is none, or nothing of use came."""
        try:
            if not await asyncio.to_thread(self._is_wanted):
                return None
            speaker = await (await self._staff()).speaker(ROLE)
            return await self._asked(speaker, inquiry)
        except WorkbenchError as error:
            logging.getLogger(__name__).info("no advice: %s", error.sentence)
            return None

    def _is_wanted(self) -> bool:
        return settings.load(self._workspace, (), os.environ).healing.advice

    async def _asked(self, speaker: Speaker, inquiry: Inquiry) -> Advice | None:
        from local_models.worker.protocol import Generate, Sampling
        from local_models.worker.structured import ask_json

        most = min(_MOST, speaker.context // 3)
        chat = await self._fitting(speaker, inquiry, speaker.context - most)
        if chat is None:
            return None
        warmth = _WARMER * inquiry.number
        asked = Generate(
            0, chat, most=most, sampling=Sampling(temperature=warmth, seed=inquiry.number)
        )
        under_way: list[Answering] = []

        def put(request: Generate) -> Answering:
            one = speaker.ask(request, urgent=False, what="a repair", actor="healing")
            under_way.append(one)
            return one

        try:
            found = await ask_json(put, asked, SCHEMA)
        finally:  # Where the search has ended, nobody waits for the rest.
            for one in under_way:
                one.cancel()
        advice = msgspec.convert(found.value, Advice)
        return msgspec.structs.replace(advice, model=_name(speaker))

    async def _fitting(self, speaker: Speaker, inquiry: Inquiry, room: int) -> Chat | None:
        """Put together as much as there is room for; the last parts tell least."""
        from local_models.worker.protocol import Chat, Message

        for parts in range(len(inquiry.parts), 0, -1):
            text = self._redact(inquiry.text(parts))
            chat = Chat((Message("system", SYSTEM), Message("user", text)))
            if await speaker.weigh(chat) <= room:
                return chat
        return None


def _name(speaker: Speaker) -> str:
    return f"{speaker.name} ({speaker.digest[:12] or speaker.place})"
