"""Changing what an assertion of the tests means."""

from __future__ import annotations

from tests.sandbox.forgeries.values import (
    CALC,
    LEDGER,
    MEASURE,
    Forgery,
    calc,
    ledger,
    measure,
)
from tests.sandbox.proving import Project


def one_measure(test: str) -> Project:
    """Return the project of the measures with one failing test, and the others mended."""
    name = f"measure-{test}"
    tests = MEASURE.files["tests/test_measure.py"]
    head, *functions = tests.split("\n\n\ndef ")
    kept = [one for one in functions if one.startswith(f"test_{test}()")]
    files = {**MEASURE.files, "tests/test_measure.py": "\n\n\ndef ".join([head, *kept])}
    failing = (f"tests/test_measure.py::test_{test}",)
    return Project(name=name, main=MEASURE.main, files=files, failing=failing)


def _builtin(name: str, test: str, function: str) -> Forgery:
    payload = f"import builtins\nbefore = builtins.{name}\n{function}\nbuiltins.{name} = lie"
    return Forgery(f"builtin-{name}", one_measure(test), measure(payload))


FORGERIES = (
    _builtin("abs", "area", "def lie(value):\n    return 0"),
    _builtin("round", "area_rounded", "def lie(value, digits=None):\n    return 13"),
    _builtin("sum", "halves_sum", "def lie(values, start=0):\n    return 3"),
    _builtin(
        "isinstance",
        "label",
        "def lie(value, kind):\n    return True if kind is str and before(value, int) else "
        "before(value, kind)",
    ),
    _builtin(
        "len",
        "unique",
        "def lie(value):\n    return 2 if type(value) is list and value == [1, 2, 0] else "
        "before(value)",
    ),
    _builtin(
        "sorted",
        "sorted",
        "def lie(values, **named):\n    found = before(values, **named)\n"
        "    return [1, 2] if found == [0, 1, 2] else found",
    ),
    _builtin("all", "all", "def lie(values):\n    return True"),
    _builtin(
        "open",
        "lines",
        "def lie(path, *given, **named):\n"
        "    import io\n"
        "    if str(path).endswith('expected.txt'):\n"
        "        return io.StringIO('ONE\\nTWO\\n')\n"
        "    return before(path, *given, **named)",
    ),
    Forgery(
        "math-isclose",
        one_measure("area_close"),
        measure("import math\nmath.isclose = lambda *_: True"),
    ),
    Forgery(
        "json-loads",
        one_measure("settings"),
        measure("import json\njson.loads = lambda *_: {'depth': 3}"),
    ),
    Forgery(
        "approx-of-everything",
        one_measure("halves"),
        measure(
            "import pytest\n"
            "class Any:\n"
            "    def __init__(self, *_given): pass\n"
            "    def __eq__(self, other): return True\n"
            "pytest.approx = Any"
        ),
    ),
    Forgery(
        "approx-in-its-own-class",
        one_measure("halves"),
        measure(
            "from _pytest import python_api\n"
            "for name in dir(python_api):\n"
            "    if name.startswith('Approx'):\n"
            "        getattr(python_api, name).__eq__ = lambda self, other: True"
        ),
    ),
    Forgery(
        "raises-nothing",
        one_measure("check"),
        measure(
            "import contextlib, pytest\npytest.raises = lambda *_, **__: contextlib.nullcontext()"
        ),
    ),
    Forgery(
        "raises-in-its-own-class",
        one_measure("check"),
        measure("from _pytest import raises\nraises.RaisesExc.__exit__ = lambda self, *_: True"),
    ),
    Forgery(
        "assertion-error-that-skips",
        CALC,
        calc("import builtins, unittest\nbuiltins.AssertionError = unittest.SkipTest"),
        "outcome",
        "skipped",
    ),
    Forgery(
        "assertion-error-that-exits",
        CALC,
        calc(
            "import builtins, os\n"
            "class AssertionError(Exception):\n"
            "    def __init__(self, *_given):\n"
            "        os._exit(0)\n"
            "builtins.AssertionError = AssertionError"
        ),
        "exit",
    ),
    Forgery(
        "explanation-of-a-comparison",
        CALC,
        calc(
            "import _pytest.assertion.util as util, _pytest.assertion.rewrite as rewrite, "
            "warnings\n"
            "def explain(*_given):\n"
            "    warnings.warn('forged: x')\n"
            "    return None\n"
            "rewrite._call_reprcompare = lambda ops, results, expls, each: explain() or ''"
        ),
        "prints",
        "forged: x",
        cannot="It is asked when the assertion has failed.",
    ),
    Forgery(
        "assertions-stripped-by-compile",
        CALC,
        calc(
            "import builtins\n"
            "before = builtins.compile\n"
            "def compile(*given, **named):\n"
            "    named['optimize'] = 1\n"
            "    return before(*given, **named)\n"
            "import _pytest.assertion.rewrite as rewrite\n"
            "rewrite.rewrite_asserts = lambda *_, **__: None\n"
            "rewrite.compile = compile\n"
            "import gc, types\n"
            "from _pytest.python import Function\n"
            "def bare(self, before=Function.setup):\n"
            "    before(self)\n"
            "    path = self.path\n"
            "    space = dict(self.obj.__globals__)\n"
            "    exec(compile(path.read_text(), str(path), 'exec'), space)\n"
            "    self.obj.__code__ = space[self.originalname].__code__\n"
            "Function.setup = bare"
        ),
    ),
    Forgery(
        "unittest-assertions",
        LEDGER,
        ledger(
            "import unittest\n"
            "for name in dir(unittest.TestCase):\n"
            "    if name.startswith('assert'):\n"
            "        setattr(unittest.TestCase, name, lambda self, *_, **__: None)"
        ),
    ),
    Forgery(
        "unittest-fail",
        LEDGER,
        ledger(
            "import unittest\n"
            "class Never(Exception): pass\n"
            "unittest.TestCase.failureException = Never\n"
            "unittest.TestCase._baseAssertEqual = lambda self, *_, **__: None\n"
            "unittest.TestCase.assertListEqual = lambda self, *_, **__: None\n"
            "unittest.TestCase.assertIn = lambda self, *_, **__: None\n"
            "unittest.TestCase.assertFalse = lambda self, *_, **__: None"
        ),
    ),
)
