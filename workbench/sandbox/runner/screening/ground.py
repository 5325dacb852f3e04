"""What the tests do on the project as it is, and so what is asked of a candidate."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from .items import Limit

_TIMES, _MORE = 10, 20_000
_LONG = 100
_MOST, _MOST_LONG = 3_000_000, 100_000_000
_SECONDS, _LONG_SECONDS = 1.0, 30.0
_PASSING_SECONDS, _SIFTING_SECONDS = 10.0, 0.03
_CANARY_SECONDS = 0.02
Spans = dict[str, list[tuple[int, int]]]
"""Lines by path: the first and the last."""


class Ground:
    """The tests by what they do, in the order in which a candidate meets them."""

    def __init__(self, runs: list[dict[str, Any]], plain: list[str], root: str) -> None:
        self.root = root
        """Where pytest is, which the names of tests begin from."""
        self.failing = [
            run["id"] for run in runs if run["outcome"] in ("failed", "cut") and not run["unsteady"]
        ]
        passing = sorted(
            (run for run in runs if run["outcome"] == "passed" and not run["unsteady"]), key=_cost
        )
        self.passing = [run["id"] for run in passing]
        self.plain = set(plain)
        steady = [run for run in runs if not run["unsteady"]]
        ended = [run for run in steady if run["outcome"] in ("failed", "passed")]
        self.canaries = list(_cheap([run for run in ended if run["id"] in self.plain]))
        self._seconds = {run["id"]: run["seconds"] for run in passing}
        self._lines = {run["id"]: run["lines"] for run in passing}
        self._work = {run["id"]: run["work"] for run in runs}
        most = max((run["work"] for run in passing), default=0)
        self._usual = max(most, max((self._work[test] for test in self._ended(runs)), default=0))

    def _ended(self, runs: list[dict[str, Any]]) -> list[str]:
        return [run["id"] for run in runs if run["outcome"] == "failed"]

    def limit(self, test: str, *, long: bool) -> Limit:
        """Return what a test may use."""
        known = test in self._seconds
        own = self._work[test] if known else self._usual
        seconds = max(_SECONDS, _TIMES * self._seconds.get(test, 0.0))
        work = min(_TIMES * own + _MORE, max(_MOST, 2 * own))
        if long:
            return Limit(min(_LONG * work, _MOST_LONG), _LONG_SECONDS)
        return Limit(work, seconds)

    def keeping(self, changed: Spans) -> list[str]:
        """Return the passing tests that are asked: those that run changed lines come first."""
        near = [test for test in self.passing if self._covers(test, changed)]
        known, left = set(near), _PASSING_SECONDS - sum(self._seconds[test] for test in near)
        for test in self.passing:
            if left > 0 and test not in known:
                near.append(test)
                left -= self._seconds[test]
        return near

    def sifting(self, changed: Spans) -> list[str]:
        """Return those of them that are asked before anything else is done for a candidate."""
        tests, left = [], _SIFTING_SECONDS
        for test in self.passing:
            if left > 0 and test in self.plain and self._covers(test, changed):
                tests.append(test)
                left -= self._seconds[test]
        return tests

    def _covers(self, test: str, changed: Spans) -> bool:
        lines = self._lines[test]
        return any(
            first <= line <= last
            for path, spans in changed.items()
            for line in lines.get(path, ())
            for first, last in spans
        )


def _cheap(runs: list[dict[str, Any]]) -> Iterator[str]:
    """Yield some tests that take next to nothing, those that fail first."""
    left = _CANARY_SECONDS
    for run in sorted(runs, key=lambda run: (run["outcome"] == "passed", _cost(run))):
        left -= _cost(run)
        if left > 0:
            yield run["id"]


def _cost(run: dict[str, Any]) -> float:
    return float(run["seconds"])
