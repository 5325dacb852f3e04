"""What a staff works with: models that are there, and room for them."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from local_models.embedder import files, quickest
from local_models.embedder.backend import Embedder, open_embedder
from local_models.registry import Model, Need, Registry, Room, Shelf, context_for, needed, room
from local_models.staff.seat import Started
from local_models.worker.client import Worker
from local_models.worker.problems import WorkerError
from local_models.worker.protocol import Load
from workbench.errors import WorkbenchError
from workbench.settings.schema import ModelsSettings
from workbench.visible import visible_line

_RACK = 256 << 20
_MIB = 1 << 20
_SLACK = 1 << 30
"""What native code may take beside what was reckoned, before the kernel refuses it more."""


@dataclass(frozen=True)
class Means:
    """Where models are found and loaded from; all that touches files may be called in a thread."""

    folder: Path
    """For the logs of workers."""
    settings: Callable[[], ModelsSettings]
    registry: Registry = field(default_factory=Registry)
    room: Callable[[], Room] = room
    redact: Callable[[str], str] = str
    """Takes secrets out of what a server is given to embed."""

    def has_built_in(self) -> bool:
        """Tell whether the files of the built-in embedder are there."""
        return not files.why_unusable(files.default_folder())

    def quickest(self) -> str:
        """Return which backend of the built-in embedder is quickest here, and why."""
        return quickest.told(files.cache_folder())

    def seal(self) -> tuple[object, ...]:
        """Return what differs as soon as other models are there, or are asked for."""
        return self.registry.seal(), self.has_built_in()

    def server_seal(self, name: str) -> tuple[object, ...]:
        """Return what differs as soon as the settings say something else of a server."""
        said = self.settings()
        each = (said.servers, said.asks, said.keys, said.contexts)
        return said.allow, *(one.get(name) for one in each)

    def need(self, model: Model, settings: ModelsSettings) -> Need:
        return needed(model.header, settings.context)

    async def start(self, name: str) -> Started:
        """Load the model of that name as it is now."""
        model, digest, settings = await asyncio.to_thread(self._ready, name)
        asked = _load(model, digest, settings)
        log = self.folder / f"{name}.log"
        need = self.need(model, settings)
        most = 2 * (need.cache + need.work) + _RACK + _SLACK
        return Started(await Worker.start(asked, log, memory_bytes=most), digest)

    def open_embedder(self) -> Embedder:
        return open_embedder()

    def _ready(self, name: str) -> tuple[Model, str, ModelsSettings]:
        """Find a model and its hash, which is reckoned now if nobody has before."""
        try:
            model = self.registry.read().find(name)
            digest = self.registry.checksum(model, lambda _done, _all: None) if model else ""
            settings = self.settings()
        except WorkbenchError as error:
            raise WorkerError("missing", error.sentence, error.hint) from error
        if model is None:
            raise WorkerError(
                "missing",
                f"The model {visible_line(name)} is not there any more.",
                "`workbench models list` shows what there is.",
            )
        return model, digest, settings


class Shelves:
    """The registry as it was read last, read anew only where something has changed."""

    def __init__(self, means: Means) -> None:
        self._means = means
        self._seal: object = None
        self._shelf = Shelf()

    def read(self) -> Shelf:
        seal = self._means.registry.seal()
        if seal != self._seal:
            self._shelf = self._means.registry.read()
            self._seal = seal
        return self._shelf


def _load(model: Model, digest: str, settings: ModelsSettings) -> Load:
    return Load(
        0,
        str(model.path),
        digest,
        context_for(model.header, settings.context),
        settings.threads or max(1, len(os.sched_getaffinity(0)) - 1),
        embedding=model.header.embeds,
        states=str(states_folder()) if settings.states_mb else "",
        states_bytes=settings.states_mb * _MIB,
        rack_bytes=_RACK,
    )


def states_folder() -> Path:
    """Return where what models have read is kept: the user's own, shared by all projects."""
    from platformdirs import user_cache_path

    return user_cache_path("workbench", appauthor=False) / "states"
