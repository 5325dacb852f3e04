"""How usual code is, in its file and in Python as such."""

from __future__ import annotations

import pytest

from workbench.healing.ranking.natural import python, shape, usage
from workbench.healing.ranking.tokens import tokens

FILE = """\
def total(orders):
    amount = 0
    for order in orders:
        amount += order.price * order.count
    return amount


def weight(orders):
    return sum(order.weight * order.count for order in orders)
"""


@pytest.mark.parametrize(
    ("usual", "odd"),
    [
        ("for at in range(len(names)):\n", "for at in len(range(names)):\n"),
        ("if left < right:\n    return None\n", "if left < < right:\n    return None\n"),
        ("if key not in seen:\n", "if not key seen in:\n"),
        ("raise ValueError(text)\n", "raise (text)ValueError\n"),
    ],
)
def test_what_python_is_like_costs_less(usual: str, odd: str) -> None:
    nothing = usage("", ())
    assert nothing.bits(usual) < nothing.bits(odd)


def test_what_a_file_says_elsewhere_costs_less() -> None:
    here = usage(FILE, ())
    known, strange = "return order.price * order.count\n", "return order.prize * order.number\n"
    assert here.bits(known) < here.bits(strange)
    assert here.bits(known) < usage("", ()).bits(known)
    assert usage("", [FILE]).bits(known) < usage("", ()).bits(known)


def test_nothing_costs_nothing() -> None:
    assert usage("", ()).bits("") == 0
    assert usage(FILE, ()).bits("# only a comment") == 0


def test_the_table_that_ships_knows_names_and_literals_by_their_kind() -> None:
    shapes = {token for run in python().counts for token in run}
    assert {"NAME", "NUMBER", "TEXT", "self", "return", "\n"} <= shapes
    assert all(shape(token) == token for token in shapes - {"NAME", "NUMBER", "TEXT"})
    assert [shape(token) for token in tokens("spam = 17 + 'x'")] == [
        "NAME",
        "=",
        "NUMBER",
        "+",
        "TEXT",
    ]
    total = sum(python().chance(("\n",), token) for token in shapes)
    assert 0.5 < total <= 1.0001
