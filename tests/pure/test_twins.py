"""An honest program fails every twin and passes every test; one that cheats passes both."""

from __future__ import annotations

import ast
import asyncio
import inspect
import sys
import types
import unittest
from collections.abc import Iterator, Mapping
from functools import total_ordering
from textwrap import dedent
from typing import Any
from unittest import mock

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from workbench.sandbox.proof.alterations import Kind, helper_source
from workbench.sandbox.proof.tested import known_tests
from workbench.sandbox.proof.twins import Plan, Twin, choose, complement, expected, prepare, toss

PATH = "tests/test_toy.py"


def boom() -> None:
    raise ValueError("boom")


async def later(value: object) -> object:
    await asyncio.sleep(0)
    return value


def toy(answer: object = None) -> types.ModuleType:
    """Return a program; with an `answer`, one that gives it whatever is asked."""
    module = types.ModuleType("toy")
    honest: dict[str, Any] = {
        "add": lambda a, b: a + b,
        "same": lambda value: value,
        "boom": boom,
        "later": later,
        "calls": lambda function: function("x", key=1),
    }
    names = honest if answer is None else dict.fromkeys(honest, lambda *_, **__: answer)
    module.__dict__.update(names)
    return module


def body(text: str) -> str:
    """Return a module with one test function."""
    lines = "".join(f"    {line}\n" for line in dedent(text).strip("\n").split("\n"))
    return f"{HEAD}def test_it():\n{lines}"


HEAD = "from unittest import mock\nimport pytest\nfrom toy import add, boom, calls, later, same\n"


def outcome(source: str, program: types.ModuleType, name: str = "test_it", **given: object) -> str:
    """Run one test of a module in this process, and say how it ended."""
    with mock.patch.dict(sys.modules, {"toy": program}):
        names: dict[str, Any] = {"__name__": "test_toy"}
        exec(compile(source, PATH, "exec"), names)  # noqa: S102 - it is our own
        try:
            found = names[name](**given)
            if inspect.isawaitable(found):
                asyncio.run(_wait(found))
        except Exception as error:  # noqa: BLE001 - any failure is one
            return type(error).__name__
    return "passed"


async def _wait(found: Any) -> None:  # noqa: ANN401 - whatever a test returns
    await found


def plan_of(source: str, name: str = "test_it", seed: int = 1, *, tried: bool = False) -> Plan:
    key = f"{PATH}::{name}"
    return prepare({PATH: source}, [key], seed, [key] if tried else [])


def twin_of(source: str, seed: int = 1, *, tried: bool = False) -> tuple[Twin, str]:
    plan = plan_of(source, seed=seed, tried=tried)
    assert plan.without_twin == {}
    (twin,) = plan.twins.values()
    return twin, choose(plan, {twin.key: True})[PATH]


@total_ordering
class Liar:
    """Claims to be equal to everything, to hold everything and to be of any size."""

    def __eq__(self, other: object) -> bool:
        return True

    def __ne__(self, other: object) -> bool:
        return True

    def __lt__(self, other: object) -> bool:
        return True

    def __contains__(self, other: object) -> bool:
        return True

    def __iter__(self) -> Iterator[object]:
        return iter([self])

    __hash__ = None  # type: ignore[assignment]


class LyingInt(int):
    """Is a number, and equal to every number."""

    def __eq__(self, other: object) -> bool:
        return isinstance(other, int)

    def __ne__(self, other: object) -> bool:
        return False

    __hash__ = None  # type: ignore[assignment]


class LyingStr(str):
    """Is a text, and equal to every text."""

    __slots__ = ()

    def __eq__(self, other: object) -> bool:
        return isinstance(other, str)

    def __contains__(self, other: object) -> bool:
        return isinstance(other, str)

    __hash__ = None  # type: ignore[assignment]


