"""Projects and changes that are screened: layouts, shapes of code, encodings."""

from __future__ import annotations

from tests.sandbox.screened import Files

CALC = "def add(a, b):\n    total = a - b\n    return total\n"
TESTS = (
    "from calc import add\n\n"
    "def test_add():\n    assert add(1, 2) == 3\n\n"
    "def test_nothing():\n    assert add(0, 0) == 0\n"
)
FLAT = {"calc.py": CALC, "test_calc.py": TESTS}

LAYOUTS: dict[str, tuple[Files, str]] = {
    "flat": (FLAT, "calc.py"),
    "src": (
        {
            "src/calc/__init__.py": "from .core import add\n",
            "src/calc/core.py": CALC,
            "tests/test_calc.py": TESTS,
        },
        "src/calc/core.py",
    ),
    "package": (
        {
            "calc/__init__.py": "from .core import add\n",
            "calc/core.py": CALC,
            "calc/tests/__init__.py": "",
            "calc/tests/test_calc.py": TESTS.replace("from calc", "from ..core"),
        },
        "calc/core.py",
    ),
    "conftest": (
        {
            "calc.py": CALC,
            "conftest.py": (
                "import pytest, calc\n@pytest.fixture\ndef add():\n    return calc.add\n"
            ),
            "test_calc.py": "def test_add(add):\n    assert add(1, 2) == 3\n",
        },
        "calc.py",
    ),
    "importlib": (
        {
            "pytest.ini": "[pytest]\naddopts = --import-mode=importlib\n",
            "calc.py": CALC,
            "tests/test_calc.py": TESTS,
        },
        "calc.py",
    ),
    "unittest": (
        {
            "calc.py": CALC,
            "test_calc.py": (
                "import unittest, calc\n"
                "class CalcTest(unittest.TestCase):\n"
                "    def setUp(self):\n        self.three = 3\n"
                "    def test_add(self):\n"
                "        self.assertEqual(calc.add(1, 2), self.three)\n"
            ),
        },
        "calc.py",
    ),
    "class": (
        {
            "calc.py": CALC,
            "test_calc.py": (
                "from calc import add\n"
                "class TestCalc:\n"
                "    def setup_method(self):\n        self.three = 3\n"
                "    def test_add(self):\n        assert add(1, 2) == self.three\n"
            ),
        },
        "calc.py",
    ),
    "parametrized": (
        {
            "calc.py": CALC,
            "test_calc.py": (
                "import pytest\nfrom calc import add\n"
                "@pytest.mark.parametrize('pair, want', [([1, 2], 3), ([0, 0], 0)])\n"
                "def test_add(pair, want):\n    assert add(*pair) == want\n    pair.clear()\n"
            ),
        },
        "calc.py",
    ),
}


