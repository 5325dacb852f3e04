"""What was cut for doing too much: it has its turn again, with more, where that is worth it."""

from __future__ import annotations

import heapq
from collections.abc import Sequence
from dataclasses import dataclass, field

from workbench.healing.dossier import FAILED, TestRun
from workbench.healing.searching.frontier import Step
from workbench.healing.verdict import Verdict

_SLOW, _SLOW_PAST_CRASH, _SLOW_IN_PART = 0.01, 1.0, 0.5
"""How likely what was cut is only slow: at the first test, at one that crashed and so did little
before, or behind one that passes."""
_STILL = 0.3
"""How much less likely it is so of what was cut once more."""
_MOST_CUTS = 2
_TAKES = {1: 0.5, 2: 3.0}
"""About so many seconds it takes to try what was cut so often."""
_OF_LIKELIER, _OF_OTHERS, _AT_FIRST = 0.5, 0.3, 1.0
"""How much of the time goes to what is likelier than all that is left, and to what is not; a test
that ends early may be slow once repaired, so that all that is right is cut."""
_CHECK = "AssertionError"


@dataclass
class Insisting:
    """What was cut, the likeliest first; one is tried with more at a time, for all else waits."""

    failing: Sequence[TestRun]
    _waiting: list[tuple[float, int, int, Step]] = field(default_factory=list)
    """As a heap: how likely, the number that it had, how often it was cut."""
    _under_way: dict[int, int] = field(default_factory=dict)
    """How often was cut what has such a number."""
    _spent: float = 0.0

    @property
    def best(self) -> float:
        """How likely a repair is the likeliest of them."""
        return -self._waiting[0][0] if self._waiting else 0.0

    def next(self, best_left: float, time: float) -> tuple[Step, int] | None:
        """Return what has its turn, and how often it was cut."""
        if self._under_way or not self._waiting or not self._may_go(best_left, time):
            return None
        _, _, cuts, step = heapq.heappop(self._waiting)
        self._spent += _TAKES[cuts]
        return step, cuts

    def begin(self, number: int, cuts: int) -> None:
        """Note that what was cut so often is tried again under this number."""
        self._under_way[number] = cuts

    def heed(self, step: Step, verdict: Verdict) -> bool:
        """Take in a verdict; say whether the candidate will have another turn."""
        cuts = self._under_way.pop(verdict.number, 0)
        if verdict.state != "cut" or cuts == _MOST_CUTS:
            return False
        likely = step.score * self._is_only_slow(verdict) * _STILL**cuts
        heapq.heappush(self._waiting, (-likely, verdict.number, cuts + 1, step))
        return True

    def _may_go(self, best_left: float, time: float) -> bool:
        if not best_left:
            return True
        takes = _TAKES[self._waiting[0][2]]
        share = _OF_LIKELIER if self.best > best_left else _OF_OTHERS
        credit = _AT_FIRST if self.best > best_left else 0.0
        return self._spent + takes <= share * time + credit

    def _is_only_slow(self, verdict: Verdict) -> float:
        if verdict.passes:
            return _SLOW_IN_PART
        first = self.failing[0]
        has_crashed = first.outcome == FAILED and first.raised and first.raised.name != _CHECK
        return _SLOW_PAST_CRASH if has_crashed and verdict.kinds else _SLOW