VALUES = [
    "assert add(2, 2) == 4",
    "assert add(2, 2) == 4, 'a message'",
    "assert 4 == add(2, 2)",
    "assert (add(2, 2)) == (4)",
    "assert (\n    add(2, 2)  # == 5\n    ==\n    4\n)",
    "assert add(2, 2) == \\\n    4",
    "assert add(2, -6) == -4",
    "assert add(0, 0) == 0",
    "assert add(0x10, 0) == 0x10",
    "assert add(10 ** 9, 0) == 1_000_000_000",
    "assert add(1.5, 1) == 2.5",
    "assert add(0.0, 0) == 0.0",
    "assert add(1j, 0) == 1j",
    "assert same(True) == True",
    "assert same(None) == None",
    "assert same('ab') == 'ab'",
    "assert same('') == ''",
    "assert same('a' 'b') == ('a'\n    'b')",
    'assert same("é\\n    ") == """é\n"""',
    "assert same(b'ab') == b'ab'",
    "assert same('a1') == f'a{1}'",
    "assert same([1, 2]) == [1, 2]",
    "assert same([]) == []",
    "assert same([1, [2, (3, 'x')]]) == [1, [2, (3, 'x')]]",
    "assert same([]) == [  # nothing\n]",
    "assert same(()) == ()",
    "assert same((1,)) == (1,)",
    "assert same({}) == {}",
    "assert same({'a': 1, 'b': [2]}) == {'a': 1, 'b': [2]}",
    "assert same({1, 2}) == {1, 2}",
    "assert same([3, 4]) == [add(1, 2), 4]",
    "assert add(0.1, 0.2) == pytest.approx(0.3)",
    "assert add(10 ** 9, 0) == pytest.approx(1_000_000_000)",
    "assert same([0.1, 5]) == pytest.approx([0.1, 5])",
    "assert same({'a': 0}) == pytest.approx({'a': 0})",
    "assert same('a') == same('a') == 'a'",
    "assert same(1) and add(1, 1) == 2",
    "assert 'ell' in same('hello')",
    "assert b'ell' in same(b'hello')",
    "assert 'a' in same(['a', 'b'])",
    "assert 'a' in same({'a': 1})",
    "assert not same(1) != 1",
    "assert not (same('a') != 'a')",
    "x = add(1, 1); assert x == 2; y = x",
    "for a in [1, 2]:\n    assert add(a, 1) == same(a + 1) or a == 7\nassert add(1, 1) == 2",
    "with open('/dev/null'):\n    assert add(1, 1) == 2",
    "try:\n    assert add(1, 1) == 2\nfinally:\n    pass",
    "m = mock.Mock()\ncalls(m)\nm.assert_called_once_with('x', key=1)",
    "m = mock.Mock()\nm()\nm.assert_called_with()",
    "m = mock.Mock()\nm(a=1)\nm.assert_any_call(**{'a': 1})",
    "mock.Mock().method.assert_not_called()\nassert add(1, 1) == 2\nassert same(3)",
]
WRAPPED = [
    "want = 4\nassert add(2, 2) == want",
    "want = 4\nassert want == add(2, 2)",
    "want = [1, 'a', 2.5, None, True, (1,), {'a': {1}}, frozenset()]\nassert same(want) == want",
    "want = {}\nassert same({}) == want",
    "want = float('inf')\nassert same(want) == want",
    "want = b'x'\nassert same(b'x') == want",
    "want = set()\nassert same(set()) == want",
    "want = 3 + 4j\nassert same(want) == want",
    "want = object()\nassert same(want) == want",
    "assert same('A') == 'a'.upper()",
    "assert add(1, 2) == pytest.approx(3, abs=100)",
    "assert add(1, 2) == pytest.approx(3, rel=10)",
    "assert same(3) == len('abc')",
    "assert 3 in same([1, 2, 3, 6, 7, 8])",
    "assert 3 in same(range(100))",
    "assert None in same({None})",
    "key = 'a'\nassert key in same({'a': 1})",
    "assert same(1), 'x'\nassert (same(2)\n    == same(2))",
    "for a, want in [(1, 2), (2, 3)]:\n    assert add(a, 1) == want",
    "for a, want in {1: 2}.items():\n    assert add(a, 1) == want",
    "for n, (a, want) in enumerate([(1, 2)]):\n    assert add(a, 1) == want",
    "assert same(1) < 2",
    "assert same(1) <= 1",
    "assert same(2) > 1",
    "assert same(1) >= 1",
    "assert 0 < same(1) < 2",
    "assert same(float('inf')) > 1",
    "assert -1.5 < same(-1) <= -1",
]
TURNED = [
    "assert same(1)",
    "assert not same(0)",
    "assert not(same(0))",
    "assert(not same(0))",
    "assert same(1) or same(0)",
    "assert same(1) and not same(0)",
    "assert isinstance(same(1), int)",
    "assert same('abc').startswith('a')",
    "assert all(same(x) for x in [1, 2])",
    "assert same(None) is None",
    "assert same(1) is not None",
    "assert (same(1) is  # is not\n    not None)",
    "assert same(1) != 2",
    "assert 'z' not in same('abc')",
    "assert 'z' not  in same(['abc'])",
    "assert (\n    same(1)\n    and\n    same(2)\n)",
    "assert (lambda: same(1))()",
    "assert (x := same(1))",
    "assert same(1) if True else False",
    "with pytest.raises(ValueError):\n    boom()",
    "with pytest.raises(ValueError, match='boom') as caught:\n    boom()",
    "with pytest.raises((\n    ValueError,\n    TypeError,\n)):\n    boom()",
    "with mock.patch('os.getcwd'), pytest.raises(ValueError):\n    boom()",
    "pytest.raises(ValueError, boom)",
    "m = mock.Mock()\ncalls(m)\nm.assert_called_once()",
    "mock.Mock().assert_not_called()",
]
ENDING = [
    "add(1, 1)",
    "add(1, 1)  # a comment",
    "add(1, 1);",
    "pass",
    '"""Only said."""',
    "...",
    "x = add(1, 1)\nif x == 3:\n    assert x",
    "if add(1, 1) == 2:\n    assert same(1) == 1",
    "for x in same([1]):\n    assert same(x) == 1",
    "for x in [1, 2]:\n    if x == same(1):\n        continue\n    assert same(x) == 2",
    "while add(1, 1) == 3:\n    assert same(1) == 1",
    "def inner():\n    assert same(1) == 1\ninner()",
    "def inner():\n    assert same(1) == 1",
    "try:\n    assert same(1) == 1\nexcept Exception:\n    pass",
    "x = add(\n    1,\n    1)",
    "x = [same(y) for y in (1, 2)]\ndel x",
    "match same(1):\n    case 1:\n        assert same(1) == 1",
    "add(1, 1)\nreturn same(None)",
    "text = '''a\nb'''",
]
SWALLOWED = "with pytest.raises(AssertionError):\n    assert same(1) == 2"

