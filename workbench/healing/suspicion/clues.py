"""Where statements stand, and what leads from the crash to where the wrong value came from."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from functools import cached_property

from workbench.healing import heads
from workbench.healing.ground import Function, Module
from workbench.healing.suspicion import accused

Scope = Function | ast.Module
Key = tuple[str, Scope]
"""A function, or the module itself, and the file that it is in."""
Spot = tuple[str, ast.stmt]

_TO_RESULT = 0.4
"""How much is said by setting what is returned, against setting what crashed."""


@dataclass(frozen=True, eq=False)
class Place:
    """A statement, and what is around it."""

    path: str
    module: Module
    node: ast.stmt
    scope: Scope
    """The innermost function around it; for a function its own; else the module."""

    @property
    def key(self) -> Key:
        return self.path, self.scope


def scoped(tree: ast.Module) -> Iterator[tuple[ast.stmt, Scope]]:
    """Yield each statement with the function that it belongs to."""
    waiting: list[tuple[ast.AST, Scope]] = [(tree, tree)]
    while waiting:
        node, scope = waiting.pop()
        for child in ast.iter_child_nodes(node):
            inner = child if isinstance(child, Function) else scope
            if isinstance(child, ast.stmt):
                yield child, inner
            if not isinstance(child, ast.expr):
                waiting.append((child, inner))


@dataclass(frozen=True)
class Clues:
    """Statements that a wrong value may have come through."""

    places: Mapping[Key, Sequence[Place]]
    suspected: AbstractSet[Key]
    innermost: AbstractSet[tuple[str, int]]
    """The lines where exceptions were raised."""
    passed: AbstractSet[tuple[str, int]] = frozenset()
    """All lines that exceptions came through."""
    ends: type[ast.stmt] = ast.Return
    """What shows the wrong value where nothing was raised."""

    @cached_property
    def crashed(self) -> tuple[Place, ...]:
        """Return the innermost statement of each traceback."""
        return tuple(
            place
            for places in self.places.values()
            for place in places
            if any((place.path, line) in self.innermost for line in heads.lines(place.node))
        )

    @cached_property
    def flows(self) -> Mapping[Spot, float]:
        """Return the statements that set what the crashing line reads, or what is returned."""
        return {
            (key[0], node): much for key in self.suspected for node, much in self._flows_in(key)
        }

    def _flows_in(self, key: Key) -> Iterator[tuple[ast.stmt, float]]:
        nodes = [place.node for place in self.places[key]]
        crashed = [place.node for place in self.crashed if place.key == key]
        ends = crashed or [node for node in nodes if isinstance(node, self.ends)]
        much = 1.0 if crashed else _TO_RESULT
        wanted = frozenset(name for node in ends for name in heads.loaded(node))
        near = [node for node in nodes if heads.stored(node) & wanted]
        further = frozenset(name for node in near for name in heads.loaded(node)) - wanted
        yield from ((node, much / 2) for node in nodes if heads.stored(node) & further)
        yield from ((node, much) for node in near)

    @cached_property
    def echoes(self) -> AbstractSet[Spot]:
        """Return the statements anywhere that set attributes or keys of the crashing line."""
        attributes = {
            name
            for place in self.crashed
            for name in heads.loaded(place.node)
            if name.startswith(".")
        }
        keys = {text for place in self.crashed for text in heads.texts(place.node)}
        return {
            (place.path, place.node)
            for key in self.suspected
            for place in self.places[key]
            if heads.stored(place.node) & attributes or heads.texts(place.node) & keys
        }

    @cached_property
    def around(self) -> AbstractSet[Spot]:
        """Return the conditions, loops and handlers around every line of the tracebacks."""
        return {
            (place.path, above)
            for places in self.places.values()
            for place in places
            if any((place.path, line) in self.passed for line in heads.lines(place.node))
            for above in _around(place)
        }

    @cached_property
    def kin(self) -> AbstractSet[ast.AST]:
        """Return the classes whose methods crashed."""
        around = (place.module.parents.get(place.scope) for place in self.crashed)
        return {one for one in around if isinstance(one, ast.ClassDef)}

    @cached_property
    def feeds(self) -> AbstractSet[Spot]:
        """Return what is returned by the functions whose results the crashing line works with."""
        names = frozenset(name for place in self.crashed for name in self._callees(place))
        return {
            (path, place.node)
            for (path, scope), places in self.places.items()
            if not isinstance(scope, ast.Module) and scope.name in names
            for place in places
            if isinstance(place.node, ast.Return)
        }

    def _callees(self, crashed: Place) -> Iterator[str]:
        yield from accused.called_in(crashed.node)
        wanted = heads.loaded(crashed.node)
        for place in self.places[crashed.key]:
            if heads.stored(place.node) & wanted:
                yield from accused.called_in(place.node)


def _around(place: Place) -> Iterator[ast.stmt]:
    """Yield the statements of the same function that a statement stands in."""
    for above in place.module.ancestors(place.node):
        if above is place.scope:
            return
        if isinstance(above, ast.stmt):
            yield above
