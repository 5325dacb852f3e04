"""Expressions and statements that stand elsewhere in the project, or are made from scope."""

from __future__ import annotations

import ast
import itertools
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import TypeVar

from workbench.healing.candidate import Candidate
from workbench.healing.ground import Function, Ground, Module, Site
from workbench.healing.insight.kinds import Kinds, agree, is_number
from workbench.healing.insight.layout import before, behind, expressions, head, is_docstring, place
from workbench.healing.insight.scope import BUILTINS, VALUES, Named, Origin, Scope
from workbench.healing.insight.shares import Option, option, ranked, shared
from workbench.healing.insight.siblings import Neighbour, neighbours

_BEST, _STATEMENTS, _NEAREST = 60, 24, 6
_LONGEST = 70
_DONATED = (ast.Subscript, ast.Attribute, ast.Call, ast.BinOp, ast.Compare, ast.IfExp, ast.List)
_LOOSE = (ast.BinOp, ast.Compare, ast.IfExp, ast.BoolOp, ast.UnaryOp)
Found = TypeVar("Found")
_PLAIN = (ast.Assign, ast.AugAssign, ast.Expr, ast.Return, ast.Delete)


@dataclass(frozen=True, slots=True)
class Donor:
    """An expression that could stand in the place of another."""

    text: str
    kinds: Kinds
    names: frozenset[str]
    weight: float
    is_loose: bool


def at_site(ground: Ground, site: Site) -> Iterator[Candidate]:
    if isinstance(site.node, Function | ast.ClassDef) or is_docstring(site.node):
        return
    yield from ranked(
        shared(site, "donors:expression", 0.05, _expressions(ground, site)),
        shared(site, "donors:insert", 0.02, _inserted(ground, site)),
        shared(site, "donors:statement", 0.01, _replaced(ground, site)),
        shared(site, "donors:twin", 0.02, _twins(ground, site)),
    )


def _expressions(ground: Ground, site: Site) -> list[Option]:
    """Return the expressions of the statement exchanged for donors that look alike."""
    scope = Scope.of(ground, site)
    donors = [*_found(ground, site, scope), *_made(site, scope)]
    options = []
    for slot, usual in _slots(site):
        text, names = site.module.of(slot), _names(slot)
        kinds = scope.kinds(slot)
        for one in donors:
            if one.text != text and agree(one.kinds, kinds):
                weight = usual * one.weight * (0.25 + _alike(one.names, names))
                options.append(_exchanged(site.module, slot, one, weight))
    return sorted(options, key=lambda one: -one.weight)[:_BEST]


def _exchanged(module: Module, slot: ast.expr, one: Donor, weight: float) -> Option:
    around = module.parents[slot]
    tight = isinstance(around, (*_LOOSE, ast.Attribute, ast.Subscript, ast.Starred))
    index = isinstance(around, ast.Subscript) and around.slice is slot
    text = f"({one.text})" if one.is_loose and tight and not index else one.text
    return Option((module.instead(slot, text),), weight, f"{module.of(slot)} becomes {one.text}")


def _slots(site: Site) -> Iterator[tuple[ast.expr, float]]:
    """Yield the expressions of a statement that others can stand for, and how often that helps."""
    for node in head(site.node):
        match node:
            case ast.Assign(value=value) | ast.AugAssign(value=value) | ast.AnnAssign(value=value):
                yield from _each([value], 1.0)
            case ast.Return(value=value) | ast.For(iter=value) | ast.Yield(value=value):
                yield from _each([value], 1.0)
            case ast.Call(args=args, keywords=keywords):
                yield from _each([*args, *(one.value for one in keywords)], 0.8)
            case ast.BinOp(left=left, right=right):
                yield from _each([left, right], 0.7)
            case ast.Compare(left=left, comparators=others):
                yield from _each([left, *others], 0.7)
            case ast.Subscript(slice=ast.expr() as index):
                yield from _each([index], 0.7)


def _each(nodes: Iterable[ast.expr | None], weight: float) -> Iterator[tuple[ast.expr, float]]:
    unfit = (ast.Starred, ast.Slice, ast.JoinedStr, ast.Lambda, ast.Tuple, ast.GeneratorExp)
    yield from ((one, weight) for one in nodes if one is not None and not isinstance(one, unfit))


def _names(node: ast.AST) -> frozenset[str]:
    found = (getattr(one, "id", getattr(one, "attr", "")) for one in ast.walk(node))
    return frozenset(one for one in found if isinstance(one, str) and one)


def _alike(one: frozenset[str], other: frozenset[str]) -> float:
    return len(one & other) / len(one | other) if one and other else 0.0


