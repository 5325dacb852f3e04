"""Tests taken out of a test file, so that they can judge what was repaired without them."""

from __future__ import annotations

import ast
from collections.abc import Collection, Iterator

_Function = (ast.FunctionDef, ast.AsyncFunctionDef)


def named_tests(text: str) -> list[str]:
    """Return the test functions of a file, those of a class as `Class::function`."""
    return [name for name, _, _ in _tests(ast.parse(text).body)]


def separable_tests(text: str) -> list[str]:
    """Return the tests that nothing else in the file calls or names."""
    tree = ast.parse(text)
    named = {getattr(node, "id", getattr(node, "attr", "")) for node in ast.walk(tree)}
    return [name for name, _, _ in _tests(tree.body) if name.rpartition("::")[2] not in named]


def without_tests(text: str, unwanted: Collection[str]) -> str:
    """Return `text` without some of its tests; what would be left empty gets a `pass`."""
    lines = text.splitlines(keepends=True)
    found = [(node, body) for name, node, body in _tests(ast.parse(text).body) if name in unwanted]
    gone = {id(node) for node, _ in found}
    for node, body in sorted(found, key=lambda pair: -pair[0].lineno):
        empty = body[-1] is node and all(id(one) in gone for one in body)
        lines[_first(node) - 1 : node.end_lineno] = [" " * node.col_offset + "pass\n"] * empty
    return "".join(lines)


def _tests(
    body: list[ast.stmt], around: str = ""
) -> Iterator[tuple[str, ast.stmt, list[ast.stmt]]]:
    for node in body:
        if isinstance(node, _Function) and node.name.startswith("test"):
            yield around + node.name, node, body
        elif isinstance(node, ast.ClassDef):
            yield from _tests(node.body, f"{around}{node.name}::")


def _first(node: ast.stmt) -> int:
    decorators: list[ast.expr] = getattr(node, "decorator_list", [])
    return min([node.lineno, *(one.lineno for one in decorators)])
