"""What came of the attacks in the boxes of one engine, run once by whoever asks first."""

from __future__ import annotations

from functools import cache

import msgspec
import pytest

from tests.sandbox.course import Report
from tests.sandbox.users import Pair, run_as


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
