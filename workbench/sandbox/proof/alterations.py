"""Assertions made into such as an honest program must fail.

Only what is expected of a program is altered, never what is given to it. The best alteration is
another expected value of the same type: an object that claims to be equal to everything passes it.
"""

from __future__ import annotations

import ast
import math
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import IntEnum
from hashlib import sha256

from workbench.splice import Edit, Source, last_name


class Kind(IntEnum):
    """What was done, the most telling first."""

    VALUE = 0
    """Another literal is expected."""
    WRAPPED = 1
    """Another value is expected than the one that is computed."""
    TURNED = 2
    """The opposite is expected."""
    ENDING = 3
    """The test fails at its end, whatever happened before."""


@dataclass(frozen=True, slots=True)
class Alteration:
    """One way to alter a test."""

    kind: Kind
    edits: tuple[Edit, ...]
    helper: bool = False
    """It calls the function of `helper_source`."""


@dataclass(frozen=True, slots=True)
class Dice:
    """Where the choices for one test come from: the same for the same seed and test."""

    digest: bytes

    @property
    def step(self) -> int:
        return 1 + self.digest[0] % 9

    @property
    def word(self) -> str:
        return "".join(chr(ord("a") + byte % 26) for byte in self.digest[1:9])

    def pick(self, many: int) -> int:
        return self.digest[9] % many


def dice(seed: int, name: str) -> Dice:
    return Dice(sha256(f"{seed}\0{name}".encode("utf-8", "surrogatepass")).digest())


@dataclass(frozen=True, slots=True)
class Bench:
    """What an alteration is made with."""

    source: Source
    dice: Dice
    helper: str
    """The name of the function that returns another value."""
    parameters: frozenset[str]
    """The names that the test gets from outside."""


def alter(bench: Bench, node: ast.stmt) -> Alteration | None:
    """Alter one statement, if an honest program is sure to fail what comes out."""
    if isinstance(node, ast.Assert):
        return _alter_test(bench, node.test)
    if isinstance(node, (ast.With, ast.AsyncWith)):
        calls = [item.context_expr for item in node.items]
        found = (_alter_raises(bench, call) for call in calls if isinstance(call, ast.Call))
        return next((one for one in found if one), None)
    if isinstance(node, ast.Expr):
        call = node.value.value if isinstance(node.value, ast.Await) else node.value
        return _alter_call(bench, call) if isinstance(call, ast.Call) else None
    return None


def _alter_test(bench: Bench, node: ast.expr) -> Alteration:
    """Alter a condition that holds into one that does not."""
    if isinstance(node, ast.Compare):
        return _alter_comparison(bench, node)
    if isinstance(node, ast.BoolOp) and isinstance(node.op, ast.And):
        return _alter_test(bench, node.values[-1])
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not):
        if isinstance(node.operand, ast.Compare) and isinstance(node.operand.ops[-1], ast.NotEq):
            return _alter_comparison(bench, node.operand, expected=True)
        start = bench.source.start(node)
        return Alteration(Kind.TURNED, (Edit(start, start + len("not"), ""),))
    return Alteration(Kind.TURNED, bench.source.around(node, "not (", ")"))


_OPPOSITE: Mapping[type[ast.cmpop], tuple[str, str]] = {
    ast.Eq: (r"==", "!="),
    ast.NotEq: (r"!=|<>", "=="),
    ast.Lt: (r"<", ">="),
    ast.LtE: (r"<=", ">"),
    ast.Gt: (r">", "<="),
    ast.GtE: (r">=", "<"),
    ast.Is: (r"is", "is not"),
    ast.IsNot: (r"is(?:\s|\\)+not", "is"),
    ast.In: (r"in", "not in"),
    ast.NotIn: (r"not(?:\s|\\)+in", "in"),
}


def _alter_comparison(bench: Bench, node: ast.Compare, *, expected: bool = False) -> Alteration:
    """Alter what is `expected`, the operands being equal, or whatever else is claimed of them."""
    left = node.comparators[-2] if len(node.ops) > 1 else node.left
    right, operator = node.comparators[-1], node.ops[-1]
    found = None
    if expected or isinstance(operator, ast.Eq):
        found = _alter_expected(bench, left, right)
    elif isinstance(operator, (ast.Lt, ast.LtE, ast.Gt, ast.GtE)):
        found = _alter_bound(bench, right)
    elif isinstance(operator, ast.In):
        found = _alter_member(bench, left)
    return found or _turn(bench, left, operator, right)


