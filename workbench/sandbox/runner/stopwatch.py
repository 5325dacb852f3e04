"""The time that passes, whatever a test does to the clocks that programs read."""

from __future__ import annotations

from time import CLOCK_MONOTONIC, clock_gettime  # Who freezes time exchanges the other functions.


def now() -> float:
    """Return seconds since something; only what passes between two calls means something."""
    return clock_gettime(CLOCK_MONOTONIC)
