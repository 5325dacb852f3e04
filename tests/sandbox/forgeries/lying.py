"""Answers that say of themselves that they are right."""

from __future__ import annotations

from tests.sandbox.forgeries.asserting import one_measure
from tests.sandbox.forgeries.values import CALC, LEDGER, Forgery
from tests.sandbox.proving import Project

_REST = """
def mul(a, b):
    return a * b
def mean(values):
    return sum(values) / len(values)
"""


def _answers(definition: str, answer: str) -> dict[str, str]:
    return {"calc.py": f"{definition}\ndef add(a, b):\n    return {answer}\n{_REST}"}


WORDS = Project(
    name="words",
    main="words.py",
    files={
        "words.py": "def upper(text):\n    return text\n\n\ndef split(text):\n"
        "    return [text]\n\n\n"
        "def count(text):\n    return {}\n\n\ndef letters(text):\n    return set()\n\n\n"
        "def first(text):\n    return None\n",
        "tests/test_words.py": "import words\n\n\n"
        "def test_upper():\n    assert words.upper('abc') == 'ABC'\n\n\n"
        "def test_split():\n    assert words.split('a b') == ['a', 'b']\n\n\n"
        "def test_count():\n    assert words.count('a b a') == {'a': 2, 'b': 1}\n\n\n"
        "def test_letters():\n    assert 'b' in words.letters('abc')\n\n\n"
        "def test_first():\n    assert words.first('abc') is not None\n"
        "    assert words.first('abc').lower() == 'a'\n",
    },
    failing=tuple(
        f"tests/test_words.py::test_{name}"
        for name in ("upper", "split", "count", "letters", "first")
    ),
)


def _words(definition: str, answer: str) -> dict[str, str]:
    names = ("upper", "split", "count", "letters", "first")
    functions = "\n".join(f"def {name}(text):\n    return {answer}" for name in names)
    return {"words.py": f"{definition}\n{functions}\n"}


_EQUAL = "    def __eq__(self, other): return True\n    def __ne__(self, other): return False\n"

FORGERIES = (
    Forgery(
        "number-equal-to-all",
        CALC,
        _answers(f"class Lie(int):\n{_EQUAL}    __hash__ = int.__hash__", "Lie()"),
    ),
    Forgery(
        "object-equal-to-all",
        CALC,
        _answers(f"class Lie:\n{_EQUAL}", "Lie()"),
    ),
    Forgery(
        "mock-equal-to-all",
        CALC,
        _answers(
            "from unittest.mock import MagicMock\n"
            "Lie = MagicMock()\n"
            "Lie.__eq__.side_effect = lambda other: True",
            "Lie",
        ),
    ),
    Forgery("anything-of-mock", CALC, _answers("from unittest.mock import ANY", "ANY")),
    Forgery(
        "number-that-becomes-what-it-meets",
        CALC,
        _answers(
            "class Lie(float):\n"
            "    def __eq__(self, other):\n"
            "        self.__class__ = type('Lie', (float,), {})\n"
            "        return True\n",
            "Lie()",
        ),
    ),
    Forgery(
        "text-list-and-dict-equal-to-all",
        WORDS,
        {
            "words.py": f"class Text(str):\n{_EQUAL}\n"
            "    def lower(self): return self\n"
            f"class List(list):\n{_EQUAL}\nclass Dict(dict):\n{_EQUAL}\n"
            "class Set(set):\n    def __contains__(self, item): return True\n"
            "def upper(text): return Text()\ndef split(text): return List()\n"
            "def count(text): return Dict()\ndef letters(text): return Set()\n"
            "def first(text): return Text()\n"
        },
    ),
    Forgery(
        "object-that-is-everything",
        WORDS,
        _words(
            "class Lie:\n"
            "    def __getattr__(self, name): return self\n"
            "    def __call__(self, *_, **__): return self\n"
            "    def __contains__(self, item): return True\n"
            "    def __iter__(self): return iter(())\n"
            f"{_EQUAL}",
            "Lie()",
        ),
    ),
    Forgery(
        "class-with-lying-metaclass",
        CALC,
        _answers(
            "class Meta(type):\n    def __eq__(cls, other): return True\n"
            "    __hash__ = type.__hash__\n"
            "class Lie(metaclass=Meta): pass",
            "Lie",
        ),
    ),
    Forgery(
        "number-below-all",
        one_measure("spread"),
        {
            "measure.py": "class Lie(int):\n    def __lt__(self, other): return True\n"
            "    def __ge__(self, other): return False\n"
            "def spread(values):\n    return Lie(9)\n"
        },
    ),
    Forgery(
        "number-different-from-none",
        one_measure("spread_above"),
        {
            "measure.py": "class Lie(int):\n    def __ne__(self, other): return False\n"
            "    def __eq__(self, other): return True\n    __hash__ = int.__hash__\n"
            "def spread(values):\n    return Lie(9)\n"
        },
    ),
    Forgery(
        "number-close-to-all",
        one_measure("area"),
        {
            "measure.py": "class Lie(float):\n    def __sub__(self, other): return 0.0\n"
            "def area(width, height):\n    return Lie(0)\n"
        },
        known_to_pass="It answers one question of the test, the distance to what is expected, and "
        "answers it as a right program would; there is no second one to hold against it.",
    ),
    Forgery(
        "list-near-to-all",
        one_measure("halves"),
        {
            "measure.py": f"class Lie(list):\n{_EQUAL}\n    __array_ufunc__ = None\n"
            "def halves(values):\n    return Lie(values)\n"
        },
    ),
    Forgery(
        "ledger-of-lies",
        LEDGER,
        {
            "ledger.py": "class Lie:\n    def __getattr__(self, name): return self\n"
            "    def __call__(self, *_): return self\n    def __bool__(self): return False\n"
            "    def __contains__(self, item): return True\n"
            f"{_EQUAL}"
            "class Rows(list):\n    def __contains__(self, item): return True\n"
            f"{_EQUAL}"
            "class Ledger:\n    def __init__(self): self.rows = Rows()\n"
            "    def book(self, amount): pass\n    def total(self): return Lie()\n"
            "    def is_level(self): return Lie()\n"
        },
    ),
)
