"""Conditions that could be asked at a place, from the names in scope there and the file around."""

from __future__ import annotations

import ast
import heapq
import itertools
from bisect import bisect_left
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from workbench.healing.ground import Ground, Module, Site
from workbench.healing.insight.inputs import inputs
from workbench.healing.insight.kinds import Kinds, is_number
from workbench.healing.insight.layout import expressions, head
from workbench.healing.insight.scope import VALUES, Named, Origin, Scope
from workbench.healing.insight.usage import Usage, usage

_NEAREST, _BEST, _ASKED = 9, 72, 16
_LONGEST = 60
_IGNORED = 3.0
_SIZED = frozenset({"list", "tuple", "str", "bytes", "dict", "set"})
_UNHASHED = frozenset({"list", "dict", "set"})
_UNORDERED = _UNHASHED | {"tuple", "str", "bytes", "none", "callable"}
_LOOSE = (ast.BoolOp, ast.IfExp, ast.Lambda, ast.NamedExpr, ast.Yield, ast.YieldFrom)
_BOOLEAN = (ast.Compare, ast.BoolOp)
_OPPOSITE: dict[type[ast.cmpop], str] = {
    ast.Lt: ">=",
    ast.LtE: ">",
    ast.Gt: "<=",
    ast.GtE: "<",
    ast.Eq: "!=",
    ast.NotEq: "==",
    ast.Is: "is not",
    ast.IsNot: "is",
    ast.In: "not in",
    ast.NotIn: "in",
}


@dataclass(frozen=True, slots=True)
class Atom:
    """A condition, how natural it is to ask there, and whether it rather says no."""

    text: str
    weight: float
    is_denial: bool = False
    """It asks for what is missing, empty or out of bounds."""


def atoms(ground: Ground, site: Site) -> list[Atom]:
    """Return what could be asked at a site, the most natural first; kept for each statement."""
    kept: dict[ast.stmt, list[Atom]] = vars(ground).setdefault("kept atoms", {})
    if site.node not in kept:
        kept[site.node] = _gathered(ground, site)
    return kept[site.node]


def _gathered(ground: Ground, site: Site) -> list[Atom]:
    near = nearby(ground, site)
    ensured = _ensured(site)
    best: dict[str, Atom] = {}
    for atom in itertools.chain(_asked(ground, site), _of_each(near), _of_pairs(near)):
        known = best.get(atom.text)
        if atom.text not in ensured and (known is None or known.weight < atom.weight):
            best[atom.text] = atom
    return heapq.nlargest(_BEST, best.values(), key=lambda one: one.weight)


def _ensured(site: Site) -> frozenset[str]:
    """Return the conditions under which a statement is reached at all."""
    found: set[str] = set()
    inner: ast.AST = site.node
    for around in site.module.ancestors(site.node):
        if isinstance(around, ast.If | ast.While) and inner in around.body:
            joined = isinstance(around.test, ast.BoolOp) and isinstance(around.test.op, ast.And)
            parts = around.test.values if joined else [around.test]  # type: ignore[attr-defined]
            bound = _bound_before(site.node, around)
            found |= {site.module.of(one) for one in parts if not bound & _names(one)}
        inner = around
    return frozenset(found)


def _bound_before(node: ast.stmt, around: ast.stmt) -> set[str]:
    """Return what gets another value between the head of a block and a statement in it."""
    stored = (one for one in ast.walk(around) if isinstance(one, ast.Name) and _is_stored(one))
    return {one.id for one in stored if one.lineno < node.lineno}


def _is_stored(node: ast.Name) -> bool:
    return isinstance(node.ctx, ast.Store)


def _names(node: ast.AST) -> set[str]:
    return {one.id for one in ast.walk(node) if isinstance(one, ast.Name)}


@dataclass(frozen=True, slots=True)
class Near:
    """Something at hand that a condition can be about."""

    text: str
    kinds: Kinds
    weight: float
    is_here: bool
    """The statement itself uses it."""
    may_be_none: bool = False


def nearby(ground: Ground, site: Site) -> list[Near]:
    """Return names and short expressions near a site, the nearest first."""
    scope = Scope.of(ground, site)
    optional = _optional(site) | _given_none(ground, site)
    inner = _inner_names(site)
    names = [
        one for one in scope.names if one.origin in VALUES and (one.bound or one.text in inner)
    ]
    used = _dotted_uses(site)
    seen = usage(ground, site)
    found = [_near(one, optional, used, seen) for one in names if _is_close(one, used)][:_NEAREST]
    return [*found, *_operands(scope, site, {one.text for one in found})]


