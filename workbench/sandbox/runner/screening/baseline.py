"""What every test does on the project as it is."""

from __future__ import annotations

from typing import Any

from .clock import CLOCK
from .forks import Child, Patience, Teller
from .items import CUT, FAILED, PASSED, Limit, Outcome, Runner
from .loading import Loader
from .telling import raised
from .tracing import Lines, Spawns

_LIMIT = Limit(300_000, 1.0)
_WIDER = 10_000_000
_SLOW_SECONDS, _TIMES_THE_REST, _SLOW_PART, _LEAST_PART = 1.5, 2.0, 0.5, 0.75
"""What is cut at first may take so long together, or longer where all the rest is slow as well; one
alone half of what is left, but no less than is worth a look."""
_OF_THE_CUT = Limit(30_000, 0.3)
"""What is cut runs the same lines over and over."""
_MOST_AGAIN = 30
"""So many tests are run alone, to know more of them."""
_PATIENCE = Patience(8.0, 20.0)
_REPEATS, _MOST_REPEATED = 2, 5
_TRACING_SECONDS = 1.5
Run = dict[str, Any]


class Baseline:
    """Runs everything in forks, so that what hangs or dies loses nothing else."""

    def __init__(self, runner: Runner, loader: Loader) -> None:
        self._runner = runner
        self._loader = loader

    def runs(self) -> list[Run]:
        """Return what each test does: those that fail first, and of them what ends soon."""
        tests = list(self._runner.items)
        calls, self._runner.calls = self._runner.calls, {}
        found = self._all(tests, _LIMIT)
        self._look_longer(found)
        self._look_again(found, calls)
        self._trace(found)
        for test in self._runner.calls:
            found[test]["plain"] = True
        return sorted(found.values(), key=_turn)

    def uncollected(self, errors: dict[str, BaseException | None]) -> list[Run]:
        """Return the files that could not be collected, each as a test that fails."""
        return [
            self._run(name, Outcome(FAILED, error, 0, 0.0)) | {"collected": False}
            for name, error in errors.items()
        ]

    def _look_longer(self, found: dict[str, Run]) -> None:
        """See which of what was cut is only slow, for as long as what the rest takes allows."""
        slow = [test for test in found if found[test]["outcome"] == CUT]
        ended = sum(_cost(run) for run in found.values() if run["outcome"] != CUT)
        left = max(_SLOW_SECONDS, _TIMES_THE_REST * ended)
        for test in slow:
            if left <= 0:
                return
            limit = Limit(_WIDER, max(_LEAST_PART, left * _SLOW_PART))
            found.update(self._all([test], limit))
            left -= _cost(found[test])

    def _look_again(self, found: dict[str, Run], calls: dict[str, Any]) -> None:
        """See which of the failing do something else alone, or without pytest."""
        failing = [one for one in found if found[one]["outcome"] in (FAILED, CUT)]
        ended = [one for one in failing if found[one]["outcome"] == FAILED]
        for number, test in enumerate(ended[:_MOST_AGAIN]):
            repeats = _REPEATS if number < _MOST_REPEATED else 1
            again = [self._alone(test, found[test]) for _ in range(repeats)]
            if (PASSED, "") in again:
                found[test]["unsteady"] = "together" if len(set(again)) == 1 else "flaky"
        known = {test for test in found if test not in failing[_MOST_AGAIN:]}
        self._runner.calls = {
            test: call
            for test, call in calls.items()
            if test in known and self._is_same(found[test], call)
        }

    def _is_same(self, run: Run, call: Any) -> bool:
        """Tell whether a failing test fails in the same way when it is called as it is."""
        if run["outcome"] == PASSED:
            return True
        self._runner.calls = {run["id"]: call}
        outcome, kind = self._alone(run["id"], limit=_limit_of(run))
        return outcome == run["outcome"] and kind == _kind(run)

    def _alone(self, test: str, told: Run | None = None, limit: Limit = _LIMIT) -> tuple[str, str]:
        """Run a test in a fork of its own, and tell whether it starts other processes."""
        watching = Spawns(self._loader) if told is not None else None
        run = self._all([test], limit, watching)[test]
        if told is not None:
            told["spawns"] = told["spawns"] or run["spawns"]
        return run["outcome"], _kind(run)

    def _all(
        self, tests: list[str], limit: Limit, watching: Spawns | None = None
    ) -> dict[str, Run]:
        """Run tests one after the other; when one ends its process the rest is run in another."""
        found: dict[str, Run] = {}
        while len(found) < len(tests):
            left = tests[len(found) :]
            for run in self._told(left, limit, watching):
                found[run["id"]] = run
            if len(found) < len(tests):
                test = tests[len(found)]
                found[test] = self._lost(test)
        return found

    def _told(self, tests: list[str], limit: Limit, watching: Spawns | None) -> list[Run]:
        def act(teller: Teller) -> None:
            if watching:
                watching.begin()
            for test, following in zip(tests, [*tests[1:], ""]):
                run = self._run(test, self._runner.run(test, limit, following))
                run["spawns"] = bool(watching and watching.seen)
                teller.tell(run)

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
            "sure": False,
            "spawns": False,
        }

    def _lost(self, test: str) -> Run:
        """Say of a test that nothing was told of it: it hangs, or ended its process."""
        lost = {"kind": "ProcessLost", "message": "it hung or ended its process", "frames": []}
        return self._run(test, Outcome(CUT, None, 0, 0.0)) | {"raised": lost}

    def _trace(self, found: dict[str, Run]) -> None:
        """Find the lines that tests run, those of the failing first, as far as time allows.

        What passes only after others is found on the way: it says nothing about a candidate.
        """
        order = sorted(found, key=lambda one: (found[one]["outcome"] == PASSED, _cost(found[one])))
        seen = self._traced(order, {test: _limit_of(found[test]) for test in order})
        odd = []
        for test, (outcome, lines) in seen.items():
            found[test]["lines"] = lines
            is_odd = found[test]["outcome"] == PASSED != outcome
            found[test]["sure"] = not is_odd
            odd += [test] * is_odd
        for test in odd:
            self._runner.calls.pop(test, None)
            found[test]["unsteady"] = "dependent"
        for test in odd[:_MOST_AGAIN]:
            if self._alone(test)[0] == PASSED:
                found[test]["unsteady"] = ""

    def _traced(
        self, tests: list[str], limits: dict[str, Limit]
    ) -> dict[str, tuple[str, dict[str, list[int]]]]:
        def act(teller: Teller) -> None:
            until = CLOCK.now() + _TRACING_SECONDS
            for test in tests:
                if CLOCK.now() > until:
                    return
                lines = Lines(self._loader)
                lines.begin()
                outcome = self._runner.run(test, limits[test]).outcome
                teller.tell({"id": test, "outcome": outcome, "lines": lines.end()})

        told = list(Child(act).messages(_PATIENCE))
        known = set(tests)
        return {one["id"]: (one["outcome"], one["lines"]) for one in told if one.get("id") in known}


def _limit_of(run: Run) -> Limit:
    """Return what a test may use to do once more what it did."""
    return _OF_THE_CUT if run["outcome"] == CUT else Limit(2 * run["work"] + 1000, 5.0)


def _turn(run: Run) -> tuple[int, bool, int]:
    """Put what may fail for what lies outside behind the rest, of which only so many are asked."""
    at = (FAILED, CUT).index(run["outcome"]) if run["outcome"] in (FAILED, CUT) else 2
    return at, at == 0 and run["spawns"], run["work"] if at == 0 else 0


def _kind(run: Run) -> str:
    return run["raised"]["kind"] if run["raised"] else ""


def _cost(run: Run) -> float:
    return float(run["seconds"])