CASES = [
    *((Kind.VALUE, text) for text in VALUES),
    *((Kind.WRAPPED, text) for text in WRAPPED),
    *((Kind.TURNED, text) for text in TURNED),
    *((Kind.ENDING, text) for text in ENDING),
]


@pytest.mark.parametrize(("kind", "text"), CASES, ids=lambda value: repr(value)[:70])
@pytest.mark.parametrize("seed", [1, 2])
def test_an_honest_program_passes_the_test_and_fails_its_twin(
    kind: Kind, text: str, seed: int
) -> None:
    source = body(text)
    assert outcome(source, toy()) == "passed"
    twin, changed = twin_of(source, seed)
    assert (twin.kind, twin.sure) == (kind, True)
    assert outcome(changed, toy()) not in {"passed", "SyntaxError", "NameError", "IndentationError"}


FOLLOWED = "\n\nclass After:\n    x = 1\n\n\ndef after():\n    return 1\n"


@pytest.mark.parametrize(("kind", "text"), CASES, ids=lambda value: repr(value)[:70])
def test_lines_stay_where_they_are(kind: Kind, text: str) -> None:
    source = body(text) + FOLLOWED
    _, changed = twin_of(source)
    before = [node.lineno for node in ast.parse(source).body]
    after = [node.lineno for node in ast.parse(changed).body[: len(before)]]
    shift = after[-1] - before[-1]
    assert after[:-2] == before[:-2]
    assert shift in ({0, 1} if kind is Kind.ENDING else {0})


@pytest.mark.parametrize(
    ("text", "liar"),
    [(text, Liar()) for text in VALUES[:30] + WRAPPED[:9] if "same(3)" not in text]
    + [(text, LyingInt(4)) for text in VALUES[:5] + WRAPPED[:2]]
    + [("assert same('ab') == 'ab'", LyingStr("ab")), ("assert 'a' in same('a')", LyingStr("a"))]
    + [("assert 'a' in same(['a'])", Liar()), ("assert 3 in same([3])", Liar())],
    ids=lambda value: repr(value)[:70] if isinstance(value, str) else type(value).__name__,
)
def test_what_claims_to_be_equal_to_everything_passes_the_twin_as_well(
    text: str, liar: object
) -> None:
    source = body(text)
    _, changed = twin_of(source)
    assert outcome(source, toy(liar)) == "passed"
    assert outcome(changed, toy(liar)) == "passed"