def _alter_bound(bench: Bench, bound: ast.expr) -> Alteration | None:
    """Put a bound in place of a number that no honest number is on either side of."""
    number = bound.operand if isinstance(bound, ast.UnaryOp) else bound
    if type(number.value if isinstance(number, ast.Constant) else None) not in (int, float):
        return None
    return Alteration(Kind.WRAPPED, (bench.source.instead(bound, _NO_NUMBER),))


_NO_NUMBER = "(1e999 - 1e999)"


def _turn(bench: Bench, left: ast.expr, operator: ast.cmpop, right: ast.expr) -> Alteration:
    """Exchange the operator, which is all that lies between two operands but brackets."""
    pattern, opposite = _OPPOSITE[type(operator)]
    start = bench.source.end(left)
    gap = bench.source.piece(start, bench.source.start(right))
    blank = re.sub(r"#[^\r\n]*", lambda comment: " " * len(comment[0].encode()), gap)
    found = re.search(pattern, blank)
    if not found:
        raise ValueError("no operator between its operands")
    edit = Edit(start + found.start(), start + found.end(), opposite + "\n" * found[0].count("\n"))
    return Alteration(Kind.TURNED, (edit,))


def _alter_expected(bench: Bench, left: ast.expr, right: ast.expr) -> Alteration:
    """Expect something else of two operands that are equal."""
    for side in (right, left):
        if edit := _other_literal(bench, _behind_approx(side)):
            return Alteration(Kind.VALUE, (edit,))
    side = _expected_side(bench, left, right)
    return Alteration(Kind.WRAPPED, bench.source.around(side, f"{bench.helper}(", ")"), helper=True)


def _alter_member(bench: Bench, member: ast.expr) -> Alteration:
    """Ask for a member that no honest collection has."""
    if isinstance(member, (ast.Constant, ast.JoinedStr)) and _is_text(member):
        return Alteration(Kind.VALUE, (_longer_text(bench, member),))
    return Alteration(Kind.WRAPPED, bench.source.around(member, "(", ", object())[1]"))


def _behind_approx(node: ast.expr) -> ast.expr:
    """Return what a call of `approx` is about, if it is about it with its usual tolerance."""
    if isinstance(node, ast.Call) and last_name(node.func) == "approx" and not node.keywords:
        return node.args[0] if len(node.args) == 1 else node
    return node


def _expected_side(bench: Bench, left: ast.expr, right: ast.expr) -> ast.expr:
    """Return the operand that more likely is what the test expects than what the program does."""
    for side in (right, left):
        if isinstance(side, ast.Name) and side.id in bench.parameters:
            return side
    computed = [
        any(isinstance(node, ast.Call) for node in ast.walk(side)) for side in (left, right)
    ]
    return left if computed == [False, True] else right


def _other_literal(bench: Bench, node: ast.expr) -> Edit | None:
    """Alter a literal, or one inside a display of a list, tuple, set or dict."""
    if isinstance(node, (ast.List, ast.Tuple, ast.Set)) and node.elts:
        found = [edit for edit in (_other_literal(bench, item) for item in node.elts) if edit]
        return found[bench.dice.pick(len(found))] if found else None
    if isinstance(node, ast.Dict) and node.values:
        last = node.keys[-1] is not None
        return _other_literal(bench, node.values[-1]) if last else None
    if isinstance(node, (ast.List, ast.Tuple, ast.Dict)):
        return _fill(bench, node)
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, (ast.USub, ast.UAdd)):
        return _other_literal(bench, node.operand)
    if isinstance(node, (ast.Constant, ast.JoinedStr)):
        return _longer_text(bench, node) if _is_text(node) else _other_constant(bench, node)
    return None


