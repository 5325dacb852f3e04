"""A name that nothing gives a value here, given the one that it has elsewhere in the project."""

from __future__ import annotations

import ast
from collections import defaultdict
from collections.abc import Iterator

from workbench.healing.candidate import Candidate
from workbench.healing.ground import Ground, Module, Site
from workbench.healing.insight.layout import before, head
from workbench.healing.insight.scope import BUILTINS, Scope
from workbench.healing.insight.shares import Option, option, ranked, shared
from workbench.splice import Edit

_SHARE, _LONGEST = 0.5, 160
_IN_FILE, _ELSEWHERE = 1.0, 0.3
_AT_A_PASS, _BEFORE = 1.0, 0.6


def at_site(ground: Ground, site: Site) -> Iterator[Candidate]:
    yield from ranked(shared(site, "unset:set", _SHARE, _options(ground, site)))


def _options(ground: Ground, site: Site) -> Iterator[Option]:
    scope = Scope.of(ground, site)
    known = {one.text for one in scope.names} | BUILTINS | {scope.this}
    for name in _unset(site, known):
        for text, weight in _values(ground, site, name, known).items():
            for one in _passes(site):
                edit = Edit(site.module.start(one), site.module.end(one), text)
                yield from option(edit, weight * _AT_A_PASS, f"{text}, as elsewhere")
            edit_before = before(site.module, site.node, text)
            yield from option(edit_before, weight * _BEFORE, f"{text} before it, as elsewhere")


def _unset(site: Site, known: set[str]) -> list[str]:
    """Return the names that a statement of a function reads and nobody sets."""
    if site.function is None:
        return []
    nodes = list(head(site.node))
    names = [one for one in nodes if isinstance(one, ast.Name)]
    bound = {one.id for one in names if not isinstance(one.ctx, ast.Load)}
    bound |= {one.arg for one in nodes if isinstance(one, ast.arg)}  # Of a lambda.
    return [one for one in dict.fromkeys(one.id for one in names) if one not in known | bound]


def _values(ground: Ground, site: Site, name: str, known: set[str]) -> dict[str, float]:
    """Return what sets the name elsewhere and can stand here: the more do so, the likelier."""
    found: defaultdict[str, float] = defaultdict(float)
    for path, module in ground.modules.items():
        weight = _IN_FILE if path == site.path else _ELSEWHERE
        for node in _assignments(module, name):
            text = module.of(node)
            read = {one.id for one in ast.walk(node.value) if isinstance(one, ast.Name)}
            if read <= known and "\n" not in text and len(text) <= _LONGEST:
                found[text] += weight
    return found


def _assignments(module: Module, name: str) -> Iterator[ast.Assign]:
    for node in module.statements:
        match node:
            case ast.Assign(targets=[ast.Name(id=found)]) if found == name:
                yield node


def _passes(site: Site) -> Iterator[ast.Pass]:
    """Yield the places above the statement in its function where nothing is done."""
    for node in ast.walk(site.function) if site.function else ():
        if isinstance(node, ast.Pass) and node.lineno < site.node.lineno:
            yield node
