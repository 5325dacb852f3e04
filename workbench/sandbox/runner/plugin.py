"""The pytest plug-in that tells what happened, line by line, over the private pipe.

What it writes is described in `workbench/sandbox/proof/records.py`.
"""

from __future__ import annotations

import hashlib
import os
import platform
import random
from json import dumps  # Tests may exchange it in its own module.
from os import write
from typing import Any

import pytest

from . import stopwatch
from .remote import STRAY

_CHUNK = 200
_LONGEST = 8192
_OF_ONE_PROCESS = frozenset(
    {"monkeypatch", "tmp_path", "tmpdir", "tmp_path_factory", "tmpdir_factory", "capfd", "caplog"}
)
"""Fixtures that change what only one process sees."""


class Recorder:
    """Writes one JSON object a line, numbered, each with the nonce of the job."""

    def __init__(
        self, descriptor: int, nonce: str, shuffle: int | None, strays: list[str] | None = None
    ) -> None:
        self._strays = strays
        self._is_of_one_process = False
        self._descriptor = descriptor
        self._nonce = nonce
        self._shuffle = shuffle
        self._number = 0
        self._phases = 0
        self._since = stopwatch.now()
        self._seal = hashlib.sha256()
        seed = os.environ.get("PYTHONHASHSEED", "")
        self.tell("begin", python=platform.python_version(), pytest=pytest.__version__, seed=seed)

    def tell(self, kind: str, **content: Any) -> None:
        line = {"n": self._nonce, "i": self._number, "k": kind, **content}
        self._number += 1
        data = dumps(line).encode() + b"\n"
        self._seal.update(data)
        view = memoryview(data)
        while view:
            view = view[write(self._descriptor, view) :]

    def finish(self, code: int) -> None:
        self._seal.update(f"{code} {self._phases}".encode("ascii"))
        self.tell("finish", exit=code, count=self._phases, seal=self._seal.hexdigest())

    @pytest.hookimpl(trylast=True)
    def pytest_collection_modifyitems(self, items: list[Any]) -> None:
        if self._shuffle is not None:
            random.Random(self._shuffle).shuffle(items)  # noqa: S311 - an order, no secret

    def pytest_collectreport(self, report: Any) -> None:
        if report.failed:
            name = _plain(report.nodeid) or "."
            self.tell("collect_error", id=name, text=_short(report.longrepr))

    def pytest_collection_finish(self, session: Any) -> None:
        ids = [_plain(item.nodeid) for item in session.items]
        for start in range(0, len(ids), _CHUNK):
            self.tell("collected", ids=ids[start : start + _CHUNK])
        self.tell("collected_all", count=len(ids))

    def pytest_runtest_logstart(self) -> None:
        self._is_of_one_process = False
        self._since = stopwatch.now()
        if self._strays is not None:
            self._strays.clear()

    def pytest_runtest_setup(self, item: Any) -> None:
        self._is_of_one_process = not _OF_ONE_PROCESS.isdisjoint(getattr(item, "fixturenames", ()))

    def pytest_runtest_logreport(self, report: Any) -> None:
        reason = getattr(report, "wasxfail", None)
        xfail = None if reason is None else _plain(str(reason))[-_LONGEST:]
        if type(report).__name__.lower() == "subtestreport":
            self.tell("sub", id=_plain(report.nodeid), outcome=report.outcome, xfail=xfail)
            return
        self._phases += 1
        self.tell(
            "phase",
            id=_plain(report.nodeid),
            when=report.when,
            outcome=report.outcome,
            xfail=xfail,
            seconds=self._seconds(),
            crash=self._crash(report),
        )

    def _seconds(self) -> float:
        """Return how long a phase took; what pytest says may be of a clock that a test stopped."""
        since, self._since = self._since, stopwatch.now()
        return round(self._since - since, 6)

    def _crash(self, report: Any) -> str:
        """Say what a test failed with, and whether it may be because there are two processes."""
        crash = _short(report.longrepr) if report.failed else ""
        because = self._strays is not None and report.failed and self._is_of_one_process
        return STRAY + crash[: _LONGEST - len(STRAY)] if self._strays or because else crash

    def pytest_internalerror(self, excrepr: Any) -> None:
        self.tell("internal_error", text=_short(excrepr))


def _short(longrepr: Any) -> str:
    crash = getattr(longrepr, "reprcrash", None)
    return _plain(str(crash or longrepr or ""))[-_LONGEST:]


def _plain(text: str) -> str:
    return text.encode("utf-8", "replace").decode().replace("\0", "\ufffd")
