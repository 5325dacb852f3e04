"""What ends a search: seconds, or candidates with no look at a clock."""

from __future__ import annotations

import time
from dataclasses import dataclass

_A_CANDIDATE = 0.002
"""About so many seconds a candidate takes: what is so counted is the same on each machine."""


@dataclass(frozen=True)
class Limits:
    """When a search ends at the latest."""

    seconds: float
    candidates: int = 0
    """Where these are given, they decide, and the seconds are but a net."""

    @property
    def are_counted(self) -> bool:
        return self.candidates > 0

    def leave(self, tried: int) -> int:
        """Return how many may be tried beside those that were."""
        return self.candidates - tried if self.are_counted else 1 << 60

    def share(self, began: float, tried: int) -> float:
        """Return how much of it is used up, from 0 to 1."""
        if self.are_counted:
            return tried / self.candidates
        return (time.monotonic() - began) / max(self.seconds, _A_CANDIDATE)

    def time(self, began: float, tried: int) -> float:
        """Return how far the search has come, in the seconds that its rules go by."""
        return tried * _A_CANDIDATE if self.are_counted else time.monotonic() - began
