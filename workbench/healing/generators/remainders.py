"""What is gathered piece by piece: the last piece at the end, and each next one begun anew."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from workbench.healing.candidate import Candidate
from workbench.healing.ground import Ground, Module, Site
from workbench.healing.insight.layout import behind, block, text_of, unit
from workbench.healing.insight.shares import Option, option, ranked, shared

_SHARE = 0.15
_PUTS = frozenset({"append", "add", "extend", "insert", "appendleft", "write", "put"})
_LOOPS = (ast.For, ast.AsyncFor, ast.While)


def at_site(ground: Ground, site: Site) -> Iterator[Candidate]:
    """Look at a statement in a loop that hands on what was gathered in other rounds."""
    del ground
    node, module = site.node, site.module
    loop = next((one for one in module.ancestors(node) if isinstance(one, _LOOPS)), None)
    if loop is None or not _hands_on(node) or node in loop.body:
        return
    pieces = [name for name in _read(node) if name in _gathered(loop, node)]
    yield from ranked(
        shared(site, "remainders:last", _SHARE, _last(module, node, loop, pieces)),
        shared(site, "remainders:anew", _SHARE, _anew(module, node, loop, pieces)),
    )


def _hands_on(node: ast.stmt) -> bool:
    match node:
        case ast.Expr(value=ast.Call(func=ast.Attribute(attr=name))):
            return name in _PUTS
        case ast.Expr(value=ast.Yield()) | ast.AugAssign(op=ast.Add()):
            return True
        case ast.Assign(targets=[ast.Subscript()]):
            return True
    return False


def _read(node: ast.stmt) -> tuple[str, ...]:
    """Return the names that a statement reads; what it puts something into is not among them."""
    found = [one.id for one in ast.walk(node) if isinstance(one, ast.Name)]
    stored = [one.id for one in ast.walk(node) if _is_stored(one) and isinstance(one, ast.Name)]
    match node:
        case ast.Expr(value=ast.Call(func=ast.Attribute(value=ast.Name(id=name)))):
            stored.append(name)
    return tuple(dict.fromkeys(one for one in found if one not in stored))


def _is_stored(node: ast.AST) -> bool:
    return isinstance(getattr(node, "ctx", None), ast.Store)


def _gathered(loop: ast.AST, besides: ast.stmt) -> frozenset[str]:
    """Return what a loop adds to, round by round."""
    return frozenset(
        name for node in ast.walk(loop) if node is not besides for name in _added_to(node)
    )


def _added_to(node: ast.AST) -> Iterator[str]:
    match node:
        case ast.AugAssign(target=ast.Name(id=name), op=ast.Add()):
            yield name
        case ast.Assign(targets=[ast.Name(id=name)], value=ast.BinOp(op=ast.Add())):
            yield name
        case ast.Call(func=ast.Attribute(value=ast.Name(id=name), attr=method)) if method in _PUTS:
            yield name


def _last(module: Module, node: ast.stmt, loop: ast.stmt, pieces: list[str]) -> Iterator[Option]:
    """Hand on what is left behind the loop, where nobody reads it any more."""
    function = module.function_of(loop)
    around = function or module.tree
    later = {
        one.id
        for one in ast.walk(around)
        if isinstance(one, ast.Name) and one.lineno > (loop.end_lineno or 0)
    }
    text = text_of(module, node)
    for piece in pieces:
        if piece not in later and "\n" not in text:
            yield from option(behind(module, loop, text), 1.0, f"{text} behind the loop")
            guarded = f"if {piece}:\n{unit(module, node)}{text}"
            why = f"{text} behind the loop if there is {piece}"
            yield from option(behind(module, loop, guarded), 0.7, why)


def _anew(module: Module, node: ast.stmt, loop: ast.stmt, pieces: list[str]) -> Iterator[Option]:
    """Begin the next piece as the first was begun, where that is not done."""
    following = block(module, node)
    begun = {name for one in following for name in _set(one)}
    for piece in pieces:
        first = _first(module, loop, piece)
        if first and piece not in begun:
            yield from option(behind(module, node, first), 1.0, f"{first} behind it")


def _set(node: ast.stmt) -> Iterator[str]:
    if isinstance(node, ast.Assign):
        yield from (one.id for one in node.targets if isinstance(one, ast.Name))


def _first(module: Module, loop: ast.stmt, piece: str) -> str:
    """Return the statement before a loop that sets a name to something fixed."""
    for one in block(module, loop):
        if one is loop:
            break
        match one:
            case ast.Assign(targets=[ast.Name(id=name)], value=value) if name == piece:
                if not any(isinstance(part, ast.Name) for part in ast.walk(value)):
                    return text_of(module, one)
    return ""
