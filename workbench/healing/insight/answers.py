"""What a function could return at a place."""

from __future__ import annotations

import ast
import heapq
from collections.abc import Iterator
from functools import lru_cache

from workbench.healing.ground import Function, Ground, Site
from workbench.healing.insight.kinds import Kinds, is_number
from workbench.healing.insight.scope import VALUES, Named, Origin, Scope, local_nodes

_BEST, _LONGEST = 18, 60


def answers(ground: Ground, site: Site, also: tuple[str, ...] = ()) -> list[tuple[str, float]]:
    """Return what could be returned at a site and how natural that is, the best first.

    `also` are names that get their value only at the statement itself.
    """
    function = site.function
    if function is None:
        return []
    scope = Scope.of(ground, site)
    best: dict[str, float] = {}
    for text, weight in (*_as_elsewhere(scope, site, function, also), *_names(scope, site, also)):
        best[text] = max(weight, best.get(text, 0.0))
    for text, weight in _plain(kinds_returned(scope, function)):
        best[text] = max(weight, best.get(text, 0.0))
    return heapq.nlargest(_BEST, best.items(), key=lambda one: one[1])


def returned(function: Function) -> Iterator[ast.expr]:
    """Yield the expressions that a function returns."""
    yield from _returned(function)


@lru_cache(maxsize=512)
def _returned(function: Function) -> tuple[ast.expr, ...]:
    nodes = (one for one in local_nodes(function) if isinstance(one, ast.Return))
    return tuple(one.value for one in nodes if one.value is not None)


def kinds_returned(scope: Scope, function: Function) -> Kinds:
    found: Kinds = frozenset()
    for value in returned(function):
        found |= scope.kinds(value)
    return found


def _as_elsewhere(
    scope: Scope, site: Site, function: Function, also: tuple[str, ...]
) -> Iterator[tuple[str, float]]:
    known = {one.text for one in scope.names if one.bound} | set(also)
    inner = {one.text for one in scope.names if not one.bound} - set(also)
    for value in returned(function):
        text = site.module.of(value)
        names = {one.id for one in ast.walk(value) if isinstance(one, ast.Name)}
        if len(text) <= _LONGEST and "\n" not in text and not names & (inner - known):
            yield text, 0.7


def _names(scope: Scope, site: Site, also: tuple[str, ...]) -> Iterator[tuple[str, float]]:
    in_block = 0.25 if hasattr(site.node, "body") else 0.8
    yield from ((name, in_block) for name in also)
    kept = _begun(site)
    for one in scope.names:
        if one.bound and one.origin in VALUES and one.origin is not Origin.GLOBAL:
            yield one.text, _weight(one) * (1.5 if one.text in kept else 1.0)


def _begun(site: Site) -> frozenset[str]:
    """Return what a function begins with at its own level, as with a result that it builds up."""
    body = site.function.body if site.function is not None else []
    targets = [one.targets[0] for one in body if isinstance(one, ast.Assign)]
    return frozenset(one.id for one in targets if isinstance(one, ast.Name))


def _weight(one: Named) -> float:
    usual = {Origin.LOCAL: 0.8, Origin.PARAMETER: 0.4, Origin.ATTRIBUTE: 0.3, Origin.LOOP: 0.3}
    return usual.get(one.origin, 0.1) / (1 + one.distance / 25)


def _plain(kinds: Kinds) -> Iterator[tuple[str, float]]:
    unknown = 0.25 if not kinds else 0.05
    yield "None", 0.3
    yield from ((text, 0.8 if "bool" in kinds else unknown) for text in ("True", "False"))
    yield "[]", 0.6 if "list" in kinds else unknown
    yield "{}", 0.5 if "dict" in kinds else unknown / 3
    yield '""', 0.5 if "str" in kinds else unknown / 2
    yield from _numbers(0.6 if is_number(kinds) and kinds != {"bool"} else unknown)


def _numbers(weight: float) -> Iterator[tuple[str, float]]:
    yield from (("0", weight), ("-1", weight / 2), ("1", weight / 2))
