"""What can be named at a place, and what it probably is.

`Scope.of(ground, site)` is what generators ask. Its `names` are nearest first: what the statement
itself uses, then the function's parameters and locals by how near they are used, attributes of
`self`, what surrounds the function, the module's own names, imports.
"""

from __future__ import annotations

import ast
import builtins
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property, lru_cache
from itertools import pairwise

from workbench.healing.ground import Function, Ground, Module, Site
from workbench.healing.insight.definitions import Class, Definitions, self_name
from workbench.healing.insight.kinds import UNKNOWN, Kinds, agree, by_use, of_expression, of_repr

BUILTINS = frozenset(name for name in dir(builtins) if not name.startswith("_"))
_NESTED = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Lambda)
_COMPREHENSIONS = (ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)
_LOOPS = (ast.For, ast.AsyncFor, ast.While)


class Origin(StrEnum):
    """Where a name comes from."""

    PARAMETER = "parameter"
    LOCAL = "local"
    LOOP = "loop"
    COMPREHENSION = "comprehension"
    CLOSURE = "closure"
    ATTRIBUTE = "attribute"
    METHOD = "method"
    GLOBAL = "global"
    FUNCTION = "function"
    CLASS = "class"
    IMPORT = "import"


VALUES = frozenset(
    {
        *(Origin.PARAMETER, Origin.LOCAL, Origin.LOOP, Origin.COMPREHENSION, Origin.CLOSURE),
        *(Origin.ATTRIBUTE, Origin.GLOBAL),
    }
)
"""The origins of what holds data, rather than being called or imported."""


@dataclass(frozen=True, slots=True)
class Named:
    """A name as it is written at the place: `x`, `self.x`."""

    text: str
    origin: Origin
    kinds: Kinds = UNKNOWN
    bound: bool = True
    """It surely or probably has a value before the statement runs."""
    distance: int = 0
    """How many lines lie between the place and where the name is used or bound next to it."""


@dataclass(frozen=True)
class Scope:
    """What can be named at one statement."""

    names: tuple[Named, ...]
    this: str
    """What the instance is called, or nothing outside of methods."""
    classes: tuple[Class, ...]
    """The class around and its bases in the project, where there is one."""

    @staticmethod
    def of(ground: Ground, site: Site) -> Scope:
        """Return the scope of a site; it is found once for each statement."""
        kept: dict[ast.stmt, Scope] = vars(ground).setdefault("kept scopes", {})
        if site.node not in kept:
            kept[site.node] = _scope(ground, site)
        return kept[site.node]

    @cached_property
    def by_text(self) -> Mapping[str, Named]:
        return {one.text: one for one in self.names}

    @cached_property
    def known(self) -> Mapping[str, Kinds]:
        return {one.text: one.kinds for one in self.names}

    def kinds(self, node: ast.expr) -> Kinds:
        """Return what an expression at this place probably yields."""
        return of_expression(node, self.known)

    def values(self) -> tuple[Named, ...]:
        """Return what holds data and has a value here, nearest first."""
        return tuple(one for one in self.names if one.origin in VALUES and one.bound)

    def like(self, kinds: Kinds, but: Collection[str] = ()) -> tuple[Named, ...]:
        """Return values that may be of `kinds`: the surely alike first, then the unknown."""
        fit = [one for one in self.values() if agree(one.kinds, kinds) and one.text not in but]
        return tuple(sorted(fit, key=lambda one: not (one.kinds & kinds)))

    def of_origin(self, *origins: Origin) -> tuple[Named, ...]:
        return tuple(one for one in self.names if one.origin in origins)


def local_nodes(node: ast.AST) -> Iterator[ast.AST]:
    """Yield the nodes below one, without what is inside of nested functions and classes."""
    for child in ast.iter_child_nodes(node):
        yield child
        if not isinstance(child, _NESTED):
            yield from local_nodes(child)


def bindings(node: ast.AST) -> Iterator[tuple[str, Origin, int]]:
    """Yield what a function or a module binds itself, where, and as what."""
    hidden: set[ast.AST] = set()
    for one in local_nodes(node):
        if isinstance(one, _COMPREHENSIONS):
            hidden.update(name for part in one.generators for name in ast.walk(part.target))
        if one not in hidden:
            yield from _binding(one)


@lru_cache(maxsize=2048)
def _bindings_of(node: ast.AST) -> tuple[tuple[str, Origin, int], ...]:
    """Return what `bindings` yields; every statement of a function asks for it."""
    return tuple(bindings(node))


