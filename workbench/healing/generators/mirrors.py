"""What is done for one of two things that are treated alike, done for the other as well."""

from __future__ import annotations

import ast
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from itertools import combinations, islice

from workbench.healing.candidate import Candidate
from workbench.healing.ground import Function, Ground, Module, Site
from workbench.healing.insight.layout import before, behind, expressions
from workbench.healing.insight.shares import Option, option, ranked, shared

_SHARE = 0.1
_DONE = (ast.Expr, ast.Assign, ast.AugAssign)
_ALIKE = (*_DONE, ast.Compare, ast.Subscript, ast.Call)
_MOST_PAIRS, _MOST_ALIKE = 400, 12
_LONGEST = 200
Names = tuple[str, ...]


def at_site(ground: Ground, site: Site) -> Iterator[Candidate]:
    node, function = site.node, site.function
    if function is None or not isinstance(node, _DONE) or node.lineno != node.end_lineno:
        return
    known: dict[Function, list[dict[str, str]]] = vars(ground).setdefault("kept mirrors", {})
    if function not in known:
        known[function] = list(_mirrors(function))
    yield from ranked(
        shared(site, "mirrors:done", _SHARE, _mirrored(site, function, known[function]))
    )


def _mirrors(function: Function) -> Iterator[dict[str, str]]:
    """Yield which names stand for which others where the same is done twice, both ways round."""
    groups: defaultdict[str, dict[Names, None]] = defaultdict(dict)
    for node in ast.walk(function):
        if isinstance(node, _ALIKE):
            groups[_shape(node)][_names(node)] = None
    pairs = (pair for some in groups.values() for pair in combinations(list(some)[:_MOST_ALIKE], 2))
    found = Counter(
        tuple(sorted(mirror.items()))
        for one, other in islice(pairs, _MOST_PAIRS)
        if (mirror := _mirror(one, other))
    )
    for names, times in found.most_common():
        if len(names) > 2 or times > 1:
            yield dict(names)


def _mirror(one: Names, other: Names) -> dict[str, str]:
    """Return the exchange that makes one of the other; nothing if it is not one to one."""
    found = {a: b for a, b in zip(one, other, strict=True) if a != b}
    both = {**found, **{b: a for a, b in found.items()}}
    exchanged = tuple(both.get(name, name) for name in one)
    return both if exchanged == other and len(both) == 2 * len(found) else {}


def _mirrored(site: Site, function: Function, mirrors: list[dict[str, str]]) -> Iterator[Option]:
    """Yield what a statement does for one side done for the other, where that is not done yet."""
    node, module = site.node, site.module
    names = set(_names(node))
    fit = [one for one in mirrors if not any(one.get(name) in names for name in names)]
    most = max((len(one.keys() & names) for one in fit), default=0)
    done = {_whole(one) for one in ast.walk(function) if isinstance(one, _DONE)}
    for mirror in fit:
        if not most or len(mirror.keys() & names) < most or _whole(node, mirror) in done:
            continue
        text = _renamed(module, node, mirror)
        if len(text) <= _LONGEST:
            yield from option(behind(module, node, text), 1.0, f"{text} behind it")
            yield from option(before(module, node, text), 0.4, f"{text} before it")


def _tokens(node: ast.AST) -> Iterator[ast.Name | ast.Attribute]:
    for one in expressions(node):
        if isinstance(one, ast.Name | ast.Attribute):
            yield one


def _name(node: ast.Name | ast.Attribute) -> str:
    return node.id if isinstance(node, ast.Name) else f".{node.attr}"


def _names(node: ast.AST) -> Names:
    return tuple(map(_name, _tokens(node)))


def _whole(node: ast.AST, mirror: Mapping[str, str] | None = None) -> tuple[str, Names]:
    """Return what tells one statement from another, or what would tell the mirrored one."""
    names = _names(node)
    return _shape(node), tuple((mirror or {}).get(name, name) for name in names)


def _shape(node: ast.AST) -> str:
    """Return what a node is but for its names."""
    parts = []
    for one in expressions(node):
        if isinstance(one, ast.Name | ast.Attribute):
            parts.append(type(one).__name__)
        elif isinstance(one, ast.Constant | ast.JoinedStr):
            parts.append(ast.unparse(one))
        elif not isinstance(one, ast.expr_context):
            parts.append(f"{type(one).__name__}{len(list(ast.iter_child_nodes(one)))}")
    return " ".join(parts)


def _renamed(module: Module, node: ast.stmt, mirror: Mapping[str, str]) -> str:
    start, data = module.start(node), module.data
    text = bytearray(data[start : module.end(node)])
    for one in sorted(_tokens(node), key=lambda one: -module.end(one)):
        name = _name(one)
        if name in mirror:
            end = module.end(one) - start
            text[end - len(name.lstrip(".").encode()) : end] = mirror[name].lstrip(".").encode()
    return text.decode()
