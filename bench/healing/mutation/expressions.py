"""Mistakes inside an expression, as people make them."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from itertools import pairwise

from bench.healing.mutation.families import (
    BINARY,
    COMPARISONS,
    EXCEPTIONS,
    relatives,
)
from bench.healing.mutation.scope import Mutation, Place


def operators(place: Place) -> Iterator[Mutation]:
    """Use another operator: of a comparison, of arithmetic, `and` for `or`."""
    node = place.node
    if isinstance(node, ast.Compare) and len(node.ops) == 1:
        old, others = COMPARISONS[type(node.ops[0])]
        for new in others:
            yield from _between(place, (node.left, node.comparators[0]), old, new)
    elif isinstance(node, ast.BinOp) and type(node.op) in BINARY:
        old, others = BINARY[type(node.op)]
        for new in others:
            yield from _between(place, (node.left, node.right), old, new)
    elif isinstance(node, ast.BoolOp) and len(node.values) == 2:
        old, new = ("and", "or") if isinstance(node.op, ast.And) else ("or", "and")
        yield from _between(place, (node.values[0], node.values[1]), old, new)


def off_by_one(place: Place) -> Iterator[Mutation]:
    """Make a bound that is one too far or too near."""
    node, parent = place.node, place.parent
    is_bound = isinstance(parent, ast.Slice | ast.Subscript | ast.Compare) or _is_call(
        parent, "range", "enumerate"
    )
    if isinstance(node, ast.Constant) and type(node.value) is int and is_bound:
        yield _exchange(place, "off by one", str(node.value + 1))
        yield _exchange(place, "off by one", str(node.value - 1))
    elif isinstance(node, ast.BinOp) and _is_one(node.right):
        yield _exchange(place, "off by one", place.module.text(node.left))
    elif isinstance(node, ast.Name | ast.Call) and _is_upper(node, parent):
        yield _exchange(place, "off by one", place.module.text(node) + b" - 1")
        yield _exchange(place, "off by one", place.module.text(node) + b" + 1")


def variables(place: Place) -> Iterator[Mutation]:
    """Use another variable of the function."""
    node = place.node
    if not (isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load)):
        return
    if node.id in place.names and not _is_function(node, place.parent):
        for other in place.names:
            if other != node.id:
                yield _exchange(place, "variable", other)


def missing_operand(place: Place) -> Iterator[Mutation]:
    """Forget a condition or a summand."""
    node, module = place.node, place.module
    if isinstance(node, ast.BoolOp):
        for one, other in pairwise(node.values):
            yield _cut(place, "missing operand", module.end(one), module.end(other))
            yield _cut(place, "missing operand", module.start(one), module.start(other))
    elif isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add | ast.Mult | ast.Sub):
        yield _exchange(place, "missing operand", module.text(node.left))
        yield _exchange(place, "missing operand", module.text(node.right))


def constants(place: Place) -> Iterator[Mutation]:
    """Write another number, truth value or text."""
    node = place.node
    if not isinstance(node, ast.Constant) or isinstance(place.parent, ast.Expr):
        return
    value = node.value
    if isinstance(value, bool):
        yield _exchange(place, "constant", str(not value))
    elif isinstance(value, int):
        for number in sorted({value + 1, value - 1, 0 if value else 1, value * 10} - {value}):
            yield _exchange(place, "constant", str(number))
    elif isinstance(value, str) and value.isprintable() and "\\" not in value:
        for other in _misspelt(value):
            yield _exchange(place, "constant", repr(other))


def swapped(place: Place) -> Iterator[Mutation]:
    """Put arguments or operands in the wrong order."""
    node, module = place.node, place.module
    pairs: list[tuple[ast.expr, ast.expr]] = []
    if isinstance(node, ast.Call):
        pairs = [
            pair
            for pair in pairwise(node.args)
            if not any(isinstance(one, ast.Starred | ast.GeneratorExp) for one in pair)
        ]
    elif isinstance(node, ast.BinOp) and isinstance(node.op, ast.Sub | ast.Div | ast.FloorDiv):
        pairs = [(node.left, node.right)]
    elif isinstance(node, ast.IfExp):
        pairs = [(node.body, node.orelse)]
    elif isinstance(node, ast.Tuple) and isinstance(node.ctx, ast.Load):
        pairs = list(pairwise(node.elts))
    for one, other in pairs:
        start, end = module.start(one), module.end(other)
        gap = module.data[module.end(one) : module.start(other)]
        swapped_text = module.text(other) + gap + module.text(one)
        yield Mutation("swapped", start, end, swapped_text, one.lineno)


def methods(place: Place) -> Iterator[Mutation]:
    """Call another of the same family, or another method of the same object."""
    node, parent, module = place.node, place.parent, place.module
    if not (isinstance(parent, ast.Call) and parent.func is node):
        return
    if isinstance(node, ast.Name):
        for other in relatives(node.id):
            yield _exchange(place, "method", other)
    elif isinstance(node, ast.Attribute):
        near = list(relatives(node.attr))
        if isinstance(node.value, ast.Name) and node.value.id == "self":
            near += module.attributes["self"]
        for other in near:
            if other != node.attr:
                yield _renamed(place, "method", node, other)


def attributes(place: Place) -> Iterator[Mutation]:
    """Use another attribute of the same object."""
    node, parent, module = place.node, place.parent, place.module
    if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
        called = isinstance(parent, ast.Call) and parent.func is node
        for other in module.attributes[node.value.id]:
            if other != node.attr and not called:
                yield _renamed(place, "attribute", node, other)


def missing_call(place: Place) -> Iterator[Mutation]:
    """Forget a conversion, a clean-up or the brackets of a call."""
    node, module = place.node, place.module
    if not isinstance(node, ast.Call) or isinstance(place.parent, ast.Expr):
        return
    if isinstance(node.func, ast.Name) and len(node.args) == 1 and not node.keywords:
        if not isinstance(node.args[0], ast.GeneratorExp | ast.Starred):
            yield _exchange(place, "missing call", module.text(node.args[0]))
    elif isinstance(node.func, ast.Attribute) and not isinstance(node.func.value, ast.Constant):
        yield _exchange(place, "missing call", module.text(node.func.value))
    if not node.args and not node.keywords:
        yield _exchange(place, "missing call", module.text(node.func))


def missing_keyword(place: Place) -> Iterator[Mutation]:
    """Forget an argument."""
    node, module = place.node, place.module
    if not isinstance(node, ast.Call):
        return
    given = sorted([*node.args, *node.keywords], key=module.start)
    for one, other in pairwise(given):
        yield _cut(place, "missing argument", module.end(one), module.end(other))


def negated(place: Place) -> Iterator[Mutation]:
    """Turn a condition round."""
    node, parent, module = place.node, place.parent, place.module
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not):
        yield _exchange(place, "negated", module.text(node.operand))
    elif getattr(parent, "test", None) is node and isinstance(node, ast.Name | ast.Call):
        yield _exchange(place, "negated", b"not " + module.text(node))


def exceptions(place: Place) -> Iterator[Mutation]:
    """Catch or raise another exception."""
    node, parent = place.node, place.parent
    caught = isinstance(parent, ast.ExceptHandler) and parent.type is node
    raised = isinstance(parent, ast.Call) and node is parent.func
    if isinstance(node, ast.Name) and (caught or raised):
        for other in EXCEPTIONS.get(node.id, ()):
            yield _exchange(place, "exception", other)


def _exchange(place: Place, kind: str, text: str | bytes) -> Mutation:
    module, node = place.module, place.node
    new = text.encode() if isinstance(text, str) else text
    line = node.lineno  # type: ignore[attr-defined]
    return Mutation(kind, module.start(node), module.end(node), new, line)


def _cut(place: Place, kind: str, start: int, end: int) -> Mutation:
    line = place.node.lineno  # type: ignore[attr-defined]
    return Mutation(kind, start, end, b"", line)


def _renamed(place: Place, kind: str, node: ast.Attribute, name: str) -> Mutation:
    end = place.module.end(node)
    return Mutation(kind, end - len(node.attr.encode()), end, name.encode(), node.lineno)


def _between(
    place: Place, operands: tuple[ast.expr, ast.expr], old: str, new: str
) -> Iterator[Mutation]:
    """Exchange the operator that stands between two operands, whatever else is there."""
    left, right = operands
    start, end = place.module.end(left), place.module.start(right)
    gap = place.module.data[start:end].decode()
    changed, count = re.subn(re.escape(old).replace(r"\ ", r"\s+"), new, gap, count=1)
    if count:
        yield Mutation("operator", start, end, changed.encode(), left.lineno)


def _misspelt(value: str) -> Iterator[str]:
    yield value[:-1]
    if value.swapcase() != value:
        yield value.swapcase()
    if value:
        yield value + value[-1]


def _is_one(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and node.value == 1 and type(node.value) is int


def _is_upper(node: ast.expr, parent: ast.AST) -> bool:
    if isinstance(parent, ast.Slice):
        return True
    return _is_call(parent, "range") and node in parent.args  # type: ignore[attr-defined]


def _is_call(node: ast.AST, *names: str) -> bool:
    return isinstance(node, ast.Call) and getattr(node.func, "id", "") in names


def _is_function(node: ast.Name, parent: ast.AST) -> bool:
    return isinstance(parent, ast.Call) and parent.func is node
