"""A knowledge service over a folder of documents."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path

from workbench.api import knowing
from workbench.api.caller import Caller
from workbench.api.passages import Hits, KnownSource
from workbench.knowledge.service import Service


@dataclass(frozen=True)
class Somebody(Caller):
    actor: str = "me/test"


ME = Somebody()
Enter = Callable[[], Awaitable[Service]]


async def added(service: Service, what: str | Path, *, follow: bool = True) -> KnownSource:
    source = await service.add(knowing.AddSource(str(what), follow=follow), ME)
    return await settled(service, source.id)


async def settled(service: Service, name: str) -> KnownSource:
    base = await service.read(knowing.ReadKnowledge(), ME)
    while True:
        (source,) = [one for one in base.sources if one.id == name]
        if source.state not in ("waiting", "reading"):
            return source
        base = await service.next(knowing.NextKnowledge(base.mark), ME)


async def search(service: Service, text: str, domains: tuple[str, ...] = ()) -> Hits:
    return await service.search(knowing.Search(text, domains=domains), ME)


async def found(service: Service, text: str) -> list[str]:
    return [hit.passage.path for hit in (await search(service, text)).hits]


async def until(done: Callable[[], Awaitable[bool]]) -> float:
    """Wait as long as a test may take: a busy machine makes it long, and only a hang ends it."""
    began = time.monotonic()
    while not await done():
        await asyncio.sleep(0.02)
    return time.monotonic() - began
