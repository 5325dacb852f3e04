"""Pytest up to the point where it would run the tests, and then somebody else's loop."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from typing import Any

import pytest

from ..work import pass_for_pytest, put_own_first
from .items import Witness

Loop = Callable[[Any, Any], None]


class Collected(Witness):
    """The plug-in that takes over when the tests have been collected."""

    def __init__(self, loop: Loop, before: Loop | None = None) -> None:
        super().__init__()
        self._before = before
        self.reached = False
        self.trouble: BaseException | None = None
        self._loop = loop

    @pytest.hookimpl(tryfirst=True)
    def pytest_collection(self, session: Any) -> None:
        before, self._before = self._before, None
        if before:
            before(session, self)

    def pytest_exception_interact(self, node: Any, call: Any, report: Any) -> None:
        if isinstance(report, pytest.CollectReport):
            self.errors[report.nodeid or node.name] = _root(call.excinfo.value)

    def pytest_collectreport(self, report: Any) -> None:
        if report.failed:
            self.errors.setdefault(report.nodeid or ".", None)

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtestloop(self, session: Any) -> bool:
        self.reached = True
        try:
            self._loop(session, self)
        except BaseException as error:
            self.trouble = error  # Pytest would make a text of it and go on.
        return True


def _root(error: BaseException) -> BaseException:
    """Return what pytest says that a file could not be imported for."""
    is_pytests = type(error).__module__.startswith("_pytest")
    return error.__cause__ or error.__context__ or error if is_pytests else error


class Start:
    """How pytest is started."""

    def __init__(self, work: dict[str, Any], project: str) -> None:
        self._plugins = work["plugins"]
        self._arguments = work["arguments"]
        self._project = project

    def run(self, plugin: Collected, tests: list[str] | None = None) -> int:
        """Collect the tests, or those of the files named, and leave the rest to the plug-in."""
        put_own_first(self._project)
        pass_for_pytest()
        os.environ["PYTEST_DISABLE_PLUGIN_AUTOLOAD"] = "1"
        named = {name: sys.modules[name] for name in self._plugins if name in sys.modules}
        arguments = [*_ALWAYS, *(self._arguments if tests is None else tests), *_without(named)]
        code = int(pytest.main(arguments, plugins=[plugin, *named.values()]))
        if plugin.trouble:
            raise plugin.trouble
        return code


_ALWAYS = ("-pno:cacheprovider", "--continue-on-collection-errors", "-s", "-q")


def _without(named: dict[str, Any]) -> list[str]:
    """Switch off what plug-ins do to whole runs."""
    flags = {"xdist.plugin": "-n0", "pytest_cov.plugin": "--no-cov"}
    return [flag for name, flag in flags.items() if name in named]
