"""How much memory a model needs, and how much there is."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from local_models.gguf import Header

USUAL_CONTEXT = 8192
STEP = 256
"""llama.cpp rounds contexts up to a multiple of this."""
_BATCH = 512
"""How many tokens of a prompt are evaluated together, and so have their scores side by side."""
_F32 = 4
_WIDTHS = 12
"""How many vectors as wide as the model a token has in the making, about."""
_PROCESS = 96 * 1024 * 1024
"""A worker with llama.cpp and no model."""
_BLOCK, _BLOCK_BYTES = 32, 34
"""A block of Q8_0, as which caches are kept where heads are made of whole blocks."""


@dataclass(frozen=True)
class Need:
    """What a loaded model takes, in bytes."""

    context: int
    weights: int
    cache: int
    """Keys and values of every token of the context, in every layer."""
    work: int

    @property
    def total(self) -> int:
        return self.weights + self.cache + self.work


@dataclass(frozen=True)
class Room:
    """What there is, in bytes, and what says so."""

    available: int
    total: int
    limit: str


def context_for(header: Header, wanted: int = USUAL_CONTEXT) -> int:
    """Return the context to load with: as wanted, if the model was made for as much."""
    most = min(wanted, header.context or wanted)
    return max(-(-most // STEP) * STEP, STEP)


def needed(header: Header, wanted: int = USUAL_CONTEXT) -> Need:
    """Reckon from the header alone what loading takes; sliding windows may make it less."""
    context = context_for(header, wanted)
    token = sum(header.heads_kv) * (_row(header.key_length) + _row(header.value_length))
    work = _BATCH * _F32 * (header.vocabulary + _WIDTHS * header.width) + _PROCESS
    return Need(context, header.weights, context * token, work)


def caches_as_q8(header: Header) -> bool:
    """Tell whether keys and values can be kept as Q8_0, in half of what F16 takes."""
    return not (header.key_length % _BLOCK or header.value_length % _BLOCK)


def _row(length: int) -> int:
    """Return the bytes of one head's vector in the cache."""
    return 2 * length if length % _BLOCK else length // _BLOCK * _BLOCK_BYTES


def room(root: Path = Path("/")) -> Room:
    """Return how much memory can be had: what is free, or less where a control group says so."""
    lines = (root / "proc/meminfo").read_text(encoding="ascii").splitlines()
    said = {
        name: int(rest.split()[0]) * 1024 for name, _, rest in (x.partition(":") for x in lines)
    }
    free = Room(said.get("MemAvailable", 0), said.get("MemTotal", 0), "free memory")
    return min((free, *_limits(root)), key=lambda one: one.available)


def _limits(root: Path) -> Iterator[Room]:
    """Yield what each control group around this process leaves, in either version of them."""
    for line in _lines(root / "proc/self/cgroup"):
        _, controllers, path = line.split(":", 2)
        if not controllers:
            yield from _walk(root / "sys/fs/cgroup", path, "memory.max", "memory.current")
        elif "memory" in controllers.split(","):
            mount = root / "sys/fs/cgroup/memory"
            yield from _walk(mount, path, "memory.limit_in_bytes", "memory.usage_in_bytes")


def _walk(mount: Path, path: str, limit: str, usage: str) -> Iterator[Room]:
    """Look at a group and those above it; a container may see only the last of them."""
    group = mount / path.lstrip("/")
    while group.is_relative_to(mount):
        most, used = _number(group / limit), _number(group / usage)
        if most is not None and used is not None:
            left = max(0, most - used + _reclaimable(group))
            yield Room(min(left, most), most, "the limit of the control group")
        group = group.parent


def _number(file: Path) -> int | None:
    try:
        return int(file.read_text(encoding="ascii"))
    except (OSError, ValueError):  # Not there, or "max".
        return None


def _reclaimable(group: Path) -> int:
    """Return what the group holds of files that nobody uses: it is given back when asked for."""
    said = dict(line.split(" ", 1) for line in _lines(group / "memory.stat"))
    return int(said.get("total_inactive_file", said.get("inactive_file", "0")))


def _lines(file: Path) -> list[str]:
    """Return what the kernel says, which is nothing where it was built without it."""
    try:
        return file.read_text(encoding="ascii", errors="replace").splitlines()
    except OSError:
        return []
