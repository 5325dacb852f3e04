"""What every test does on the project as it is."""

from __future__ import annotations

import time
from typing import Any

from .forks import Child, Patience, Teller
from .items import CUT, FAILED, PASSED, Limit, Outcome, Runner
from .loading import Loader
from .telling import raised
from .tracing import Lines

_LIMIT, _LIMIT_AGAIN = Limit(3_000_000, 5.0), Limit(30_000_000, 10.0)
_MOST_SLOW = 3
_PATIENCE = Patience(12.0, 20.0)
_REPEATS = 2
_TRACING_SECONDS = 4.0
Run = dict[str, Any]


class Baseline:
    """Runs everything in forks, so that what hangs or dies loses nothing else."""

    def __init__(self, runner: Runner, loader: Loader) -> None:
        self._runner = runner
        self._loader = loader

    def runs(self) -> list[Run]:
        """Return what each test does, in the order of the tests."""
        tests = list(self._runner.items)
        calls, self._runner.calls = self._runner.calls, {}
        found = self._all(tests, _LIMIT)
        slow = [test for test in tests if found[test]["outcome"] == CUT]
        found.update(self._all(slow[:_MOST_SLOW], _LIMIT_AGAIN))
        self._look_again(found, calls)
        for test, lines in self._lines(found).items():
            found[test]["lines"] = lines
        for test in self._runner.calls:
            found[test]["plain"] = True
        return list(found.values())

    def uncollected(self, errors: dict[str, BaseException | None]) -> list[Run]:
        """Return the files that could not be collected, each as a test that fails."""
        return [
            self._run(name, Outcome(FAILED, error, 0, 0.0)) | {"collected": False}
            for name, error in errors.items()
        ]

    def _look_again(self, found: dict[str, Run], calls: dict[str, Any]) -> None:
        """See what does something else alone, in another order, or without pytest."""
        for test in [one for one in found if found[one]["outcome"] == FAILED]:
            again = [self._alone(test) for _ in range(_REPEATS)]
            if (PASSED, "") in again:
                found[test]["unsteady"] = "together" if len(set(again)) == 1 else "flaky"
        self._runner.calls = {
            test: call for test, call in calls.items() if self._is_same(found[test], call)
        }
        self._find_dependent(found)

    def _is_same(self, run: Run, call: Any) -> bool:
        """Tell whether a failing test fails in the same way when it is called as it is."""
        if run["outcome"] == PASSED:
            return True
        self._runner.calls = {run["id"]: call}
        outcome, kind = self._alone(run["id"])
        return outcome == run["outcome"] and kind == _kind(run)

    def _alone(self, test: str) -> tuple[str, str]:
        run = self._all([test], _LIMIT)[test]
        return run["outcome"], _kind(run)

    def _all(self, tests: list[str], limit: Limit) -> dict[str, Run]:
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

    def _told(self, tests: list[str], limit: Limit) -> list[Run]:
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
            "plain": False,
            "lines": {},
            "unsteady": "",
        }

    def _lost(self, test: str) -> Run:
        """Say of a test that nothing was told of it: it hangs, or ended its process."""
        lost = {"kind": "ProcessLost", "message": "it hung or ended its process", "frames": []}
        return self._run(test, Outcome(CUT, None, 0, 0.0)) | {"raised": lost}

    def _find_dependent(self, found: dict[str, Run]) -> None:
        """Find what passes only after others, which says nothing about a candidate."""
        passing = [one for one in found if found[one]["outcome"] == PASSED]
        passing.sort(key=lambda test: float(found[test]["seconds"]))
        again = self._all(passing, _LIMIT_AGAIN)
        odd = [test for test in passing if again[test]["outcome"] != PASSED]
        for test in odd:
            self._runner.calls.pop(test, None)
        again = self._all(odd, _LIMIT_AGAIN)
        for test in odd:
            found[test]["unsteady"] = "" if again[test]["outcome"] == PASSED else "dependent"

    def _lines(self, found: dict[str, Run]) -> dict[str, dict[str, list[int]]]:
        """Return the lines that tests run, those of the failing first, as far as time allows."""
        order = sorted(found, key=lambda one: (found[one]["outcome"] == PASSED, _cost(found[one])))

        def act(teller: Teller) -> None:
            until = time.perf_counter() + _TRACING_SECONDS
            for test in order:
                if time.perf_counter() > until:
                    return
                with Lines(self._loader) as lines:
                    self._runner.run(test, Limit(2 * found[test]["work"] + 1000, 5.0))
                teller.tell({"id": test, "lines": lines.found()})

        told = list(Child(act).messages(_PATIENCE))
        return {one["id"]: one["lines"] for one in told if one.get("id") in found}


def _kind(run: Run) -> str:
    return run["raised"]["kind"] if run["raised"] else ""


def _cost(run: Run) -> float:
    return float(run["seconds"])
