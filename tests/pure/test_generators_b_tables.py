"""What each generator makes of one statement, and what it leaves alone."""

from __future__ import annotations

import importlib
import textwrap

import pytest

from workbench.healing.dossier import Dossier, Frame, Raised, TestRun
from workbench.healing.generators import rescues
from workbench.healing.ground import Ground, Site


def made(generator: str, source: str, line: int, *runs: TestRun) -> dict[str, float]:
    """Return the results of a generator at the statement on a line, with the highest priors."""
    text = textwrap.dedent(source)
    ground = Ground(Dossier(runs=runs, files={"program.py": text}))
    module = ground.modules["program.py"]
    node = next(one for one in module.statements if one.lineno == line)
    at_site = importlib.import_module(f"workbench.healing.generators.{generator}").at_site
    found: dict[str, float] = {}
    for one in at_site(ground, Site("program.py", module, node, 1.0)):
        found.setdefault(module.spliced(one.by_path["program.py"]), one.prior)
    return found


TABLE = (
    ("conditions", "def f(x, y):\n if x:\n  return y\n", 2, "if x and y:"),
    ("conditions", "def f(x, y):\n if x and y:\n  return y\n", 2, "if y:"),
    ("conditions", "def f(x, y):\n if x or y:\n  return y\n", 2, "if not (x or y):"),
    ("conditions", "def f(n):\n if n.a:\n  return 1\n", 2, "if n is not None and n.a:"),
    ("conditions", "def f(x, y):\n return x > 1 or y\n", 2, "return (x > 1 or y) and"),
    ("conditions", "def f(a):\n if a:\n  a()\n if not a:\n  a()\n", 4, " elif not a"),
    ("conditions", "def f(a):\n if a:\n  a()\n elif 1:\n  a()\n", 4, " if 1:"),
    ("conditions", "def f(a):\n if a > 1:\n  a -= 1\n", 2, "while a > 1:"),
    ("conditions", "def f(a):\n return [x for x in (a)]\n", 2, "in (a) if x]"),
    ("conditions", "def f(a):\n while True:\n  a -= 1\n", 2, "while a > 0:"),
    ("conditions", "def f(a, b):\n a.append(b)\n", 2, " if b:\n  a.append(b)\n"),
    ("guards", "def f(a):\n return a[0]\n", 2, " if not a:\n  return None\n"),
    ("guards", "def f(a):\n for x in a:\n  g(x)\n", 3, "  if not x:\n   continue"),
    ("returns", "def f(a):\n b = a\n", 2, " b = a\n return b\n"),
    ("returns", "def f(a):\n return\n", 2, "return a\n"),
    ("statements", "def f(a):\n i = 0\n while i < a:\n  g()\n", 4, "g()\n  i += 1\n"),
    ("statements", "def f(a):\n s = set()\n for x in a:\n  g(x)\n", 4, "s.add(x)\n  g(x)"),
    ("statements", "def f(a):\n b = 1\n g(a)\n", 3, "def f(a):\n b = 1\n"),
    ("statements", "def f(a):\n g(a)\n", 2, "def f(a):\n pass\n"),
    ("statements", "for x in y:\n break\n", 2, " continue\n"),
    ("statements", "def f(a):\n if a: return 1\n b = []\n c(b)\n", 2, "def f(a):\n b = []"),
    ("moving", "def f(a):\n for x in a:\n  g(x)\n  return x\n", 4, "g(x)\n return x\n"),
    ("moving", "def f(a):\n for x in a:\n  g(x)\n h(a)\n", 4, "g(x)\n  h(a)\n"),
    ("moving", "def f(a):\n b()\n c()\n", 2, " c()\n b()\n"),
    ("moving", "def f(a):\n b = []\n for x in a:\n  g(b)\n", 2, "a:\n  b = []\n  g(b)"),
    ("moving", "def f(a):\n for x in a:\n  b = []\n  g(b)\n", 3, " b = []\n for x"),
    ("moving", "if a:\n b()\nelse:\n c()\n", 4, "if a:\n b()\nc()\n"),
    ("loops", "for i in range(n):\n g(i)\n", 1, "range(n + 1)"),
    ("loops", "for i in range(n):\n g(i)\n", 1, "range(1, n)"),
    ("loops", "for i in range(1, n - 1):\n g(i)\n", 1, "range(1, n)"),
    ("loops", "for x in y:\n y.remove(x)\n", 1, "in list(y):"),
    ("loops", "for x in y:\n g(x)\n", 1, "in y[1:]:"),
    ("structure", "a, b = b, a\n", 1, "a, b = a, b\n"),
    ("structure", "def f(x):\n return x\n", 2, "return [x]"),
    ("structure", "a.append(b)\n", 1, "a.extend(b)"),
    ("structure", "x = y[1:n]\n", 1, "y[2:n + 1]"),
    ("structure", "if 0 < x < 5: pass\n", 1, "0 <= x <= 5"),
    ("structure", "x = sorted(y)\n", 1, "sorted(y, reverse=True)"),
    ("structure", "y.sort(key=lambda p: p[1])\n", 1, "key=lambda p: -p[1]"),
    ("structure", "def f(x=True): pass\n", 1, "x=False"),
    ("structure", "x = [k for k, v in y]\n", 1, "[v for k, v in y]"),
    ("structure", "x = (a / b) + c / d\n", 1, "(a // b) + c // d"),
    ("results", "def f(s):\n s.strip()\n", 2, "s = s.strip()"),
    ("results", "def f(s):\n s = s.append(1)\n", 2, " s.append(1)\n"),
    ("results", "def f(s):\n return s.sort()\n", 2, " s.sort()\n return s\n"),
    ("results", "def f(s):\n x = s.sort(key=len)\n", 2, "x = sorted(s, key=len)"),
    ("results", "def f(n):\n f(n - 1)\n", 2, "return f(n - 1)"),
    ("results", "def f(n):\n ValueError(n)\n", 2, "raise ValueError(n)"),
    ("results", "def f(n):\n yield n\n f(n - 1)\n", 3, "yield from f(n - 1)"),
    ("results", "async def g(): pass\nasync def f():\n x = g()\n", 3, "x = await g()"),
    ("results", "x = y + 1\n", 1, "x += y + 1"),
    ("results", "class A(B):\n def __init__(self):\n  self.x = 1\n", 3, "super().__init__()\n"),
    ("results", "class A:\n def __init__(self, x, y):\n  self.x = x\n", 3, "self.y = y\n"),
    ("aliases", "x = dict.fromkeys(y, [])\n", 1, "x = {key: [] for key in y}"),
    ("aliases", "def f(y):\n x = y\n", 2, "x = y.copy()"),
    ("aliases", "def f(y):\n y.append(1)\n return y\n", 3, "return y[:]"),
    ("donors", "def f(a, i):\n x = a[i] + 1\n y = i\n", 3, "y = a[i] + 1"),
    ("donors", "def f(a, b, i, j):\n a.append(i)\n return b, j\n", 2, "b.append(j)\n"),
)  # fmt: skip


