"""Mistakes with whole statements: forgotten, out of order, in the wrong block."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from itertools import pairwise

from bench.healing.mutation.scope import Module, Mutation, Place

_ENDS = (ast.Return, ast.Raise, ast.Continue, ast.Break)


def missing_statement(place: Place) -> Iterator[Mutation]:
    """Forget a call, an assignment or an update."""
    node = place.node
    kinds = (ast.AugAssign, ast.Assign, ast.Delete, ast.Expr, ast.Continue, ast.Break)
    if isinstance(node, kinds) and not _is_pass_like(node):
        yield _without(place, "missing statement", node)


def missing_return(place: Place) -> Iterator[Mutation]:
    """Compute a value and do not return it."""
    node, module = place.node, place.module
    if isinstance(node, ast.Return) and node.value is not None:
        end = module.start(node.value)
        yield Mutation("missing return", module.start(node), end, b"", node.lineno)


def missing_guard(place: Place) -> Iterator[Mutation]:
    """Forget a special case, or do always what should be done only then."""
    node = place.node
    if not isinstance(node, ast.If) or node.orelse or _is_elif(place):
        return
    if isinstance(node.body[-1], _ENDS):
        yield _without(place, "missing guard", node)
    else:
        yield _lines(place, "missing guard", node, _dedented(place.module, node))


def missing_else(place: Place) -> Iterator[Mutation]:
    """Forget a branch."""
    node, module = place.node, place.module
    if isinstance(node, ast.If) and node.orelse and node.body:
        last = node.body[-1]
        start = _line_end(module, last)
        yield Mutation("missing branch", start, _line_end(module, node), b"", node.lineno)


def wrong_block(place: Place) -> Iterator[Mutation]:
    """Put the last statement of a block one level too far out."""
    node, module = place.node, place.module
    if isinstance(node, ast.For | ast.While | ast.If) and len(node.body) > 1 and not node.orelse:
        last = node.body[-1]
        if not isinstance(last, ast.Break | ast.Continue):
            text = _shifted(module, last, last.col_offset - node.col_offset)
            yield _lines(place, "wrong block", last, text)


def wrong_order(place: Place) -> Iterator[Mutation]:
    """Put two statements the wrong way round."""
    node, module = place.node, place.module
    body = getattr(node, "body", None)
    if not isinstance(body, list):
        return
    for one, other in pairwise(body):
        if _is_simple(one) and _is_simple(other) and other.lineno == (one.end_lineno or 0) + 1:
            text = _whole(module, other) + _whole(module, one)
            start, end = _line_start(module, one), _line_end(module, other)
            yield Mutation("wrong order", start, end, text, one.lineno)


def wrong_update(place: Place) -> Iterator[Mutation]:
    """Write `=` or another operator where `+=` is meant."""
    node, module = place.node, place.module
    if isinstance(node, ast.AugAssign):
        start, end = module.end(node.target), module.start(node.value)
        old = b"-=" if isinstance(node.op, ast.Sub) else b"+="
        gap = module.data[start:end]
        if old in gap:
            for new in (b"=", b"+=" if old == b"-=" else b"-="):
                yield Mutation("update", start, end, gap.replace(old, new), node.lineno)


def _without(place: Place, kind: str, node: ast.stmt) -> Mutation:
    """Leave out a statement; a block that it leaves empty gets a `pass`."""
    module = place.module
    if _is_alone(place.parent, node):
        return Mutation(kind, module.start(node), module.end(node), b"pass", node.lineno)
    return _lines(place, kind, node, b"")


def _lines(place: Place, kind: str, node: ast.stmt, text: bytes) -> Mutation:
    start, end = _line_start(place.module, node), _line_end(place.module, node)
    return Mutation(kind, start, end, text, node.lineno)


def _is_alone(parent: ast.AST, node: ast.stmt) -> bool:
    blocks = [getattr(parent, name, None) for name in ("body", "orelse", "finalbody")]
    return any(block == [node] for block in blocks)


def _is_simple(node: ast.AST) -> bool:
    return isinstance(node, ast.Assign | ast.AugAssign | ast.Expr | ast.If | ast.For)


def _is_pass_like(node: ast.stmt) -> bool:
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant | ast.Yield)


def _is_elif(place: Place) -> bool:
    return isinstance(place.parent, ast.If) and place.node in place.parent.orelse


def _line_start(module: Module, node: ast.stmt) -> int:
    return module.offset(node.lineno, 0)


def _line_end(module: Module, node: ast.stmt) -> int:
    return module.offset((node.end_lineno or node.lineno) + 1, 0)


def _whole(module: Module, node: ast.stmt) -> bytes:
    return module.data[_line_start(module, node) : _line_end(module, node)]


def _dedented(module: Module, node: ast.If) -> bytes:
    step = node.body[0].col_offset - node.col_offset
    return b"".join(_shifted(module, one, step) for one in node.body)


def _shifted(module: Module, node: ast.stmt, columns: int) -> bytes:
    lines = _whole(module, node).splitlines(keepends=True)
    return b"".join(line[columns:] if line[:columns].isspace() else line for line in lines)