def _binding(node: ast.AST) -> Iterator[tuple[str, Origin, int]]:
    match node:
        case ast.For(target=target) | ast.AsyncFor(target=target):
            names = [one for one in ast.walk(target) if isinstance(one, ast.Name)]
            yield from ((one.id, Origin.LOOP, one.lineno) for one in names)
        case ast.Name(id=name, ctx=ast.Store()):
            yield name, Origin.LOCAL, node.lineno
        case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name):
            yield name, Origin.FUNCTION, node.lineno
        case ast.ClassDef(name=name):
            yield name, Origin.CLASS, node.lineno
        case ast.Import(names=names) | ast.ImportFrom(names=names):
            some = [one.asname or one.name.partition(".")[0] for one in names if one.name != "*"]
            yield from ((name, Origin.IMPORT, node.lineno) for name in some)
        case ast.ExceptHandler(name=str(name)) | ast.MatchAs(name=str(name)):
            yield name, Origin.LOCAL, node.lineno


def parameters(node: Function | ast.Lambda) -> Iterator[ast.arg]:
    given = node.args
    yield from (*given.posonlyargs, *given.args, *given.kwonlyargs)
    yield from (one for one in (given.vararg, given.kwarg) if one is not None)


@dataclass(frozen=True)
class _Place:
    """What a scope is gathered from."""

    ground: Ground
    site: Site
    function: Function | None
    """The function whose names the statement sees, which for a head is the one outside."""

    @property
    def module(self) -> Module:
        return self.site.module

    @property
    def line(self) -> int:
        return self.site.node.lineno

    @cached_property
    def loop(self) -> range:
        """The lines of the outermost loop around the statement, in its function."""
        around = [self.site.node, *self.module.ancestors(self.site.node)]
        inside = around[: around.index(self.function)] if self.function in around else around
        loops = [one for one in inside if isinstance(one, _LOOPS)]
        return range(loops[-1].lineno, (loops[-1].end_lineno or 0) + 1) if loops else range(0)

    def precedes(self, line: int) -> bool:
        return line < self.line or (line in self.loop and line != self.line)


def _scope(ground: Ground, site: Site) -> Scope:
    place = _Place(ground, site, _seen_from(site))
    method = _method_around(site)
    this, owner = method or ("", None)
    classes = Definitions.of(ground).family(owner) if owner is not None else ()
    found: dict[str, Named] = {}
    for named in (*_of_function(place), *_of_members(place, this, classes), *_of_module(place)):
        found.setdefault(named.text, named)
    found.pop(this, None)
    return Scope(tuple(found.values()), this, classes)


def _seen_from(site: Site) -> Function | None:
    if isinstance(site.node, Function):
        around = site.module.ancestors(site.node)
        return next((one for one in around if isinstance(one, Function)), None)
    return site.function


def _method_around(site: Site) -> tuple[str, ast.ClassDef] | None:
    """Return the name of the instance and the class of the method around a statement."""
    around = list(site.module.ancestors(site.node))
    for inner, outer in pairwise(around):
        if isinstance(inner, Function) and isinstance(outer, ast.ClassDef):
            return (self_name(inner), outer) if self_name(inner) else None
    return None


def _of_function(place: _Place) -> Iterator[Named]:
    """Yield comprehension variables of the statement, then names of the functions around it."""
    if place.function is None:
        return
    kinds = _kinds(place, place.function)
    used = _uses(place)
    own = [*_own(place, place.function, kinds, used)]
    yield from sorted(own, key=lambda one: (not one.bound, one.distance))
    yield from _of_comprehensions(place, kinds)
    around = [one for one in place.module.ancestors(place.function) if isinstance(one, Function)]
    for outer in around:
        names = [
            *(one.arg for one in parameters(outer)),
            *(name for name, *_ in _bindings_of(outer)),
        ]
        known = _kinds(place, outer)
        yield from (Named(name, Origin.CLOSURE, known.get(name, UNKNOWN)) for name in names)


def _own(
    place: _Place, function: Function, kinds: Mapping[str, Kinds], used: Mapping[str, int]
) -> Iterator[Named]:
    for one in parameters(function):
        distance = used.get(one.arg, abs(place.line - one.lineno))
        yield Named(one.arg, Origin.PARAMETER, kinds.get(one.arg, UNKNOWN), True, distance)
    found: dict[str, tuple[Origin, bool]] = {}
    for name, origin, line in _bindings_of(function):
        before = found.get(name, (origin, False))
        found[name] = (before[0], before[1] or place.precedes(line))
    for name, (origin, bound) in found.items():
        yield Named(name, origin, kinds.get(name, UNKNOWN), bound, used.get(name, place.line))


def _uses(place: _Place) -> Mapping[str, int]:
    """Return how far from the statement each name of its function is used."""
    if place.function is None:
        return {}
    lines = _lines_of_names(place.function)
    return {name: min(abs(one - place.line) for one in at) for name, at in lines.items()}


@lru_cache(maxsize=512)
def _lines_of_names(function: Function) -> Mapping[str, frozenset[int]]:
    found: dict[str, set[int]] = {}
    for node in ast.walk(function):
        if isinstance(node, ast.Name):
            found.setdefault(node.id, set()).add(node.lineno)
    return {name: frozenset(lines) for name, lines in found.items()}