@pytest.mark.parametrize(("generator", "source", "line", "part"), TABLE)
def test_a_generator_makes(generator: str, source: str, line: int, part: str) -> None:
    """Find a result that holds the part, which the source does not hold."""
    assert any(part in result for result in made(generator, source, line))


NOTHING = (
    ("moving", "def f(a):\n    x = '''\n    '''\n", 2),
    ("statements", 'def f(a):\n    """Says nothing."""\n', 2),
    ("guards", "x = 1\n", 1),
    ("returns", "def f():\n    return 1\n", 2),
    ("loops", "x = 1\n", 1),
)


@pytest.mark.parametrize(("generator", "source", "line"), NOTHING)
def test_a_generator_leaves_alone(generator: str, source: str, line: int) -> None:
    assert not made(generator, source, line)


def failing(kind: str, message: str, **values: str) -> TestRun:
    frames = (Frame("program.py", 2, "f", values),) if values else ()
    return TestRun("t.py::test", "failed", Raised(kind, message, frames))


def likeliest(results: dict[str, float]) -> str:
    return max(results, key=lambda one: results[one])


def test_values_at_the_crash_choose_the_guard() -> None:
    """A guard that held when it crashed comes before those that did not."""
    source = "def f(a, b):\n    return a[0] + b[0]\n"
    crash = failing("IndexError", "list index out of range", a="[1]", b="[]")
    assert "if not b:" in likeliest(made("guards", source, 2, crash))


@pytest.mark.parametrize(
    "message",
    [
        "Failed: DID NOT RAISE <class 'KeyError'>",
        "DID NOT RAISE <class 'KeyError'>",
        "KeyError not raised",
    ],
)
def test_an_exception_that_did_not_come_is_raised(message: str) -> None:
    """Raise what the tests waited for, and nothing else."""
    found = made("guards", "def f(n):\n    return n\n", 2, failing("Failed", message))
    assert "raise KeyError" in likeliest(found)
    assert not any("raise ValueError" in one for one in found)


