"""Facts: what is odd about a piece of code, whatever it is meant to do."""

from __future__ import annotations

import ast
import builtins
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property

from workbench.healing.ground import Function

BUILTINS = frozenset(dir(builtins))
_GIVEN = frozenset(
    [
        "__file__",
        "__name__",
        "__doc__",
        "__package__",
        "__spec__",
        "__path__",
        "__loader__",
        "__builtins__",
        "__all__",
        "__annotations__",
        "__class__",
        "__module__",
        "__qualname__",
        "__debug__",
        "__dict__",
        "WindowsError",
        "reveal_type",
        "__cached__",
        "__firstlineno__",
        "__static_attributes__",
        "__classdict__",
        "__type_params__",
    ]
)
_ANONYMOUS = (ast.Lambda, ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)

WEIGHTS: Mapping[str, float] = {
    "undefined-name": 1.0,
    "undefined-attribute": 0.9,
    "used-before-set": 0.9,
    "never-filled": 1.0,
    "never-read": 0.9,
    "unused-variable": 0.7,
    "overwritten": 0.7,
    "unused-argument": 0.45,
    "unused-loop-variable": 0.35,
    "shadowed-builtin": 0.6,
    "unreachable": 0.9,
    "missing-return": 0.8,
    "bare-return": 0.5,
    "constant-condition": 0.9,
    "same-operands": 0.9,
    "idle-operand": 0.8,
    "same-condition": 0.9,
    "same-branches": 0.6,
    "runs-once": 0.8,
    "endless": 0.9,
    "self-assignment": 0.9,
    "changed-while-read": 0.9,
    "swallowed": 0.25,
    "dropped-result": 0.9,
    "no-effect": 0.9,
    "none-result": 1.0,
    "is-literal": 0.7,
    "mutable-default": 0.3,
    "mutated-default": 1.0,
    "duplicate-key": 0.7,
    "missing-f": 0.8,
    "missing-self": 0.9,
    "same-recursion": 1.0,
    "not-called": 0.9,
    "wrong-arguments": 1.0,
    "true-assertion": 0.6,
}
"""How much each fact says that something is wrong."""


@dataclass(frozen=True, slots=True, order=True)
class Fact:
    """One oddity; what is found again elsewhere has the same code and names."""

    code: str
    line: int
    names: tuple[str, ...]
    sentence: str

    @property
    def weight(self) -> float:
        return WEIGHTS[self.code]

    @property
    def kind(self) -> tuple[str, tuple[str, ...]]:
        return self.code, self.names


Detect = Callable[[ast.AST], Iterator[Fact]]


def fact(code: str, node: ast.AST, sentence: str, *names: str) -> Fact:
    return Fact(code, getattr(node, "lineno", 0), names, sentence)


@dataclass(frozen=True)
class Outer:
    """What a file binds outside of its functions, as the code inside sees it."""

    tree: ast.Module

    @cached_property
    def names(self) -> frozenset[str] | None:
        """Return every name that resolves anywhere in the file; nothing if that is open."""
        found = set(bound(self.tree))
        for node in ast.walk(self.tree):
            if isinstance(node, ast.ImportFrom) and any(one.name == "*" for one in node.names):
                return None
            if isinstance(node, ast.Global):
                found.update(node.names)
            if isinstance(node, ast.Name) and node.id in ("exec", "globals", "eval"):
                return None
        return frozenset(found) | BUILTINS | _GIVEN

    @cached_property
    def functions(self) -> Mapping[str, Function]:
        """Return the functions of the file's top level that are defined once."""
        nodes = [node for node in self.tree.body if isinstance(node, Function)]
        counts = Counter(bound(self.tree))
        return {node.name: node for node in nodes if counts[node.name] == 1}

    @cached_property
    def attributes(self) -> frozenset[str]:
        """Return every attribute that is set anywhere in the file."""
        return frozenset(
            node.attr
            for node in ast.walk(self.tree)
            if isinstance(node, ast.Attribute) and not isinstance(node.ctx, ast.Load)
        )

    @cached_property
    def classes(self) -> Mapping[str, ast.ClassDef]:
        return {node.name: node for node in ast.walk(self.tree) if isinstance(node, ast.ClassDef)}

    @cached_property
    def _owners(self) -> dict[ast.ClassDef, Owner]:
        return {}

    def owner(self, node: ast.ClassDef) -> Owner:
        """Return what is known of a class of the file; it is found out once."""
        if node not in self._owners:
            self._owners[node] = Owner(node, self)
        return self._owners[node]


@dataclass(frozen=True)
class Owner:
    """A class, with what its file shows of it and of its bases."""

    node: ast.ClassDef
    outer: Outer

    @cached_property
    def members(self) -> frozenset[str]:
        return frozenset(bound(self.node))

    @cached_property
    def line(self) -> tuple[Owner, ...]:
        """Return the class and its bases in the file."""
        found, waiting = [self], [self]
        while waiting:
            names = {getattr(base, "id", "") for base in waiting.pop().node.bases}
            bases = [
                self.outer.owner(self.outer.classes[one]) for one in names & {*self.outer.classes}
            ]
            waiting += (new := [one for one in bases if one not in found])
            found += new
        return tuple(found)

    @cached_property
    def is_closed(self) -> bool:
        """Tell whether every attribute of its instances is set in the file."""
        known = {"object", *self.outer.classes}
        return (
            any("__init__" in one.members for one in self.line)
            and all(
                getattr(base, "id", "?") in known for one in self.line for base in one.node.bases
            )
            and not any(one.is_dynamic for one in self.line)
        )

    @cached_property
    def is_dynamic(self) -> bool:
        """Tell whether attributes may come from where the source does not show them."""
        odd = self.members & {"__getattr__", "__getattribute__", "__slots__"}
        calls = any(name.id in ("setattr", "vars") for name in mentions(self.node))
        return bool(odd or calls or self.node.keywords or self.node.decorator_list)

    @cached_property
    def methods(self) -> Mapping[str, Function]:
        """Return the plain methods, which nothing replaces."""
        counts = Counter(bound(self.node))
        return {
            one.name: one
            for one in self.node.body
            if isinstance(one, Function)
            and counts[one.name] == 1
            and not one.decorator_list
            and one.name not in self.outer.attributes
        }


