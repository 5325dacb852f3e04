"""Statements in another place: up, down, one level out or in, before a loop instead of in it."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence

from workbench.healing.candidate import Candidate
from workbench.healing.ground import Function, Ground, Module, Site
from workbench.healing.insight.layout import (
    first,
    is_docstring,
    leaves_loop,
    line_start,
    margin,
    movable,
    newline,
    place,
    reindented,
    stands_alone,
    text_of,
    unit,
    without,
)
from workbench.healing.insight.shares import Option, option, ranked, shared
from workbench.splice import Edit

_LOOPS = (ast.For, ast.AsyncFor, ast.While)
_BLOCKS = (*_LOOPS, ast.If, ast.With, ast.AsyncWith, ast.Try)
_LEAVING = (ast.Return, ast.Raise, ast.Continue, ast.Break)
_FIXED = (Function, ast.ClassDef, ast.Import, ast.ImportFrom, ast.Global, ast.Nonlocal)


def at_site(_ground: Ground, site: Site) -> Iterator[Candidate]:
    if isinstance(site.node, _FIXED) or is_docstring(site.node):
        return
    yield from ranked(
        shared(site, "moving:out", _worth_out(site), _out(site)),
        shared(site, "moving:in", 0.03, _in(site)),
        shared(site, "moving:swap", 0.03, _swapped(site)),
        shared(site, "moving:first", 0.02, _first(site)),
    )


def _worth_out(site: Site) -> float:
    """Return more for a usual slip: a return that ends a loop at its first round."""
    in_loop = isinstance(site.module.parents[site.node], _LOOPS)
    return 0.2 if isinstance(site.node, ast.Return) and in_loop else 0.05


def _out(site: Site) -> Iterator[Option]:
    """Yield the last statements of a block behind it, one level further out, and two."""
    module, node = site.module, site.node
    among, index = place(module, node)
    outer = module.parents[node]
    tail = among[index:]
    if not index or not isinstance(outer, _BLOCKS) or not _all_free(module, tail):
        yield from _else_out(site)
        return
    why = "behind the block, not in it"
    yield from option(_dedented(module, tail, outer), 1.0 if len(tail) == 1 else 0.4, why)
    further = module.parents[outer]
    ends = isinstance(further, _BLOCKS) and place(module, outer)[0][-1] is outer
    if ends and isinstance(further, ast.stmt):
        yield from option(_dedented(module, tail, further), 0.5, "two levels further out")


def _all_free(module: Module, nodes: Sequence[ast.stmt]) -> bool:
    alone = all(stands_alone(module, one) and movable(one) for one in nodes)
    return alone and not any(map(leaves_loop, nodes))


def _dedented(module: Module, tail: Sequence[ast.stmt], outer: ast.stmt) -> Edit | None:
    """Return the edit that lets `tail`, the last statements in `outer`, stand behind it."""
    if not _closes(module, tail[-1], outer):
        return None
    return _relevelled(module, tail, margin(module, outer))


def _closes(module: Module, node: ast.stmt, outer: ast.stmt) -> bool:
    return module.end(node) == module.end(outer) and not margin(module, outer).strip()


def _relevelled(module: Module, nodes: Sequence[ast.stmt], indent: str) -> Edit:
    """Return the lines from the first of `nodes` to the last with another indentation."""
    start, end = line_start(module, first(module, nodes[0])), module.end(nodes[-1])
    old, text = margin(module, nodes[0]), module.piece(start, end)
    bounds = newline(module, nodes[0])
    lines = text.split(bounds)
    moved = [indent + one.removeprefix(old) if one.startswith(old) else one for one in lines]
    return Edit(start, end, bounds.join(moved))


def _else_out(site: Site) -> Iterator[Option]:
    """Yield the body of an `else` behind its `if`, and that of a loop's `else` likewise."""
    module, node = site.module, site.node
    outer = module.parents[node]
    if not isinstance(outer, ast.If | ast.For | ast.While) or not outer.orelse:
        return
    if node is not outer.orelse[0] or not _all_free(module, outer.orelse):
        return
    word = module.data.rfind(b"else", module.end(outer.body[-1]), module.start(node))
    start = line_start(module, word)
    if word >= 0 and module.piece(start, word) == margin(module, outer):
        moved = _relevelled(module, outer.orelse, margin(module, outer))
        yield Option((Edit(start, moved.start, ""), moved), 0.5, "always, not only else")


