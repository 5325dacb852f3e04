"""Operands turned round, left out, or taken together in another way; conditions negated."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from itertools import permutations

from workbench.healing.candidate import Candidate
from workbench.healing.drafting.bench import (
    AND,
    NOT,
    OR,
    UNARY,
    Bench,
    Draft,
    Slot,
    finished,
    level,
    level_of,
    short,
)
from workbench.healing.generators.operators import SYMBOLS
from workbench.healing.ground import Ground, Site
from workbench.healing.insight.kinds import is_number

_ONE_SIDED = (ast.Sub, ast.Div, ast.FloorDiv, ast.Mod, ast.Pow, ast.LShift, ast.RShift, ast.MatMult)
_OPPOSITES = {
    "<": ">=",
    ">=": "<",
    ">": "<=",
    "<=": ">",
    "==": "!=",
    "!=": "==",
    "in": "not in",
    "not in": "in",
    "is": "is not",
    "is not": "is",
}


def at_site(ground: Ground, site: Site) -> Iterator[Candidate]:
    bench = Bench(ground, site)
    return finished("operands", site, _drafts(bench))


def _drafts(bench: Bench) -> Iterator[Draft]:
    for slot in bench.slots:
        match slot.node:
            case ast.BinOp():
                yield from _of_binary(bench, slot, slot.node)
            case ast.BoolOp():
                yield from _of_boolean(bench, slot, slot.node)
            case ast.UnaryOp():
                yield from _of_unary(bench, slot, slot.node)
            case ast.Compare(ops=[ast.In() | ast.NotIn()]):
                yield _turned(bench, slot.node, 0.01)
            case ast.Compare(ops=[_, _]):
                yield from _of_chain(bench, slot, slot.node)
            case ast.IfExp():
                yield from _of_choice(bench, slot, slot.node)
        yield from _negated(bench, slot)
        yield from _minus(bench, slot)


def _of_binary(bench: Bench, slot: Slot, node: ast.BinOp) -> Iterator[Draft]:
    left, right = Slot(node.left, node, "left"), Slot(node.right, node, "right")
    for kept, lost in ((left, right), (right, left)):
        prior = 0.07 if _is_by_one(node, lost.node) else 0.03 if kept is left else 0.012
        edit = bench.instead(slot, bench.text(kept.node))
        yield Draft(prior, "dropped", f"without {short(bench.text(lost.node))}", (edit,))
    texts = any("str" in bench.scope.kinds(one.node) for one in (left, right))
    if isinstance(node.op, _ONE_SIDED) or (isinstance(node.op, ast.Add) and not _adds(bench, node)):
        prior = 0.05 if isinstance(node.op, _ONE_SIDED) and not texts else 0.015
        yield Draft(prior, "turned", "operands change places", bench.exchanged(left, right))
    yield from _regrouped(bench, slot, node)


def _is_by_one(node: ast.BinOp, lost: ast.expr) -> bool:
    is_one = isinstance(lost, ast.Constant) and lost.value == 1
    return is_one and isinstance(node.op, ast.Add | ast.Sub)


def _adds(bench: Bench, node: ast.BinOp) -> bool:
    """Say whether a sum is surely of numbers, so that the order of its operands is no matter."""
    return any(is_number(bench.scope.kinds(one)) for one in (node.left, node.right))


def _regrouped(bench: Bench, slot: Slot, node: ast.BinOp) -> Iterator[Draft]:
    """Let the other of two operators bind first: `a + b * c`, `(a + b) * c`, `a - b - c`."""
    top = SYMBOLS[type(node.op)]
    if isinstance(node.right, ast.BinOp):
        inner, below = node.right, SYMBOLS[type(node.right.op)]
        a, b, c = (bench.text(one, UNARY) for one in (node.left, inner.left, inner.right))
        loose = level_of(f"a {top} b") < level_of(f"a {below} b")
        first = f"({a} {top} {b})" if loose else f"{a} {top} {b}"
        edit = bench.instead(slot, f"{first} {below} {c}")
        yield Draft(0.025, "grouped", f"{top} binds before {below}", (edit,))
    if isinstance(node.left, ast.BinOp):
        inner, below = node.left, SYMBOLS[type(node.left.op)]
        a, b, c = (bench.text(one, UNARY) for one in (inner.left, inner.right, node.right))
        is_same = top == below and top in {"+", "*", "&", "|", "^"}
        loose = level_of(f"a {top} b") <= level_of(f"a {below} b")
        last = f"({b} {top} {c})" if loose else f"{b} {top} {c}"
        edit = bench.instead(slot, f"{a} {below} {last}")
        if not is_same:
            yield Draft(0.025, "grouped", f"{top} binds before {below}", (edit,))


def _of_boolean(bench: Bench, slot: Slot, node: ast.BoolOp) -> Iterator[Draft]:
    joint = f" {SYMBOLS[type(node.op)]} "
    needed = (OR if isinstance(node.op, ast.Or) else AND) + 1
    texts = [bench.text(one, needed) for one in node.values]
    for index, lost in enumerate(texts):
        kept = texts[:index] + texts[index + 1 :]
        whole = joint.join(kept) if len(kept) > 1 else bench.text(node.values[1 - index])
        edit = bench.instead(slot, whole)
        yield Draft(0.05 / len(texts), "dropped", f"without {short(lost)}", (edit,))
    for first, second in zip(node.values, node.values[1:], strict=False):
        one, other = (Slot(part, node, "values") for part in (first, second))
        prior = 0.02 if _guards(second, first) else 0.003
        yield Draft(prior, "turned", "conditions change places", bench.exchanged(one, other))
    yield from _joined_again(bench, slot, node)


def _guards(one: ast.expr, other: ast.expr) -> bool:
    """Say whether a condition asks for what another takes for granted."""
    asked = {ast.dump(part) for part in ast.walk(one) if isinstance(part, ast.Name)}
    return any(ast.dump(part) in asked for part in ast.walk(other) if isinstance(part, ast.Name))


def _joined_again(bench: Bench, slot: Slot, node: ast.BoolOp) -> Iterator[Draft]:
    """Let the other of `and` and `or` bind first."""
    if not isinstance(node.op, ast.Or) or len(node.values) != 2:
        yield from _without_group(bench, slot, node)
        return
    first, second = node.values
    if isinstance(first, ast.BoolOp):
        head = " and ".join(bench.text(one, NOT) for one in first.values[:-1])
        rest = f"({bench.text(first.values[-1], AND)} or {bench.text(second, AND)})"
        edit = bench.instead(slot, f"{head} and {rest}")
        yield Draft(0.03, "grouped", "or binds before and", (edit,))
    if isinstance(second, ast.BoolOp):
        head = f"({bench.text(first, AND)} or {bench.text(second.values[0], AND)})"
        rest = " and ".join(bench.text(one, NOT) for one in second.values[1:])
        edit = bench.instead(slot, f"{head} and {rest}")
        yield Draft(0.03, "grouped", "or binds before and", (edit,))


def _without_group(bench: Bench, slot: Slot, node: ast.BoolOp) -> Iterator[Draft]:
    if not isinstance(node.op, ast.And):
        return
    for one in node.values:
        if isinstance(one, ast.BoolOp):
            inner = [bench.text(part, AND) for part in one.values]
            texts = [
                " or ".join(inner) if part is one else bench.text(part, NOT) for part in node.values
            ]
            edit = bench.instead(slot, " and ".join(texts))
            yield Draft(0.02, "grouped", "and binds before or", (edit,))


def _of_unary(bench: Bench, slot: Slot, node: ast.UnaryOp) -> Iterator[Draft]:
    edit = bench.instead(slot, bench.text(node.operand))
    match node.op:
        case ast.Not():
            yield Draft(0.12, "negated", "without not", (edit,))
        case ast.USub():
            is_literal = isinstance(node.operand, ast.Constant)
            yield Draft(0.03 if is_literal else 0.08, "minus", "without minus", (edit,))
        case ast.Invert():
            yield Draft(0.08, "inverted", "without ~", (edit,))
            minus = bench.instead(slot, f"-{bench.text(node.operand, UNARY)}")
            yield Draft(0.03, "inverted", "~ becomes -", (minus,))


def _turned(bench: Bench, node: ast.Compare, prior: float) -> Draft:
    one, other = Slot(node.left, node, "left"), Slot(node.comparators[0], node, "comparators")
    return Draft(prior, "turned", "operands change places", bench.exchanged(one, other))


def _of_chain(bench: Bench, slot: Slot, node: ast.Compare) -> Iterator[Draft]:
    operands = [node.left, *node.comparators]
    texts = [bench.text(one, UNARY) for one in operands]
    first, second = (SYMBOLS[type(op)] for op in node.ops)
    for text in (f"{texts[0]} {first} {texts[1]}", f"{texts[1]} {second} {texts[2]}"):
        yield Draft(0.02, "dropped", f"only {short(text)}", (bench.instead(slot, text),))
    slots = [Slot(node.left, node, "left")]
    slots += [Slot(one, node, "comparators") for one in node.comparators]
    for one, other in permutations(slots, 2):
        if slots.index(one) < slots.index(other):
            edits = bench.exchanged(one, other)
            yield Draft(0.008, "turned", "operands change places", edits)


def _of_choice(bench: Bench, slot: Slot, node: ast.IfExp) -> Iterator[Draft]:
    one, other = Slot(node.body, node, "body"), Slot(node.orelse, node, "orelse")
    yield Draft(0.06, "turned", "the two outcomes change places", bench.exchanged(one, other))
    for kept in (one, other):
        edit = bench.instead(slot, bench.text(kept.node))
        yield Draft(0.015, "dropped", f"always {short(bench.text(kept.node))}", (edit,))


def _is_condition(slot: Slot) -> bool:
    match slot.parent, slot.field:
        case ((ast.If() | ast.While() | ast.IfExp() | ast.Assert()), "test"):
            return True
        case (ast.BoolOp(), _) | (ast.comprehension(), "ifs"):
            return True
    return False


_GIVEN = (ast.Return, ast.Assign, ast.AnnAssign, ast.keyword)


def _negated(bench: Bench, slot: Slot) -> Iterator[Draft]:
    is_joined = isinstance(slot.node, ast.BoolOp)
    match slot.node:
        case ast.UnaryOp(op=ast.Not()) | ast.Constant():
            return
        case ast.Compare(ops=[op]) if not is_joined and _OPPOSITES.get(SYMBOLS[type(op)]) in {
            *("!=", "==", "in", "not in", "is", "is not"),
        }:
            return
    given = isinstance(slot.parent, _GIVEN) and "bool" in bench.scope.kinds(slot.node)
    if _is_condition(slot) or given:
        prior = 0.01 if isinstance(slot.node, ast.Compare) else 0.07
        edit = bench.instead(slot, f"not {bench.text(slot.node, NOT)}")
        yield Draft(prior, "negated", f"not {short(bench.text(slot.node))}", (edit,))


_SIGNED = (ast.Return, ast.IfExp, ast.keyword, ast.Call, ast.Lambda, ast.Tuple, ast.Assign)


def _minus(bench: Bench, slot: Slot) -> Iterator[Draft]:
    """Put a minus before what is a number, where a sign can matter."""
    if not isinstance(slot.node, ast.Name | ast.Attribute | ast.Subscript | ast.Call | ast.BinOp):
        return
    kinds = bench.scope.kinds(slot.node)
    is_callee = isinstance(slot.parent, ast.Attribute) or slot.field in {"func", "value_of"}
    is_sign = isinstance(slot.parent, ast.BinOp) and isinstance(slot.parent.op, ast.Add | ast.Sub)
    if is_callee or is_sign or (kinds and not is_number(kinds)) or _is_base(slot):
        return
    prior = 0.012 if is_number(kinds) else 0.002
    if isinstance(slot.parent, _SIGNED):
        edit = bench.instead(slot, f"-{bench.text(slot.node, max(UNARY, level(slot.node)))}")
        yield Draft(prior, "minus", f"-{short(bench.text(slot.node))}", (edit,))


def _is_base(slot: Slot) -> bool:
    return isinstance(slot.parent, ast.Subscript) and slot.field == "value"
