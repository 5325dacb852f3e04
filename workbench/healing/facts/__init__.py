"""What is odd about code, whatever it is meant to do; found by reading alone."""

from __future__ import annotations

import ast
from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence

from workbench.healing.facts import calls, flow, names
from workbench.healing.facts.values import WEIGHTS, Detect, Fact, Outer, units
from workbench.healing.ground import Module

__all__ = ["WEIGHTS", "Fact", "Outer", "facts", "facts_in", "lines_with_facts"]

_AT: Mapping[type[ast.AST], Sequence[Detect]] = {
    kind: [look for look, kinds in (*flow.EVERYWHERE, *calls.EVERYWHERE) if kind in kinds]
    for _, kinds in (*flow.EVERYWHERE, *calls.EVERYWHERE)
    for kind in kinds
}
_IN_FUNCTIONS = (*names.DETECTORS, *flow.IN_FUNCTIONS, *calls.IN_FUNCTIONS)


def facts(module: Module) -> tuple[Fact, ...]:
    """Return all facts about a file, from top to bottom."""
    outer = Outer(module.tree)
    found = (one for node in module.tree.body for one in facts_in(node, outer))
    return tuple(sorted(found, key=lambda one: (one.line, one)))


def facts_in(node: ast.stmt, outer: Outer, owner: ast.ClassDef | None = None) -> Iterator[Fact]:
    """Yield the facts about a statement of a file's or a class's top level, with all inside."""
    for one in ast.walk(node):
        for detect in _AT.get(type(one), ()):
            yield from detect(one)
    for unit in units(node, outer, owner):
        for look in _IN_FUNCTIONS:
            yield from look(unit)


def lines_with_facts(module: Module, within: Collection[ast.stmt]) -> Mapping[int, float]:
    """Return how odd lines are, in some statements of a file's or a class's top level."""
    outer = Outer(module.tree)
    found: defaultdict[int, float] = defaultdict(float)
    for node in within:
        around = module.parents.get(node)
        owner = around if isinstance(around, ast.ClassDef) else None
        for one in facts_in(node, outer, owner):
            found[one.line] = max(found[one.line], one.weight)
    return found
