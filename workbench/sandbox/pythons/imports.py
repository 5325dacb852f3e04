"""Which packages the tests import, told from their text."""

from __future__ import annotations

import ast
import sys
import warnings
from collections.abc import Container, Iterable, Iterator, Mapping

_LARGEST = 1 << 20
_MOST_FILES = 2_000
_MOST_PACKAGES = 64


def imported_packages(
    tests: Mapping[str, bytes],
    paths: Iterable[str],
    stdlib_names: Container[str] = sys.stdlib_module_names,
) -> tuple[str, ...]:
    """Return the top-level modules that `tests` import and no path of the project defines."""
    own = {name for path in paths for name in _defined_by(path)}
    found: dict[str, int] = {}
    for path in sorted(tests)[:_MOST_FILES]:
        for name in set(_imports_of(tests[path])):
            found[name] = found.get(name, 0) + 1
    foreign = [name for name in found if name not in own and name not in stdlib_names]
    often_first = sorted(foreign, key=lambda name: (-found[name], name))
    return tuple(sorted(often_first[:_MOST_PACKAGES]))


def _defined_by(path: str) -> Iterator[str]:
    """Return what a path makes importable from the project's root, from src/, or beside a test."""
    parts = path.split("/")
    if parts[-1].endswith(".py"):
        yield parts[-1].removesuffix(".py")
    if len(parts) > 1:
        yield parts[0]
    if parts[0] == "src" and len(parts) > 2:
        yield parts[1]


def _imports_of(source: bytes) -> Iterator[str]:
    if len(source) > _LARGEST:
        return
    try:
        tree = _parsed(source)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return  # The test run will say what is wrong with it.
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name.partition(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield node.module.partition(".")[0]


def _parsed(source: bytes) -> ast.Module:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # A doubtful escape in a test is not ours to tell.
        return ast.parse(source)
