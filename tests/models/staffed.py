"""A staff over models that the tests write."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import msgspec

from local_models.registry import Registry, Room
from local_models.staff import Speaker, Staff
from local_models.staff.means import Means
from local_models.worker.protocol import Chat, Ended, Generate, Message, Sampling
from tests.models.tiny import Tiny, write_tiny
from workbench.settings.schema import ModelsSettings

SETTINGS = ModelsSettings(
    context=1024,
    threads=1,
    idle_seconds=600.0,
    states_mb=64,
    server_seconds=5.0,
    server_requests=2,
    allow="",
    servers={},
    asks={},
    keys={},
    contexts={},
)
PLENTY = Room(64 << 30, 64 << 30, "free memory")


SMALL, LARGE = Tiny(name="Small"), Tiny(name="Large", layers=3, seed=1)


class Circumstances:
    """What a staff meets; tests change it while it works."""

    def __init__(self, folder: Path, settings: ModelsSettings) -> None:
        self.settings = settings
        self.free = iter([PLENTY])
        self.room = PLENTY
        self.registry = Registry()
        self.registry.make()
        self.means = Means(folder / "logs", lambda: self.settings, room=self.there_is)

    def there_is(self) -> Room:
        """Return how much memory there is; each look may find more or less."""
        self.room = next(self.free, self.room)
        return self.room

    def model(self, name: str, tiny: Tiny = SMALL) -> Path:
        return write_tiny(self.registry.path_of(name), tiny)

    def set(self, **more: object) -> None:
        self.settings = msgspec.structs.replace(self.settings, **more)


@asynccontextmanager
async def staffed(
    folder: Path, settings: ModelsSettings = SETTINGS
) -> AsyncIterator[tuple[Staff, Circumstances]]:
    around = Circumstances(folder, settings)
    staff = Staff(around.means)
    try:
        yield staff, around
    finally:
        await staff.close()


def ask(most: int = 16, text: str = "hello") -> Generate:
    chat = Chat((Message("user", text),))
    return Generate(0, chat, most=most, sampling=Sampling(temperature=0))


async def said(speaker: Speaker, most: int = 16, text: str = "hello") -> Ended:
    answer = speaker.ask(ask(most, text), urgent=True, what="a question", actor="me")
    await answer.text()
    assert answer.ended
    return answer.ended
