"""How time counts: as it passes, or as a guess from counted work, which is the same each time."""

from __future__ import annotations

import time

_A_TEST, _A_STEP = 5e-4, 1e-6
"""About so many seconds take a test, and a round of a loop or a call in it."""
_LEAST, _TIMES = 5.0, 4.0
"""How wide nets are that shall not depend on how fast or busy a machine is."""


class Clock:
    """What is chosen by time, and how long is waited for what does not end, is asked here."""

    def __init__(self) -> None:
        self.is_counted = False
        self._guessed = 0.0

    def now(self) -> float:
        """Return the time to choose by: that of this process, or of what it did."""
        return self._guessed if self.is_counted else time.process_time()

    def took(self, work: int, seconds: float) -> float:
        """Return how long something took that did so much work."""
        if not self.is_counted:
            return seconds
        guessed = _A_TEST + _A_STEP * work
        self._guessed += guessed
        return guessed

    def net(self, seconds: float) -> float:
        """Return how long something may compute that is limited by work."""
        return max(_LEAST, seconds) if self.is_counted else seconds

    def patience(self, seconds: float) -> float:
        """Return how long to wait for what tells nothing."""
        return _TIMES * seconds if self.is_counted else seconds


CLOCK = Clock()
