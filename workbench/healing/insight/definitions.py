"""What the project defines: functions and their parameters, classes and what they hold, names."""

from __future__ import annotations

import ast
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import PurePosixPath

from workbench.healing.ground import Function, Ground, Module
from workbench.healing.insight.kinds import Kinds, by_use


@dataclass(frozen=True, slots=True)
class Signature:
    """What a function can be called with, without what a method is bound to."""

    name: str
    positional: tuple[str, ...]
    required: int
    """How many of `positional` have no default."""
    keywords: tuple[str, ...]
    """Those that can only be given by name."""
    open_ended: bool
    """It takes any number of arguments or any keyword."""

    @property
    def names(self) -> tuple[str, ...]:
        return (*self.positional, *self.keywords)

    def takes(self, count: int) -> bool:
        return self.open_ended or self.required <= count <= len(self.positional)


@dataclass(frozen=True, slots=True, eq=False)
class Class:
    """A class of the project, without what it inherits."""

    path: str
    node: ast.ClassDef
    bases: tuple[str, ...]
    methods: Mapping[str, Signature]
    attributes: Mapping[str, Kinds]
    """What is assigned to `self` or in its body, and its properties."""
    read: frozenset[str]
    """What is read from `self` anywhere in it."""


def decorators(node: Function | ast.ClassDef) -> frozenset[str]:
    """Return the last parts of the names of a definition's decorators."""
    found = (one.func if isinstance(one, ast.Call) else one for one in node.decorator_list)
    return frozenset(getattr(one, "attr", getattr(one, "id", "")) for one in found)


def signature(node: Function, *, bound: bool = False) -> Signature:
    """Return a function's signature; of a `bound` one, without its first parameter."""
    given = node.args
    positional = [one.arg for one in (*given.posonlyargs, *given.args)]
    required = len(positional) - len(given.defaults)
    skip = 1 if bound and positional and "staticmethod" not in decorators(node) else 0
    keywords = tuple(one.arg for one in given.kwonlyargs)
    free = given.vararg is not None or given.kwarg is not None
    return Signature(node.name, tuple(positional[skip:]), max(required - skip, 0), keywords, free)


def self_name(node: Function) -> str:
    """Return what a method calls its instance, or nothing where it has none."""
    if "staticmethod" in decorators(node):
        return ""
    first = (*node.args.posonlyargs, *node.args.args)[:1]
    return first[0].arg if first else ""


def methods(node: ast.ClassDef) -> Iterator[Function]:
    return (one for one in node.body if isinstance(one, Function))


def _attributes(node: ast.ClassDef) -> Mapping[str, Kinds]:
    found: defaultdict[str, Kinds] = defaultdict(frozenset)
    for method in methods(node):
        this = self_name(method)
        kinds = by_use(ast.walk(method))
        for name in _stored(method, this):
            found[name] |= kinds.get(f"{this}.{name}", frozenset())
        if decorators(method) & {"property", "cached_property"}:
            found[method.name] |= frozenset()
    body = by_use(one for one in node.body if isinstance(one, ast.Assign | ast.AnnAssign))
    plain = [name for one in node.body for name in targets(one)]
    return dict(found) | {name: body.get(name, frozenset()) for name in plain}


def _stored(method: Function, this: str) -> Iterator[str]:
    for node in ast.walk(method):
        match node:
            case ast.Attribute(value=ast.Name(id=name), attr=attr, ctx=ast.Store()) if name == this:
                yield attr


def _read(node: ast.ClassDef) -> Iterator[str]:
    for method in methods(node):
        this = self_name(method)
        for one in ast.walk(method):
            match one:
                case ast.Attribute(value=ast.Name(id=name), attr=attr) if name == this:
                    yield attr


def targets(node: ast.stmt) -> Iterator[str]:
    """Yield the plain names that an assignment binds."""
    match node:
        case ast.Assign(targets=found):
            yield from (name for top in found for name in _stored_names(top))
        case ast.AnnAssign(target=ast.Name(id=name)) | ast.AugAssign(target=ast.Name(id=name)):
            yield name