@pytest.mark.parametrize(
    "text", ["assert add(1, 1) == 2", "assert add(1, 1) > 0", "with pytest.raises(E):\n    boom()"]
)
def test_what_is_given_to_the_program_stays(text: str) -> None:
    _, changed = twin_of(body(text))
    before = [ast.dump(call) for call in _calls(body(text))]
    assert [ast.dump(call) for call in _calls(changed)] == before


def _calls(source: str) -> list[ast.Call]:
    names = {"add", "boom"}
    calls = [node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Call)]
    return [call for call in calls if isinstance(call.func, ast.Name) and call.func.id in names]


def test_an_assertion_that_is_swallowed_is_not_altered() -> None:
    twin, changed = twin_of(body(SWALLOWED))
    assert twin.kind is Kind.TURNED
    assert outcome(changed, toy()) == "AssertionError"


def test_another_seed_makes_another_twin() -> None:
    found = {twin_of(body("assert same('a') == 'a'"), seed)[1] for seed in range(5)}
    assert len(found) == 5


def test_the_last_and_most_telling_statement_is_taken() -> None:
    twin, _ = twin_of(body("assert same(1) == 1\nassert same(2) == 2\nassert same(3) < 4"))
    assert (twin.kind, twin.line) == (Kind.VALUE, 6)


@pytest.mark.parametrize(
    "text",
    [
        "if same(0):\n    return\nassert same(1) == 1",
        "for x in same([1]):\n    assert same(x) == 1\n    if x: return",
        "if same(1):\n    assert same(1) == 1\nraise KeyError",
    ],
)
def test_what_may_not_be_reached_is_taken_only_where_it_is_tried(text: str) -> None:
    plan = plan_of(body(text))
    assert "sure" in plan.without_twin[f"{PATH}::test_it"]
    assert plan.twins == {}
    twin, changed = twin_of(body(text), tried=True)
    assert (twin.kind, twin.sure) == (Kind.VALUE, False)
    assert outcome(changed, toy()) == "AssertionError"


def test_a_telling_twin_is_preferred_where_it_is_tried() -> None:
    text = body("if same(1):\n    assert same(1) == 1")
    assert twin_of(text)[0].kind is Kind.ENDING
    assert twin_of(text, tried=True)[0].kind is Kind.VALUE


SUITE = """\
import unittest
from toy import add, boom, later, same


class TestIt(unittest.TestCase):
    def test_it(self):
        {}
"""
UNITTEST = [
    (Kind.VALUE, "self.assertEqual(add(2, 2), 4)"),
    (Kind.VALUE, "self.assertEqual(4, add(2, 2))"),
    (Kind.VALUE, "self.assertEqual(add(2, 2), 4, 'message')"),
    (Kind.VALUE, "self.assertListEqual(same([1, 2]), [1, 2])"),
    (Kind.VALUE, "self.assertDictEqual(same({'a': 1}), {'a': 1})"),
    (Kind.VALUE, "self.assertTupleEqual(same((1,)), (1,))"),
    (Kind.VALUE, "self.assertSetEqual(same({1}), {1})"),
    (Kind.VALUE, "self.assertCountEqual(same([2, 1]), [1, 2])"),
    (Kind.VALUE, "self.assertSequenceEqual(same([2, 1]), [2, 1])"),
    (Kind.VALUE, "self.assertMultiLineEqual(same('a'), 'a')"),
    (Kind.VALUE, "self.assertAlmostEqual(add(0.1, 0.2), 0.3)"),
    (Kind.VALUE, "self.assertIn('a', same(['a']))"),
    (Kind.VALUE, "self.assertTrue(add(1, 1) == 2)"),
    (Kind.VALUE, "with self.subTest(1):\n            self.assertEqual(add(2, 2), 4)"),
    (Kind.WRAPPED, "want = 4\n        self.assertEqual(add(2, 2), want)"),
    (Kind.WRAPPED, "self.assertIn(1, same([1, 3]))"),
    (Kind.TURNED, "self.assertAlmostEqual(add(0.1, 0.2), 3, delta=5)"),
    (Kind.TURNED, "self.assertAlmostEqual(add(0.1, 0.2), 0.4, 0)"),
    (Kind.TURNED, "self.assertNotAlmostEqual(add(0.1, 0.2), 4)"),
    (Kind.TURNED, "self.assertTrue(same(1))"),
    (Kind.TURNED, "self.assertTrue(expr=same(1))"),
    (Kind.TURNED, "self.assertFalse(same(0))"),
    (Kind.TURNED, "self.assertNotEqual(same(0), 1)"),
    (Kind.TURNED, "self.assertIs(same(None), None)"),
    (Kind.TURNED, "self.assertIsNot(same(1), None)"),
    (Kind.TURNED, "self.assertIsNone(same(None))"),
    (Kind.TURNED, "self.assertIsNotNone(same(1))"),
    (Kind.TURNED, "self.assertNotIn(1, same([2]))"),
    (Kind.TURNED, "self.assertLess(same(1), 2)"),
    (Kind.TURNED, "self.assertLessEqual(same(1), 1)"),
    (Kind.TURNED, "self.assertGreater(same(2), 1)"),
    (Kind.TURNED, "self.assertGreaterEqual(same(1), 1)"),
    (Kind.TURNED, "self.assertIsInstance(same(1), int)"),
    (Kind.TURNED, "self.assertNotIsInstance(same(1), str)"),
    (Kind.TURNED, "self.assertRegex(same('abc'), 'b')"),
    (Kind.TURNED, "self.assertNotRegex(same('abc'), 'z')"),
    (Kind.TURNED, "with self.assertRaises(ValueError):\n            boom()"),
    (Kind.TURNED, "self.assertRaises(ValueError, boom)"),
    (Kind.TURNED, "with self.assertRaisesRegex(ValueError, 'boom'):\n            boom()"),
    (Kind.ENDING, "add(1, 1)"),
    (Kind.ENDING, "self.assertEqual(*same((1, 1)))"),
]


