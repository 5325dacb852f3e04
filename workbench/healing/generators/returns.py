"""A return that is missing, or that gives back the wrong thing."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from workbench.healing.candidate import Candidate
from workbench.healing.ground import Function, Ground, Site
from workbench.healing.insight.answers import answers, returned
from workbench.healing.insight.evidence import tells_of_none
from workbench.healing.insight.layout import behind, place
from workbench.healing.insight.scope import bindings
from workbench.healing.insight.shares import Option, option, ranked, shared
from workbench.splice import Edit

_ENDS = (ast.Return, ast.Raise, ast.Continue, ast.Break)
_LOOPS = (ast.For, ast.AsyncFor, ast.While)


def at_site(ground: Ground, site: Site) -> Iterator[Candidate]:
    if site.function is None or isinstance(site.node, Function | ast.ClassDef):
        return
    told = 2.0 if tells_of_none(ground) else 1.0
    yield from ranked(
        shared(site, "returns:behind", min(1.0, 0.06 * told * _fits(site)), _behind(ground, site)),
        shared(site, "returns:instead", 0.04, _instead(ground, site)),
    )


def _fits(site: Site) -> float:
    """Return how natural a return behind the statement is: at the end of a body, not of a loop."""
    around, function = site.module.parents[site.node], site.function
    if function is not None and around is function:
        never = next(returned(function), None) is None
        return 0.3 if _returns_nothing(site) else 4.0 if never else 1.5
    return 0.15 if isinstance(around, _LOOPS) and site.node in around.body else 0.6


def _returns_nothing(site: Site) -> bool:
    name = site.function.name if site.function else ""
    return name.startswith(("__init", "test"))


def _behind(ground: Ground, site: Site) -> Iterator[Option]:
    among, index = place(site.module, site.node)
    if index + 1 < len(among) or isinstance(site.node, _ENDS):
        return
    for text, weight in answers(ground, site, _bound_by(site)):
        edit = behind(site.module, site.node, f"return {text}")
        yield from option(edit, weight, f"return {text} behind it")


def _bound_by(site: Site) -> tuple[str, ...]:
    """Return the names that get their value by the statement and what is in it."""
    top = ast.Module([site.node], [])
    return tuple(dict.fromkeys(name for name, *_ in bindings(top)))


def _instead(ground: Ground, site: Site) -> Iterator[Option]:
    """Yield a return in place of one without a value, or of a statement that does nothing."""
    node = site.node
    bare = isinstance(node, ast.Return) and (node.value is None or _is_none(node.value))
    if not bare and not isinstance(node, ast.Pass | ast.Continue | ast.Break):
        return
    usual = 1.0 if bare or isinstance(node, ast.Pass) else 0.3
    start, end = site.module.start(node), site.module.end(node)
    for text, weight in answers(ground, site):
        if text != "None":
            edit = Edit(start, end, f"return {text}")
            yield from option(edit, weight * usual, f"return {text}")


def _is_none(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and node.value is None
