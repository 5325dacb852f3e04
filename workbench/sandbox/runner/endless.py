"""The pytest plug-in that cuts short what is known to go on for ever; the rest is then run."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from typing import Any

import pytest

_PATIENCE, _AGAIN = 0.3, 0.05


class TooLong(BaseException):
    """A test went on for longer than anybody waits for it."""


class Endless:
    """Ends the tests that it is told of; they have failed, whatever they make of it."""

    def __init__(self, tests: frozenset[str]) -> None:
        self._tests = tests
        self._cut = ""

    @pytest.hookimpl(hookwrapper=True)
    def pytest_runtest_call(self, item: Any) -> Iterator[None]:
        if item.nodeid not in self._tests:
            yield
            return
        before = signal.signal(signal.SIGALRM, lambda *_: self._end(item.nodeid))
        signal.setitimer(signal.ITIMER_REAL, _PATIENCE, _AGAIN)
        try:
            yield
        finally:
            signal.setitimer(signal.ITIMER_REAL, 0)
            signal.signal(signal.SIGALRM, before)

    def _end(self, test: str) -> None:
        self._cut = test
        raise TooLong

    @pytest.hookimpl(hookwrapper=True)
    def pytest_runtest_makereport(self, item: Any, call: Any) -> Iterator[None]:
        outcome: Any = yield
        report = outcome.get_result()
        if call.when == "call" and self._cut == item.nodeid and report.passed:
            report.outcome, report.longrepr = "failed", "it went on for too long"