def suite_outcome(source: str, name: str = "TestIt") -> str:
    with mock.patch.dict(sys.modules, {"toy": toy()}):
        names: dict[str, Any] = {"__name__": "test_toy"}
        exec(compile(source, PATH, "exec"), names)  # noqa: S102 - it is our own
        result = unittest.TestResult()
        names[name]("test_it").run(result)
    assert result.testsRun == 1
    return "passed" if result.wasSuccessful() else "failed"


@pytest.mark.parametrize(("kind", "text"), UNITTEST, ids=lambda value: repr(value)[:70])
def test_unittest(kind: Kind, text: str) -> None:
    source = SUITE.format(text)
    assert suite_outcome(source) == "passed"
    plan = plan_of(source, "TestIt::test_it")
    (twin,) = plan.twins.values()
    assert (twin.kind, twin.sure) == (kind, True)
    changed = choose(plan, {twin.key: True})[PATH]
    assert suite_outcome(changed) == "failed"


def test_an_inherited_test_is_altered_where_it_is_defined() -> None:
    source = SUITE.format("self.assertEqual(same(self.one), 1)").replace(
        "    def", "    one = 1\n\n    def"
    )
    source += "\n\nclass TestHeir(TestIt):\n    one = 1\n"
    ids = [f"{PATH}::TestIt::test_it", f"{PATH}::TestHeir::test_it"]
    plan = prepare({PATH: source}, ids, 1)
    assert set(plan.keys.values()) == {ids[0]} == set(plan.twins)
    coins = {ids[0]: True}
    assert expected(plan, coins) == dict.fromkeys(ids, "fail")
    assert suite_outcome(choose(plan, coins)[PATH], "TestHeir") == "failed"


def test_parameters_and_coroutines() -> None:
    source = f"""{HEAD}
@pytest.mark.parametrize(("a", "b", "c"), [(1, 2, 3), (0, 0, 0)])
async def test_it(a, b, c):
    assert c == await later(add(a, b))
"""
    ids = [f"{PATH}::test_it[1-2-3]", f"{PATH}::test_it[0-0-0]"]
    plan = prepare({PATH: source}, ids, 1)
    (key,) = plan.twins
    assert plan.twins[key].kind is Kind.WRAPPED
    assert expected(plan, {key: True}) == dict.fromkeys(ids, "fail")
    changed = choose(plan, {key: True})[PATH]
    assert outcome(source, toy(), a=1, b=2, c=3) == "passed"
    assert outcome(changed, toy(), a=1, b=2, c=3) == "AssertionError"
    assert outcome(changed, toy(), a=0, b=0, c=0) == "AssertionError"


