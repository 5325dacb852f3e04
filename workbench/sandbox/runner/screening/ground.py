"""What the tests do on the project as it is, and so what is asked of a candidate."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator, Sequence
from typing import Any

from .items import Limit

_TIMES, _MORE = 10, 2_000
_AGAIN = 10
"""So many times more may be done by what was cut, each time."""
_MOST = 300_000
_SECONDS, _MOST_SECONDS = 0.1, 5.0
_NEAR_SECONDS, _OTHER_SECONDS, _SIFTING_SECONDS = 3.0, 1.0, 0.03
_CANARY_SECONDS, _CANARY_AT_MOST = 0.02, 0.5
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
        self.apart: set[str] = set()
        """Failing tests that start processes: only code that lies on the disk can pass them."""
        self.plain = set(plain)
        self.slow = [run["id"] for run in runs if run["outcome"] == "cut" and not run["unsteady"]]
        """What was cut while others fail: nobody knows whether it fails as well."""
        if len(self.slow) == len(self.failing):
            self.slow = []
        self._told = {run["id"]: run["raised"] for run in runs if run["outcome"] == "failed"}
        self.crashes = {test: raised for test, raised in self._told.items() if _is_crash(raised)}
        """How failing tests crash, where it is no check that fails."""
        steady = [run for run in runs if not run["unsteady"]]
        ended = [run for run in steady if run["outcome"] in ("failed", "passed")]
        self._ended = {run["id"] for run in ended}
        self.sure = {run["id"] for run in steady if run["sure"]}
        """Which tests are known to pass alone, in another order, and as they are called here."""
        asked = [run for run in ended if run["id"] in self.plain or run["outcome"] == "failed"]
        self.canaries = list(_cheap(asked))
        self._seconds = {run["id"]: run["seconds"] for run in passing}
        self._took = {run["id"]: run["seconds"] for run in ended}
        self._lines = {run["id"]: run["lines"] for run in passing}
        self._known_near: dict[str, set[str]] = {}
        self._work = {run["id"]: run["work"] for run in runs}
        done = sorted(self._work[run["id"]] for run in ended)
        self._usual = done[len(done) // 2] if done else 0
        self._most_done = done[-1] if done else 0

    def kind(self, test: str) -> str:
        """Return the exception that a failing test ends with."""
        raised = self._told.get(test)
        return str(raised["kind"]).split(",")[0] if raised else ""

    def is_behind(self, test: str, work: int, raised: dict[str, Any]) -> bool:
        """Tell whether a test crashes elsewhere than before, with no less done."""
        before = self.crashes.get(test)
        if before is None or not _is_crash(raised) or work < self._work[test]:
            return False
        return story(before) != story(raised)

    def limit(self, test: str, *, cuts: int) -> Limit:
        """Return what a test may use where it was cut so often already."""
        own = self._work[test]
        if test not in self._seconds:
            own = max(own if test in self._ended else 0, self._usual)
        seconds = max(_SECONDS, _TIMES * self._took.get(test, 0.0))
        if cuts:
            return self._more(test, own, seconds, _AGAIN**cuts)
        return Limit(min(_TIMES * own + _MORE, max(_MOST, 2 * own)), seconds)

    def _more(self, test: str, own: int, seconds: float, times: int) -> Limit:
        """Return much more; nobody knows how much a test needs that was cut as it is."""
        work, most = times * (_TIMES * max(own, self._most_done) + _MORE), times * _MOST
        longest = max(seconds, min(times * seconds, _MOST_SECONDS))
        return Limit(min(work, max(most, 2 * own)) if test in self._ended else most, longest)

    def keeping(self, changed: Spans) -> list[str]:
        """Return the passing tests that are asked: those that run changed lines come first."""
        near = self._near(changed)
        known = set(near)
        others = [test for test in self.passing if test not in known]
        return [*self._within(_NEAR_SECONDS, near), *self._within(_OTHER_SECONDS, others)]

    def sifting(self, changed: Spans) -> list[str]:
        """Return those of them that are asked before anything else is done for a candidate."""
        near = [test for test in self._near(changed) if test in self.plain and test in self.sure]
        return list(self._within(_SIFTING_SECONDS, near))

    def drop(self, test: str) -> None:
        """Ask a test that passed no more: it does so only in some circumstances."""
        self.passing.remove(test)
        self.sure.discard(test)

    def _within(self, seconds: float, tests: list[str]) -> Iterator[str]:
        """Yield as many as take so long, the cheapest first."""
        for test in tests:
            seconds -= self._seconds[test]
            if seconds < 0:
                return
            yield test

    def _near(self, changed: Spans) -> list[str]:
        """Return the passing tests that run changed lines."""
        key = repr(changed)
        if key not in self._known_near:
            self._known_near[key] = {test for test in self._lines if self._covers(test, changed)}
        near = self._known_near[key]
        return [test for test in self.passing if test in near]

    def _covers(self, test: str, changed: Spans) -> bool:
        lines = self._lines[test]
        return any(
            _has_between(lines.get(path, ()), first, last)
            for path, spans in changed.items()
            for first, last in spans
        )


def _is_crash(raised: dict[str, Any] | None) -> bool:
    return raised is not None and not raised["kind"].startswith("AssertionError")


def story(raised: dict[str, Any]) -> tuple[Any, ...]:
    """Return what tells crashes apart, wherever in a function the lines are."""
    calls = tuple((one["path"], one["function"]) for one in raised["frames"])
    return raised["kind"], raised["message"], calls


def _has_between(lines: Sequence[int], first: int, last: int) -> bool:
    at = bisect_left(lines, first)
    return at < len(lines) and lines[at] <= last


def _cheap(runs: list[dict[str, Any]]) -> Iterator[str]:
    """Yield tests that take next to nothing, those that fail first, and one at any rate."""
    left = _CANARY_SECONDS
    for index, run in enumerate(sorted(runs, key=lambda one: (one["outcome"], _cost(one)))):
        left -= _cost(run)
        if left > 0 or (not index and _cost(run) < _CANARY_AT_MOST):
            yield run["id"]


def _cost(run: dict[str, Any]) -> float:
    return float(run["seconds"])