def _in(site: Site) -> Iterator[Option]:
    """Yield the statement behind a block as the last of that block, and of the block within it."""
    module, node = site.module, site.node
    among, index = place(module, node)
    previous = among[index - 1] if index else None
    if not isinstance(previous, _BLOCKS) or not _all_free(module, [node]):
        return
    weight = 1.0
    for last in _lasts(module, previous):
        edit = _relevelled(module, [node], margin(module, last))
        yield from option(edit, weight, "the last of the block before")
        weight *= 0.5
    if isinstance(previous, ast.If) and not previous.orelse:
        yield from option(_as_else(module, previous, node), 0.6, "only else")


def _lasts(module: Module, block: ast.stmt) -> Iterator[ast.stmt]:
    """Yield the statements that end a block, from the outside in."""
    while isinstance(block, _BLOCKS) and (among := _ending(block)):
        block = among[-1]
        if not stands_alone(module, block) or isinstance(block, _LEAVING):
            return
        yield block


def _ending(block: ast.stmt) -> list[ast.stmt]:
    if isinstance(block, ast.Try):
        return []
    return getattr(block, "orelse", None) or block.body  # type: ignore[attr-defined,no-any-return]


def _as_else(module: Module, previous: ast.If, node: ast.stmt) -> Edit | None:
    if not stands_alone(module, previous.body[-1]) or not stands_alone(module, previous):
        return None
    indent, end = margin(module, node), newline(module, node)
    start = line_start(module, first(module, node))
    inner = indent + unit(module, previous)
    text = f"{indent}else:{end}{inner}{reindented(module, node, inner)}"
    return Edit(start, module.end(node), text)


def _swapped(site: Site) -> Iterator[Option]:
    """Yield the statement and the next one exchanged, and it moved behind the one after that."""
    module, node = site.module, site.node
    among, index = place(module, node)
    following = among[index + 1 : index + 4]
    if isinstance(node, _LEAVING) or not stands_alone(module, node):
        return
    for count, other in enumerate(following):
        if isinstance(other, (*_FIXED, *_LEAVING)) or not stands_alone(module, other):
            return
        edits = _exchange(module, node, other) if not count else _behind_it(module, node, other)
        weight = (1.0 if _share_names(node, other) else 0.3) / (1 + count * 3)
        yield from option(edits, weight, "exchanged" if not count else "further down")


def _exchange(module: Module, one: ast.stmt, other: ast.stmt) -> tuple[Edit, ...]:
    spans = [(first(module, node), module.end(node)) for node in (one, other)]
    texts = [text_of(module, other), text_of(module, one)]
    return tuple(Edit(*span, text) for span, text in zip(spans, texts, strict=True))


def _behind_it(module: Module, node: ast.stmt, other: ast.stmt) -> tuple[Edit | None, ...]:
    end = module.line_end(module.end(other))
    text = newline(module, node) + margin(module, node) + text_of(module, node)
    return without(module, node), Edit(end, end, text)


def _share_names(one: ast.stmt, other: ast.stmt) -> bool:
    return bool(_names(one) & _names(other))


def _names(node: ast.stmt) -> set[str]:
    return {part.id for part in ast.walk(node) if isinstance(part, ast.Name)}


def _first(site: Site) -> Iterator[Option]:
    """Yield a binding before the loop that it stands in, or as the first of the loop behind it."""
    module, node = site.module, site.node
    if not isinstance(node, ast.Assign | ast.AnnAssign) or not _all_free(module, [node]):
        return
    outer = module.parents[node]
    if isinstance(outer, _LOOPS) and node in outer.body and len(outer.body) > 1:
        edits = (without(module, node), _ahead(module, node, outer))
        yield from option(edits, 1.0, "before the loop")
    among, index = place(module, node)
    for other in among[index + 1 : index + 4]:
        if isinstance(other, _LOOPS) and stands_alone(module, other.body[0]):
            edits = (without(module, node), _ahead(module, node, other.body[0]))
            yield from option(edits, 1.0, "at the start of each round")


def _ahead(module: Module, node: ast.stmt, other: ast.stmt) -> Edit | None:
    """Return the edit that puts `node` before `other`, at its level."""
    if not stands_alone(module, other):
        return None
    indent, start = margin(module, other), first(module, other)
    return Edit(start, start, reindented(module, node, indent) + newline(module, node) + indent)
