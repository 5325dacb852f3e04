"""Verdicts in the order in which candidates were handed in, however long each takes."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence

from workbench.healing.searching.search import Numbered, Screen
from workbench.healing.verdict import Verdict


class InStep:
    """A screen that tells of a batch only when all of it, and all before, is known.

    So what a search hands in next does not depend on which verdict came first.
    """

    def __init__(self, screen: Screen) -> None:
        self._screen = screen
        self._batches: deque[list[int]] = deque()
        self._known: dict[int, Verdict] = {}

    def submit(self, candidates: Sequence[Numbered], *, cuts: int = 0) -> None:
        self._batches.append([number for number, _ in candidates])
        self._screen.submit(candidates, cuts=cuts)

    def collect(self, timeout: float) -> list[Verdict]:
        """Return the verdicts on the oldest batch, or nothing yet."""
        if not self._is_next_known():
            self._known |= {one.number: one for one in self._screen.collect(timeout)}
        if not self._is_next_known():
            return []
        return [self._known.pop(number) for number in self._batches.popleft()]

    def _is_next_known(self) -> bool:
        return bool(self._batches) and self._known.keys() >= set(self._batches[0])
