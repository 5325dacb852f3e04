"""Workers with tiny models, for the tests that need a living one."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from local_models.worker.client import Patience, Worker
from local_models.worker.protocol import Generate, Load, Sampling, Text
from tests.models.tiny import Tiny, write_tiny

GREEDY = Sampling(temperature=0)
DIGEST = 64 * "d"


def model(folder: Path, tiny: Tiny | None = None) -> Path:
    """Return a model file in `folder`, written once."""
    path = folder / "tiny.gguf"
    return path if path.exists() else write_tiny(path, tiny)


@asynccontextmanager
async def working(
    folder: Path,
    tiny: Tiny | None = None,
    *,
    memory_bytes: int = 0,
    patience: Patience | None = None,
    context: int = 2048,
    rack_bytes: int = 64 << 20,
    embedding: bool = False,
) -> AsyncIterator[Worker]:
    """Yield a worker with a tiny model, its log and its states in `folder`."""
    asked = Load(
        0,
        str(model(folder, tiny)),
        digest=DIGEST,
        context=context,
        embedding=embedding,
        states=str(folder / "states"),
        rack_bytes=rack_bytes,
    )
    log = folder / "worker.log"
    started = await Worker.start(asked, log, memory_bytes=memory_bytes, patience=patience)
    async with started as worker:
        yield worker


def greedy(text: str, most: int = 24, stop: tuple[str, ...] = ()) -> Generate:
    """Return a request whose answer is the same each time."""
    return Generate(0, Text(text), most=most, stop=stop, sampling=GREEDY)
