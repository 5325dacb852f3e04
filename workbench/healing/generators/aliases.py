"""One object under several names: copies in its place, and a value of its own for each key."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from workbench.healing.candidate import Candidate
from workbench.healing.ground import Ground, Site
from workbench.healing.insight.kinds import Kinds, is_number
from workbench.healing.insight.layout import head
from workbench.healing.insight.scope import Scope
from workbench.healing.insight.shares import Option, option, ranked, shared
from workbench.splice import Edit

_PLAIN = frozenset({"str", "bytes", "bool", "none", "tuple", "callable"})
_NAMED = (ast.Name, ast.Attribute, ast.Subscript)


def at_site(ground: Ground, site: Site) -> Iterator[Candidate]:
    yield from ranked(
        shared(site, "aliases:keys", 0.4, _keys(site)),
        shared(site, "aliases:copy", 0.03, _copies(ground, site)),
    )


def _keys(site: Site) -> Iterator[Option]:
    """Yield a value for each key of `dict.fromkeys(keys, [])`, where all share one list."""
    module = site.module
    for node in head(site.node):
        match node:
            case ast.Call(func=ast.Attribute(attr="fromkeys"), args=[keys, value]):
                if _is_mutable(value):
                    text = f"{{key: {module.of(value)} for key in {module.of(keys)}}}"
                    yield from option(module.instead(node, text), 1.0, "a value for each key")


def _is_mutable(node: ast.expr) -> bool:
    match node:
        case ast.List() | ast.Dict() | ast.Set() | ast.ListComp() | ast.DictComp() | ast.SetComp():
            return True
        case ast.Call(func=ast.Name(id="list" | "dict" | "set" | "defaultdict" | "deque")):
            return True
    return False


def _copies(ground: Ground, site: Site) -> Iterator[Option]:
    """Yield a copy of what is bound, returned or stored, if it may be something that changes."""
    value = getattr(site.node, "value", None)
    if not isinstance(site.node, ast.Assign | ast.Return) or not isinstance(value, _NAMED):
        return
    kinds = Scope.of(ground, site).kinds(value)
    if kinds & _PLAIN or is_number(kinds):
        return
    text, end = site.module.of(value), site.module.end(value)
    for tail, weight in (("[:]", _if("list", kinds)), (".copy()", 0.8)):
        yield from option(Edit(end, end, tail), weight, f"a copy of {text}")
    for name in ("list", "dict", "set"):
        edits = site.module.around(value, f"{name}(", ")")
        yield from option(edits, _if(name, kinds) * 0.6, f"a copy of {text}")


def _if(kind: str, kinds: Kinds) -> float:
    return 1.0 if kind in kinds else 0.05 if kinds else 0.4
