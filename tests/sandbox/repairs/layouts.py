"""Layouts: unittest, fixtures, files that could not even be imported."""

from __future__ import annotations

from tests.sandbox.repairs.values import Repair, project

BANK_BUG = """\
class Account:
    def __init__(self, balance=0):
        self.balance = balance
        self.history = []

    def deposit(self, amount):
        self.balance = amount
        self.history.append(("in", amount))

    def withdraw(self, amount):
        self.balance -= amount
        self.history.append(("out", amount))

    def interest(self, rate):
        return self.balance * rate
"""
BANK_TESTS = """\
import unittest

from bank import Account


class AccountTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.rates = (0.1, 0.2)

    def setUp(self):
        self.account = Account(100)

    def test_deposit(self):
        self.account.deposit(50)
        self.assertEqual(self.account.balance, 150)
        self.assertIn(("in", 50), self.account.history)

    def test_withdraw_too_much(self):
        with self.assertRaisesRegex(ValueError, "not enough"):
            self.account.withdraw(500)
        self.assertEqual(self.account.balance, 100)
        self.assertEqual(self.account.history, [])

    def test_interest(self):
        self.assertAlmostEqual(self.account.interest(5), 5.0)

    def test_interests(self):
        for rate in self.rates:
            with self.subTest(rate=rate):
                self.assertLess(self.account.interest(rate), 1)

    @unittest.skip("later")
    def test_later(self):
        self.fail()

    @unittest.expectedFailure
    def test_never(self):
        self.assertEqual(self.account.balance, 1)


class SavingsTest(AccountTest):
    def setUp(self):
        self.account = Account(100)
        self.assertTrue(self.account.balance)


if __name__ == "__main__":
    unittest.main()
"""
_BANK_NAMES = ("deposit", "withdraw_too_much", "interest", "interests")
BANK = project(
    "bank",
    "bank.py",
    {"bank.py": BANK_BUG, "tests/test_bank.py": BANK_TESTS},
    tuple(
        f"tests/test_bank.py::{kind}::test_{name}"
        for kind in ("AccountTest", "SavingsTest")
        for name in _BANK_NAMES
    ),
)
_BANK_RIGHT = (
    BANK_BUG.replace("self.balance = amount", "self.balance += amount")
    .replace(
        "        self.balance -= amount",
        '        if amount > self.balance:\n            raise ValueError("not enough")\n'
        "        self.balance -= amount",
    )
    .replace("self.balance * rate", "self.balance * rate / 100")
)

KINDS_BUG = """\
def classify(n):
    return "odd" if n % 2 == 0 else "even"


def collatz(n):
    steps = 0
    while n != 1:
        n = n // 2 if n % 2 == 0 else n + 1
        steps += 1
    return steps


def check(n):
    if n > 0:
        raise ValueError("below zero")


def bounded(n):
    return min(max(n, 0), 100)
"""
KINDS_TESTS = """\
import pytest

from kinds import bounded, check, classify, collatz

pytestmark = pytest.mark.filterwarnings("error")


class TestClassify:
    def setup_method(self):
        self.expected = {1: "odd", 2: "even"}

    @pytest.mark.parametrize("n", [1, 2])
    def test_classify(self, n):
        assert classify(n) == self.expected[n]

    def test_by_helper(self):
        self.verify(3, "odd")

    def verify(self, n, kind):
        assert classify(n) == kind


class TestCollatz:
    @pytest.fixture(params=[(1, 0), (6, 8), (27, 111)], ids=["one", "six", "many"])
    def case(self, request):
        return request.param

    def test_steps(self, case):
        n, steps = case
        assert collatz(n) == steps


def test_no_assertion():
    check(5)


def test_negative():
    try:
        check(-1)
    except ValueError as error:
        assert "below" in str(error)
    else:
        raise AssertionError("nothing was raised")


def test_loop():
    for n in range(1, 20):
        if n % 2:
            assert classify(n) == "odd"
        else:
            assert classify(n) == "even"


@pytest.mark.skipif(True, reason="never")
def test_skipped():
    assert classify(1) == "nothing"


@pytest.mark.xfail(reason="not yet")
def test_expected_to_fail():
    assert bounded(200) == 200


def test_bounded(limits):
    assert bounded(-5) >= limits[0]
    assert bounded(105) <= limits[1]
    assert bounded(50) == half(limits)


def half(limits):
    return sum(limits) // 2
"""
KINDS_FILES = {
    "kinds.py": KINDS_BUG,
    "conftest.py": "import pytest\n\n\n@pytest.fixture(scope='session')\ndef limits():\n"
    "    return (0, 100)\n",
    "test_kinds.py": KINDS_TESTS,
}
KINDS = project(
    "kinds",
    "kinds.py",
    KINDS_FILES,
    "test_kinds.py TestClassify::test_classify[1] TestClassify::test_classify[2] "
    "TestClassify::test_by_helper TestCollatz::test_steps[six] TestCollatz::test_steps[many] "
    "test_no_assertion test_negative test_loop",
)
_KINDS_RIGHT = (
    KINDS_BUG.replace('"odd" if n % 2 == 0 else "even"', '"even" if n % 2 == 0 else "odd"')
    .replace("n + 1\n", "3 * n + 1\n")
    .replace("if n > 0:", "if n < 0:")
)

