"""The code that resembles the code around a statement: its class, its file, functions elsewhere."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from workbench.healing.ground import Function, Ground, Module, Site

_IN_FILE, _ELSEWHERE, _LARGEST = 5, 3, 400


@dataclass(frozen=True, slots=True)
class Neighbour:
    """Code to take from, and how much it counts."""

    module: Module
    node: ast.AST
    weight: float
    is_own: bool = False


def neighbours(ground: Ground, site: Site) -> Sequence[Neighbour]:
    """Return the function of a site, then those that resemble it most; kept for each function."""
    own = site.function
    if own is None:
        return [Neighbour(site.module, site.node, 1.0, is_own=True)]
    kept: dict[ast.AST, list[Neighbour]] = vars(ground).setdefault("kept neighbours", {})
    if own not in kept:
        inside = [*_in_class(site, own), *_in_file(ground, site, own)][: _IN_FILE + 2]
        outside = [*_elsewhere(ground, site, own)]
        kept[own] = [Neighbour(site.module, own, 1.0, is_own=True), *inside, *outside]
    return kept[own]


def _in_class(site: Site, own: Function) -> Iterator[Neighbour]:
    around = site.module.parents.get(own)
    if isinstance(around, ast.ClassDef):
        others = [one for one in around.body if isinstance(one, Function) and one is not own]
        others.sort(key=lambda one: abs(one.lineno - own.lineno))
        yield from (Neighbour(site.module, one, 0.5) for one in others[:_IN_FILE])


def _in_file(ground: Ground, site: Site, own: Function) -> list[Neighbour]:
    around = site.module.parents.get(own)
    others = [one for one in site.module.functions if site.module.parents.get(one) is not around]
    if not isinstance(around, ast.ClassDef):
        others = [one for one in site.module.functions if one is not own]
    return _most_alike(ground, [(site.module, one) for one in others], own, 0.4, _IN_FILE)


def _elsewhere(ground: Ground, site: Site, own: Function) -> list[Neighbour]:
    modules = [one for path, one in ground.modules.items() if path != site.path]
    others = [(module, one) for module in modules for one in module.functions]
    return _most_alike(ground, others, own, 0.25, _ELSEWHERE)


def _most_alike(
    ground: Ground,
    others: list[tuple[Module, Function]],
    own: Function,
    weight: float,
    count: int,
) -> list[Neighbour]:
    words = _words(ground, own)
    scored = [(_overlap(words, _words(ground, one)), module, one) for module, one in others]
    scored.sort(key=lambda one: -one[0])
    return [Neighbour(module, one, weight * (0.5 + score)) for score, module, one in scored[:count]]


def _words(ground: Ground, node: Function) -> frozenset[str]:
    """Return the names in a function; large ones are judged by how they begin."""
    kept: dict[ast.AST, frozenset[str]] = vars(ground).setdefault("kept words", {})
    if node not in kept:
        parts = [node.name, *node.name.split("_"), *(one.arg for one in node.args.args)]
        for count, one in enumerate(ast.walk(node)):
            parts.append(str(getattr(one, "id", getattr(one, "attr", ""))))
            if count > _LARGEST:
                break
        kept[node] = frozenset(one for one in parts if one)
    return kept[node]


def _overlap(one: frozenset[str], other: frozenset[str]) -> float:
    return len(one & other) / len(one | other) if one and other else 0.0
