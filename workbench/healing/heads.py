"""The heads of statements: what a statement is without the statements inside it."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from workbench.healing.ground import Function

_BLOCKS = ("body", "orelse", "finalbody", "handlers", "cases")


def parts(node: ast.AST) -> Iterator[ast.AST]:
    """Yield what stands directly in a statement's head: tests, targets, signatures, patterns."""
    for name, value in ast.iter_fields(node):
        values = value if isinstance(value, list) else [value]
        for one in values:
            if isinstance(one, ast.ExceptHandler | ast.match_case):
                yield from parts(one)
            elif isinstance(one, ast.AST) and not (name in _BLOCKS and isinstance(one, ast.stmt)):
                yield one


def nodes(node: ast.stmt) -> Iterator[ast.AST]:
    """Yield every node of a statement's head, lambdas and comprehensions included."""
    for part in parts(node):
        yield from ast.walk(part)


def lines(node: ast.stmt) -> frozenset[int]:
    """Return the numbers of the lines that a statement's head stands on."""
    found = {node.lineno}
    if not hasattr(node, "body") and not isinstance(node, ast.Match):
        return frozenset(range(node.lineno, (node.end_lineno or node.lineno) + 1))
    for part in parts(node):
        first, last = getattr(part, "lineno", None), getattr(part, "end_lineno", None)
        if first is not None and last is not None:
            found.update(range(first, last + 1))
    handlers = getattr(node, "handlers", [])
    return frozenset(found | {handler.lineno for handler in handlers})


def loaded(node: ast.stmt) -> frozenset[str]:
    """Return the names and attributes that a statement's head reads; attributes have a dot."""
    return frozenset(_names(node, ast.Load))


def stored(node: ast.stmt) -> frozenset[str]:
    """Return the names and attributes that a statement's head sets, or changes by a method."""
    found = set(_names(node, ast.Store)) | set(_changed(node))
    return frozenset(found | _bound(node))


def _names(node: ast.stmt, context: type[ast.expr_context]) -> Iterator[str]:
    for one in nodes(node):
        if isinstance(one, ast.Name) and isinstance(one.ctx, context):
            yield one.id
        elif isinstance(one, ast.Attribute) and isinstance(one.ctx, context):
            yield f".{one.attr}"


def _changed(node: ast.stmt) -> Iterator[str]:
    """Yield what items are put into or methods are called on."""
    for one in nodes(node):
        holder = None
        if isinstance(one, ast.Subscript) and not isinstance(one.ctx, ast.Load):
            holder = one.value
        elif isinstance(one, ast.Call) and isinstance(one.func, ast.Attribute):
            holder = one.func.value if isinstance(node, ast.Expr) else None
        if isinstance(holder, ast.Name):
            yield holder.id
        elif isinstance(holder, ast.Attribute):
            yield f".{holder.attr}"


def _bound(node: ast.stmt) -> set[str]:
    if isinstance(node, Function | ast.ClassDef):
        return {node.name}
    if isinstance(node, ast.Import | ast.ImportFrom):
        return {(one.asname or one.name).split(".")[0] for one in node.names}
    return set()


def texts(node: ast.stmt) -> frozenset[str]:
    """Return the short texts of a statement's head, which may be keys."""
    values = (one.value for one in nodes(node) if isinstance(one, ast.Constant))
    return frozenset(value for value in values if isinstance(value, str) and 0 < len(value) < 40)


def spelled(node: ast.stmt) -> frozenset[str]:
    """Return the names, attributes, keywords, arguments and texts of a statement's head."""
    found = {getattr(node, "name", "")}
    for one in nodes(node):
        fields = (getattr(one, field, None) for field in ("id", "attr", "arg", "value", "name"))
        found.update(text for text in fields if isinstance(text, str))
    return frozenset(found) - {""}


def defaults(function: Function) -> dict[str, ast.expr]:
    """Return what a function can be called without, with what it is then."""
    given = function.args
    placed = [*given.posonlyargs, *given.args]
    late = placed[len(placed) - len(given.defaults) :]
    pairs = [*zip(late, given.defaults, strict=True)]
    pairs += [(a, b) for a, b in zip(given.kwonlyargs, given.kw_defaults, strict=True) if b]
    return {one.arg: default for one, default in pairs}
