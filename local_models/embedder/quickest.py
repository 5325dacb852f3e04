"""Which backend is quickest on this machine: tried once, and remembered until something changes."""

from __future__ import annotations

import hashlib
import importlib.metadata
import platform
import tempfile
from collections.abc import Mapping
from contextlib import suppress
from functools import cache
from pathlib import Path

import msgspec

from local_models.embedder.names import LLAMA, NUMPY, ONNXRUNTIME

PACKAGES = {NUMPY: "numpy", ONNXRUNTIME: "onnxruntime", LLAMA: "llama-cpp-python"}
_FILE = "quickest.json"
_NOT_YET = "Which backend is quickest here is tried once there have been many texts."


class Tried(msgspec.Struct, frozen=True):
    """What came of trying all backends on one text of full length."""

    here: str
    """The versions and the processor that this holds for."""
    seconds: dict[str, float]
    """Processor time, of each that gives the same vectors as numpy."""
    refused: dict[str, str] = {}
    """Of each that does not serve, a sentence."""

    @property
    def order(self) -> list[str]:
        """Return those that are quicker than numpy, the quickest first."""
        quicker = [name for name, took in self.seconds.items() if took < self.seconds[NUMPY]]
        return sorted(quicker, key=self.seconds.__getitem__)

    @property
    def sentence(self) -> str:
        """Return why the quickest embeds."""
        best, *others = sorted(self.seconds, key=self.seconds.__getitem__)
        beside = [f"{self._took(name)} in {name}" for name in others]
        told = f"Many texts are embedded by {best}: a long one takes {self._took(best)} of CPU"
        told += f", {' and '.join(beside)}." if beside else "."
        return " ".join([told, *self.refused.values()])

    def _took(self, name: str) -> str:
        return f"{self.seconds[name] * 1000:.0f} ms"


def recall(folder: Path) -> Tried | None:
    """Return what was found here before, if it still holds."""
    try:
        tried = msgspec.json.decode((folder / _FILE).read_bytes(), type=Tried)
    except (OSError, msgspec.MsgspecError):
        return None
    return tried if tried.here == here() and NUMPY in tried.seconds else None


def remember(folder: Path, seconds: Mapping[str, float], refused: Mapping[str, str]) -> Tried:
    """Keep what was found, as a file that is there as a whole or not at all."""
    tried = Tried(here(), dict(seconds), dict(refused))
    with suppress(OSError):  # Where nothing can be kept it is tried each time.
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=folder, prefix=".partial-", delete=False) as file:
            file.write(msgspec.json.encode(tried))
        Path(file.name).replace(folder / _FILE)
    return tried


def without(folder: Path, tried: Tried, refused: Mapping[str, str]) -> Tried:
    """Keep that some did not serve after all, with why."""
    left = {name: took for name, took in tried.seconds.items() if name not in refused}
    return remember(folder, left, tried.refused | dict(refused))


def told(folder: Path) -> str:
    """Return in a sentence which backend embeds where there are many texts, and why."""
    tried = recall(folder)
    return tried.sentence if tried else _NOT_YET


@cache
def here() -> str:
    """Return what a trial depends on: who computes, and on which processor."""
    versions = (f"{name} {_version(package)}" for name, package in PACKAGES.items())
    return f"{', '.join(versions)}; {platform.machine()} {_processor()}"


def installed(name: str) -> bool:
    """Tell whether a backend's package is there."""
    return bool(_version(PACKAGES[name]))


def _version(package: str) -> str:
    try:
        return importlib.metadata.version(package)
    except importlib.metadata.PackageNotFoundError:
        return ""


def _processor() -> str:
    """Return a hash of the first processor's name and abilities, as the kernel tells of them."""
    try:
        told = Path("/proc/cpuinfo").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return platform.processor()
    lines = told.partition("\n\n")[0].splitlines()
    kept = [line for line in lines if line.startswith(("model name", "flags", "Features"))]
    return hashlib.sha256("\n".join(kept).encode()).hexdigest()[:16]
