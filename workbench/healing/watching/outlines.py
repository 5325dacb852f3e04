"""What a Python file consists of, by content: a comment or a blank line changes nothing."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from hashlib import sha256
from pathlib import PurePosixPath
from types import CodeType
from typing import Any

import msgspec

MODULE = "<module>"


class Outline(msgspec.Struct, frozen=True):
    """The functions of a file and what runs when it is imported."""

    pieces: dict[str, str]
    """What each function, class body and the module itself does, as a digest, by qualified name."""
    lines: dict[int, str]
    """Which of them a line belongs to."""
    imports: tuple[str, ...] = ()
    """Names of modules that it may import, from the top."""
    parses: bool = True


def outline(path: str, text: str) -> Outline:
    """Return the outline of a file; one that does not parse is a single piece."""
    try:
        tree = ast.parse(text.removeprefix("\ufeff"))
        code = compile(tree, path, "exec", dont_inherit=True, optimize=0)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        whole = sha256(text.encode("utf-8", "surrogateescape")).hexdigest()
        return Outline({MODULE: whole[:_LENGTH]}, {}, parses=False)
    pieces: dict[str, list[bytes]] = {}
    lines: dict[int, str] = {}
    for name, one in _codes(code, MODULE):
        pieces.setdefault(name, []).append(_digest(one, deep=_is_function(one)))
        lines.update(dict.fromkeys(_own_lines(one), name))
    digests = {
        name: sha256(b"".join(every)).hexdigest()[:_LENGTH] for name, every in pieces.items()
    }
    return Outline(digests, lines, tuple(sorted(set(_imports(path, tree)))))


_LENGTH = 20
_OPTIMIZED = 0x1
"""Function bodies have it, those of classes and modules do not."""


def _codes(code: CodeType, name: str) -> Iterator[tuple[str, CodeType]]:
    """Yield the code of the module, its classes and functions, outer ones first."""
    yield name, code
    for inner in code.co_consts:
        if isinstance(inner, CodeType):
            anonymous = inner.co_name.startswith("<")
            yield from _codes(inner, name if anonymous else inner.co_qualname)


def _is_function(code: CodeType) -> bool:
    return bool(code.co_flags & _OPTIMIZED)


def _own_lines(code: CodeType) -> Iterator[int]:
    return (line for _, _, line in code.co_lines() if line)


def _digest(code: CodeType, *, deep: bool) -> bytes:
    """Hash what code does, not where it stands; the module's own is without its functions."""
    parts: list[Any] = [code.co_code, code.co_names, code.co_varnames, code.co_freevars]
    parts += [code.co_flags, code.co_argcount, code.co_kwonlyargcount, code.co_exceptiontable]
    parts += [_constant(one, deep=deep) for one in code.co_consts]
    return sha256(repr(parts).encode("utf-8", "surrogatepass")).digest()


def _constant(value: object, *, deep: bool) -> object:
    if isinstance(value, CodeType):
        if deep or value.co_name.startswith("<"):
            return _digest(value, deep=True)
        return value.co_qualname
    if isinstance(value, frozenset):
        return sorted(map(repr, value))
    return (type(value).__name__, repr(value))


def _imports(path: str, tree: ast.Module) -> Iterator[str]:
    package = PurePosixPath(path).parent.parts
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            above = package[: len(package) - node.level + 1] if node.level else ()
            base = ".".join([*above, *([node.module] if node.module else [])])
            yield base
            yield from (f"{base}.{alias.name}" for alias in node.names)


def importers(changed: set[str], outlines: Mapping[str, Outline]) -> set[str]:
    """Return the files that import one of `changed`, however indirectly."""
    by_name: dict[str, set[str]] = {}
    for path, one in outlines.items():
        for name in one.imports:
            by_name.setdefault(name, set()).add(path)
    found, todo = set(changed), list(changed)
    while todo:
        for name in _names_of(todo.pop()):
            fresh = by_name.get(name, set()) - found
            found |= fresh
            todo += fresh
    return found


def _names_of(path: str) -> Iterator[str]:
    """Yield the names that a file may be imported by, whichever folder is on the path."""
    parts = list(PurePosixPath(path).with_suffix("").parts)
    if parts and parts[-1] == "__init__":
        parts.pop()
    for start in range(len(parts)):
        yield ".".join(parts[start:])
