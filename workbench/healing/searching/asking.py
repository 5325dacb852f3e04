"""Asking the lane a few things when the search is over, and waiting for the answers."""

from __future__ import annotations

import time
from collections.abc import Sequence
from itertools import count

from workbench.healing.candidate import Candidate
from workbench.healing.searching.lane import Lane
from workbench.healing.verdict import Verdict

_FIRST = 1 << 40
"""No candidate of a search has such a number."""
_PATIENCE = 0.05


class Asking:
    """What is asked after a search; what the search itself still waits for is passed over."""

    def __init__(self, lane: Lane, until: float) -> None:
        self._lane = lane
        self._until = until
        """No answer is waited for after this, on the monotonic clock."""
        self._numbers = count(_FIRST)

    def ask(self, candidates: Sequence[Candidate]) -> list[Verdict | None]:
        """Return a verdict for each candidate, or None where none came in time."""
        asked = {next(self._numbers): one for one in candidates}
        if not asked or time.monotonic() > self._until:
            return [None] * len(asked)
        self._lane.submit(list(asked.items()), again=True)
        found: dict[int, Verdict] = {}
        while len(found) < len(asked) and time.monotonic() < self._until:
            new = self._lane.collect(_PATIENCE)
            found |= {one.number: one for one in new if one.number in asked}
        return [found.get(number) for number in asked]
