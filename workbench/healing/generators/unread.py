"""What a function is given or works out and never reads: it is meant to be used somewhere."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from functools import lru_cache

from workbench.healing import heads
from workbench.healing.candidate import Candidate
from workbench.healing.facts import Outer, facts_in
from workbench.healing.ground import Function, Ground, Module, Site
from workbench.healing.insight.shares import Option, option, ranked, shared
from workbench.splice import Edit

_CODES = frozenset({"unused-variable", "never-read", "unused-argument", "unused-loop-variable"})
_SHARE = 0.5
"""How often what is not read is what is missing at the statement that is wrong."""
_MOST = 3
_AND, _OR, _INSTEAD, _AS_ARGUMENT = 1.0, 0.4, 0.6, 0.3


def at_site(ground: Ground, site: Site) -> Iterator[Candidate]:
    del ground
    if site.function is None or isinstance(site.node, Function | ast.ClassDef):
        return
    own = heads.stored(site.node)
    names = [one for one in _unread(site.module, site.function) if one not in own][:_MOST]
    made = (one for name in names for one in _uses(site, name))
    yield from ranked(shared(site, "unread:used", _SHARE, made))


@lru_cache(maxsize=256)
def _unread(module: Module, function: Function) -> tuple[str, ...]:
    """Return the names that a function never reads, as far as reading it tells."""
    around = [function, *module.ancestors(function)]
    top = around[-2] if len(around) > 1 else function
    if not isinstance(top, ast.stmt):
        return ()
    last = function.end_lineno or function.lineno
    found = (
        one.names[-1]
        for one in facts_in(top, Outer(module.tree))
        if one.code in _CODES and function.lineno <= one.line <= last
    )
    return tuple(dict.fromkeys(found))


def _uses(site: Site, name: str) -> Iterator[Option]:
    module = site.module
    for condition in _conditions(site.node):
        yield from _joined(module, condition, name, "and", _AND)
        yield from _joined(module, condition, name, "or", _OR)
    for node in heads.nodes(site.node):
        if isinstance(node, ast.Name | ast.Constant) and _is_read(node):
            why = f"{module.of(node)} becomes {name}"
            yield from option(module.instead(node, name), _INSTEAD, why)
        elif isinstance(node, ast.Call) and not node.keywords and node.args:
            end = module.end(node.args[-1])
            edit = Edit(end, end, f", {name}")
            yield from option(edit, _AS_ARGUMENT, f"{name} is handed on too")


def _joined(
    module: Module, condition: ast.expr, name: str, word: str, weight: float
) -> Iterator[Option]:
    """Ask for a name too; what binds less is put into parentheses."""
    loose = isinstance(condition, ast.IfExp | ast.Lambda) or (
        isinstance(condition, ast.BoolOp) and isinstance(condition.op, ast.Or) and word == "and"
    )
    text = f"({module.of(condition)})" if loose else module.of(condition)
    before, after = module.start(condition), module.end(condition)
    yield from option(Edit(before, after, f"{text} {word} {name}"), weight, f"{word} {name}")


def _conditions(node: ast.stmt) -> Iterator[ast.expr]:
    if isinstance(node, ast.If | ast.While):
        yield node.test
    elif isinstance(node, ast.Return) and isinstance(node.value, ast.BoolOp | ast.Compare):
        yield node.value


def _is_read(node: ast.Name | ast.Constant) -> bool:
    return isinstance(node, ast.Constant) or isinstance(node.ctx, ast.Load)
