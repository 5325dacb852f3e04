"""What a loop goes over: other ends of a range, a copy, indexes, the reverse, a part."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from workbench.healing.candidate import Candidate
from workbench.healing.ground import Ground, Module, Site
from workbench.healing.insight.kinds import dotted
from workbench.healing.insight.layout import head
from workbench.healing.insight.scope import Scope
from workbench.healing.insight.shares import Option, option, ranked, shared
from workbench.splice import Edit

_SIZED = frozenset({"list", "tuple", "str", "dict", "set"})
_NEAREST = 5
_CHANGED_BY = frozenset({"append", "remove", "pop", "insert", "clear", "add", "discard", "update"})


def at_site(ground: Ground, site: Site) -> Iterator[Candidate]:
    iterated = list(_iterated(site.node))
    ranges = [node for node in iterated if _is_range(node)]
    others = [node for node in iterated if not _is_range(node)]
    yield from ranked(
        shared(site, "loops:range", 0.12, (one for node in ranges for one in _ends(site, node))),
        shared(
            site, "loops:bound", 0.03, (one for n in ranges for one in _bounds(ground, site, n))
        ),
        shared(site, "loops:over", 0.05, (one for node in others for one in _over(site, node))),
        shared(
            site, "loops:copy", _worth_copy(site), (one for n in others for one in _copies(site, n))
        ),
    )


def _iterated(node: ast.stmt) -> Iterator[ast.expr]:
    for one in head(node):
        if isinstance(one, ast.For | ast.AsyncFor | ast.comprehension):
            yield one.iter


def _is_range(node: ast.expr) -> bool:
    named = isinstance(node, ast.Call) and isinstance(node.func, ast.Name)
    return named and node.func.id == "range" and 0 < len(node.args) < 4  # type: ignore[attr-defined]


def _ends(site: Site, node: ast.expr) -> Iterator[Option]:
    """Yield a range with other ends: one more or less at either, at both, reversed."""
    assert isinstance(node, ast.Call)  # noqa: S101 - for the checker alone
    module, given = site.module, [site.module.of(one) for one in node.args]
    for start, stop, step, weight in _variants(*_parts(given)):
        inner = _written(start, stop, step)
        if inner is not None and inner != ", ".join(given):
            text = f"range({inner})"
            yield from option(module.instead(node, text), weight, f"range({inner})")
    yield from option(module.around(node, "reversed(", ")"), 0.3, "in reverse")
    if len(node.args) == 1:
        yield from option(
            module.instead(node, f"range({_more(given[0], -1)}, -1, -1)"), 0.2, "downwards"
        )


def _parts(given: list[str]) -> tuple[str, str, str]:
    if len(given) == 1:
        return "0", given[0], "1"
    return given[0], given[1], given[2] if len(given) == 3 else "1"


def _written(start: str, stop: str, step: str) -> str | None:
    if step != "1":
        return f"{start}, {stop}, {step}"
    return stop if start == "0" else f"{start}, {stop}"


def _variants(start: str, stop: str, step: str) -> Iterator[tuple[str, str, str, float]]:
    up, down = _more(stop, 1), _more(stop, -1)
    yield start, up, step, 1.0
    yield start, down, step, 0.8
    for other, weight in ((_more(start, 1), 0.7), (_more(start, -1), 0.4), ("0", 0.4), ("1", 0.3)):
        if other != start:
            yield other, stop, step, weight
            yield other, up, step, weight * 0.5
            yield other, down, step, weight * 0.3
    for other, weight in (("1", 0.3), ("2", 0.15), ("-1", 0.2)):
        if other != step:
            yield start, stop, other, weight
    if step == "1":
        yield _more(stop, -1), _more(start, -1), "-1", 0.2


def _more(text: str, by: int) -> str:
    """Return the text of a number that is larger by one, or smaller."""
    tree = ast.parse(text, mode="eval").body
    match tree:
        case ast.Constant(value=int(value)):
            return str(value + by)
        case ast.UnaryOp(op=ast.USub(), operand=ast.Constant(value=int(value))):
            return str(by - value)
        case ast.BinOp(op=ast.Add() | ast.Sub() as op, right=ast.Constant(value=1)):
            if isinstance(op, ast.Add) == (by < 0):
                return ast.get_source_segment(text, tree.left) or text
    sign = "+" if by > 0 else "-"
    simple = isinstance(tree, ast.Name | ast.Call | ast.Attribute | ast.Subscript | ast.BinOp)
    return f"{text} {sign} 1" if simple and not _is_loose(tree) else f"({text}) {sign} 1"


def _is_loose(node: ast.expr) -> bool:
    loose = ast.LShift | ast.RShift | ast.BitAnd | ast.BitOr | ast.BitXor
    return isinstance(node, ast.BinOp) and isinstance(node.op, loose)


def _bounds(ground: Ground, site: Site, node: ast.expr) -> Iterator[Option]:
    """Yield a range whose start or stop is a name in scope or the length of one."""
    assert isinstance(node, ast.Call)  # noqa: S101 - for the checker alone
    own = _bound_by(site)
    scope = Scope.of(ground, site)
    for position, argument in enumerate(node.args[:2]):
        for text, weight in _numbers(scope, own):
            if text != site.module.of(argument):
                yield Option((site.module.instead(argument, text),), weight, f"range with {text}")
        if position == 0 and len(node.args) == 1:
            start = site.module.start(argument)
            for text, weight in _numbers(scope, own):
                for given, usual in ((text, 1.0), (_more(text, 1), 0.8)):
                    edit = Edit(start, start, f"{given}, ")
                    yield from option(edit, weight * usual, f"range from {given}")


def _numbers(scope: Scope, but: frozenset[str]) -> Iterator[tuple[str, float]]:
    for one in [one for one in scope.values() if one.text not in but][: 2 * _NEAREST]:
        near = 1.0 / (1 + one.distance / 6)
        if one.kinds & _SIZED:
            yield f"len({one.text})", near
        elif not one.kinds or one.kinds & {"int", "number"}:
            yield one.text, near * (1.0 if one.kinds else 0.4)


def _bound_by(site: Site) -> frozenset[str]:
    targets = (
        one.target for one in head(site.node) if isinstance(one, ast.For | ast.comprehension)
    )
    names = (part for target in targets for part in ast.walk(target) if isinstance(part, ast.Name))
    return frozenset(one.id for one in names)


def _over(site: Site, node: ast.expr) -> Iterator[Option]:
    """Yield going over the reverse, a part, what is sorted, pairs, or indexes."""
    module = site.module
    text = module.of(node)
    name = isinstance(node, ast.Name | ast.Attribute | ast.Subscript)
    if name:
        yield from option(_behind(module, node, "[1:]"), 0.5, "all but the first")
        yield from option(_behind(module, node, "[:-1]"), 0.4, "all but the last")
        yield from option(_behind(module, node, "[::-1]"), 0.3, "in reverse")
        yield from option(module.instead(node, f"range(len({text}))"), 0.6, f"indexes of {text}")
        yield from option(_behind(module, node, ".items()"), 0.3, f"items of {text}")
        yield from option(_behind(module, node, ".values()"), 0.3, f"values of {text}")
    if not isinstance(node, ast.Starred | ast.NamedExpr):
        yield from option(module.around(node, "reversed(", ")"), 0.3, "in reverse")
        yield from option(module.around(node, "sorted(", ")"), 0.5, "in order")
        yield from option(module.around(node, "enumerate(", ")"), 0.2, "with indexes")
    match node:
        case ast.Call(func=ast.Name(id="enumerate"), args=[inner], keywords=[]):
            end = module.end(inner)
            yield from option(Edit(end, end, ", 1"), 0.7, "counted from 1")
        case ast.Call(func=ast.Name(id="enumerate"), args=[inner, count]):
            yield from option(Edit(module.end(inner), module.end(count), ""), 0.7, "counted from 0")


def _behind(module: Module, node: ast.expr, text: str) -> Edit:
    return Edit(module.end(node), module.end(node), text)


def _copies(site: Site, node: ast.expr) -> Iterator[Option]:
    if isinstance(node, ast.Name | ast.Attribute | ast.Subscript | ast.Call):
        yield from option(site.module.around(node, "list(", ")"), 1.0, "over a copy")


def _worth_copy(site: Site) -> float:
    """Return much where the loop changes what it goes over."""
    node = site.node
    if not isinstance(node, ast.For):
        return 0.005
    over = dotted(node.iter) or dotted(
        getattr(getattr(node.iter, "func", None), "value", node.iter)
    )
    return 0.4 if over and any(_changes(one, over) for one in ast.walk(node)) else 0.01


def _changes(node: ast.AST, name: str) -> bool:
    match node:
        case ast.Call(func=ast.Attribute(value=owner, attr=method)) if method in _CHANGED_BY:
            return dotted(owner) == name
        case ast.Subscript(value=owner, ctx=ast.Del() | ast.Store()):
            return dotted(owner) == name
    return False
