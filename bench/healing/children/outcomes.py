"""A plug-in of pytest that writes what became of each test, a JSON line each."""

from __future__ import annotations

import json
import os

import pytest

_RANK = {"passed": 0, "skipped": 1, "failed": 2}


class Outcomes:
    """Writes a line when a test or a file of tests is through."""

    def __init__(self, file: str) -> None:
        self._file = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        self._worst = "passed"

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        self._worst = max(self._worst, report.outcome, key=_RANK.__getitem__)
        if report.when == "teardown":
            self._write(report.nodeid, self._worst)
            self._worst = "passed"

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        if report.failed:
            self._write(report.nodeid, "uncollected")

    def _write(self, test: str, outcome: str) -> None:
        os.write(self._file, (json.dumps([test, outcome]) + "\n").encode())


def pytest_configure(config: pytest.Config) -> None:
    config.pluginmanager.register(Outcomes(os.environ["BENCH_OUTCOMES"]))