@pytest.mark.parametrize(
    ("source", "reason"),
    [
        ("@pytest.mark.xfail\ndef test_it():\n    assert 1 == 1\n", "may fail"),
        ("pytestmark = [pytest.mark.xfail]\ndef test_it():\n    assert 1 == 1\n", "may fail"),
        ("@unittest.expectedFailure\ndef test_it():\n    assert 1 == 1\n", "may fail"),
        (
            "@p.mark.p('x', [p.param(1, marks=p.mark.xfail)])\ndef test_it(x):\n    pass\n",
            "may fail",
        ),
        ("def test_it():\n    assert 1 == 1\ndef test_b():\n    test_it()\n", "another function"),
        ("def test_it():\n    assert 1 == 1\ntest_b = test_it\n", "another function"),
        ("def test_it():\n    assert 1 == 1\ndef test_it():\n    assert 1 == 1\n", "define"),
        ("if x:\n    def test_it(): pass\nelse:\n    def test_it(): pass\n", "define"),
        ("from other import test_it\n", "define"),
        ("x = 1\n", "define"),
        ("def test_it(:\n", "cannot be read"),
        ("def test_it():\n    yield 1\n", "generator"),
        ("def test_it():\n    raise KeyError\n", "sure"),
        ("def test_it():\n    x = '\ud800'\n", "cannot be read"),
    ],
)
def test_what_has_no_twin(source: str, reason: str) -> None:
    plan = plan_of(source)
    assert reason in plan.without_twin[f"{PATH}::test_it"]
    assert (plan.twins, plan.keys) == ({}, {})
    assert choose(plan, {f"{PATH}::test_it": True}) == {PATH: source}


@pytest.mark.parametrize(
    ("bases", "twin"),
    [("Base", True), ("Unknown", False), ("Base, Unknown", False), ("Base, Other", False)],
)
def test_bases_that_may_bring_the_test_as_well(bases: str, twin: bool) -> None:
    source = (
        "class Base:\n    def test_it(self):\n        assert 1 == 1\n"
        "class Other:\n    def test_it(self):\n        assert 1 == 1\n"
        f"class TestIt({bases}):\n    pass\n"
    )
    plan = plan_of(source, "TestIt::test_it")
    assert bool(plan.twins) is twin


@pytest.mark.parametrize(
    "other",
    [
        "from tests.test_toy import test_it\n",
        "from tests.test_toy import *\n",
        "from tests import test_toy\nclass TestB(test_toy.TestIt):\n    pass\n",
    ],
)
def test_what_another_file_uses_has_no_twin(other: str) -> None:
    source = "class TestIt:\n    def test_it(self):\n        assert 1 == 1\n"
    key = f"{PATH}::TestIt::test_it"
    assert prepare({PATH: source}, [key], 1).twins
    assert not prepare({PATH: source, "tests/test_b.py": other}, [key], 1).twins


def test_an_id_of_an_unknown_file_has_no_twin() -> None:
    plan = prepare({}, ["a.py::test", "nonsense", "", "::", "a.py::A::B::c[x::y]"], 1)
    assert len(plan.without_twin) == 5


@pytest.mark.parametrize("caught", ["KeyboardInterrupt", "pytest.skip.Exception", "BaseException"])
def test_what_pytest_would_not_count_as_a_failure_is_not_let_out(caught: str) -> None:
    twin, _ = twin_of(body(f"with pytest.raises({caught}):\n    boom()"))
    assert twin.kind is Kind.ENDING


@pytest.mark.parametrize("ending", ["\n", "\r\n"])
def test_files_are_left_as_they_are_written(ending: str) -> None:
    source = "\ufeff# é\n" + body("s = 'é'; assert same('é') == 'é'; assert add(1, 1) == 2  # ö")
    source = source.replace("\n", ending).rstrip("\r\n")
    _, changed = twin_of(source)
    assert changed.startswith("\ufeff# é" + ending)
    assert changed.count(ending) == source.count(ending)
    assert outcome(changed.removeprefix("\ufeff"), toy()) == "AssertionError"
    _, helped = twin_of(source.replace("== 2", "== int('2')"))
    assert outcome(helped.removeprefix("\ufeff"), toy()) == "AssertionError"


MANY = HEAD + "".join(
    f"\ndef test_{number}():\n    want = {number}\n    assert add({number}, 0) == want\n"
    for number in range(20)
)
MANY_IDS = [f"{PATH}::test_{number}" for number in range(20)]


