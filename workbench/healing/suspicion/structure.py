"""How often a statement of each shape is what is wrong, by nothing but its shape."""

from __future__ import annotations

import ast

from workbench.healing.ground import Function

_SHAPES: dict[type[ast.stmt], float] = {
    ast.If: 1.0,
    ast.While: 1.0,
    ast.For: 0.9,
    ast.AsyncFor: 0.9,
    ast.Return: 1.0,
    ast.AugAssign: 0.9,
    ast.Assign: 0.9,
    ast.AnnAssign: 0.85,
    ast.Expr: 0.75,
    ast.Match: 0.7,
    ast.With: 0.5,
    ast.AsyncWith: 0.5,
    ast.Break: 0.6,
    ast.Continue: 0.6,
    ast.Try: 0.5,
    ast.TryStar: 0.5,
    ast.Delete: 0.5,
    ast.Raise: 0.45,
    ast.Assert: 0.35,
    ast.FunctionDef: 0.4,
    ast.AsyncFunctionDef: 0.4,
    ast.Pass: 0.75,
    ast.ClassDef: 0.2,
    ast.Import: 0.15,
    ast.ImportFrom: 0.15,
    ast.Global: 0.1,
    ast.Nonlocal: 0.1,
}
_WORKING = (ast.BinOp, ast.Compare, ast.BoolOp, ast.Subscript, ast.IfExp, ast.ListComp, ast.UnaryOp)


def is_text(node: ast.stmt) -> bool:
    """Tell whether a statement does nothing: a docstring, an ellipsis."""
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)


def shape(node: ast.stmt) -> float:
    """Return between 0 and 1 how suspicious a statement looks."""
    if is_text(node):
        return 0.0
    weight = _SHAPES.get(type(node), 0.5)
    value = getattr(node, "value", None)
    if isinstance(node, ast.Expr) and isinstance(value, ast.Yield):
        weight, value = _SHAPES[ast.Return], value.value
    if isinstance(node, Function):
        defaults = [*node.args.defaults, *node.args.kw_defaults, *node.decorator_list]
        return weight + 0.2 * bool(defaults)
    return weight * _work(value) if isinstance(value, ast.expr) else weight


def _work(value: ast.expr) -> float:
    """Return how much there is in an expression that could be wrong."""
    if isinstance(value, ast.Name | ast.Attribute):
        return 0.75
    if isinstance(value, ast.Constant):
        return 0.8
    return 1.0 if any(isinstance(one, _WORKING) for one in ast.walk(value)) else 0.9
