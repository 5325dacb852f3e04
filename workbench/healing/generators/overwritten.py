"""What a function is given and sets before it reads it: that is meant for where it is missing."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from workbench.healing import heads
from workbench.healing.candidate import Candidate
from workbench.healing.ground import Function, Ground, Site
from workbench.healing.insight.layout import wrapped
from workbench.healing.insight.shares import Option, option, ranked, shared

_SHARE = 0.4
_NONE, _FALSY = 1.0, 0.3


def at_site(ground: Ground, site: Site) -> Iterator[Candidate]:
    del ground
    yield from ranked(shared(site, "overwritten:missing", _SHARE, _only_where_missing(site)))


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
