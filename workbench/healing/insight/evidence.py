"""What the messages and recorded values of a failure say about how to repair it."""

from __future__ import annotations

import ast
import operator
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from workbench.healing.dossier import Raised
from workbench.healing.ground import Ground, Site

_NOT_RAISED = re.compile(r"DID NOT RAISE <class '(?:\w+\.)*(\w+)'>|^(\w+) not raised", re.MULTILINE)
_COMPARED: Mapping[type[ast.cmpop], Callable[[Any, Any], object]] = {
    ast.Eq: operator.eq,
    ast.NotEq: operator.ne,
    ast.Is: operator.is_,
    ast.IsNot: operator.is_not,
    ast.Lt: operator.lt,
    ast.LtE: operator.le,
    ast.Gt: operator.gt,
    ast.GtE: operator.ge,
    ast.In: lambda left, right: left in right,
    ast.NotIn: lambda left, right: left not in right,
}
_CALCULATED: Mapping[type[ast.operator], Callable[[Any, Any], object]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mod: operator.mod,
}
_UNKNOWN = (ValueError, TypeError, SyntaxError, LookupError, RecursionError, ArithmeticError)
_NONE = re.compile(r"\bNone\b|NoneType")


def not_raised(ground: Ground) -> tuple[str, ...]:
    """Return the names of exceptions that failing tests expected in vain."""
    found = (match for one in _raised(ground) for match in _NOT_RAISED.finditer(one.message))
    return tuple(dict.fromkeys(one[1] or one[2] for one in found))


def tells_of_none(ground: Ground) -> bool:
    """Say whether a failure shows a None, as where a function forgets to return."""
    return any(_NONE.search(one.message) for one in _raised(ground))


def _raised(ground: Ground) -> Iterator[Raised]:
    yield from (run.raised for run in ground.dossier.failing if run.raised is not None)


def recorded(ground: Ground, site: Site) -> Mapping[str, str]:
    """Return what the names of the function around a site held when a test failed in it."""
    node = site.function
    if node is None:
        return {}
    lines = range(node.lineno, (node.end_lineno or 0) + 1)
    found: dict[str, str] = {}
    for raised in _raised(ground):
        for frame in raised.frames:
            if frame.path == site.path and frame.line in lines:
                found |= frame.values
    return found


@dataclass(frozen=True, slots=True)
class Crash:
    """Where in a function a test failed, and what its names held there."""

    line: int
    kind: str
    values: Mapping[str, str]

    def is_within(self, nodes: Sequence[ast.stmt | ast.expr]) -> bool:
        return any(one.lineno <= self.line <= (one.end_lineno or 0) for one in nodes)


def crashes(ground: Ground, site: Site) -> tuple[Crash, ...]:
    """Return where the failing tests left the function around a site by an exception."""
    node = site.function
    if node is None:
        return ()
    lines = range(node.lineno, (node.end_lineno or 0) + 1)
    found = []
    for raised in _raised(ground):
        frames = [one for one in raised.frames if one.path == site.path and one.line in lines]
        found += [Crash(one.line, raised.name, one.values) for one in frames[-1:]]
    return tuple(found)


def holds(condition: str, values: Mapping[str, str]) -> bool | None:
    """Say whether a condition held for recorded values; None where that cannot be told.

    Only comparisons of plain values are worked out; nothing that the project defines is called.
    """
    try:
        return bool(_worked_out(ast.parse(condition, mode="eval").body, values))
    except _UNKNOWN:
        return None


def _worked_out(  # noqa: PLR0911 - one case for each form
    node: ast.expr, values: Mapping[str, str]
) -> object:
    match node:
        case ast.Constant(value=value):
            return value
        case ast.Name(id=name):
            return ast.literal_eval(values[name])
        case ast.Attribute():
            return ast.literal_eval(values[ast.unparse(node)])
        case ast.UnaryOp(op=ast.Not(), operand=inner):
            return not _worked_out(inner, values)
        case ast.Call(func=ast.Name(id="len"), args=[inner]):
            return len(_worked_out(inner, values))  # type: ignore[arg-type]
        case ast.Subscript(value=owner, slice=index):
            return _worked_out(owner, values)[_worked_out(index, values)]  # type: ignore[index]
        case ast.BinOp(left=left, op=op, right=right) if type(op) in _CALCULATED:
            calculate = _CALCULATED[type(op)]
            return calculate(_number(left, values), _number(right, values))
        case ast.Compare(left=left, ops=[op], comparators=[right]):
            return _compared(_worked_out(left, values), op, _worked_out(right, values))
    raise ValueError(node)


def _number(node: ast.expr, values: Mapping[str, str]) -> int | float:
    found = _worked_out(node, values)
    if not isinstance(found, int | float):
        raise TypeError(found)
    return found


def _compared(left: object, op: ast.cmpop, right: object) -> bool:
    return bool(_COMPARED[type(op)](left, right))