SHAPES: dict[str, tuple[str, str, str, str]] = {
    "decorated": (
        (
            "import functools\n"
            "def twice(f):\n"
            "    @functools.wraps(f)\n"
            "    def inner(*args):\n        return f(*args) + f(*args)\n"
            "    return inner\n"
            "@twice\ndef get(n):\n    return n - 1\n"
        ),
        "n - 1",
        "n + 1",
        "get(2) == 6",
    ),
    "decorator": (
        (
            "def twice(f):\n"
            "    def inner(*args):\n        return f(*args) - f(*args)\n"
            "    return inner\n"
            "@twice\ndef get(n):\n    return n\n"
        ),
        "f(*args) - f(*args)",
        "f(*args) + f(*args)",
        "get(2) == 4",
    ),
    "decorator run at import": (
        (
            "def times(n):\n"
            "    n = n - 1\n"
            "    def around(f):\n        return lambda x: f(x) * n\n"
            "    return around\n"
            "@times(3)\ndef get(x):\n    return x\n"
        ),
        "n = n - 1",
        "n = n + 0",
        "get(2) == 6",
    ),
    "run at import": (
        (
            "def table():\n    return [n for n in range(3)]\nTABLE = table()\n"
            "def get(n):\n    return TABLE[n]\n"
        ),
        "range(3)",
        "range(4)",
        "get(3) == 3",
    ),
    "lru_cache": (
        (
            "from functools import lru_cache\n"
            "@lru_cache(maxsize=None)\ndef get(n):\n"
            "    return n if n < 2 else get(n - 1) - get(n - 2)\n"
        ),
        "get(n - 1) - get(n - 2)",
        "get(n - 1) + get(n - 2)",
        "get(10) == 55",
    ),
    "closure": (
        (
            "def counter():\n    count = 0\n    def step():\n        nonlocal count\n"
            "        count -= 1\n        return count\n    return step\n"
            "def get():\n    step = counter()\n    step()\n    return step()\n"
        ),
        "count -= 1",
        "count += 1",
        "get() == 2",
    ),
    "closure that lives": (
        "def adder(k):\n    def add(n):\n        return n - k\n    return add\nget = adder(2)\n",
        "n - k",
        "n + k",
        "get(1) == 3",
    ),
    "property": (
        (
            "class C:\n    @property\n    def size(self):\n        return 1\ndef get():\n"
            "    return C().size\n"
        ),
        "return 1",
        "return 2",
        "get() == 2",
    ),
    "static": (
        (
            "class C:\n    @staticmethod\n    def f(n):\n        return n\n"
            "    @classmethod\n    def g(cls, n):\n        return cls.f(n)\nget = C.g\n"
        ),
        "return n\n    @classmethod",
        "return n + 1\n    @classmethod",
        "get(1) == 2",
    ),
    "private and super": (
        (
            "class A:\n    def f(self):\n        return 1\n"
            "class B(A):\n    def __init__(self):\n        self.__n = 5\n"
            "    def f(self):\n        return super().f() + self.__n\n"
            "def get():\n    return B().f()\n"
        ),
        "super().f() + self.__n",
        "super().f() - self.__n",
        "get() == -4",
    ),
    "super where there was none": (
        (
            "class A:\n    def f(self):\n        return 1\n"
            "class B(A):\n    def f(self):\n        return 7\ndef get():\n    return B().f()\n"
        ),
        "return 7",
        "return super().f()",
        "get() == 1",
    ),
    "dataclass": (
        (
            "from dataclasses import dataclass\n@dataclass\nclass P:\n    x: int = 0\n"
            "    def twice(self):\n        return self.x + 1\ndef get():\n    return P(4).twice()\n"
        ),
        "self.x + 1",
        "self.x * 2",
        "get() == 8",
    ),
    "dataclass field": (
        (
            "from dataclasses import dataclass\n@dataclass\nclass P:\n    x: int = 0\n"
            "def get():\n    return P().x\n"
        ),
        "x: int = 0",
        "x: int = 3",
        "get() == 3",
    ),
    "class body": (
        "class C:\n    LIMIT = 3\ndef get():\n    return C.LIMIT\n",
        "LIMIT = 3",
        "LIMIT = 4",
        "get() == 4",
    ),
    "constant": (
        "LIMIT = 3\ndef get():\n    return LIMIT\n",
        "LIMIT = 3",
        "LIMIT = 4",
        "get() == 4",
    ),
    "default": ("def get(n=3):\n    return n\n", "n=3", "n=4", "get() == 4"),
    "generator": (
        (
            "def items(n):\n    for i in range(n):\n        yield i\ndef get(n):\n"
            "    return list(items(n))\n"
        ),
        "yield i",
        "yield i + 1",
        "get(2) == [1, 2]",
    ),
    "one line": ("def get(n): return n\n", "return n", "return n + 1", "get(1) == 2"),
    "docstring": (
        (
            'def get(n):\n    """Say it.\n\n    Twice."""\n    for i in range(n):\n        if i:\n'
            "            return i\n    return 5\n"
        ),
        "return i",
        "return i * 3",
        "get(3) == 3 and get.__doc__",
    ),
    "future": (
        (
            "from __future__ import annotations\n"
            "def get(n: Unknown) -> Unknown:\n    def f(m: Unknown):\n        return m\n"
            "    return f(n)\n"
        ),
        "return m",
        "return m + 1",
        "get(1) == 2",
    ),
    "statement added": (
        "def get(n):\n    return n[0]\n",
        "    return n[0]",
        "    if not n:\n        return None\n    return n[0]",
        "get([]) is None",
    ),
    "loop added": (
        "def get(n):\n    total = 0\n    return total\n",
        "    return total",
        "    for i in range(n):\n        total += i\n    return total",
        "get(4) == 6",
    ),
    "tabs": (
        (
            "class C:\n\tclass D:\n\t\tdef f(self):\n\t\t\tfor i in (1, 2):\n\t\t\t\tif i > 1:\n"
            "\t\t\t\t\treturn i\ndef get():\n\treturn C.D().f()\n"
        ),
        "return i\n",
        "return -i\n",
        "get() == -2",
    ),
    "conditional": (
        "import sys\nif sys:\n    def get(n):\n        return n\nelse:\n    get = None\n",
        "return n",
        "return n + 1",
        "get(1) == 2",
    ),
    "import added": (
        "def get():\n    return json.dumps([])\n",
        "def get",
        "import json\n\ndef get",
        "get() == '[]'",
    ),
    "defined twice": (
        "def get():\n    return 1\ndef get():\n    return 2\n",
        "return 2",
        "return 3",
        "get() == 3",
    ),
}


ENCODINGS = {
    "crlf": (CALC.replace("\n", "\r\n").encode(), "a - b"),
    "bom": (b"\xef\xbb\xbf" + CALC.encode(), "a - b"),
    "latin-1": (
        ("# -*- coding: latin-1 -*-\nNAME = 'é'\n" + CALC).encode("latin-1"),
        "a - b",
    ),
    "wide": (("NAME = '🐍é'\n" + CALC).encode(), "a - b"),
}
