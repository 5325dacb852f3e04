"""A module as mutations see it: its text, its functions, and what is in scope at a place."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from functools import cached_property
from typing import NamedTuple

Function = ast.FunctionDef | ast.AsyncFunctionDef
_BUILTIN = {"self", "cls"}


class Mutation(NamedTuple):
    """One exchange of bytes in a module."""

    kind: str
    start: int
    end: int
    text: bytes
    line: int


class Module:
    """Source with the offsets of its nodes, which count bytes of UTF-8."""

    def __init__(self, text: str) -> None:
        self.data = text.encode()
        self.tree = ast.parse(text)
        lines = self.data.splitlines(keepends=True)
        self._starts = [0]
        for line in lines:
            self._starts.append(self._starts[-1] + len(line))

    def start(self, node: ast.AST) -> int:
        return self.offset(node.lineno, node.col_offset)  # type: ignore[attr-defined]

    def end(self, node: ast.AST) -> int:
        return self.offset(node.end_lineno, node.end_col_offset)  # type: ignore[attr-defined]

    def offset(self, line: int, column: int) -> int:
        return self._starts[line - 1] + column

    def text(self, node: ast.AST) -> bytes:
        return self.data[self.start(node) : self.end(node)]

    def mutated(self, mutation: Mutation) -> str:
        before, after = self.data[: mutation.start], self.data[mutation.end :]
        return (before + mutation.text + after).decode()

    @cached_property
    def functions(self) -> list[Function]:
        return [
            node
            for node in ast.walk(self.tree)
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        ]

    @cached_property
    def attributes(self) -> dict[str, list[str]]:
        """The attributes read of each name, such as those of `self`."""
        found: dict[str, dict[str, None]] = {}
        for node in ast.walk(self.tree):
            if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
                found.setdefault(node.value.id, {})[node.attr] = None
        return {name: list(members) for name, members in found.items()}


class Place(NamedTuple):
    """A node inside a function, with the names bound there."""

    module: Module
    node: ast.AST
    parent: ast.AST
    names: tuple[str, ...]


def places(module: Module) -> Iterator[Place]:
    """Return every node in the bodies of functions, each once, docstrings left out."""
    inner = {id(node) for one in module.functions for node in ast.walk(one) if node is not one}
    for function in module.functions:
        if id(function) not in inner:
            names = tuple(dict.fromkeys(_bound(function)))
            for statement in function.body:
                yield from _places(module, statement, function, names)


def _places(
    module: Module, node: ast.AST, parent: ast.AST, names: tuple[str, ...]
) -> Iterator[Place]:
    if isinstance(node, ast.JoinedStr) or _is_documentation(node):
        return
    yield Place(module, node, parent, names)
    for child in ast.iter_child_nodes(node):
        if not _is_annotation(node, child):
            yield from _places(module, child, node, names)


def _bound(function: Function) -> Iterator[str]:
    for node in ast.walk(function):
        if isinstance(node, ast.arg) and node.arg not in _BUILTIN:
            yield node.arg
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            yield node.id


def _is_documentation(node: ast.AST) -> bool:
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)


def _is_annotation(node: ast.AST, child: ast.AST) -> bool:
    return child in (getattr(node, "annotation", None), getattr(node, "returns", None))
