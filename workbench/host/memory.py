"""How the host's process keeps its memory: what is freed goes back to the system."""

from __future__ import annotations

import ctypes
import os

_TRIM, _MMAP, _ARENAS = -1, -3, -8
"""What glibc calls `M_TRIM_THRESHOLD`, `M_MMAP_THRESHOLD` and `M_ARENA_MAX`."""
_LARGE = 64 * 1024


def keep_small() -> None:
    """Have few heaps, and nothing large on them, where small things behind it would hold it.

    Databases take and free a lot, in many threads. Another C library than glibc does as it likes.
    """
    os.environ["ARROW_DEFAULT_MEMORY_POOL"] = "system"  # Arrow reads it when it is imported.
    library = ctypes.CDLL(None)
    if set_option := getattr(library, "mallopt", None):
        for option, value in ((_ARENAS, 2), (_MMAP, _LARGE), (_TRIM, _LARGE)):
            set_option(option, value)
