"""Running tests that pytest has collected, one at a time, and saying what each did."""

from __future__ import annotations

import os
import time
from typing import Any

import pytest

from .ticks import Cut, Meter

PASSED, FAILED, SKIPPED, CUT = "passed", "failed", "skipped", "cut"


class Outcome:
    """What one test did."""

    __slots__ = ("error", "outcome", "seconds", "work")

    def __init__(self, outcome: str, error: Any, work: int, seconds: float) -> None:
        self.outcome = outcome
        self.error = error
        self.work = work
        self.seconds = seconds

    @property
    def kind(self) -> str:
        return type(self.error).__name__ if self.error is not None else ""


class Witness:
    """The plug-in that keeps what each phase of a test raised, and makes no text of it."""

    def __init__(self) -> None:
        self.reports: list[Any] = []
        self.error: BaseException | None = None

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_makereport(self, item: Any, call: Any) -> None:
        if call.excinfo is not None and self.error is None:
            self.error = call.excinfo.value
        item.repr_failure = item._repr_failure_py = _without_text  # noqa: SLF001 - it is costly

    def pytest_runtest_logreport(self, report: Any) -> None:
        self.reports.append(report)


def _without_text(_excinfo: Any, *_: Any, **__: Any) -> str:
    return ""


class Runner:
    """Runs tests of a session in this process."""

    def __init__(self, session: Any, meter: Meter, witness: Witness) -> None:
        self.items = {item.nodeid: item for item in session.items}
        self.meter = meter
        self._witness = witness

    def run(self, test: str, limit: int, following: str = "") -> Outcome:
        """Run one test to its end, with the fixtures torn down that `following` does not need."""
        item = self.items[test]
        self._witness.reports, self._witness.error = [], None
        self.meter.set(limit)
        began = time.perf_counter()
        try:
            item.config.hook.pytest_runtest_protocol(item=item, nextitem=self.items.get(following))
        except BaseException as error:
            self._witness.error = self._witness.error or error
            return self._outcome(FAILED, began)
        return self._outcome(_of_reports(self._witness.reports), began)

    def _outcome(self, outcome: str, began: float) -> Outcome:
        error = self._witness.error
        outcome = CUT if self.meter.is_spent or isinstance(error, Cut) else outcome
        seconds = time.perf_counter() - began
        return Outcome(
            outcome, error if outcome in (FAILED, CUT) else None, self.meter.used, seconds
        )


def _of_reports(reports: list[Any]) -> str:
    outcomes = [report.outcome for report in reports]
    if FAILED in outcomes or not outcomes:
        return FAILED
    return SKIPPED if SKIPPED in outcomes else PASSED


def silence() -> None:
    """Let what is printed go nowhere."""
    nothing = os.open(os.devnull, os.O_RDWR)
    for number in (0, 1, 2):
        os.dup2(nothing, number)
    os.close(nothing)
