"""Work as loops and calls: counted by one cheap call each, and cut when there was too much."""

from __future__ import annotations

import ast
import builtins
import operator
from collections.abc import Iterator
from itertools import chain, repeat
from typing import Any

TICK = "__wb_tick__"
_BODIES = ("body", "orelse", "finalbody", "handlers", "cases")
_LOOPS = (ast.For, ast.While, ast.AsyncFor)
_FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)


class Cut(BaseException):
    """The work that a test may do is done; whoever catches it meets it again at the next step."""


class Meter:
    """Counts the work since it was set, and cuts what goes on beyond the limit."""

    def __init__(self) -> None:
        self.set(0)

    def set(self, limit: int) -> None:
        self._limit = limit
        self._left = repeat(None, limit)
        self._is_cut = False
        self._spent = 0
        # What comes after the last is made of parts that are not spoiled where the stack is full.
        setattr(builtins, TICK, chain(self._left, map(self._cut, repeat(None))).__next__)

    def _cut(self, _: None) -> None:
        self._is_cut = True
        raise Cut

    def spend(self) -> None:
        """Leave nothing to be done."""
        used = self.used
        self.set(0)
        self._spent = used
        self._is_cut = True

    @property
    def used(self) -> int:
        return self._spent or self._limit - operator.length_hint(self._left)

    @property
    def is_spent(self) -> bool:
        return self._is_cut


def instrument(tree: ast.AST) -> None:
    """Have each function and each round of a loop count one; no line moves."""
    for field in _BODIES:
        for node in getattr(tree, field, ()):
            instrument(node)
    if isinstance(tree, (*_LOOPS, *_FUNCTIONS)):
        at = _first(tree)
        tree.body.insert(at, _tick(tree.body[min(at, len(tree.body) - 1)]))


def first_steps(tree: ast.AST) -> Iterator[ast.stmt]:
    """Yield the statements before which something is counted."""
    for field in _BODIES:
        for node in getattr(tree, field, ()):
            yield from first_steps(node)
    if isinstance(tree, (*_LOOPS, *_FUNCTIONS)) and _first(tree) < len(tree.body):
        yield tree.body[_first(tree)]


def _first(node: Any) -> int:
    """Return where something may be put into a body: behind what describes a function."""
    is_function = isinstance(node, _FUNCTIONS)
    return 1 if is_function and ast.get_docstring(node, clean=False) is not None else 0


def _tick(before: ast.stmt) -> ast.stmt:
    where: dict[str, Any] = {
        "lineno": before.lineno,
        "col_offset": before.col_offset,
        "end_lineno": before.lineno,
        "end_col_offset": before.col_offset,
    }
    call = ast.Call(ast.Name(TICK, ast.Load(), **where), [], [], **where)
    return ast.Expr(call, **where)