def _near(named: Named, optional: frozenset[str], used: frozenset[str], seen: Usage) -> Near:
    faded = 1.0 / (1 + named.distance / 6) * (_IGNORED if named.text in seen.ignored else 1.0)
    if named.origin in (Origin.ATTRIBUTE, Origin.CLOSURE):
        faded *= 0.5 if named.text in used else 0.2
    may_be_none = named.text in optional or "none" in named.kinds
    kinds = seen.kinds(named.text, named.kinds)
    return Near(named.text, kinds, faded, named.distance == 0, may_be_none)


def _is_close(named: Named, used: frozenset[str]) -> bool:
    return named.origin is not Origin.GLOBAL and (
        named.origin is not Origin.ATTRIBUTE or named.text in used
    )


def _inner_names(site: Site) -> frozenset[str]:
    """Return the names that comprehensions of the statement bind."""
    scopes = [node for node in head(site.node) if isinstance(node, ast.comprehension)]
    return frozenset(
        one.id for node in scopes for one in ast.walk(node.target) if isinstance(one, ast.Name)
    )


def _dotted_uses(site: Site) -> frozenset[str]:
    """Return the attributes of names that the function uses, as they are written."""
    around = site.function or site.node
    return frozenset(
        f"{node.value.id}.{node.attr}"
        for node in ast.walk(around)
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name)
    )


def _optional(site: Site) -> frozenset[str]:
    """Return the parameters that are None unless they are given."""
    if site.function is None:
        return frozenset()
    given = site.function.args
    plain = [*given.posonlyargs, *given.args]
    pairs = [
        *zip(plain[len(plain) - len(given.defaults) :], given.defaults, strict=True),
        *zip(given.kwonlyargs, given.kw_defaults, strict=True),
    ]
    return frozenset(arg.arg for arg, default in pairs if _is_none(default))


def _given_none(ground: Ground, site: Site) -> frozenset[str]:
    """Return the parameters for which a failing test gives None."""
    if site.function is None:
        return frozenset()
    calls = inputs(ground, site.function).failing
    return frozenset(name for one in calls for name, shown in one.values.items() if shown == "None")


def _is_none(node: ast.expr | None) -> bool:
    return isinstance(node, ast.Constant) and node.value is None


def _operands(scope: Scope, site: Site, known: set[str]) -> Iterator[Near]:
    """Yield subscripts, attributes and lengths that the statement and its neighbours use."""
    bound = {one.text for one in scope.names if one.bound} | _inner_names(site)
    seen, around = set(known), site.function or site.node
    here = {id(node) for node in head(site.node)}
    calls = {id(node.func) for node in expressions(around) if isinstance(node, ast.Call)}
    found = [one for one in expressions(around) if _is_operand(one) and id(one) not in calls]
    found.sort(key=lambda node: (id(node) not in here, abs(node.lineno - site.node.lineno)))  # type: ignore[attr-defined]
    for node in found:
        text = site.module.of(node)  # type: ignore[arg-type]
        if text not in seen and len(text) <= 30 and _is_bound(node, bound):
            seen.add(text)
            weight = 0.7 if id(node) in here else 0.3
            yield Near(text, scope.kinds(node), weight, id(node) in here)  # type: ignore[arg-type]
        if len(seen) - len(known) > 5:
            return


def _is_operand(node: ast.AST) -> bool:
    match node:
        case ast.Subscript(value=ast.Name(), slice=ast.Slice()):
            return False
        case ast.Subscript(value=ast.Name(), ctx=ast.Load()):
            return True
        case ast.Attribute(value=ast.Name(), ctx=ast.Load()):
            return True
    return False


def _is_bound(node: ast.AST, bound: Iterable[str]) -> bool:
    return all(one.id in bound for one in ast.walk(node) if isinstance(one, ast.Name))


def _of_each(near: Iterable[Near]) -> Iterator[Atom]:
    for one in near:
        for text, weight, is_denial in _unary(one):
            yield Atom(text, weight * one.weight, is_denial)