def _stored_names(node: ast.expr) -> Iterator[str]:
    for one in ast.walk(node):
        if isinstance(one, ast.Name) and isinstance(one.ctx, ast.Store):
            yield one.id


def _class(path: str, node: ast.ClassDef) -> Class:
    bases = tuple(getattr(one, "attr", getattr(one, "id", "")) for one in node.bases)
    held = {one.name: signature(one, bound=True) for one in methods(node)}
    return Class(path, node, bases, held, _attributes(node), frozenset(_read(node)))


def dotted_path(path: str) -> str:
    """Return what a file is called when it is imported from the project's root or `src`."""
    parts = list(PurePosixPath(path).with_suffix("").parts)
    parts = parts[1:] if parts[:1] in (["src"], ["lib"]) and len(parts) > 1 else parts
    return ".".join(parts[:-1] if parts[-1:] == ["__init__"] and len(parts) > 1 else parts)


def top_names(tree: ast.Module) -> Iterator[str]:
    """Yield what a module defines itself, imports left out."""
    for node in tree.body:
        match node:
            case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name):
                yield name
            case ast.ClassDef(name=name):
                yield name
            case _:
                yield from targets(node)


@dataclass(frozen=True)
class Definitions:
    """What all files of a ground define."""

    modules: Mapping[str, Module]

    @staticmethod
    def of(ground: Ground) -> Definitions:
        """Return those of a ground; they are gathered once."""
        kept = vars(ground).setdefault("kept definitions", Definitions(ground.modules))
        assert isinstance(kept, Definitions)  # noqa: S101 - for the checker alone
        return kept

    @cached_property
    def classes(self) -> Mapping[str, tuple[Class, ...]]:
        found: defaultdict[str, list[Class]] = defaultdict(list)
        for path, module in self.modules.items():
            for node in ast.walk(module.tree):
                if isinstance(node, ast.ClassDef):
                    found[node.name].append(_class(path, node))
        return {name: tuple(some) for name, some in found.items()}

    @cached_property
    def functions(self) -> Mapping[str, tuple[tuple[str, Signature], ...]]:
        """Return the functions at the top of files, with their paths, by name."""
        found: defaultdict[str, list[tuple[str, Signature]]] = defaultdict(list)
        for path, module in self.modules.items():
            for node in module.tree.body:
                if isinstance(node, Function):
                    found[node.name].append((path, signature(node)))
        return {name: tuple(some) for name, some in found.items()}

    @cached_property
    def homes(self) -> Mapping[str, tuple[str, ...]]:
        """Return in which files each name is defined at the top."""
        found: defaultdict[str, list[str]] = defaultdict(list)
        for path, module in self.modules.items():
            for name in dict.fromkeys(top_names(module.tree)):
                found[name].append(path)
        return {name: tuple(paths) for name, paths in found.items()}

    def family(self, node: ast.ClassDef) -> tuple[Class, ...]:
        """Return a class and those of its bases that the project defines, itself first."""
        own = [one for one in self.classes.get(node.name, ()) if one.node is node]
        return tuple(dict.fromkeys(self._with_bases(own)).keys()) if own else ()

    def _with_bases(self, some: Iterable[Class], depth: int = 6) -> Iterator[Class]:
        for one in some:
            yield one
            for base in one.bases if depth else ():
                yield from self._with_bases(self.classes.get(base, ()), depth - 1)

    def signatures(self, name: str) -> Iterator[Signature]:
        """Yield how what the project calls `name` can be called: functions, classes, methods."""
        yield from (one for _, one in self.functions.get(name, ()))
        for one in self.classes.get(name, ()):
            for held in self.family(one.node):
                if (found := held.methods.get("__init__")) is not None:
                    yield found
                    break
        yield from self.methods.get(name, ())

    @cached_property
    def methods(self) -> Mapping[str, tuple[Signature, ...]]:
        found: defaultdict[str, list[Signature]] = defaultdict(list)
        for some in self.classes.values():
            for one in some:
                for name, held in one.methods.items():
                    found[name].append(held)
        return {name: tuple(held) for name, held in found.items()}
