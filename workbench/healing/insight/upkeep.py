"""Statements that keep something up to date: add, count, assign, from the names in scope."""

from __future__ import annotations

import ast
import heapq
import itertools
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import lru_cache

from workbench.healing.ground import Function, Ground, Site
from workbench.healing.insight.kinds import Kinds, agree, is_number
from workbench.healing.insight.scope import VALUES, Named, Origin, Scope, local_nodes
from workbench.healing.insight.usage import usage as used_as

_BEST, _NEAREST, _VALUES = 44, 10, 8
_GROWING = frozenset({"append", "add", "extend", "insert", "update", "push", "appendleft"})


@dataclass(frozen=True, slots=True)
class Update:
    """A statement, how natural it is at the place, and the name that it changes."""

    text: str
    weight: float
    target: str


@dataclass(frozen=True)
class _Usage:
    """What a function does with its names."""

    grown: frozenset[str]
    """Added to by a method or by subscript."""
    read: frozenset[str]
    stored: dict[str, int]
    """How often each name is bound."""
    empty: frozenset[str]
    """Bound to an empty collection."""
    tested: frozenset[str]
    """Asked about by a `while`."""
    flags: Mapping[str, bool]
    """What is only ever bound to True, or only ever to False."""


def updates(ground: Ground, site: Site) -> list[Update]:
    """Return what could be brought up to date at a site, the most natural first."""
    kept: dict[ast.stmt, list[Update]] = vars(ground).setdefault("kept updates", {})
    if site.node not in kept:
        kept[site.node] = list(_gathered(ground, site))
    return kept[site.node]


def _gathered(ground: Ground, site: Site) -> list[Update]:
    function = site.function
    scope = Scope.of(ground, site)
    usage = _usage(function if function is not None else site.module.tree)
    seen = used_as(ground, site)
    names = [one for one in scope.names if _is_near(one, function)][:_NEAREST]
    near = [replace(one, kinds=seen.kinds(one.text, one.kinds)) for one in names]
    best: dict[str, Update] = {}
    made = itertools.chain(
        _collecting(near, usage, scope, site),
        _counting(near, usage),
        _joining(near, usage),
        _bound(near, usage),
        _reset(site, usage),
    )
    for one in made:
        known = best.get(one.text)
        if known is None or known.weight < one.weight:
            best[one.text] = one
    return heapq.nlargest(_BEST, best.values(), key=lambda one: one.weight)


def _is_near(one: Named, function: Function | None) -> bool:
    outside = one.origin is Origin.GLOBAL and function is not None
    return one.origin in VALUES and one.bound and not outside


@lru_cache(maxsize=512)
def _usage(node: ast.AST) -> _Usage:
    grown, read, empty, tested = set[str](), set[str](), set[str](), set[str]()
    stored: dict[str, int] = {}
    for one in local_nodes(node):
        match one:
            case ast.Call(func=ast.Attribute(value=ast.Name(id=name), attr=method)):
                read.add(name)
                if method in _GROWING:
                    grown.add(name)
            case ast.Subscript(value=ast.Name(id=name), ctx=ast.Store()):
                grown.add(name)
            case ast.Assign(targets=[ast.Name(id=name)], value=value) if _is_beginning(value):
                empty.add(name)
            case ast.While(test=test):
                tested |= {part.id for part in ast.walk(test) if isinstance(part, ast.Name)}
            case ast.Name(id=name, ctx=ast.Load()):
                read.add(name)
            case ast.Name(id=name, ctx=ast.Store()):
                stored[name] = stored.get(name, 0) + 1
    names = [frozenset(some) for some in (grown, read, empty, tested)]
    return _Usage(names[0], names[1], stored, names[2], names[3], _flags(node, stored))


def _is_beginning(node: ast.expr) -> bool:
    """Say whether a value is one to begin with: empty, or a collection of what is given."""
    match node:
        case ast.List(elts=elements) | ast.Set(elts=elements):
            return not elements or not all(isinstance(one, ast.Constant) for one in elements)
        case ast.Dict(keys=[]) | ast.Constant(value=0 | ""):
            return True
        case ast.Call(func=ast.Name(id="set" | "list" | "dict" | "deque" | "defaultdict")):
            return True
    return False


def _flags(node: ast.AST, stored: Mapping[str, int]) -> Mapping[str, bool]:
    """Return names that never change: bound more than once, or asked about, always to the same."""
    found: defaultdict[str, list[bool]] = defaultdict(list)
    for one in local_nodes(node):
        match one:
            case ast.Assign(targets=[ast.Name(id=name)], value=ast.Constant(value=bool(value))):
                found[name].append(value)
    return {
        name: values[0]
        for name, values in found.items()
        if len(values) == stored.get(name, 0) and len(set(values)) == 1
    }


def _fade(one: Named) -> float:
    away = 0.5 if one.origin is Origin.ATTRIBUTE else 1.0
    return away / (1 + one.distance / 6)


