"""What the tests do on the project as it is, and so what is asked of a candidate."""

from __future__ import annotations

from typing import Any

_TIMES, _MORE = 10, 20_000
_LONG = 100
_MOST, _MOST_LONG = 3_000_000, 100_000_000
_PASSING_SECONDS = 10.0


class Ground:
    """The tests by what they do, in the order in which a candidate meets them."""

    def __init__(self, runs: list[dict[str, Any]], plain: list[str], root: str) -> None:
        self.root = root
        """Where pytest is, which the names of tests begin from."""
        self.failing = [run["id"] for run in runs if run["outcome"] in ("failed", "cut")]
        passing = sorted(
            (run for run in runs if run["outcome"] == "passed" and not run["dependent"]), key=_cost
        )
        self.passing = [run["id"] for run in passing]
        self.plain = set(plain)
        self._seconds = {run["id"]: run["seconds"] for run in passing}
        self._lines = {run["id"]: run["lines"] for run in passing}
        self._work = {run["id"]: run["work"] for run in runs}
        most = max((run["work"] for run in passing), default=0)
        self._usual = max(most, max((self._work[test] for test in self._ended(runs)), default=0))

    def _ended(self, runs: list[dict[str, Any]]) -> list[str]:
        return [run["id"] for run in runs if run["outcome"] == "failed"]

    def limit(self, test: str, *, long: bool) -> int:
        """Return how much work a test may do."""
        own = self._work[test] if test in self._seconds else self._usual
        limit = min(_TIMES * own + _MORE, max(_MOST, 2 * own))
        return min(_LONG * limit, _MOST_LONG) if long else limit

    def keeping(self, changed: dict[str, list[tuple[int, int]]]) -> list[str]:
        """Return the passing tests that are asked: those that run changed lines come first."""
        near = [test for test in self.passing if self._covers(test, changed)]
        taken, left = near[:], _PASSING_SECONDS - sum(self._seconds[test] for test in near)
        for test in self.passing:
            if left > 0 and test not in set(near):
                taken.append(test)
                left -= self._seconds[test]
        return taken

    def _covers(self, test: str, changed: dict[str, list[tuple[int, int]]]) -> bool:
        lines = self._lines[test]
        return any(
            first <= line <= last
            for path, spans in changed.items()
            for line in lines.get(path, ())
            for first, last in spans
        )


def _cost(run: dict[str, Any]) -> float:
    return float(run["seconds"])