def _kinds(place: _Place, function: Function) -> Mapping[str, Kinds]:
    """Return what names of a function are: as recorded when it failed, or else as they are used."""
    kept: dict[Function, Mapping[str, Kinds]] = vars(place.ground).setdefault("kept uses", {})
    if function not in kept:
        kept[function] = {**by_use(ast.walk(function)), **_recorded(place, function)}
    return kept[function]


def _recorded(place: _Place, function: Function) -> Mapping[str, Kinds]:
    found: dict[str, Kinds] = {}
    lines = range(function.lineno, (function.end_lineno or 0) + 1)
    for run in place.ground.dossier.failing:
        for frame in run.raised.frames if run.raised else ():
            if frame.path == place.site.path and frame.line in lines:
                kinds = {name: of_repr(shown) for name, shown in frame.values.items()}
                found |= {name: kind for name, kind in kinds.items() if kind}
    return found


def _of_comprehensions(place: _Place, kinds: Mapping[str, Kinds]) -> Iterator[Named]:
    for node in head_nodes(place.site.node):
        if isinstance(node, ast.comprehension):
            names = [one.id for one in ast.walk(node.target) if isinstance(one, ast.Name)]
            for name in names:
                yield Named(name, Origin.COMPREHENSION, kinds.get(name, UNKNOWN), bound=False)


def _of_members(place: _Place, this: str, classes: tuple[Class, ...]) -> Iterator[Named]:
    if not this:
        return
    shown = _kinds(place, place.function) if place.function else {}
    for one in classes:
        for name, kinds in one.attributes.items():
            text = f"{this}.{name}"
            yield Named(text, Origin.ATTRIBUTE, kinds or shown.get(text, UNKNOWN))
        yield from (
            Named(f"{this}.{name}", Origin.METHOD, frozenset({"callable"})) for name in one.methods
        )
    for one in classes[:1]:
        yield from (Named(f"{this}.{name}", Origin.ATTRIBUTE) for name in sorted(one.read))


def _of_module(place: _Place) -> Iterator[Named]:
    around = place.module.parents.get(place.site.node)
    if isinstance(around, ast.ClassDef):
        for name, origin, line in _bindings_of(around):
            yield Named(name, origin, bound=place.precedes(line))
    known = _module_kinds(place)
    origins = {Origin.LOCAL: Origin.GLOBAL, Origin.LOOP: Origin.GLOBAL}
    found = _bindings_of(place.module.tree)
    for name, origin, line in sorted(found, key=lambda one: one[1] is Origin.IMPORT):
        bound = place.function is not None or place.precedes(line)
        yield Named(name, origins.get(origin, origin), known.get(name, UNKNOWN), bound)


def _module_kinds(place: _Place) -> Mapping[str, Kinds]:
    kept: dict[str, Mapping[str, Kinds]] = vars(place.ground).setdefault("kept kinds", {})
    if place.site.path not in kept:
        kept[place.site.path] = by_use(local_nodes(place.module.tree))
    return kept[place.site.path]


_BODIES = frozenset({"body", "orelse", "finalbody"})


def head_nodes(node: ast.stmt) -> Iterator[ast.AST]:
    """Yield the nodes below a statement; of one that has a body, only those of its head."""
    return (found for found, _, _ in _below(node, node))


def head_slots(node: ast.stmt) -> Iterator[tuple[ast.expr, ast.AST, str]]:
    """Yield the expressions of a statement's head, with what each stands in, and as which field."""
    for found, parent, name in _below(node, node):
        if isinstance(found, ast.expr):
            yield found, parent, name


def _below(node: ast.AST, top: ast.stmt) -> Iterator[tuple[ast.AST, ast.AST, str]]:
    for name, value in ast.iter_fields(node):
        if not _is_outside(node, name, top):
            for one in value if isinstance(value, list) else [value]:
                if isinstance(one, ast.AST):
                    yield one, node, name
                    yield from _below(one, top)


def _is_outside(node: ast.AST, name: str, top: ast.stmt) -> bool:
    """Say whether a field holds statements of their own, or types that nothing runs."""
    if name in {"annotation", "returns"}:
        return True
    is_clause = isinstance(node, ast.ExceptHandler | ast.match_case)
    return name in _BODIES and (node is top or is_clause) and not isinstance(node, ast.expr)


def literals(node: ast.AST) -> Iterator[ast.Constant]:
    """Yield the constants below a node; documentation and parts of formatted strings are none."""
    for one in ast.iter_child_nodes(node):
        if isinstance(one, ast.Constant):
            if not isinstance(node, ast.Expr | ast.JoinedStr):
                yield one
        else:
            yield from literals(one)
