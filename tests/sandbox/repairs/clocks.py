"""Tests that stop the clocks that programs read."""

from __future__ import annotations

from tests.sandbox.repairs.values import TWINS, Repair, project

FROZEN_BUG = """\
import time


def age(born):
    return time.time() + born
"""
FROZEN_TESTS = """\
import sys
import time

import pytest

from frozen import age

CLOCKS = [time.time, time.monotonic, time.perf_counter]


@pytest.fixture
def long_ago():
    stopped = dict.fromkeys(CLOCKS, lambda: 4e9)
    places = [
        (module, name, value)
        for module in list(sys.modules.values())
        for name, value in list(vars(module).items())
        if type(value) is type(time.time) and value in stopped
    ]
    for module, name, value in places:
        setattr(module, name, stopped[value])
    yield
    for module, name, value in places:
        setattr(module, name, value)


def test_age(long_ago):
    assert age(3e9) == 1e9
"""
FROZEN = project(
    "frozen",
    "frozen.py",
    {"frozen.py": FROZEN_BUG, "tests/test_frozen.py": FROZEN_TESTS},
    "tests/test_frozen.py test_age",
)

REPAIRS = (Repair("frozen", FROZEN, {"frozen.py": FROZEN_BUG.replace("+", "-")}, TWINS),)
