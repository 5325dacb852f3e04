"""Values drawn at random for the tests that judge."""

from __future__ import annotations

import ast
from random import Random
from typing import Any

_WORDS = (
    "a",
    "is",
    "the",
    "map",
    "Rain",
    "blue",
    "stone",
    "APPLE",
    "river",
    "Level",
    "tree",
    "xyz",
)


class Drawing:
    """Evaluates the expressions of a table, with `r` and the helpers below as names."""

    def __init__(self, seed: str) -> None:
        self._random = Random(seed)  # noqa: S311 tests, no secrets

    def call(self, expression: str, function: str) -> str:
        """Return a call of `function`, or whatever text the expression makes."""
        names = {"r": self._random, **{name: getattr(self, name) for name in _HELPERS}}
        made: Any = eval(expression, names)  # noqa: S307 the tables are our own
        if isinstance(made, str):
            return made
        return f"{function}({', '.join(map(repr, made))})"

    def ints(self, count: int, low: int, high: int) -> list[int]:
        return [self._random.randint(low, high) for _ in range(count)]

    def word(self) -> str:
        return self._random.choice(_WORDS).lower()

    def words(self, count: int) -> list[str]:
        return [self._random.choice(_WORDS) for _ in range(count)]

    def text(self) -> str:
        return " ".join(self.words(self._random.randint(0, 6)))


_HELPERS = ("ints", "word", "words", "text")


def functions(source: str) -> list[str]:
    """Return what a module defines for others: its functions and classes."""
    kinds = (ast.FunctionDef, ast.ClassDef)
    defined = [node.name for node in ast.parse(source).body if isinstance(node, kinds)]
    return [name for name in defined if not name.startswith("_")]
