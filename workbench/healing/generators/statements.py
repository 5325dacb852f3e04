"""Statements put in, taken out, or exchanged for another of their family."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from workbench.healing.candidate import Candidate
from workbench.healing.ground import Function, Ground, Site
from workbench.healing.insight.layout import (
    before,
    behind,
    fitted,
    is_docstring,
    is_elif,
    leaves_loop,
    margin,
    movable,
    newline,
    place,
    reindented,
    stands_alone,
    without,
)
from workbench.healing.insight.shares import Option, option, ranked, shared
from workbench.healing.insight.upkeep import Update, updates
from workbench.splice import Edit

_LOOPS = (ast.For, ast.AsyncFor, ast.While)
_LEAVING = (ast.Return, ast.Raise, ast.Continue, ast.Break)
_ELSE = 14


def at_site(ground: Ground, site: Site) -> Iterator[Candidate]:
    if is_docstring(site.node) or isinstance(site.node, Function | ast.ClassDef):
        return
    found = updates(ground, site)
    yield from ranked(
        shared(site, "statements:before", 0.04, _before(site, found)),
        shared(site, "statements:behind", 0.04, _behind(site, found)),
        shared(site, "statements:else", 0.02, _else(site, found)),
        shared(site, "statements:jump", 0.03, _jumps(site)),
        shared(site, "statements:delete", 0.02, _deleted(site)),
        shared(site, "statements:unwrap", 0.01, _unwrapped(site)),
    )


def _before(site: Site, found: list[Update]) -> Iterator[Option]:
    for one in found:
        edit = before(site.module, site.node, one.text)
        yield from option(edit, one.weight * _unlike(site, one), f"{one.text} before it")


def _behind(site: Site, found: list[Update]) -> Iterator[Option]:
    among, index = place(site.module, site.node)
    if index + 1 == len(among) and not isinstance(site.node, _LEAVING):
        for one in found:
            edit = behind(site.module, site.node, one.text)
            yield from option(edit, one.weight * _unlike(site, one), f"{one.text} behind it")


def _unlike(site: Site, one: Update) -> float:
    """Return less for what the statement or one beside it says already."""
    among, index = place(site.module, site.node)
    near = [site.module.of(node) for node in among[max(0, index - 1) : index + 2] if _plain(node)]
    return 0.05 if one.text in near else 1.0


def _plain(node: ast.stmt) -> bool:
    return not hasattr(node, "body")


def _else(site: Site, found: list[Update]) -> Iterator[Option]:
    node = site.node
    if not isinstance(node, ast.If) or node.orelse:
        return
    jumps = [Update("continue", 0.3, ""), Update("break", 0.5, "")] if _in_loop(site) else []
    assigned = _targets(node.body)
    for one in (*found[:_ELSE], *jumps):
        weight = one.weight * (2.0 if one.target in assigned else 0.5)
        edit = _with_else(site, node, one.text)
        yield from option(edit, weight, f"else: {one.text}")


def _with_else(site: Site, node: ast.If, text: str) -> Edit | None:
    module, last = site.module, node.body[-1]
    if not stands_alone(module, last) or (
        margin(module, node).strip() and not is_elif(module, node)
    ):
        return None
    indent, end = module.indent(node), module.line_end(module.end(last))
    return Edit(
        end,
        end,
        newline(module, node) + indent + fitted(module, node, f"else:\n    {text}", indent),
    )


def _targets(body: list[ast.stmt]) -> frozenset[str]:
    names = [one for node in body for one in ast.walk(node) if isinstance(one, ast.Name)]
    return frozenset(one.id for one in names)


def _jumps(site: Site) -> Iterator[Option]:
    """Yield leaving or going on with a loop, in place of the other, or where a body ends."""
    node, module = site.node, site.module
    if isinstance(node, ast.Break | ast.Continue | ast.Pass):
        words = ("break", "continue", "pass") if _in_loop(site) else ("pass",)
        start, end = module.start(node), module.end(node)
        for word in words:
            yield from option(Edit(start, end, word), 1.0, f"{module.of(node)} becomes {word}")
    elif _in_loop(site) and _ends_branch(site):
        yield from option(behind(module, node, "break"), 1.0, "break behind it")
        yield from option(behind(module, node, "continue"), 0.7, "continue behind it")


def _ends_branch(site: Site) -> bool:
    among, index = place(site.module, site.node)
    last = index + 1 == len(among) and not isinstance(site.node, _LEAVING)
    return last and isinstance(site.module.parents[site.node], ast.If | ast.ExceptHandler | ast.Try)


def _in_loop(site: Site) -> bool:
    inner: ast.AST = site.node
    for one in site.module.ancestors(site.node):
        if isinstance(one, _LOOPS):
            if inner not in one.orelse:
                return True
        elif isinstance(one, Function | ast.ClassDef):
            return False
        inner = one
    return False


def _deleted(site: Site) -> Iterator[Option]:
    """Yield the statement left out; what only binds or leaves goes more easily than a loop."""
    node = site.node
    if isinstance(node, ast.Pass | ast.Import | ast.ImportFrom | ast.Global | ast.Nonlocal):
        return
    weight = 0.3 if hasattr(node, "body") else 1.0
    yield from option(without(site.module, node), weight, "without this statement")


def _unwrapped(site: Site) -> Iterator[Option]:
    """Yield the body of an `if` or a loop without its head."""
    node, module = site.node, site.module
    fits = isinstance(node, ast.If | ast.For | ast.While | ast.With) and stands_alone(module, node)
    body: list[ast.stmt] = getattr(node, "body", [])
    if not fits or getattr(node, "orelse", None) or not all(map(movable, body)):
        return
    if isinstance(node, _LOOPS) and any(map(leaves_loop, body)):
        return
    if all(stands_alone(module, one) for one in body):
        indent, end = margin(module, node), newline(module, node)
        text = (end + indent).join(reindented(module, one, indent) for one in body)
        yield Option((Edit(module.start(node), module.end(node), text),), 1.0, "without its head")