def _found(ground: Ground, site: Site, scope: Scope) -> list[Donor]:
    """Return the expressions of the function and of code like it that can be written here."""
    bound = {one.text for one in scope.names if one.bound} | BUILTINS | ({scope.this} - {""})
    best: dict[str, Donor] = {}
    for neighbour in neighbours(ground, site):
        for node, text, free in _kept(ground, "donated", neighbour, _donated):
            if free <= bound:
                near = neighbour.weight / (1 + abs(node.lineno - site.node.lineno) / 20)
                weight = near if neighbour.is_own else neighbour.weight * 0.7
                if text not in best or best[text].weight < weight:
                    loose = isinstance(node, _LOOSE)
                    best[text] = Donor(text, scope.kinds(node), _names(node), weight, loose)
    return list(best.values())


def _kept(
    ground: Ground, name: str, neighbour: Neighbour, find: Callable[[Neighbour], Iterator[Found]]
) -> list[Found]:
    """Return what is found in a neighbour; it is looked for once."""
    kept: dict[ast.AST, list[Found]] = vars(ground).setdefault(f"kept {name}", {})
    if neighbour.node not in kept:
        kept[neighbour.node] = list(find(neighbour))
    return kept[neighbour.node]


def _donated(neighbour: Neighbour) -> Iterator[tuple[ast.expr, str, frozenset[str]]]:
    """Yield expressions on one line, their texts, and the names that they need."""
    for node in expressions(neighbour.node):
        loaded = isinstance(getattr(node, "ctx", None), ast.Load | None)
        if isinstance(node, _DONATED) and loaded and not _is_called(neighbour.module, node):
            text = neighbour.module.of(node)
            if len(text) <= _LONGEST and "\n" not in text:
                yield node, text, _free(node)


def _free(node: ast.AST) -> frozenset[str]:
    """Return the names that must have a value before a node is run."""
    names = (one for one in ast.walk(node) if isinstance(one, ast.Name))
    return frozenset(one.id for one in names if isinstance(one.ctx, ast.Load))


def _donated_statements(neighbour: Neighbour) -> Iterator[tuple[ast.stmt, str, frozenset[str]]]:
    for node in ast.walk(neighbour.node):
        if isinstance(node, _PLAIN) and not is_docstring(node):
            text = neighbour.module.of(node)
            if len(text) <= _LONGEST and "\n" not in text:
                yield node, text, _free(node)


def _is_called(module: Module, node: ast.AST) -> bool:
    around = module.parents[node]
    return isinstance(around, ast.Call) and around.func is node


def _made(site: Site, scope: Scope) -> Iterator[Donor]:
    """Yield `a[b]`, `a.attr`, `a op b` and `f(a)` from what is near."""
    near = [one for one in scope.values() if one.origin is not Origin.GLOBAL][:_NEAREST]
    attributes = _attributes(site)
    for one in near:
        for attr in attributes.get(one.text, ()):
            yield _donor(f"{one.text}.{attr}", frozenset(), one, one, 0.4)
        for function in (
            ("len", "sum", "max", "min") if one.kinds & {"list", "tuple", "set"} else ()
        ):
            yield _donor(f"{function}({one.text})", frozenset({"number"}), one, one, 0.25)
    for one, other in itertools.permutations(near, 2):
        yield from _paired(one, other)


def _paired(one: Named, other: Named) -> Iterator[Donor]:
    a, b = one.text, other.text
    indexed = bool(one.kinds & {"list", "tuple", "str", "dict"})
    if indexed and (is_number(other.kinds) or not other.kinds or "dict" in one.kinds):
        yield _donor(f"{a}[{b}]", frozenset(), one, other, 0.4)
        if is_number(other.kinds):
            yield _donor(f"{a}[{b} - 1]", frozenset(), one, other, 0.2)
            yield _donor(f"{a}[{b} + 1]", frozenset(), one, other, 0.2)
    if is_number(one.kinds) and is_number(other.kinds):
        number = frozenset({"number"})
        yield _donor(f"{a} - {b}", number, one, other, 0.25, is_loose=True)
        if a < b:
            yield _donor(f"{a} + {b}", number, one, other, 0.25, is_loose=True)
            yield _donor(f"{a} * {b}", number, one, other, 0.15, is_loose=True)
            yield _donor(f"max({a}, {b})", number, one, other, 0.15)
            yield _donor(f"min({a}, {b})", number, one, other, 0.15)
    elif one.kinds & other.kinds & {"list", "str", "tuple"}:
        yield _donor(f"{a} + {b}", one.kinds & other.kinds, one, other, 0.25, is_loose=True)


def _donor(
    text: str, kinds: Kinds, one: Named, other: Named, usual: float, *, is_loose: bool = False
) -> Donor:
    near = 1 / (1 + one.distance / 6) / (1 + other.distance / 6)
    return Donor(text, kinds, frozenset({one.text, other.text}), usual * near, is_loose)