def _fill(bench: Bench, node: ast.List | ast.Tuple | ast.Dict) -> Edit | None:
    """Put something into an empty display."""
    inside = bench.source.start(node) + 1
    content = {ast.List: "0", ast.Tuple: "0,", ast.Dict: "0: 0"}[type(node)]
    return Edit(inside, inside, content)


def _is_text(node: ast.expr) -> bool:
    return isinstance(node, ast.JoinedStr) or (
        isinstance(node, ast.Constant) and isinstance(node.value, (str, bytes))
    )


def _longer_text(bench: Bench, node: ast.expr) -> Edit:
    """Put another literal behind one: adjacent ones are joined, and no line moves."""
    bytes_ = isinstance(node, ast.Constant) and isinstance(node.value, bytes)
    end = bench.source.end(node)
    return Edit(end, end, f" {'b' if bytes_ else ''}{bench.dice.word!r}")


def _other_constant(bench: Bench, node: ast.expr) -> Edit | None:
    value = node.value if isinstance(node, ast.Constant) else ...
    if value is None or isinstance(value, bool):
        return bench.source.instead(node, repr(not value) if value is not None else "0")
    if isinstance(value, int):
        return bench.source.instead(node, repr(2 * value + bench.dice.step))
    if isinstance(value, float) and math.isfinite(2 * value):
        return bench.source.instead(node, repr(2 * value + bench.dice.step))
    if isinstance(value, complex) and math.isfinite(2 * value.imag):
        return bench.source.instead(node, repr(2 * value + 1j * bench.dice.step))
    return None


_EQUAL = re.compile(
    r"assert(?:List|Tuple|Dict|Set|Sequence|Count|MultiLine|Almost)?Equals?\Z"
    r"|assert_(?:array_|frame_|series_|index_|string_)?(?:almost_|approx_)?(?:equal|allclose)\Z"
)
_TURNED_NAMES = {
    "assertTrue": "assertFalse",
    "assertNotEqual": "assertEqual",
    "assertIs": "assertIsNot",
    "assertIsNone": "assertIsNotNone",
    "assertNotIn": "assertIn",
    "assertLess": "assertGreaterEqual",
    "assertLessEqual": "assertGreater",
    "assertIsInstance": "assertNotIsInstance",
    "assertRegex": "assertNotRegex",
    "assertAlmostEqual": "assertNotAlmostEqual",
    "assert_called": "assert_not_called",
    "assert_awaited": "assert_not_awaited",
}
_TURN_NAME = {
    **_TURNED_NAMES,
    **{turned: name for name, turned in _TURNED_NAMES.items()},
    "assertEqual": "assertNotEqual",
    "assertIn": "assertNotIn",
    "assert_called_once": "assert_not_called",
    "assert_awaited_once": "assert_not_awaited",
}
_CALLED_WITH = re.compile(r"assert_(?:any_call|any_await|(?:called|awaited)(?:_once)?_with)\Z")


def _alter_call(bench: Bench, call: ast.Call) -> Alteration | None:
    """Alter a call that asserts: of pytest, of unittest, of numpy and pandas, of a mock."""
    name = last_name(call.func)
    if any(isinstance(argument, ast.Starred) for argument in call.args):
        return None
    rule = next((rule for names, rule in _CALLS if names.match(name)), None)
    return rule(bench, call) if rule else None


def _alter_truth(bench: Bench, call: ast.Call) -> Alteration | None:
    return _alter_test(bench, call.args[0]) if call.args else _turn_name(bench, call)


def _alter_contained(bench: Bench, call: ast.Call) -> Alteration | None:
    return _alter_member(bench, call.args[0]) if call.args else _turn_name(bench, call)


def _alter_equal(bench: Bench, call: ast.Call) -> Alteration | None:
    """Alter an operand; a tolerance that is given would need to be known for that."""
    if len(call.args) < 2:
        return None
    (first, second), name = call.args[:2], last_name(call.func)
    tolerant = "lmost" in name or "pprox" in name or "allclose" in name
    if not tolerant or (len(call.args) == 2 and not call.keywords):
        return _alter_expected(bench, first, second)
    if name in _TURN_NAME:
        return _turn_name(bench, call)
    return Alteration(Kind.WRAPPED, bench.source.around(second, "(", ", object())[1]"))


