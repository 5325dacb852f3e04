"""Files that are looked into where they lie; what was looked at is let go before it is much."""

from __future__ import annotations

import mmap
import os
from pathlib import Path
from typing import Any
from weakref import WeakSet

import numpy as np
from numpy.typing import DTypeLike, NDArray

_MOST = 256 << 20
"""So many bytes of files may count as memory of the process; the system keeps them anyway."""
_PAGE = os.sysconf("SC_PAGE_SIZE")
_mapped: WeakSet[mmap.mmap] = WeakSet()


def mapped(path: Path, kind: DTypeLike) -> NDArray[Any]:
    """Return the values in a file, which must not be empty."""
    with path.open("rb") as file:
        content = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
    _mapped.add(content)
    return np.frombuffer(content, kind)


def release(most: int = _MOST) -> None:
    """Let go of what was looked at, if that is more than so many bytes."""
    if _of_files() > most:
        for content in [*_mapped]:
            content.madvise(mmap.MADV_DONTNEED)


def _of_files() -> int:
    with open("/proc/self/statm", "rb") as file:  # noqa: PTH123 - looked at for each search
        return int(file.read().split()[2]) * _PAGE
