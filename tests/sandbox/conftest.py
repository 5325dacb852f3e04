"""A plan of a box; and what came of the attacks in one engine's, run once by who asks first."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import msgspec
import pytest

from tests.sandbox.course import Report
from tests.sandbox.interpreters import interpreter_of
from tests.sandbox.users import Pair, run_as
from workbench.sandbox.plan import Plan


@cache
def report_of(pair: Pair) -> Report:
    printed = run_as(pair.user, pair.python, "tests.sandbox.course", pair.engine)
    return msgspec.json.decode(printed, type=Report)


@pytest.fixture
def report(pair: Pair) -> Report:
    """Skip the test where this machine cannot have the engine."""
    pair.skip_unless_possible()
    found = report_of(pair)
    if found.missing:
        pair.lack(found.missing)
    return found


@pytest.fixture
def plan(tmp_path: Path) -> Plan:
    interpreter = interpreter_of("3.11", tmp_path) or interpreter_of("3.12", tmp_path)
    assert interpreter, "the suite itself runs in a Python that a box can have"
    trees = tmp_path / "trees"
    trees.mkdir(mode=0o755)
    return Plan(interpreter, str(trees), str(tmp_path / "live"))
