"""Text that is taken apart and stays text: the number that is meant is made of it."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from workbench.healing import heads
from workbench.healing.candidate import Candidate
from workbench.healing.ground import Function, Ground, Site
from workbench.healing.insight.shares import Option, option, ranked, shared

_TAKES_APART = frozenset(
    [
        "split",
        "rsplit",
        "splitlines",
        "partition",
        "rpartition",
        "group",
        "groups",
        "findall",
        "readline",
        "strip",
    ]
)
_NUMBERS = (("int", 1.0), ("float", 0.8))
_SHARE, _TOLD = 0.06, 0.5
"""How often this is what is missing where text is taken apart, and where the failure says so."""


def at_site(ground: Ground, site: Site) -> Iterator[Candidate]:
    if isinstance(site.node, Function | ast.ClassDef):
        return
    texts = _texts(site)
    made = (
        one
        for node in heads.nodes(site.node)
        if isinstance(node, ast.Name) and node.id in texts and isinstance(node.ctx, ast.Load)
        for one in _converted(site, node)
    )
    share = _TOLD if _is_told(ground) else _SHARE
    yield from ranked(shared(site, "conversions:number", share, made))


def _is_told(ground: Ground) -> bool:
    """Tell whether the tests fail because of text where a number is wanted."""
    raised = [run.raised for run in ground.dossier.failing if run.raised]
    return any(one.name == "TypeError" and "'str'" in one.message for one in raised)


def _texts(site: Site) -> frozenset[str]:
    """Return the names that are bound to pieces of text, in the function or in the statement."""
    around = site.function or site.module.tree
    return frozenset(name for node in ast.walk(around) for name in _bound(node))


def _bound(node: ast.AST) -> Iterator[str]:
    target: ast.expr | None = None
    if isinstance(node, ast.Assign) and len(node.targets) == 1 and _takes_apart(node.value):
        target = node.targets[0]
    elif isinstance(node, ast.For | ast.comprehension) and _takes_apart(node.iter):
        target = node.target
    if target is not None:
        yield from (one.id for one in ast.walk(target) if isinstance(one, ast.Name))


def _takes_apart(value: ast.expr) -> bool:
    calls = (node.func for node in ast.walk(value) if isinstance(node, ast.Call))
    return any(
        one.attr in _TAKES_APART if isinstance(one, ast.Attribute) else _is_input(one)
        for one in calls
    )


def _is_input(function: ast.expr) -> bool:
    return isinstance(function, ast.Name) and function.id == "input"


def _converted(site: Site, name: ast.Name) -> Iterator[Option]:
    """Put a conversion around a name, or around the call of its method."""
    node: ast.expr = name
    parents = site.module.parents
    while isinstance(around := parents.get(node), ast.Attribute | ast.Call) and (
        getattr(around, "value", None) is node or getattr(around, "func", None) is node
    ):
        node = around
    if isinstance(around, ast.Call) and getattr(around.func, "id", "") in {"int", "float", "len"}:
        return
    for kind, weight in _NUMBERS:
        text = f"{kind}({site.module.of(node)})"
        yield from option(site.module.instead(node, text), weight, text)