def test_a_none_in_the_message_asks_for_a_return() -> None:
    source = "def f(a):\n    b = a + 1\n"
    told = made("returns", source, 2, failing("AssertionError", "assert None == 3"))
    other = made("returns", source, 2, failing("AssertionError", "assert 4 == 3"))
    result = "def f(a):\n    b = a + 1\n    return b\n"
    assert told[result] > other[result]


ENDINGS = (
    ("guards", "def f(a):\r\n\treturn a[0]\r\n", 2, "\r\n\tif not a:\r\n\t\treturn None\r\n\tre"),
    ("returns", "def f(a):\r\n  b = a\r\n", 2, "def f(a):\r\n  b = a\r\n  return b\r\n"),
    ("returns", "def f(a):\n  b = a", 2, "def f(a):\n  b = a\n  return b"),
    ("moving", "for x in y:\r\n\ta()\r\n\tb()\r\n", 3, "for x in y:\r\n\ta()\r\nb()\r\n"),
    ("statements", "def f(a):\r\n   b = 1\r\n   g(a)\r\n", 2, "def f(a):\r\n   g(a)\r\n"),
    ("statements", "b = 1; c = 2\nd = 3\n", 1, "c = 2\nd = 3\n"),
    ("conditions", "def f(a):\r\n  g(a)\r\n", 2, "def f(a):\r\n  if a:\r\n    g(a)\r\n"),
    ("structure", "x = 'é', y\r\n", 1, "x = y, 'é'\r\n"),
)  # fmt: skip


@pytest.mark.parametrize(("generator", "source", "line", "result"), ENDINGS)
def test_layout_stays_as_the_file_has_it(
    generator: str, source: str, line: int, result: str
) -> None:
    assert any(result in one for one in made(generator, source, line))


def test_comments_survive_a_move() -> None:
    source = "for x in y:  # each\n    a()  # first\n    # then\n    b()  # last\n"
    assert "for x in y:  # each\n    a()  # first\n    # then\nb()  # last\n" in made(
        "moving", source, 4
    )


def crash_in(line: int, kind: str) -> TestRun:
    frames = (Frame("program.py", line, "f", {}),)
    return TestRun("t.py::test", "failed", Raised(kind, "", frames))


@pytest.mark.parametrize(
    ("source", "line", "result"),
    [
        (
            "def f(a):\n  return a[0]\n",
            2,
            "    return a[0]\n  except KeyError:\n    return None",
        ),
        ("for x in y:\n  def f():\n    g(x)\n", 3, "except KeyError:\n      pass"),
        ("def f(y):\n  for x in y:\n    g(x)\n", 3, "except KeyError:\n      continue"),
    ],
)
def test_what_raised_is_caught(source: str, line: int, result: str) -> None:
    found = made("rescues", source, line, crash_in(line, "KeyError"))
    assert any(result in one for one in found)
    assert not made("rescues", source, line, crash_in(line, "AssertionError"))
    assert not made("rescues", source, line)


def test_an_exception_becomes_the_one_that_the_test_waits_for() -> None:
    source = "def f(a):\n    return a[0]\n"
    tests = "def test():\n    with pytest.raises(ValueError):\n        f({})\n"
    runs = (crash_in(2, "KeyError"),)
    ground = Ground(Dossier(runs, {"program.py": source}, {"t.py": tests}))
    module = ground.modules["program.py"]
    site = Site("program.py", module, module.functions[0].body[0], 1.0)
    first = next(rescues.at_site(ground, site))
    assert "raise ValueError(str(error)) from error" in module.spliced(first.by_path["program.py"])


MERGING = """
def merge(a, b):
    i = j = 0
    while i < len(a):
        if a[i] < b[j]:
            i += 1
        else:
            j += 1
"""


@pytest.mark.parametrize(
    ("line", "crashed", "part"),
    [
        (4, 5, "j < len(b)"),
        (5, 5, "j < len(b)"),
        (5, 6, " and "),
        (5, 8, " or "),
    ],
)
def test_a_crash_behind_a_condition_chooses_what_joins_it(
    line: int, crashed: int, part: str
) -> None:
    """Prefer what would have led away from where it crashed."""
    values = {"a": "[1, 2]", "b": "[0]", "i": "0", "j": "1"}
    frames = (Frame("program.py", crashed, "merge", values),)
    crash = TestRun("t.py::test", "failed", Raised("IndexError", "out of range", frames))
    found = {
        text: prior
        for text, prior in made("conditions", MERGING, line, crash).items()
        if " and " in text or " or " in text
    }
    first = sorted(found, key=lambda text: -found[text])[:2]
    assert any(part in one for one in first)