def _unary(one: Near) -> Iterator[tuple[str, float, bool]]:
    x, kinds = one.text, one.kinds
    if one.may_be_none or not kinds:
        rare = 1.0 if one.may_be_none else 0.45
        yield from ((f"{x} is None", rare, True), (f"{x} is not None", rare, False))
    if not is_number(kinds) or "bool" in kinds:
        rare = 0.8 if kinds else 0.5
        yield from ((f"not {x}", rare, True), (x, rare, False))
    if kinds & _SIZED:
        yield from ((f"len({x}) > 1", 0.25, False), (f"len({x}) == 1", 0.25, False))
        yield from ((f"len({x}) < 2", 0.2, True), (f"len({x}) == 0", 0.1, True))
    if "str" in kinds:
        for method in ("isdigit", "isalpha", "isalnum", "isupper", "islower", "isspace"):
            yield f"{x}.{method}()", 0.2, False
            yield f"not {x}.{method}()", 0.1, True
    if is_number(kinds) and "bool" not in kinds:
        yield from _of_number(x, 1.0)
    elif not kinds:
        yield from _of_number(x, 0.3)
    if not kinds or len(kinds) > 1:
        for kind in ("str", "list", "dict", "int", "tuple"):
            yield f"isinstance({x}, {kind})", 0.08, False
            yield f"not isinstance({x}, {kind})", 0.05, True


def _of_number(x: str, rare: float) -> Iterator[tuple[str, float, bool]]:
    for text, weight, is_denial in (
        (f"{x} == 0", 0.7, True),
        (f"{x} > 0", 0.7, False),
        (f"{x} < 0", 0.6, True),
        (f"{x} != 0", 0.5, False),
        (f"{x} <= 0", 0.4, True),
        (f"{x} >= 0", 0.4, False),
        (f"{x} == 1", 0.35, True),
        (f"{x} > 1", 0.3, False),
        (f"{x} <= 1", 0.25, True),
        (f"{x} < 2", 0.15, True),
        (f"{x} % 2 == 0", 0.15, False),
        (f"{x} % 2 == 1", 0.1, False),
    ):
        yield text, weight * rare, is_denial


def _of_pairs(near: list[Near]) -> Iterator[Atom]:
    for one, other in itertools.permutations(near, 2):
        if one.is_here or other.is_here or one.weight * other.weight > 0.25:
            weight = one.weight * other.weight
            for text, natural, is_denial in _binary(one, other):
                yield Atom(text, weight * natural, is_denial)


def _binary(one: Near, other: Near) -> Iterator[tuple[str, float, bool]]:
    x, y = one.text, other.text
    if other.kinds & _SIZED:
        yield from _of_length(one, other)
    if not is_number(other.kinds) and not _contains(x, y) and not one.kinds & _UNHASHED:
        indexed = is_number(one.kinds) and "list" in other.kinds
        rare = 0.1 if indexed or not other.kinds else 0.4
        yield from ((f"{x} in {y}", rare, False), (f"{x} not in {y}", rare, True))
    if _comparable(one.kinds, other.kinds) and not _contains(x, y):
        rare = 0.5 if one.kinds and other.kinds else 0.3
        if not (one.kinds | other.kinds) & _UNORDERED:
            yield from ((f"{x} < {y}", rare, False), (f"{x} <= {y}", rare * 0.8, False))
        if x < y:
            rare *= 0.4 if (one.kinds | other.kinds) & _UNHASHED else 1.0
            yield from ((f"{x} == {y}", rare, False), (f"{x} != {y}", rare, False))


def _of_length(one: Near, other: Near) -> Iterator[tuple[str, float, bool]]:
    """Yield comparisons of a number with the length of a collection."""
    x, y = one.text, other.text
    if is_number(one.kinds):
        yield from ((f"{x} < len({y})", 0.6, False), (f"{x} >= len({y})", 0.3, True))
        yield from ((f"{x} < len({y}) - 1", 0.2, False), (f"{x} == len({y})", 0.1, True))
    rare = 0.25 if is_number(one.kinds) else 0.0 if one.kinds else 0.15
    if rare:
        yield from ((f"len({y}) < {x}", rare, False), (f"len({y}) == {x}", rare, False))
        yield from ((f"len({y}) > {x}", rare * 0.8, True), (f"len({y}) >= {x}", rare * 0.6, True))


def _contains(x: str, y: str) -> bool:
    """Say whether one is a part or an attribute of the other, which is never compared with it."""
    return x.startswith((f"{y}.", f"{y}[")) or y.startswith((f"{x}.", f"{x}["))


