"""An honest program fails every twin and passes every test; one that cheats passes both."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from functools import total_ordering
from textwrap import dedent
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.pure.toys import HEAD, PATH, outcome, plan_of, toy
from workbench.sandbox.proof.alterations import Kind, helper_source
from workbench.sandbox.proof.twins import Twin, choose


def body(text: str) -> str:
    """Return a module with one test function."""
    lines = "".join(f"    {line}\n" for line in dedent(text).strip("\n").split("\n"))
    return f"{HEAD}def test_it():\n{lines}"


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