_LOST = (
    "from lost import find\n\n\ndef test_find():\n    assert find([1, 2], 2) == 1\n\n\n"
    "def test_not_found():\n    assert find([], 2) == -1\n"
)
_FIND = "def find(values, wanted):\n    return values.index(wanted) if wanted in values else -1\n"
LOST_NAME = project(
    "lost-name",
    "lost.py",
    {"lost.py": _FIND.replace("def find", "def search"), "tests/test_lost.py": _LOST},
    ("tests/test_lost.py",),
)
LOST_SYNTAX = project(
    "lost-syntax",
    "lost.py",
    {"lost.py": _FIND.replace("wanted):", "wanted)"), "tests/test_lost.py": _LOST},
    ("tests/test_lost.py",),
)
LOST_MODULE = project(
    "lost-module", "lost.py", {"tests/test_lost.py": _LOST}, ("tests/test_lost.py",)
)
LOST_IMPORT = project(
    "lost-import",
    "lost.py",
    {
        "lost.py": "from helping import position\n\n\ndef find(values, wanted):\n"
        "    return position(values, wanted)\n",
        "helping.py": _FIND,
        "tests/test_lost.py": _LOST,
        "tests/test_other.py": "from helping import find\n\n\ndef test_it():\n"
        "    assert find([1], 1) == 0\n",
    },
    ("tests/test_lost.py",),
)
LOST_ONE = project(
    "lost-one",
    "lost.py",
    {"lost.py": _FIND.replace("values.index", "value.index"), "tests/test_lost.py": _LOST},
    "tests/test_lost.py test_find",
)

REPAIRS = (
    Repair("bank", BANK, {"bank.py": _BANK_RIGHT}),
    Repair(
        "bank-with-properties",
        BANK,
        {
            "bank.py": _BANK_RIGHT.replace(
                "        self.balance = balance\n", "        self._balance = balance\n"
            )
            + "\n    @property\n    def balance(self):\n        return self._balance\n"
            "\n    @balance.setter\n    def balance(self, value):\n        self._balance = value\n"
        },
    ),
    Repair("kinds", KINDS, {"kinds.py": _KINDS_RIGHT}),
    Repair(
        "kinds-in-a-table",
        KINDS,
        {
            "kinds.py": _KINDS_RIGHT.replace(
                '"even" if n % 2 == 0 else "odd"', '("even", "odd")[n % 2]'
            )
        },
    ),
    Repair("lost-name", LOST_NAME, {"lost.py": _FIND}),
    Repair(
        "lost-name-as-another",
        LOST_NAME,
        {"lost.py": _FIND.replace("def find", "def search") + "\n\nfind = search\n"},
    ),
    Repair("lost-syntax", LOST_SYNTAX, {"lost.py": _FIND}),
    Repair("lost-module", LOST_MODULE, {"lost.py": _FIND}),
    Repair(
        "lost-module-as-a-package",
        LOST_MODULE,
        {"lost/__init__.py": "from .finding import find\n", "lost/finding.py": _FIND},
    ),
    Repair(
        "lost-import",
        LOST_IMPORT,
        {
            "lost.py": "from helping import find as position\n\n\ndef find(values, wanted):\n"
            "    return position(values, wanted)\n"
        },
    ),
    Repair(
        "lost-import-in-the-other-file",
        LOST_IMPORT,
        {"helping.py": _FIND + "\n\nposition = find\n"},
    ),
    Repair("lost-one", LOST_ONE, {"lost.py": _FIND}),
    Repair(
        "lost-one-by-trying",
        LOST_ONE,
        {
            "lost.py": "def find(values, wanted):\n    try:\n        return values.index(wanted)\n"
            "    except ValueError:\n        return -1\n"
        },
    ),
)
