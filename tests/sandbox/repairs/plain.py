"""Functions of plain values: numbers, texts, lists, and what is awkward about them."""

from __future__ import annotations

from tests.sandbox.forgeries.values import CALC, CALC_BUG
from tests.sandbox.repairs.values import SPLIT, TWINS, Repair, project

_RIGHT = CALC_BUG.replace("return a - b", "return a + b")

NUMBERS_BUG = """\
import math
from decimal import Decimal
from fractions import Fraction


def mean(values):
    return sum(values) / (len(values) + 1)


def factorial(n):
    return 1 if n < 1 else n * factorial(n - 2)


def price(amount, rate):
    return Decimal(amount) + Decimal(rate)


def half(n):
    return Fraction(n, 3)


def root(n):
    return complex(0, -math.sqrt(-n)) if n < 0 else math.sqrt(n)


def smallest(values):
    return min(values)


def split(amount, people):
    return [amount // people] * people
"""
NUMBERS_TESTS = """\
import math
from decimal import Decimal
from fractions import Fraction

import pytest
from numbers_of import factorial, half, mean, price, root, smallest, split


@pytest.mark.parametrize("values, want", [([0.1, 0.2], 0.15), ([1, 2, 4], 7 / 3)])
def test_mean(values, want):
    assert mean(values) == pytest.approx(want)


def test_mean_near():
    assert abs(mean([1.0, 2.0]) - 1.5) < 1e-9


def test_factorial():
    assert factorial(30) == 265252859812191058636308480000000


def test_price():
    assert price("10.00", "1.5") == Decimal("15.000")


def test_half():
    assert half(1) == Fraction(1, 2)


def test_root():
    assert root(-4) == 2j
    assert root(9) == 3


def test_smallest():
    assert smallest([]) == math.inf
    assert smallest([2, 1]) < 2


def test_split():
    for people in (1, 2, 3):
        parts = split(100, people)
        assert sum(parts) == 100
        assert max(parts) - min(parts) <= 1
"""
NUMBERS = project(
    "numbers",
    "numbers_of.py",
    {"numbers_of.py": NUMBERS_BUG, "tests/test_numbers.py": NUMBERS_TESTS},
    "tests/test_numbers.py test_mean[values0-0.15] test_mean[values1-2.3333333333333335] "
    "test_mean_near test_factorial test_price test_half test_root test_smallest test_split",
)
_NUMBERS_RIGHT = (
    NUMBERS_BUG.replace("(len(values) + 1)", "len(values)")
    .replace("factorial(n - 2)", "factorial(n - 1)")
    .replace("Decimal(amount) + Decimal(rate)", "Decimal(amount) * Decimal(rate)")
    .replace("Fraction(n, 3)", "Fraction(n, 2)")
    .replace("complex(0, -math", "complex(0, math")
    .replace("min(values)", "min(values, default=math.inf)")
    .replace(
        "return [amount // people] * people",
        "whole, rest = divmod(amount, people)\n"
        "    return [whole + 1] * rest + [whole] * (people - rest)",
    )
)

TEXTS_BUG = """\
import re


def slug(text):
    return re.sub(r"[^a-z]", "-", text.lower())


def wrap(text, width):
    return [text[at : at + width] for at in range(0, len(text), width + 1)]


def counts(text):
    found = {}
    for word in text.split():
        found[word] = 1
    return found


def initials(name):
    return name[0]


def unique(words):
    return set(words[1:])


def encode(text):
    return text.encode("ascii", "replace")
"""
TEXTS_TESTS = """\
import texts


def test_slug():
    assert texts.slug("Größe: 10 km") == "gr-e-10-km"


def test_wrap():
    lines = texts.wrap("abcdefgh", 3)
    assert lines == ["abc", "def", "gh"]
    assert "".join(lines) == "abcdefgh"


def test_counts():
    assert texts.counts("a b a") == {"a": 2, "b": 1}


def test_initials():
    assert texts.initials("Ada Lovelace") == "AL", "both of them"


def test_unique():
    assert texts.unique(["a", "b", "a"]) >= {"a", "b"}
    assert "a" in texts.unique(["a"])


def test_encode():
    assert texts.encode("é") == b"\\xc3\\xa9"
"""
TEXTS = project(
    "texts",
    "texts.py",
    {"texts.py": TEXTS_BUG, "test_texts.py": TEXTS_TESTS},
    "test_texts.py test_slug test_wrap test_counts test_initials test_unique test_encode",
)
_TEXTS_RIGHT = (
    TEXTS_BUG.replace('r"[^a-z]"', 'r"[^a-z0-9]+"')
    .replace("len(text), width + 1", "len(text), width")
    .replace("found[word] = 1", "found[word] = found.get(word, 0) + 1")
    .replace("return name[0]", 'return "".join(part[0] for part in name.split())')
    .replace("words[1:]", "words")
    .replace('"ascii", "replace"', '"utf-8"')
)