def _attributes(site: Site) -> Mapping[str, list[str]]:
    """Return what of each name the function reads, and what of anything, by name."""
    around = site.function or site.node
    read: dict[str, None] = {}
    owners: dict[str, None] = {}
    called = {id(one.func) for one in ast.walk(around) if isinstance(one, ast.Call)}
    for node in ast.walk(around):
        match node:
            case ast.Attribute(value=ast.Name(id=owner), attr=attr) if id(node) not in called:
                if owner not in ("self", "cls"):
                    read[attr] = owners[owner] = None
    return {owner: list(read)[:_NEAREST] for owner in owners}


def _statements(ground: Ground, site: Site) -> Iterator[tuple[str, ast.stmt, float]]:
    """Yield short statements from near, with names that are not known here exchanged for some."""
    scope = Scope.of(ground, site)
    bound = {one.text for one in scope.names if one.bound} | BUILTINS | ({scope.this} - {""})
    seen = {site.module.of(site.node)}
    for neighbour in neighbours(ground, site):
        for node, text, free in _kept(ground, "statements", neighbour, _donated_statements):
            if text not in seen:
                seen.add(text)
                unknown = free - bound
                if not unknown:
                    yield text, node, neighbour.weight
                elif len(unknown) == 1 and text.isascii():
                    yield from _fitting(text, node, neighbour, scope, unknown)


def _fitting(
    text: str, node: ast.stmt, neighbour: Neighbour, scope: Scope, unknown: frozenset[str]
) -> Iterator[tuple[str, ast.stmt, float]]:
    for name in [one.text for one in scope.values() if one.origin in VALUES][:3]:
        yield _renamed(text, node, dict.fromkeys(unknown, name)), node, neighbour.weight * 0.3


def _renamed(text: str, node: ast.stmt, names: Mapping[str, str]) -> str:
    """Return the text of a statement on one line with names exchanged."""
    found = [one for one in ast.walk(node) if isinstance(one, ast.Name) and one.id in names]
    for one in sorted(found, key=lambda one: -one.col_offset):
        start = one.col_offset - node.col_offset
        text = text[:start] + names[one.id] + text[start + len(one.id) :]
    return text


def _inserted(ground: Ground, site: Site) -> Iterator[Option]:
    among, index = place(site.module, site.node)
    last = index + 1 == len(among) and not isinstance(site.node, ast.Return | ast.Raise)
    beside = {site.module.of(one) for one in among[max(0, index - 1) : index + 2] if _short(one)}
    found = ((text, node, w) for text, node, w in _statements(ground, site) if text not in beside)
    for text, node, weight in itertools.islice(found, _STATEMENTS):
        if not isinstance(node, ast.Return | ast.Delete):
            natural = weight * (0.4 + _alike(_names(node), _names(site.node)))
            yield from option(before(site.module, site.node, text), natural, f"{text} before it")
            if last:
                yield from option(
                    behind(site.module, site.node, text), natural, f"{text} behind it"
                )


def _short(node: ast.stmt) -> bool:
    return isinstance(node, _PLAIN)


def _replaced(ground: Ground, site: Site) -> Iterator[Option]:
    """Yield the statement exchanged for one of the same form."""
    if not isinstance(site.node, _PLAIN):
        return
    names = _names(site.node)
    alike = (one for one in _statements(ground, site) if type(one[1]) is type(site.node))
    for text, node, weight in itertools.islice(alike, _STATEMENTS):
        edit = site.module.instead(site.node, text)  # type: ignore[arg-type]
        yield from option(edit, weight * (0.2 + _alike(_names(node), names)), f"{text} instead")


def _twins(ground: Ground, site: Site) -> Iterator[Option]:
    """Yield the statement once more behind it, one or two of its names exchanged for others."""
    node, module = site.node, site.module
    if not isinstance(node, ast.Expr | ast.Assign | ast.AugAssign):
        return
    text = module.of(node)
    if "\n" in text or len(text) > _LONGEST or not text.isascii():
        return
    for names, weight in _exchanges(Scope.of(ground, site), node):
        twin = _renamed(text, node, names)
        yield from option(behind(module, node, twin), weight, f"{twin} behind it")
        yield from option(before(module, node, twin), weight * 0.3, f"{twin} before it")


def _exchanges(scope: Scope, node: ast.stmt) -> Iterator[tuple[dict[str, str], float]]:
    """Yield names of a statement and what else could stand for them."""
    used = [one.id for one in ast.walk(node) if isinstance(one, ast.Name)]
    own = [one for one in dict.fromkeys(used) if one in scope.by_text]
    names = [one.text for one in scope.values() if one.text.isidentifier()][: _NEAREST + 2]
    others = [one for one in names if one not in own]
    yield from (({old: new}, 0.3) for old in own for new in others)
    mirrored = itertools.combinations([one for one in own if one != scope.this][:5], 2)
    yield from (({one: other, other: one}, 0.5) for one, other in mirrored)
    for old, later in itertools.combinations(own, 2):
        for new, then in itertools.permutations(others, 2):
            yield {old: new, later: then}, 0.2
