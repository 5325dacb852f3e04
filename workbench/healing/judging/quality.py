"""How complicated and how maintainable code is, before and after a repair."""

from __future__ import annotations

import ast
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from textwrap import dedent

from radon.metrics import mi_visit  # type: ignore[import-untyped]
from radon.visitors import ComplexityVisitor  # type: ignore[import-untyped]

from workbench.healing.ground import Function, Module
from workbench.splice import parses

_MODULE = ""
_WORTH_SAYING = 10.0
"""By so much must maintainability, out of 100, change before it is spoken of."""


@dataclass(frozen=True, slots=True)
class Quality:
    """What is measured of some functions; a name that is empty stands for the whole file."""

    complexity: Mapping[str, int]
    """The number of ways through each, as McCabe counts them."""
    maintainability: Mapping[str, float]
    """Between 0 and 100; what is higher is easier to keep."""


def quality(text: str, functions: Collection[str]) -> Quality | None:
    """Measure functions by their qualified names, or the file if none is named.

    Nothing comes of what does not parse, or of what only a later Python than this one parses.
    """
    if not parses(text.removeprefix("\ufeff")):
        return None
    module = Module(text)
    found = {name: node for name, node in qualified(module.tree) if name in functions}
    pieces = {name: _source(module, node) for name, node in found.items()}
    pieces = pieces if functions else {_MODULE: text.removeprefix("\ufeff")}
    return Quality(
        {name: _complexity(piece) for name, piece in pieces.items()},
        {name: round(mi_visit(piece, multi=True), 1) for name, piece in pieces.items()},
    )


def qualified(node: ast.AST, before: str = "") -> Iterator[tuple[str, Function]]:
    """Yield every function below a node with its dotted name."""
    for child in ast.iter_child_nodes(node):
        name = getattr(child, "name", "") if isinstance(child, Function | ast.ClassDef) else ""
        if isinstance(child, Function):
            yield f"{before}{name}", child
        if not isinstance(child, ast.expr):
            yield from qualified(child, f"{before}{name}." if name else before)


def _source(module: Module, node: Function) -> str:
    return dedent(module.indent(node) + module.of(node))


def _complexity(text: str) -> int:
    """Return the cyclomatic complexity of a piece; radon leaves out the handlers of `except*`."""
    starred = (one for one in ast.walk(ast.parse(text)) if isinstance(one, ast.TryStar))
    missed = sum(len(one.handlers) + bool(one.orelse) for one in starred)
    visitor = ComplexityVisitor.from_code(text)
    return missed + max(int(one.complexity) for one in (visitor, *visitor.blocks))


def compared(before: Quality | None, after: Quality | None) -> tuple[str, ...]:
    """Say in words what became more complicated, or simpler; nothing where it is much the same."""
    if before is None or after is None:
        return ()
    return tuple(
        sentence
        for name in after.complexity
        if name in before.complexity
        for sentence in _compared(name, before, after)
    )


def _compared(name: str, before: Quality, after: Quality) -> Iterator[str]:
    what = name or "The file"
    old, new = before.complexity[name], after.complexity[name]
    if old != new:
        yield f"{what} has {new} ways through it instead of {old}."
    change = after.maintainability[name] - before.maintainability[name]
    if abs(change) >= _WORTH_SAYING:
        easier = "easier" if change > 0 else "harder"
        yield f"{what} is {easier} to maintain ({change:+.0f} of 100)."