CHANGED_BUG = """\
def sort(values):
    sorted(values)


def merge(into, other):
    return {**into, **other}


def drop(rows, key):
    for row in rows:
        row.pop("nothing", None)


def fill(buffer):
    return bytes(buffer)


def swap(pair):
    pair[0], pair[1] = pair[0], pair[1]
    return pair
"""
CHANGED_TESTS = """\
import pytest

from changed import drop, fill, merge, sort, swap


def test_sort():
    values = [3, 1, 2]
    assert sort(values) is None
    assert values == [1, 2, 3]


def test_merge():
    into = {"a": 1}
    merge(into, {"b": 2})
    assert into == {"a": 1, "b": 2}


def test_drop():
    rows = [{"a": 1, "b": 2}, {"b": 3}]
    first = rows[0]
    drop(rows, "b")
    assert first == {"a": 1}
    assert rows == [{"a": 1}, {}]


def test_fill():
    buffer = bytearray(3)
    fill(buffer)
    assert buffer == b"xxx"


def test_swap():
    pair = [1, 2]
    swap(pair)
    assert pair == [2, 1]
    with pytest.raises(IndexError):
        swap([1])
"""
CHANGED = project(
    "changed",
    "changed.py",
    {"changed.py": CHANGED_BUG, "tests/test_changed.py": CHANGED_TESTS},
    "tests/test_changed.py test_sort test_merge test_drop test_fill test_swap",
)
_CHANGED_RIGHT = (
    CHANGED_BUG.replace("    sorted(values)", "    values.sort()")
    .replace("return {**into, **other}", "into.update(other)")
    .replace('row.pop("nothing", None)', "row.pop(key, None)")
    .replace("return bytes(buffer)", 'buffer[:] = b"x" * len(buffer)')
    .replace("= pair[0], pair[1]\n", "= pair[1], pair[0]\n")
)

REPAIRS = (
    Repair("calc", CALC, {"calc.py": _RIGHT}),
    Repair("calc-otherwise", CALC, {"calc.py": CALC_BUG.replace("a - b", "sum((a, b))")}),
    Repair(
        "calc-in-place", CALC, {"calc.py": CALC_BUG.replace("return a - b", "a += b\n    return a")}
    ),
    Repair(
        "calc-with-a-library",
        CALC,
        {"calc.py": "import operator\n\n\n" + CALC_BUG.replace("a - b", "operator.add(a, b)")},
    ),
    Repair(
        "calc-with-a-new-module",
        CALC,
        {
            "adding.py": "def plus(a, b):\n    return a + b\n",
            "calc.py": "from adding import plus\n\n\n" + CALC_BUG.replace("a - b", "plus(a, b)"),
        },
    ),
    Repair(
        "calc-moved-into-a-new-package",
        CALC,
        {
            "adding/__init__.py": "from adding.core import add\n",
            "adding/core.py": "def add(a, b):\n    return a + b\n",
            "calc.py": "from adding import add\n\n\n" + CALC_BUG[CALC_BUG.index("def mul") :],
        },
    ),
    Repair(
        "calc-with-something-to-read-beside",
        CALC,
        {"calc.py": _RIGHT, "NOTES.md": "# What add does\n"},
        TWINS,
    ),
    Repair("numbers", NUMBERS, {"numbers_of.py": _NUMBERS_RIGHT}),
    Repair("texts", TEXTS, {"texts.py": _TEXTS_RIGHT}),
    Repair(
        "texts-with-a-counter",
        TEXTS,
        {
            "texts.py": "from collections import Counter\n"
            + _TEXTS_RIGHT.replace("return found\n", "return Counter(text.split())\n"),
        },
        SPLIT | TWINS,
    ),
    Repair("changed", CHANGED, {"changed.py": _CHANGED_RIGHT}),
    Repair(
        "changed-by-building-anew",
        CHANGED,
        {"changed.py": _CHANGED_RIGHT.replace("values.sort()", "values[:] = sorted(values)")},
    ),
)