def _comparable(one: Kinds, other: Kinds) -> bool:
    if is_number(one) or is_number(other):
        return (is_number(one) or not one) and (is_number(other) or not other)
    if not one or not other:
        return not (one | other) & _UNORDERED
    return bool(one & other)


def _asked(ground: Ground, site: Site) -> Iterator[Atom]:
    """Yield the conditions of the same function and file, and their opposites."""
    scope = Scope.of(ground, site)
    bound = {one.text for one in scope.names if one.bound} | set(_BUILTIN) | _inner_names(site)
    own = {id(node) for node in head(site.node)}
    inside, outside = _tests(ground, site)
    for nodes, weight in ((inside, 1.2), (outside, 0.15)):
        fit = [one for one in nodes if id(one) not in own and _is_bound(one, bound)]
        for node in fit[:_ASKED]:
            text = bracketed(site.module, node)
            if len(text) <= _LONGEST and "\n" not in text:
                yield Atom(text, weight, is_denial=False)
                yield Atom(opposite(site.module, node), weight / 2, is_denial=True)


_BUILTIN = ("len", "isinstance", "str", "int", "list", "dict", "tuple", "float", "set", "bool")


def _tests(ground: Ground, site: Site) -> tuple[list[ast.expr], list[ast.expr]]:
    """Return the conditions in the function of a site, and those elsewhere in its file."""
    everything = _tests_of_file(ground, site)
    line, around = site.node.lineno, site.function
    own = range(around.lineno, (around.end_lineno or 0) + 1) if around is not None else range(0)
    place = bisect_left(everything, line, key=lambda one: one.lineno)
    near = everything[max(0, place - 4 * _ASKED) : place + 4 * _ASKED]
    near.sort(key=lambda one: abs(one.lineno - line))
    inside = [one for one in near if one.lineno in own]
    return inside, [one for one in near if one.lineno not in own]


def _tests_of_file(ground: Ground, site: Site) -> list[ast.expr]:
    kept: dict[str, list[ast.expr]] = vars(ground).setdefault("kept tests of files", {})
    if site.path not in kept:
        found = tests_in(site.module.tree)
        kept[site.path] = sorted(found, key=lambda one: one.lineno)
    return kept[site.path]


def tests_in(node: ast.AST) -> Iterator[ast.expr]:
    """Yield the conditions below a node, and the operands of those that `and` and `or` join."""
    for one in expressions(node):
        for test in tests_of(one):
            yield test
            if isinstance(test, ast.BoolOp):
                yield from (part for part in test.values if not isinstance(part, ast.BoolOp))


def tests_of(node: ast.AST) -> Iterator[ast.expr]:
    """Yield the conditions that are part of one node: tests, filters, what is returned as bool."""
    match node:
        case ast.If(test=test) | ast.While(test=test) | ast.IfExp(test=test):
            yield test
        case ast.comprehension(ifs=ifs):
            yield from ifs
        case ast.Return(value=ast.expr() as value) | ast.Assign(value=value) if is_boolean(value):
            yield value
        case ast.Call(func=ast.Name(id="any" | "all"), args=[ast.GeneratorExp(elt=element)]):
            yield element
        case ast.Lambda(body=body) if is_boolean(body):
            yield body


def is_boolean(node: ast.expr) -> bool:
    negated = isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not)
    return isinstance(node, _BOOLEAN) or negated


def bracketed(module: Module, node: ast.expr) -> str:
    """Return the text of an expression, in brackets where what is beside it might bind tighter."""
    text = module.of(node)
    return f"({text})" if isinstance(node, _LOOSE) else text


def opposite(module: Module, node: ast.expr) -> str:
    """Return the text of what is true when `node` is not."""
    match node:
        case ast.UnaryOp(op=ast.Not(), operand=inner):
            return bracketed(module, inner)
        case ast.Compare(left=left, ops=[op], comparators=[right]) if type(op) in _OPPOSITE:
            return f"{_operand(module, left)} {_OPPOSITE[type(op)]} {_operand(module, right)}"
    return f"not {_operand(module, node)}"


def _operand(module: Module, node: ast.expr) -> str:
    text = module.of(node)
    return f"({text})" if isinstance(node, (*_LOOSE, ast.Compare)) else text