def _collecting(near: list[Named], usage: _Usage, scope: Scope, site: Site) -> Iterator[Update]:
    """Yield what adds to a collection; one that is read but never added to wants it most."""
    for one in near:
        if one.kinds & {"list", "set", "dict"} and one.origin is not Origin.LOOP:
            starved = one.text in usage.empty and one.text not in usage.grown
            given = one.origin is Origin.PARAMETER and one.text not in usage.grown
            weight = _fade(one) * (5.0 if starved else 0.3 if given else 1.0)
            for text, natural in _additions(one, _values(one, near, scope, site)):
                yield Update(text, weight * natural, one.text)


def _values(one: Named, near: list[Named], scope: Scope, site: Site) -> list[tuple[str, float]]:
    found = [(other.text, _fade(other)) for other in near if other.text != one.text]
    shown = [(text, 0.5) for text in _subscripts(site, scope, one.text)]
    return sorted([*found, *shown], key=lambda pair: -pair[1])[:_VALUES]


def _subscripts(site: Site, scope: Scope, but: str) -> Iterator[str]:
    """Yield the short element and attribute accesses of the function, such as `row[i]`."""
    bound = {one.text for one in scope.names if one.bound}
    around = site.function or site.node
    for node in local_nodes(around):
        if isinstance(node, ast.Subscript) and isinstance(node.ctx, ast.Load):
            names = {part.id for part in ast.walk(node) if isinstance(part, ast.Name)}
            text = ast.unparse(node)
            if but not in names and names <= bound and len(text) <= 24 and ":" not in text:
                yield text


def _additions(one: Named, values: list[tuple[str, float]]) -> Iterator[tuple[str, float]]:
    x = one.text
    for value, weight in values:
        if "list" in one.kinds:
            yield f"{x}.append({value})", weight
        if "set" in one.kinds:
            yield f"{x}.add({value})", weight
    if "dict" in one.kinds:
        for (key, near), (value, fit) in itertools.permutations(values[:4], 2):
            yield f"{x}[{key}] = {value}", near * fit * 0.6
        for key, near in values[:3]:
            yield f"{x}[{key}] = {x}.get({key}, 0) + 1", near * 0.5
            yield f"{x}[{key}] = True", near * 0.2
    if "list" in one.kinds:
        yield f"{x}.pop()", 0.3
        yield f"{x}.sort()", 0.15


def _counting(near: list[Named], usage: _Usage) -> Iterator[Update]:
    """Yield counting up and down, and adding what is near."""
    for one in near:
        if not is_number(one.kinds) or one.origin in (Origin.LOOP, Origin.CLOSURE):
            continue
        constant = usage.stored.get(one.text, 0) < 2 and one.origin is Origin.LOCAL
        weight = _fade(one) * (4.0 if constant and one.text in usage.tested else 1.0)
        yield Update(f"{one.text} += 1", weight, one.text)
        yield Update(f"{one.text} -= 1", weight * 0.6, one.text)
        for other in near:
            if other.text != one.text and agree(other.kinds, one.kinds):
                sure = 0.3 if is_number(other.kinds) else 0.1
                yield Update(f"{one.text} += {other.text}", weight * sure * _fade(other), one.text)


def _joining(near: list[Named], usage: _Usage) -> Iterator[Update]:
    """Yield adding what is near to a text that is built up."""
    for one in near:
        if "str" in one.kinds and one.origin is Origin.LOCAL and one.text in usage.empty:
            for other in near:
                if other.text != one.text and (not other.kinds or "str" in other.kinds):
                    text = f"{one.text} += {other.text}"
                    yield Update(text, _fade(one) * 0.6 * _fade(other), one.text)


def _bound(near: list[Named], usage: _Usage) -> Iterator[Update]:
    """Yield assignments: to the beginning, of a flag, of another name of the same kind."""
    for one in near:
        if one.origin in (Origin.LOOP, Origin.CLOSURE):
            continue
        weight = _fade(one) * (0.5 if one.origin is Origin.PARAMETER else 1.0)
        if one.text in usage.flags:
            yield Update(f"{one.text} = {not usage.flags[one.text]}", weight * 5, one.text)
        for text, natural in _beginnings(one.kinds):
            yield Update(f"{one.text} = {text}", weight * natural, one.text)
        for other in near:
            if other.text != one.text and agree(one.kinds, other.kinds):
                sure = 0.4 if one.kinds & other.kinds else 0.15
                text = f"{one.text} = {other.text}"
                yield Update(text, weight * sure * _fade(other), one.text)


def _reset(site: Site, usage: _Usage) -> Iterator[Update]:
    """Yield a new list for one that has just been put into another."""
    match site.node:
        case ast.Expr(value=ast.Call(func=ast.Attribute(attr="append"), args=[ast.Name(id=name)])):
            if name in usage.grown:
                yield Update(f"{name} = []", 4.0, name)


def _beginnings(kinds: Kinds) -> Iterator[tuple[str, float]]:
    if "bool" in kinds:
        yield from (("True", 0.8), ("False", 0.8))
    elif is_number(kinds):
        yield from (("0", 0.5), ("1", 0.2))
    for kind, text in (("list", "[]"), ("dict", "{}"), ("set", "set()"), ("str", '""')):
        if kind in kinds:
            yield text, 0.4
    if "none" in kinds:
        yield "None", 0.4