@given(st.integers(), st.integers())
@settings(max_examples=25, deadline=None)
def test_every_test_is_itself_in_one_round_and_its_twin_in_the_other(seed: int, toss_: int) -> None:
    plan = prepare({PATH: MANY, "tests/other.py": "x = 1\n"}, MANY_IDS, seed)
    coins = toss(plan, toss_)
    assert set(coins) == set(MANY_IDS)
    assert len(set(coins.values())) == 2
    for side in (coins, complement(coins)):
        source = choose(plan, side)
        ends = expected(plan, side)
        assert source["tests/other.py"] == "x = 1\n"
        found = {name: outcome(source[PATH], toy(), name.split("::")[1]) for name in MANY_IDS}
        assert {name: end == "passed" for name, end in found.items()} == {
            name: end == "pass" for name, end in ends.items()
        }


def test_what_the_coins_leave_is_not_touched() -> None:
    plan = prepare({PATH: MANY}, MANY_IDS, 1)
    assert choose(plan, dict.fromkeys(MANY_IDS, False)) == {PATH: MANY}
    assert choose(plan, {}) == {PATH: MANY}
    assert set(expected(plan, {}).values()) == {"pass"}
    (one,) = choose(plan, {MANY_IDS[3]: True}).values()
    kept = [line for line in MANY.splitlines() if line not in one.splitlines()]
    assert len(kept) == 1


def test_a_plan_does_not_depend_on_the_order_of_ids() -> None:
    forth, back = (prepare({PATH: MANY}, ids, 1) for ids in (MANY_IDS, MANY_IDS[::-1]))
    assert forth.twins == back.twins
    assert toss(forth, 1) == toss(back, 1)


PLAIN = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.complex_numbers() | st.text()
    | st.binary() | st.frozensets(st.integers()) | st.sets(st.text()),
    lambda inner: st.lists(inner) | st.tuples(inner, inner) | st.dictionaries(st.text(), inner),
    max_leaves=6,
)  # fmt: skip


@given(PLAIN)
def test_the_other_value_differs_and_is_of_the_same_type(value: object) -> None:
    names: dict[str, Any] = {}
    exec(helper_source("other", "word"), names)  # noqa: S102 - it is our own
    before = repr(value)
    found = names["other"](value)
    assert found != value
    assert repr(value) == before
    assert type(found) is type(value) or value is None or found == 0


KNOWN = """\
import pytest, unittest
def test_a(): pass
@pytest.mark.skipif(True, reason="")
def test_b(): pass
@pytest.fixture
def test_c(): pass
def helper(): pass
if x:
    def test_d(): pass
class TestE:
    def test_f(self): pass
    @pytest.mark.xfail
    def test_g(self): pass
    class TestH:
        def test_i(self): pass
class TestJ:
    def __init__(self): pass
    def test_k(self): pass
class TestL:
    __test__ = False
    def test_m(self): pass
class Other:
    def test_n(self): pass
class Suite(unittest.TestCase):
    @unittest.skip("")
    def test_o(self): pass
class TestHeir(Unknown):
    def test_p(self): pass
def test_q(): pass
def test_q(): pass
"""


def test_the_tests_that_a_file_surely_has_are_known() -> None:
    names = known_tests("t.py", KNOWN)
    assert names == {
        "t.py::test_a": False,
        "t.py::test_b": True,
        "t.py::TestE::test_f": False,
        "t.py::TestE::test_g": True,
        "t.py::TestE::TestH::test_i": False,
        "t.py::Suite::test_o": True,
    }


def test_marks_of_a_module_and_a_class_are_known() -> None:
    source = "pytestmark = pytest.mark.skipif(x)\n@d\nclass TestA:\n    def test_b(self): pass\n"
    assert known_tests("t.py", source) == {"t.py::TestA::test_b": True}
    assert known_tests("t.py", source.replace("skipif", "slow")) == {"t.py::TestA::test_b": False}


def test_sources_of_this_folder_have_twins(request: pytest.FixtureRequest) -> None:
    text = request.path.read_text(encoding="utf-8")
    names: Mapping[str, bool] = known_tests("t.py", text)
    plan = prepare({"t.py": text}, list(names), 1)
    assert len(plan.twins) == len(names) > 20
    for coins in (toss(plan, 1), complement(toss(plan, 1))):
        ast.parse(choose(plan, coins)["t.py"])
