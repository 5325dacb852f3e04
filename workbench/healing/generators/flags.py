"""Flags, turned where nothing is done; one that nobody turns is turned behind other things too."""

from __future__ import annotations

import ast
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping

from workbench.healing.candidate import Candidate
from workbench.healing.ground import Function, Ground, Site
from workbench.healing.insight.layout import behind
from workbench.healing.insight.shares import Option, option, ranked, shared
from workbench.splice import Edit

_SHARE = 0.4
_AT_A_PASS, _BESIDE, _SET_AGAIN, _BEHIND = 1.0, 0.7, 0.3, 0.15
_SOUNDS = ("is_", "has_", "was_", "can_", "should_")
_TESTED = (ast.If, ast.While, ast.IfExp)
_BRANCHES = (ast.If, ast.ExceptHandler)
_LEAVES = (ast.Return, ast.Raise, ast.Continue, ast.Break)


def at_site(ground: Ground, site: Site) -> Iterator[Candidate]:
    del ground
    yield from ranked(shared(site, "flags:turned", _SHARE, _options(site)))


def _options(site: Site) -> Iterator[Option]:
    function = site.function
    if function is None:
        return
    if isinstance(site.node, ast.Pass):
        start, end = site.module.start(site.node), site.module.end(site.node)
        for text, weight in _turned(site, function):
            yield from option(Edit(start, end, text), weight, f"{text} where nothing is done")
    elif _is_last_of_a_branch(site):
        for name, value in _unturned(function).items():
            text = f"{name} = {not value}"
            edit = behind(site.module, site.node, text)
            yield from option(edit, _BEHIND, f"{text} behind it")


def _turned(site: Site, function: Function) -> Iterator[tuple[str, float]]:
    """Yield what a flag could be set to where nothing is done."""
    unturned = _unturned(function)
    for name, value in unturned.items():
        yield f"{name} = {not value}", _AT_A_PASS
    around = site.module.parents.get(site.node)
    for node in ast.walk(around) if isinstance(around, ast.If) else ():
        for name, value in _set(node):
            yield f"{name} = {not value}", _BESIDE
    for name in sorted(_flags(function) - unturned.keys()):
        yield f"{name} = True", _SET_AGAIN
        yield f"{name} = False", _SET_AGAIN


def _flags(function: Function) -> set[str]:
    """Return the names that a function sets to yes or no, or that sound like it."""
    names = (one for one in ast.walk(function) if isinstance(one, ast.Name) and _is_stored(one))
    sounding = {one.id for one in names if one.id.startswith(_SOUNDS)}
    return sounding | {name for node in ast.walk(function) for name, _ in _set(node)}


def _is_last_of_a_branch(site: Site) -> bool:
    around = site.module.parents.get(site.node)
    if not isinstance(around, _BRANCHES) or isinstance(site.node, _LEAVES):
        return False
    return any(block and block[-1] is site.node for block in (around.body, _other(around)))


def _other(around: ast.If | ast.ExceptHandler) -> list[ast.stmt]:
    return around.orelse if isinstance(around, ast.If) else []


def _unturned(function: Function) -> Mapping[str, bool]:
    """Return the names that a function asks for and only ever sets to one of yes and no."""
    nodes = list(ast.walk(function))
    values = defaultdict[str, list[bool]](list)
    for name, value in (found for node in nodes for found in _set(node)):
        values[name].append(value)
    elsewhere = {name for node in nodes for name in _shared(node)}
    stored = Counter(one.id for one in nodes if isinstance(one, ast.Name) and _is_stored(one))
    asked = {name for node in nodes for name in _asked(node)} - elsewhere
    return {
        name: known[0]
        for name, known in values.items()
        if name in asked and len(known) == stored[name] and len(set(known)) == 1
    }


def _is_stored(node: ast.Name) -> bool:
    return not isinstance(node.ctx, ast.Load)


def _shared(node: ast.AST) -> list[str]:
    """Return the names that others set too."""
    match node:
        case ast.arg(arg=name):
            return [name]
        case ast.Global(names=names) | ast.Nonlocal(names=names):
            return names
    return []


def _set(node: ast.AST) -> Iterator[tuple[str, bool]]:
    match node:
        case ast.Assign(targets=[ast.Name(id=name)], value=ast.Constant(value=bool() as value)):
            yield name, value


def _asked(node: ast.AST) -> set[str]:
    if not isinstance(node, _TESTED):
        return set()
    return {one.id for one in ast.walk(node.test) if isinstance(one, ast.Name)}
