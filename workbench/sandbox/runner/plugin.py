"""The pytest plug-in that tells what happened, line by line, over the private pipe."""

from __future__ import annotations

import json
import os
import platform
from typing import Any

import pytest

_CHUNK = 200
_LONGEST = 2000


class Recorder:
    """Writes one JSON object a line, numbered, each with the nonce of the job."""

    def __init__(self, descriptor: int, nonce: str) -> None:
        self._descriptor = descriptor
        self._nonce = nonce
        self._number = 0
        self._count = 0
        self.tell("begin", python=platform.python_version(), pytest=pytest.__version__)

    def tell(self, kind: str, **content: Any) -> None:
        line = {"n": self._nonce, "i": self._number, "k": kind, **content}
        self._number += 1
        data = memoryview(json.dumps(line).encode() + b"\n")
        while data:
            data = data[os.write(self._descriptor, data) :]

    def finish(self, code: int) -> None:
        self.tell("finish", exit=code, count=self._count)

    def pytest_collectreport(self, report: Any) -> None:
        if report.failed:
            self.tell("collect_error", id=report.nodeid, text=_short(report.longrepr))

    def pytest_collection_finish(self, session: Any) -> None:
        ids = [item.nodeid for item in session.items]
        for start in range(0, len(ids), _CHUNK):
            self.tell("collected", ids=ids[start : start + _CHUNK])
        self.tell("collected_all", count=len(ids))

    def pytest_runtest_logreport(self, report: Any) -> None:
        self._count += report.when == "call" or report.outcome != "passed"
        self.tell(
            "phase",
            id=report.nodeid,
            when=report.when,
            outcome=report.outcome,
            xfail=getattr(report, "wasxfail", None),
            seconds=round(report.duration, 6),
            crash=_short(report.longrepr) if report.failed else "",
        )

    def pytest_internalerror(self, excrepr: Any) -> None:
        self.tell("internal_error", text=_short(excrepr))


def _short(longrepr: Any) -> str:
    crash = getattr(longrepr, "reprcrash", None)
    return str(crash or longrepr or "")[-_LONGEST:]
