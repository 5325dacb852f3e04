"""Twins of tests as suites have them: unittest, inheritance, parameters, coroutines."""

from __future__ import annotations

import sys
import unittest
from typing import Any
from unittest import mock

import pytest

from tests.pure.toys import HEAD, PATH, outcome, plan_of, toy
from workbench.sandbox.proof.alterations import Kind
from workbench.sandbox.proof.twins import choose, expected, prepare

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