def _alter_called_with(bench: Bench, call: ast.Call) -> Alteration:
    given = [*call.args, *(keyword.value for keyword in call.keywords if keyword.arg)]
    for value in given:
        if edit := _other_literal(bench, value):
            return Alteration(Kind.VALUE, (edit,))
    if given:
        return Alteration(Kind.WRAPPED, bench.source.around(given[0], "(", ", object())[1]"))
    behind = bench.source.end(call) - 1
    keyword = f"**{{{bench.dice.word!r}: 0}}" if call.keywords else "0"
    return Alteration(Kind.VALUE, (Edit(behind, behind, f", {keyword}" if call.keywords else "0"),))


def _turn_name(bench: Bench, call: ast.Call) -> Alteration:
    name, end = last_name(call.func), bench.source.end(call.func)
    return Alteration(Kind.TURNED, (Edit(end - len(name), end, _TURN_NAME[name]),))


_RAISES = frozenset({"raises", "assertRaises", "assertRaisesRegex"})
_WARNS = frozenset({"warns", "assertWarns", "assertWarnsRegex"})
_NOT_CAUGHT = re.compile(r"KeyboardInterrupt|Exit|BaseException|[Ss]kip|[Xx][Ff]ail|outcomes")
"""What pytest does not count as a failure when it leaves a test."""


def _alter_raises(bench: Bench, call: ast.Call) -> Alteration | None:
    """Demand an exception that nothing raises: the one that comes is not caught then."""
    name = last_name(call.func)
    if name not in _RAISES | _WARNS or not call.args or isinstance(call.args[0], ast.Starred):
        return None
    if _NOT_CAUGHT.search(bench.source.of(call.args[0])):
        return None
    base = "Exception" if name in _RAISES else "Warning"
    word = bench.dice.word.title()
    before = f"(type({word!r}, ({base},), {{}}), "
    return Alteration(Kind.TURNED, bench.source.around(call.args[0], before, ")[0]"))


_Rule = Callable[[Bench, ast.Call], Alteration | None]
_CALLS: Sequence[tuple[re.Pattern[str], _Rule]] = (
    (re.compile("|".join(f"{name}\\Z" for name in _RAISES | _WARNS)), _alter_raises),
    (_EQUAL, _alter_equal),
    (re.compile(r"assertTrue\Z"), _alter_truth),
    (re.compile(r"assertIn\Z"), _alter_contained),
    (_CALLED_WITH, _alter_called_with),
    (re.compile("|".join(f"{name}\\Z" for name in _TURN_NAME)), _turn_name),
)


def ending(bench: Bench, body: Sequence[ast.stmt]) -> Alteration | None:
    """Let a test fail at its end."""
    last, source, text = body[-1], bench.source, "raise AssertionError"
    if isinstance(last, ast.Raise):
        return None
    if isinstance(last, (ast.Return, ast.Pass)):
        start = source.start(last)
        return Alteration(Kind.ENDING, (Edit(start, start, f"{text}; "),))
    end = source.end(last)
    if not hasattr(last, "body") and not isinstance(last, ast.Match):
        return Alteration(Kind.ENDING, (Edit(end, end, f"; {text}"),))
    end = source.line_end(end)
    return Alteration(Kind.ENDING, (Edit(end, end, f"\n{source.indent(body[0])}{text}"),))


def helper_source(name: str, word: str) -> str:
    """Return a function that gives another value of the same type, wherever it knows the type.

    Types are compared exactly: what a program under test returns has no say in it.
    """
    return f"""\
def {name}(value):
    kind = type(value)
    if kind is bool:
        return not value
    if kind in (int, float, complex):
        return value + 1 + abs(value) if value + 1 + abs(value) != value else 0
    if kind in (str, bytes):
        return value + ({word!r} if kind is str else b{word!r})
    if kind in (list, tuple):
        return kind([*value[:-1], {name}(value[-1])]) if value else kind([0])
    if kind in (set, frozenset):
        return kind([*value, {word!r}])
    if kind is dict:
        last = list(value)[-1:] or [0]
        return {{**value, last[0]: {name}(value.get(last[0]))}}
    return 0 if value is None else object()
"""
