"""Memory that was freed is given back: the C library keeps it for threads that may never ask."""

from __future__ import annotations

import ctypes
from functools import cache


def give_back() -> None:
    """Return what is free to the system, where the C library can do that."""
    if trim := _trim():
        trim(0)


@cache
def _trim() -> ctypes._NamedFuncPointer | None:
    return getattr(ctypes.CDLL(None), "malloc_trim", None)
