"""Python by its syntax tree: what a module defines, imports, calls and builds upon."""

from __future__ import annotations

import ast
import warnings
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import PurePosixPath

from workbench.knowledge.graph.values import Defined, Said

_ROOTS = ("src", "lib", "python")
_EVERYDAY = frozenset(
    name for kind in (str, bytes, list, dict, set, tuple, int, float, object) for name in dir(kind)
) | {"read", "write", "close", "open", "run", "main", "send", "get"}
"""Methods that so many things have that their name says nothing."""
_SURE, _DEFINED_HERE, _OF_SELF, _BY_NAME = 1.0, 0.95, 0.85, 0.3
_Scope = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef
_SCOPES = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)


def module_of(path: str) -> str:
    """Return the dotted name under which a file is most likely imported."""
    parts = list(PurePosixPath(path).with_suffix("").parts)
    if len(parts) > 1 and parts[0] in _ROOTS:
        parts = parts[1:]
    if len(parts) > 1 and parts[-1] == "__init__":
        parts = parts[:-1]
    return ".".join(parts)


@dataclass
class _Module:
    """What is known while a file is read."""

    name: str
    package: str
    names: dict[str, str] = field(default_factory=dict)
    """What each name of the module stands for."""


@dataclass(frozen=True)
class _Place:
    """Where a node stands: the thing around it, the class around that, what is a parameter."""

    name: str
    owner: str = ""
    members: frozenset[str] = frozenset()
    parameters: frozenset[str] = frozenset()


def read(path: str, text: str, module: str = "") -> tuple[list[Defined], list[Said]]:
    """Return what a file defines and says; of one that does not parse, nothing."""
    tree = _parsed(text)
    if tree is None:
        return [], []
    name = module or module_of(path)
    is_package = PurePosixPath(path).name == "__init__.py"
    known = _Module(name, name if is_package else name.rpartition(".")[0])
    last = text.count("\n") + 1
    defined = [Defined(name, "module", 1, last)]
    said = []
    if "." in name:
        said.append(Said(name, "part of", name.rpartition(".")[0], 1, last, _SURE))
    known.names.update(_imported(tree, known))
    known.names.update(_at_top(tree, name))
    for node, place in _walk(tree, name):
        if isinstance(node, _SCOPES):
            defined.append(_defined(node, place))
            said.extend(_of_scope(node, place, known))
        else:
            said.extend(_of_node(node, place, known))
    return defined, said


def _parsed(text: str) -> ast.Module | None:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return ast.parse(text)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None


def _walk(tree: ast.Module, name: str) -> Iterator[tuple[ast.AST, _Place]]:
    """Yield each node with its place, in the order of the text, without recursion."""
    stack: list[tuple[ast.AST, _Place]] = [(tree, _Place(name))]
    while stack:
        node, place = stack.pop()
        if node is not tree:
            yield node, place
        inner = _inside(node, place) if isinstance(node, _SCOPES) else place
        stack.extend((child, inner) for child in reversed(list(ast.iter_child_nodes(node))))


def _inside(node: _Scope, place: _Place) -> _Place:
    name = f"{place.name}.{node.name}"
    if isinstance(node, ast.ClassDef):
        members = frozenset(one.name for one in node.body if isinstance(one, _SCOPES))
        return _Place(name, name, members)
    given = (*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs)
    parameters = place.parameters | {one.arg for one in given}
    return _Place(name, place.owner, place.members, parameters)


def _defined(node: _Scope, place: _Place) -> Defined:
    kind = "class" if isinstance(node, ast.ClassDef) else "function"
    first = min([node.lineno, *(each.lineno for each in node.decorator_list)])
    return Defined(f"{place.name}.{node.name}", kind, first, node.end_lineno or node.lineno)


def _of_scope(node: _Scope, place: _Place, known: _Module) -> Iterator[Said]:
    name = f"{place.name}.{node.name}"
    last = node.end_lineno or node.lineno
    yield Said(name, "part of", place.name, node.lineno, last, _SURE)
    if isinstance(node, ast.ClassDef):
        for base in node.bases:
            yield from _meant(base, name, "needs", place, known)


def _of_node(node: ast.AST, place: _Place, known: _Module) -> Iterator[Said]:
    if isinstance(node, ast.Import | ast.ImportFrom):
        last = node.end_lineno or node.lineno
        for target in _targets(node, known).values():
            yield Said(known.name, "imports", target, node.lineno, last, _SURE)
    elif isinstance(node, ast.Call):
        yield from _meant(node.func, place.name, "calls", place, known)


def _meant(node: ast.expr, name: str, kind: str, place: _Place, known: _Module) -> Iterator[Said]:
    """Yield what an expression that names something stands for."""
    words = _dotted(node)
    if not words:
        return
    head, *rest = words
    last = node.end_lineno or node.lineno
    if head in ("self", "cls") and place.owner and len(rest) == 1:
        if rest[0] in place.members:
            yield Said(name, kind, f"{place.owner}.{rest[0]}", node.lineno, last, _OF_SELF)
            return
    elif head in known.names and head not in place.parameters:
        target = ".".join((known.names[head], *rest))
        sure = _DEFINED_HERE if not rest else _DEFINED_HERE - 0.05
        yield Said(name, kind, target, node.lineno, last, sure)
        return
    if rest and rest[-1] not in _EVERYDAY and len(rest[-1]) > 3:
        yield Said(name, kind, rest[-1], node.lineno, last, _BY_NAME, is_whole=False)


def _dotted(node: ast.expr) -> list[str]:
    """Return the words of `a.b.c`; of what begins with something else, `?` and the last one."""
    words: list[str] = []
    while isinstance(node, ast.Attribute):
        words.append(node.attr)
        node = node.value
    if isinstance(node, ast.Name):
        return [*words, node.id][::-1]
    return ["?", words[0]] if words else []


def _imported(tree: ast.Module, known: _Module) -> dict[str, str]:
    """Return what imports anywhere in the file make known; those inside functions count too."""
    names: dict[str, str] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Import | ast.ImportFrom):
            names |= _targets(node, known)
    return names


def _targets(node: ast.Import | ast.ImportFrom, known: _Module) -> Mapping[str, str]:
    """Return whole names by those that an import binds."""
    if isinstance(node, ast.Import):
        return {
            one.asname or one.name.partition(".")[0]: one.name
            if one.asname or "." not in one.name
            else one.name.partition(".")[0]
            for one in node.names
        } | {one.name: one.name for one in node.names if "." in one.name}
    base = _base(node, known)
    return {
        one.asname or one.name: f"{base}.{one.name}" if base else one.name
        for one in node.names
        if one.name != "*"
    } or {"*": base}


def _base(node: ast.ImportFrom, known: _Module) -> str:
    if not node.level:
        return node.module or ""
    parts = known.package.split(".") if known.package else []
    above = parts[: max(0, len(parts) - node.level + 1)]
    return ".".join((*above, *filter(None, (node.module,))))


def _at_top(tree: ast.Module, name: str) -> dict[str, str]:
    return {one.name: f"{name}.{one.name}" for one in tree.body if isinstance(one, _SCOPES)}
