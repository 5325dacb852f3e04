"""Numbers as people read them."""

from __future__ import annotations

_GB = 1e9


def gigabytes(count: float) -> str:
    """Return a number of bytes in units of a thousand, as disks and hubs count."""
    for unit, size in (("GB", _GB), ("MB", 1e6), ("kB", 1e3)):
        if count >= size:
            return f"{count / size:.1f} {unit}"
    return f"{count:.0f} bytes"


def billions(count: int) -> str:
    """Return a number of parameters as models are called by."""
    for unit, size in (("B", 1e9), ("M", 1e6), ("K", 1e3)):
        if count >= size:
            return f"{count / size:.1f} {unit}"
    return str(count)
