"""What the registry knows: models, files that cannot be used, and what serves which role."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from types import MappingProxyType
from typing import TypeAlias

from local_models.gguf import Header

Progress: TypeAlias = Callable[[int, int], None]
"""Is told how many bytes are done, of how many."""


class Role(StrEnum):
    MAIN = "main"
    HEAVY = "heavy"
    FAST = "fast"
    EMBED = "embed"


@dataclass(frozen=True)
class Stamp:
    """What changes when a file does."""

    size: int
    mtime_ns: int
    inode: int

    @classmethod
    def of(cls, path: Path) -> Stamp:
        found = path.stat()
        return cls(found.st_size, found.st_mtime_ns, found.st_ino)


@dataclass(frozen=True)
class Model:
    """A file that holds a model."""

    name: str
    path: Path
    header: Header
    ours: bool
    """It lies in the folder of models; another is left where it lies."""
    sha256: str = ""
    """Of the file as it is now; empty as long as nobody has reckoned it."""
    source: str = ""
    """Where it came from."""


@dataclass(frozen=True)
class Unusable:
    """A file that was to be a model, and why it is none."""

    name: str
    path: Path
    sentence: str
    hint: str


@dataclass(frozen=True)
class Shelf:
    """All that there is: what can be used, what cannot, what was begun, and what was asked for."""

    models: tuple[Model, ...] = ()
    unusable: tuple[Unusable, ...] = ()
    unfinished: tuple[Path, ...] = ()
    """Copies and downloads that were interrupted; the same command goes on with them."""
    asked: Mapping[Role, str] = field(default_factory=lambda: MappingProxyType({}))

    @property
    def problems(self) -> dict[str, str]:
        """Return what is wrong with files that cannot be used, by name."""
        return {one.name: one.sentence for one in self.unusable}

    def find(self, name: str) -> Model | None:
        return next((one for one in self.models if one.name == name), None)
