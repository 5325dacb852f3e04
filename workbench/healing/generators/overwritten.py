"""What a function is given and sets anew: that is meant for where it is missing or of a kind."""

from __future__ import annotations

import ast
from collections import Counter
from collections.abc import Iterator

from workbench.healing import heads
from workbench.healing.candidate import Candidate
from workbench.healing.ground import Function, Ground, Site
from workbench.healing.insight.layout import wrapped
from workbench.healing.insight.shares import Option, option, ranked, shared

_SHARE, _ASKED_SHARE = 0.4, 0.1
_NONE, _FALSY = 1.0, 0.3
_MOST_ASKED = 5


def at_site(ground: Ground, site: Site) -> Iterator[Candidate]:
    del ground
    yield from ranked(
        shared(site, "overwritten:missing", _SHARE, _only_where_missing(site)),
        shared(site, "overwritten:asked", _ASKED_SHARE, _only_where_asked(site)),
    )


def _only_where_missing(site: Site) -> Iterator[Option]:
    name, function = _set(site.node), site.function
    if not name or function is None or site.node not in function.body:
        return
    default = heads.defaults(function).get(name)
    if default is None or _is_read_by(function, name, site.node):
        return
    why = f"{name} is set only where it was not given"
    for condition, weight in _missing(name, default):
        yield from option(wrapped(site.module, site.node, f"if {condition}:"), weight, why)


def _missing(name: str, default: ast.expr) -> Iterator[tuple[str, float]]:
    """Yield how to ask whether a name was not given, where its default is as good as nothing."""
    if isinstance(default, ast.Constant) and not default.value:
        if default.value is None:
            yield f"{name} is None", _NONE
        yield f"not {name}", _FALSY


def _only_where_asked(site: Site) -> Iterator[Option]:
    """Ask of it what the function asks of it elsewhere, where nothing is asked yet."""
    name, function = _set(site.node), site.function
    if function is None or name not in _given(function) or name in heads.loaded(site.node):
        return
    around = next(site.module.ancestors(site.node))
    if isinstance(around, ast.If) and _reads(around.test, name):
        return
    for condition, count in _asked(site, function, name).most_common(_MOST_ASKED):
        why = f"{name} is set only where {condition}"
        yield from option(wrapped(site.module, site.node, f"if {condition}:"), float(count), why)


def _given(function: Function) -> set[str]:
    given = function.args
    return {one.arg for one in (*given.posonlyargs, *given.args, *given.kwonlyargs)}


def _asked(site: Site, function: Function, name: str) -> Counter[str]:
    """Return what a function asks of a name, and how often."""
    tests = [one.test for one in ast.walk(function) if isinstance(one, ast.If | ast.IfExp)]
    parts = [part for one in tests for part in _parts(one) if _reads(part, name)]
    module = site.module
    texts = (module.piece(module.start(part), module.end(part)) for part in parts)
    return Counter(" ".join(text.split()) for text in texts)


def _parts(test: ast.expr) -> list[ast.expr]:
    return test.values if isinstance(test, ast.BoolOp) else [test]


def _reads(node: ast.expr, name: str) -> bool:
    return any(isinstance(one, ast.Name) and one.id == name for one in ast.walk(node))


def _set(node: ast.stmt) -> str:
    match node:
        case ast.Assign(targets=[ast.Name(id=name)]) | ast.AnnAssign(target=ast.Name(id=name)):
            return name
    return ""


def _is_read_by(function: Function, name: str, last: ast.stmt) -> bool:
    """Tell whether a name is read up to the end of a statement of a function."""
    upto = function.body[: function.body.index(last) + 1]
    nodes = (node for one in upto for node in ast.walk(one) if isinstance(node, ast.Name))
    return any(node.id == name and isinstance(node.ctx, ast.Load) for node in nodes)
