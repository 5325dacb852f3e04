"""Python by its syntax tree: functions, classes, and what lies between them."""

from __future__ import annotations

import ast
import warnings
from collections.abc import Iterator, Sequence

from workbench.knowledge.reading.cutting import Section, numbered
from workbench.knowledge.reading.units import Layout, Unit

_Defined = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef
_DEFINED = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
_BRANCHES = (ast.If, ast.Try, ast.With)
"""What definitions of a module may lie in without being another's."""
_LONGEST_UNDOCUMENTED = 25
"""Lines of a package's function that says nothing of itself."""


def python(text: str) -> Iterator[Section]:
    """Yield the sections of a file; of one that does not parse, all of it."""
    lines = text.split("\n")
    tree = _parsed(text)
    if tree is None:
        yield Section(numbered(lines))
    else:
        yield from Layout(lines, comments=("#",)).sections(_units(tree.body))


def python_of_package(text: str, module: str) -> Iterator[Section]:
    """Yield what a module says of itself: docstrings, signatures, examples."""
    lines = text.split("\n")
    tree = _parsed(text)
    if tree is None:
        return
    if told := _docstring(tree):
        yield Section(numbered(lines, told.lineno, told.end_lineno), (module,), module)
    yield from _documented(lines, tree.body, (module,))


def _parsed(text: str) -> ast.Module | None:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return ast.parse(text)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None


def _units(body: Sequence[ast.stmt]) -> tuple[Unit, ...]:
    return tuple(
        Unit(
            _first(one),
            one.end_lineno or one.lineno,
            one.name,
            _units(one.body) if isinstance(one, ast.ClassDef) else (),
        )
        for one in _definitions(body)
    )


def _definitions(body: Sequence[ast.stmt]) -> Iterator[_Defined]:
    for one in body:
        if isinstance(one, _DEFINED):
            yield one
        elif isinstance(one, _BRANCHES):
            for name in ("body", "orelse", "finalbody"):
                yield from _definitions(getattr(one, name, ()))


def _first(one: _Defined) -> int:
    return min([one.lineno, *(each.lineno for each in one.decorator_list)])


def _documented(
    lines: Sequence[str], body: Sequence[ast.stmt], heading: tuple[str, ...]
) -> Iterator[Section]:
    for one in _definitions(body):
        symbol = ".".join((*heading, one.name))
        yield Section(numbered(lines, _first(one), _last(one)), heading, symbol)
        if isinstance(one, ast.ClassDef):
            yield from _documented(lines, one.body, (*heading, one.name))


def _last(one: _Defined) -> int:
    """Return where what a definition says of itself ends."""
    end = one.end_lineno or one.lineno
    if told := _docstring(one):
        return told.end_lineno or end
    if isinstance(one, ast.ClassDef):
        inner = next(_definitions(one.body), None)
        end = min(end, _first(inner) - 1) if inner else end
    return min(end, one.lineno + _LONGEST_UNDOCUMENTED)


def _docstring(one: ast.Module | _Defined) -> ast.Expr | None:
    match one.body[:1]:
        case [ast.Expr(value=ast.Constant(value=str())) as told]:
            return told
    return None
