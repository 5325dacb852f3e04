"""Which tests have twins, which have none, and who is itself in which round."""

from __future__ import annotations

import ast

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.pure.toys import HEAD, PATH, outcome, plan_of, toy
from workbench.sandbox.proof.tested import known_tests
from workbench.sandbox.proof.twins import choose, complement, expected, prepare, toss


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
    files = request.path.parent.glob("test_twins*.py")
    texts = {file.name: file.read_text(encoding="utf-8") for file in files}
    names = [name for path, text in texts.items() for name in known_tests(path, text)]
    plan = prepare(texts, names, 1)
    assert len(plan.twins) == len(names) > 20
    for coins in (toss(plan, 1), complement(toss(plan, 1))):
        for text in choose(plan, coins).values():
            ast.parse(text)
