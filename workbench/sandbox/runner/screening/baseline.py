"""What every test does on the project as it is."""

from __future__ import annotations

import time
from typing import Any

from .forks import Child, Patience, Teller
from .items import CUT, FAILED, PASSED, Outcome, Runner
from .loading import Loader
from .telling import raised
from .tracing import Lines

_LIMIT, _LIMIT_AGAIN = 3_000_000, 30_000_000
_PATIENCE = Patience(10.0, 20.0)
_REPEATS = 2
_TRACING_SECONDS = 4.0
Run = dict[str, Any]


class Baseline:
    """Runs everything in forks, so that what hangs or dies loses nothing else."""

    def __init__(self, runner: Runner, loader: Loader, plain: set[str]) -> None:
        self._runner = runner
        self._loader = loader
        self._plain = plain

    def runs(self) -> list[Run]:
        """Return what each test does, in the order of the tests."""
        tests = list(self._runner.items)
        found = self._all(tests, _LIMIT)
        slow = [test for test in tests if found[test]["outcome"] == CUT]
        found.update(self._all(slow[:3], _LIMIT_AGAIN))
        self._find_flaky(found)
        self._find_dependent(found)
        for test, lines in self._lines(found).items():
            found[test]["lines"] = lines
        return list(found.values())

    def _all(self, tests: list[str], limit: int) -> dict[str, Run]:
        """Run tests one after the other; when one ends its process the rest is run in another."""
        found: dict[str, Run] = {}
        while len(found) < len(tests):
            left = tests[len(found) :]
            for run in self._told(left, limit):
                found[run["id"]] = run
            if len(found) < len(tests):
                test = tests[len(found)]
                found[test] = self._lost(test)
        return found

    def _told(self, tests: list[str], limit: int) -> list[Run]:
        def act(teller: Teller) -> None:
            for test, following in zip(tests, [*tests[1:], ""]):
                teller.tell(self._run(test, self._runner.run(test, limit, following)))

        known = set(tests)
        return [one for one in Child(act).messages(_PATIENCE) if one.get("id") in known]

    def _run(self, test: str, outcome: Outcome) -> Run:
        error = outcome.error
        return {
            "op": "test",
            "id": test,
            "outcome": outcome.outcome,
            "raised": None if error is None else raised(error, self._loader),
            "work": outcome.work,
            "seconds": outcome.seconds,
            "plain": test in self._plain,
            "lines": {},
            "dependent": False,
        }

    def _lost(self, test: str) -> Run:
        """Say of a test that nothing was told of it: it hangs, or ended its process."""
        lost = {"kind": "ProcessLost", "message": "it hung or ended its process", "frames": []}
        return self._run(test, Outcome(CUT, None, 0, 0.0)) | {"raised": lost}

    def _find_flaky(self, found: dict[str, Run]) -> None:
        """Run what fails again alone; what passes each time then fails only with others."""
        for test in [one for one in found if found[one]["outcome"] == FAILED]:
            again = [self._all([test], _LIMIT)[test]["outcome"] for _ in range(_REPEATS)]
            if PASSED in again:
                found[test]["outcome"] = "together" if set(again) == {PASSED} else "flaky"

    def _find_dependent(self, found: dict[str, Run]) -> None:
        """Find what passes only after others, which says nothing about a candidate."""
        passing = sorted(
            (one for one in found if found[one]["outcome"] == PASSED),
            key=lambda test: float(found[test]["seconds"]),
        )
        again = self._all(passing, _LIMIT_AGAIN)
        for test in passing:
            found[test]["dependent"] = again[test]["outcome"] != PASSED

    def _lines(self, found: dict[str, Run]) -> dict[str, dict[str, list[int]]]:
        """Return the lines that tests run, those of the failing first, as far as time allows."""
        order = sorted(found, key=lambda one: (found[one]["outcome"] == PASSED, _cost(found[one])))

        def act(teller: Teller) -> None:
            until = time.perf_counter() + _TRACING_SECONDS
            for test in order:
                if time.perf_counter() > until:
                    return
                with Lines(self._loader) as lines:
                    self._runner.run(test, 2 * found[test]["work"] + 1000)
                teller.tell({"id": test, "lines": lines.found()})

        told = list(Child(act).messages(_PATIENCE))
        return {one["id"]: one["lines"] for one in told if one.get("id") in found}


def _cost(run: Run) -> float:
    return float(run["seconds"])
