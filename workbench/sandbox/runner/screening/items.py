"""Running tests that pytest has collected, one at a time, and saying what each did."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import pytest

from .. import stopwatch
from .clock import CLOCK
from .loading import Loader
from .telling import raised
from .ticks import Cut, Meter

PASSED, FAILED, SKIPPED, CUT = "passed", "failed", "skipped", "cut"
_SKIPS = ("Skipped", "SkipTest", "XFailed")
_SAFEREPR: dict[str, Any] = {}
_USUAL_DEPTH = 15
"""How many calls are on the stack where pytest runs a test by itself."""
_AGAIN = 0.05
"""Whoever catches the bell hears it again after so many seconds."""


class Limit:
    """What a test may use: counted work, and as a net below it computing time."""

    __slots__ = ("seconds", "work")

    def __init__(self, work: int, seconds: float) -> None:
        self.work = work
        self.seconds = seconds


Ended = tuple[Any, str]
"""What was raised, if anything, and the outcome."""


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
        self.errors: dict[str, BaseException | None] = {}
        """What the files raised that could not be collected, by their names."""

    def seen(self) -> BaseException | None:
        return self.error

    @pytest.hookimpl(hookwrapper=True, tryfirst=True)
    def pytest_runtest_makereport(self, item: Any, call: Any) -> Iterator[None]:
        item.repr_failure = item._repr_failure_py = _without_text  # noqa: SLF001 - it is costly
        yield
        if call.excinfo is not None and self.error is None:
            self.error = call.excinfo.value  # Others may have put it there only now.

    def pytest_runtest_logreport(self, report: Any) -> None:
        self.reports.append(report)


def _without_text(_excinfo: Any, *_: Any, **__: Any) -> str:
    return ""


class Runner:
    """Runs tests of a session in this process."""

    def __init__(self, session: Any, meter: Meter, witness: Witness, loader: Loader) -> None:
        self.raised = partial(raised, loader=loader)
        self.items = {item.nodeid: item for item in session.items}
        self.meter = meter
        self.calls: dict[str, Callable[[], Any]] = {}
        """How to run those tests that need nothing of pytest."""
        self._witness = witness
        self._is_running = False
        self._deepest = 0
        signal.signal(signal.SIGPROF, self._ring)

    def run(self, test: str, limit: Limit, following: str = "") -> Outcome:
        """Run one test to its end, with the fixtures torn down that `following` does not need.

        What cannot be collected has failed; a whole file is run as one test.
        """
        if test in self.items:
            return self._run(test, limit, following)
        file = test.partition("::")[0]
        if file in self._witness.errors:
            return Outcome(FAILED, self._witness.errors[file], 0, 0.0)
        inside = [one for one in self.items if one.startswith(test + "::")]
        return self._run_all(inside, limit)

    def _run_all(self, tests: list[str], limit: Limit) -> Outcome:
        """Run all tests of a file; they pass together."""
        done: list[Outcome] = []
        for test, following in zip(tests, [*tests[1:], ""]):
            done.append(self._run(test, limit, following))
            if done[-1].outcome not in (PASSED, SKIPPED):
                break
        last = done[-1] if done else Outcome(FAILED, None, 0, 0.0)
        outcome = PASSED if last.outcome == SKIPPED else last.outcome
        return Outcome(outcome, last.error, len(done) + sum(one.work for one in done), 0.0)

    def _run(self, test: str, limit: Limit, following: str) -> Outcome:
        call = self.calls.get(test)
        if call:
            return self.contain(lambda: called(call), limit)
        return self.contain(lambda: self._asked(test, following), limit)

    def contain(self, act: Callable[[], Ended], limit: Limit) -> Outcome:
        """Do something that may use no more than `limit`."""
        self.meter.set(limit.work)
        self._stretch()
        began = stopwatch.now()
        self._is_running = True
        signal.setitimer(signal.ITIMER_PROF, CLOCK.net(limit.seconds), _AGAIN)
        try:
            error, outcome = act()
        except Cut as cut:
            error, outcome = cut, CUT
        finally:
            self._is_running = False
            signal.setitimer(signal.ITIMER_PROF, 0)
        if self.meter.is_spent:
            outcome = CUT
        work, seconds = self.meter.used, stopwatch.now() - began
        return Outcome(outcome, error, work, CLOCK.took(work, seconds))

    def _stretch(self) -> None:
        """Let tests have as much of the stack as where nothing of ours is on it."""
        if not self._deepest:
            self._deepest = sys.getrecursionlimit() + max(0, _depth() - _USUAL_DEPTH)
        if sys.getrecursionlimit() != self._deepest:
            sys.setrecursionlimit(self._deepest)

    def _ring(self, *_: object) -> None:
        """Cut what computes without counting: what has no body, or is not the project's."""
        if self._is_running:
            self.meter.spend()
            raise Cut

    def _asked(self, test: str, following: str) -> Ended:
        """Run a test as pytest does."""
        item, witness = self.items[test], self._witness
        witness.reports, witness.error = [], None
        try:
            item.config.hook.pytest_runtest_protocol(item=item, nextitem=self.items.get(following))
        except BaseException as error:
            return witness.seen() or error, FAILED
        outcome = _of_reports(witness.reports)
        return witness.seen() if outcome == FAILED else None, outcome


def _depth() -> int:
    depth, frame = 0, sys._getframe()  # noqa: SLF001 - nothing else counts without reading sources
    while frame.f_back:
        depth, frame = depth + 1, frame.f_back
    return depth


def called(call: Callable[[], Any]) -> Ended:
    """Call a test as it is."""
    try:
        call()
    except BaseException as error:
        if type(error).__name__ in _SKIPS:
            return None, SKIPPED
        return error, FAILED
    return None, PASSED


def _of_reports(reports: list[Any]) -> str:
    outcomes = [report.outcome for report in reports]
    if FAILED in outcomes or not outcomes:
        return FAILED
    return SKIPPED if SKIPPED in outcomes else PASSED


def be_brief(brief: bool = True) -> None:
    """Let pytest make no text of assertions that fail, which costs most, where nobody reads it."""
    rewrite: Any = sys.modules.get("_pytest.assertion.rewrite")
    if hasattr(rewrite, "_saferepr"):
        _SAFEREPR.setdefault("original", rewrite._saferepr)  # noqa: SLF001 - nothing else does it
        rewrite._saferepr = _without_text if brief else _SAFEREPR["original"]  # noqa: SLF001


def silence() -> None:
    """Let what is printed go nowhere."""
    nothing = os.open(os.devnull, os.O_RDWR)
    for number in (0, 1, 2):
        os.dup2(nothing, number)
    os.close(nothing)
