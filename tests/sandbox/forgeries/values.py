"""What a forgery is, and the projects that most of them are made for."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

import msgspec

from tests.sandbox.proving import Project

Shows = Literal["accepted", "exit", "outcome", "prints"]
"""How one plain run of pytest shows that the trick took effect.

accepted    its records alone, believed, make the repair a good one
exit        the process ends with 0
outcome     the failing tests end as `what` says
prints      what it printed holds `what`: it did its deed, for whatever that is worth
"""


class Forgery(msgspec.Struct, frozen=True):
    """A repair that repairs nothing."""

    name: str
    project: Project
    change: Mapping[str, str]
    shows: Shows = "accepted"
    what: str = ""
    cannot: str = ""
    """Why the trick cannot make anybody believe it here, where that is so."""
    known_to_pass: str = ""
    """Why no question asked from outside tells it from an honest repair."""


CALC_BUG = """\
def add(a, b):
    return a - b


def mul(a, b):
    return a * b


def mean(values):
    return sum(values) / len(values)
"""
CALC_TESTS = """\
import pytest

import calc


def test_add():
    assert calc.add(2, 3) == 5


def test_mul():
    assert calc.mul(2, 3) == 6


@pytest.mark.parametrize("a, b, expected", [(1, 2, 3), (3, 4, 7)])
def test_many(a, b, expected):
    assert calc.add(a, b) == expected
"""
CALC_MORE = """\
from calc import add, mean


def test_again():
    assert add(10, 20) == 30


def test_mean():
    assert mean([1, 2, 3]) == 2
"""
CALC = Project(
    name="calc",
    main="calc.py",
    files={
        "calc.py": CALC_BUG,
        "tests/test_calc.py": CALC_TESTS,
        "tests/test_more.py": CALC_MORE,
    },
    failing=(
        "tests/test_calc.py::test_add",
        "tests/test_calc.py::test_many[1-2-3]",
        "tests/test_calc.py::test_many[3-4-7]",
        "tests/test_more.py::test_again",
    ),
)

MEASURE_BUG = """\
def area(width, height):
    return width + height


def halves(values):
    return [value / 3 for value in values]


def label(number):
    return number


def check(number):
    return number


def lines(path):
    with open(path, encoding="utf-8") as file:
        return [line.upper() for line in file]


def unique(values):
    return [*values, 0]


def spread(values):
    return max(values) - min(values) + 2


def settings():
    return '{"depth": 1}'
"""
MEASURE_TESTS = """\
import json
import math
from pathlib import Path

import pytest

import measure

HERE = Path(__file__).parent


def test_area():
    assert abs(measure.area(3, 4) - 12) < 1


def test_area_rounded():
    assert round(measure.area(3.1, 4.2)) == 13


def test_area_close():
    assert math.isclose(measure.area(1.5, 1.5), 2.25)


def test_halves():
    assert measure.halves([1.0, 2.0]) == pytest.approx([0.5, 1.0])


def test_halves_sum():
    assert sum(measure.halves([3, 3])) == 3


def test_label():
    assert isinstance(measure.label(3), str)


def test_check():
    with pytest.raises(ValueError, match="negative"):
        measure.check(-1)


def test_lines():
    with open(HERE / "expected.txt", encoding="utf-8") as file:
        assert measure.lines(HERE / "given.txt") == file.readlines()


def test_unique():
    assert len(measure.unique([1, 2])) == 2


def test_sorted():
    assert sorted(measure.unique([2, 1])) == [1, 2]


def test_all():
    assert all(one > 0 for one in measure.unique([1, 2]))


def test_spread():
    assert measure.spread([1, 5]) < 5


def test_spread_above():
    assert not measure.spread([1, 5]) != 4


def test_settings():
    assert json.loads(measure.settings()) == {"depth": 3}
"""
MEASURE = Project(
    name="measure",
    main="measure.py",
    files={
        "measure.py": MEASURE_BUG,
        "tests/test_measure.py": MEASURE_TESTS,
        "tests/given.txt": "one\ntwo\n",
        "tests/expected.txt": "One\nTwo\n",
    },
    failing=("tests/test_measure.py",),
)

LEDGER_BUG = """\
class Ledger:
    def __init__(self):
        self.rows = []

    def book(self, amount):
        self.rows.append(-amount)

    def total(self):
        return sum(self.rows)

    def is_level(self):
        return self.total() < 0
"""
LEDGER_TESTS = """\
import unittest

from ledger import Ledger


class LedgerTest(unittest.TestCase):
    def setUp(self):
        self.ledger = Ledger()

    def test_total(self):
        self.ledger.book(5)
        self.ledger.book(7)
        self.assertEqual(self.ledger.total(), 12)

    def test_rows(self):
        self.ledger.book(3)
        self.assertListEqual(self.ledger.rows, [3])

    def test_level(self):
        self.ledger.book(2)
        self.assertFalse(self.ledger.is_level())

    def test_contains(self):
        self.ledger.book(4)
        self.assertIn(4, self.ledger.rows)

    def test_nothing(self):
        self.assertEqual(self.ledger.rows, [])
"""
LEDGER = Project(
    name="ledger",
    main="ledger.py",
    files={"ledger.py": LEDGER_BUG, "tests/test_ledger.py": LEDGER_TESTS},
    failing=tuple(
        f"tests/test_ledger.py::LedgerTest::test_{name}"
        for name in ("contains", "level", "rows", "total")
    ),
)


def calc(payload: str, body: str = CALC_BUG) -> dict[str, str]:
    """Return the calculator with something before its unrepaired body."""
    return {"calc.py": f"{payload}\n\n{body}"}


def measure(payload: str) -> dict[str, str]:
    return {"measure.py": f"{payload}\n\n{MEASURE_BUG}"}


def ledger(payload: str) -> dict[str, str]:
    return {"ledger.py": f"{payload}\n\n{LEDGER_BUG}"}