@dataclass(frozen=True)
class Unit:
    """One function, with what its facts depend on."""

    node: Function
    owner: ast.ClassDef | None
    """The class that it is a method of."""
    outer: Outer
    around: frozenset[str]
    """The names of the functions around it."""

    @cached_property
    def parameters(self) -> tuple[str, ...]:
        return tuple(one.arg for one in arguments(self.node.args))

    @cached_property
    def bound(self) -> frozenset[str]:
        """Return the names that it binds itself."""
        return frozenset(bound(self.node))

    @cached_property
    def own(self) -> tuple[ast.AST, ...]:
        """Return the nodes of its body, without those of functions and classes inside."""
        return tuple(one for statement in self.node.body for one in local(statement))

    @cached_property
    def all(self) -> tuple[ast.AST, ...]:
        return tuple(one for statement in self.node.body for one in ast.walk(statement))

    @cached_property
    def loads(self) -> frozenset[str]:
        """Return the names that are read anywhere inside."""
        return frozenset(
            node.id
            for node in self.all
            if isinstance(node, ast.Name) and not isinstance(node.ctx, ast.Store)
        )

    @cached_property
    def declared(self) -> frozenset[str]:
        """Return the names that belong to somebody else."""
        nodes = (node for node in self.all if isinstance(node, ast.Global | ast.Nonlocal))
        return frozenset(name for node in nodes for name in node.names)

    @cached_property
    def dynamic(self) -> bool:
        """Tell whether names may be used in ways that the source does not show."""
        return bool(self.loads & {"locals", "vars", "eval", "exec"})


def arguments(given: ast.arguments) -> list[ast.arg]:
    stars = [one for one in (given.vararg, given.kwarg) if one]
    return [*given.posonlyargs, *given.args, *given.kwonlyargs, *stars]


def local(node: ast.AST) -> Iterator[ast.AST]:
    """Yield a node and what is below it, but not what is inside of functions and classes."""
    yield node
    if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef | ast.Lambda):
        for child in ast.iter_child_nodes(node):
            yield from local(child)


def bound(scope: ast.AST) -> Iterator[str]:
    """Yield the names that a function, a class or a module binds itself."""
    given = getattr(scope, "args", None)
    if isinstance(given, ast.arguments):
        yield from (one.arg for one in arguments(given))
    for part in getattr(scope, "type_params", []):
        yield part.name
    body = getattr(scope, "body", None)
    for statement in body if isinstance(body, list) else []:
        for node in _visible(statement):
            yield from binds(node)


def _visible(node: ast.AST) -> Iterator[ast.AST]:
    """Yield the nodes whose bindings belong to the scope around them."""
    yield node
    if isinstance(node, ast.Lambda | ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
        return
    hidden = isinstance(node, _ANONYMOUS)
    for child in ast.iter_child_nodes(node):
        for one in _visible(child):
            if not hidden or isinstance(one, ast.NamedExpr):
                yield one


def binds(node: ast.AST) -> Iterator[str]:
    """Yield what one node binds in the scope that it stands in."""
    if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
        yield node.id
    elif isinstance(node, ast.NamedExpr):
        yield node.target.id
    elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
        yield node.name
    elif isinstance(node, ast.Import | ast.ImportFrom):
        yield from ((one.asname or one.name).split(".")[0] for one in node.names)
    elif isinstance(node, ast.ExceptHandler | ast.MatchStar | ast.MatchAs) and node.name:
        yield node.name
    elif isinstance(node, ast.MatchMapping) and node.rest:
        yield node.rest
    elif type(node).__name__ == "TypeAlias":
        yield from (one.id for one in ast.walk(node) if isinstance(one, ast.Name))


def units(node: ast.AST, outer: Outer, owner: ast.ClassDef | None) -> Iterator[Unit]:
    """Yield every function at or below a node, which stands in a class or in none."""
    yield from _units(node, outer, owner, frozenset())


def _units(
    node: ast.AST, outer: Outer, owner: ast.ClassDef | None, around: frozenset[str]
) -> Iterator[Unit]:
    inner = around
    if isinstance(node, Function):
        unit = Unit(node, owner, outer, around)
        yield unit
        inner = around | unit.bound
    below = node if isinstance(node, ast.ClassDef) else None
    for child in ast.iter_child_nodes(node):
        if not isinstance(child, ast.expr):
            keeps = isinstance(node, ast.If | ast.Try | ast.With)
            yield from _units(child, outer, owner if keeps else below, inner)


def same(one: ast.AST, other: ast.AST) -> bool:
    return type(one) is type(other) and ast.dump(one) == ast.dump(other)


def is_call(node: ast.AST) -> bool:
    return isinstance(node, ast.Call | ast.Await | ast.Yield | ast.YieldFrom)


def has_call(node: ast.AST) -> bool:
    return any(is_call(one) for one in ast.walk(node))


def mentions(node: ast.AST) -> Iterator[ast.Name]:
    return (one for one in ast.walk(node) if isinstance(one, ast.Name))
