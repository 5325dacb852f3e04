"""Another place that is read, set, or called on: receivers, targets, bases and indexes together."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from itertools import combinations

from workbench.healing.candidate import Candidate
from workbench.healing.drafting.bench import POSTFIX, Bench, Draft, Slot, finished, ranked, short
from workbench.healing.ground import Ground, Site
from workbench.healing.insight.kinds import agree, dotted
from workbench.healing.insight.scope import VALUES, Origin, local_nodes

_MOST, _LONGEST = 8, 40
_UPPER = 12


def at_site(ground: Ground, site: Site) -> Iterator[Candidate]:
    return finished("places", site, _drafts(Bench(ground, site)), 80)


def _drafts(bench: Bench) -> Iterator[Draft]:
    for slot in bench.slots:
        match slot.node:
            case ast.Call(func=ast.Attribute() as function) as call:
                yield from _receivers(bench, function)
                yield from _other_calls(bench, call, function)
            case ast.Subscript() as subscript:
                yield from _crossed(bench, subscript)
                yield from _sliced(bench, slot, subscript)
        if isinstance(slot.node, ast.Subscript | ast.Attribute | ast.Call):
            yield from _plain(bench, slot)
    yield from _indexes_exchanged(bench)
    match bench.site.node:
        case ast.Assign(targets=[target]) | ast.AugAssign(target=target):
            yield from _targets(bench, target)


def _put(bench: Bench, slot: Slot, text: str, prior: float, rule: str) -> Draft:
    why = f"{short(bench.text(slot.node), 24)} becomes {short(text, 30)}"
    return Draft(prior, rule, why, (bench.instead(slot, text),))


def _receivers(bench: Bench, function: ast.Attribute) -> Iterator[Draft]:
    """Call the method on something else: first on what has it elsewhere, then on what is alike."""
    old = dotted(function.value)
    named = bench.scope.by_text.get(old)
    if not old or named is None or named.origin not in VALUES:
        return
    having = _having(bench, function.attr)
    others = [one for one in bench.scope.values() if one.text != old]
    fit = [one for one in others if agree(one.kinds, named.kinds)]
    alike = sorted(fit, key=lambda one: (one.text not in having, not one.kinds & named.kinds))
    slot = Slot(function.value, function, "value")
    for one, prior in zip(alike[:_MOST], ranked(0.12, len(alike[:_MOST])), strict=True):
        fits = 1.0 if one.text in having else 0.5
        yield _put(bench, slot, one.text, prior * fits, "receiver")


def _having(bench: Bench, method: str) -> frozenset[str]:
    """Return what the function calls a method on."""
    around = bench.site.function or bench.module.tree
    nodes = (one for one in ast.walk(around) if isinstance(one, ast.Attribute))
    return frozenset(dotted(one.value) for one in nodes if one.attr == method)


def _other_calls(bench: Bench, call: ast.Call, function: ast.Attribute) -> Iterator[Draft]:
    """Call another method of something else, as the function or its class does elsewhere."""
    around = bench.site.function
    outer = bench.module.parents.get(around) if around is not None else None
    nodes = local_nodes(outer if isinstance(outer, ast.ClassDef) else around or call)
    old, count, texts = bench.text(function), len(call.args), dict[str, None]()
    for node in [*local_nodes(around), *nodes] if around is not None else ():
        match node:
            case ast.Call(func=ast.Attribute() as other) if len(node.args) == count:
                base, text = dotted(other.value), bench.text(other)
                is_new = base != dotted(function.value) and other.attr != function.attr
                if base and is_new and text != old and _is_known(bench, base):
                    texts[text] = None
    for text, prior in zip([*texts][:_MOST], ranked(0.03, len([*texts][:_MOST])), strict=True):
        yield _put(bench, Slot(function, call, "func"), text, prior, "call")


def _is_known(bench: Bench, base: str) -> bool:
    named = bench.scope.by_text.get(base)
    return base == bench.scope.this or (named is not None and named.bound)


def _crossed(bench: Bench, node: ast.Subscript) -> Iterator[Draft]:
    """Exchange the indexes of two levels: `grid[x][y]` and `grid[y][x]`."""
    match node:
        case ast.Subscript(value=ast.Subscript(slice=first) as inner, slice=second) if not (
            isinstance(first, ast.Slice) or isinstance(second, ast.Slice)
        ):
            one, other = Slot(first, inner, "slice"), Slot(second, node, "slice")
            edits = bench.exchanged(one, other)
            yield Draft(0.04, "index", "the two indexes change places", edits)


def _sliced(bench: Bench, slot: Slot, node: ast.Subscript) -> Iterator[Draft]:
    """Take all up to an index or from it, so many from the start, or count from the end."""
    base = bench.text(node.value, POSTFIX)
    match node.slice:
        case ast.Slice(lower=lower, upper=upper, step=None) as part:
            yield from _bounds(bench, part)
            if lower is not None and upper is not None and not isinstance(upper, ast.Constant):
                start, length = bench.text(lower, _UPPER), bench.text(upper, _UPPER)
                text = f"{base}[{bench.text(lower)}:{start} + {length}]"
                yield _put(bench, slot, text, 0.03, "slice")
        case ast.Tuple():
            return
        case ast.Constant(value=str()):
            return
        case index:
            for text in (f"{base}[:{bench.text(index)}]", f"{base}[{bench.text(index)}:]"):
                yield _put(bench, slot, text, 0.015, "slice")


def _bounds(bench: Bench, part: ast.Slice) -> Iterator[Draft]:
    for one, field in ((part.lower, "lower"), (part.upper, "upper")):
        if isinstance(one, ast.Name | ast.Attribute | ast.Subscript | ast.Call):
            slot = Slot(one, part, field)
            yield _put(bench, slot, f"-{bench.text(one)}", 0.012, "slice")


def _plain(bench: Bench, slot: Slot) -> Iterator[Draft]:
    """Take a value that has a name in the place of a part of something."""
    if slot.field in {"func", "decorator_list"} or isinstance(slot.parent, ast.Expr):
        return
    if isinstance(slot.parent, ast.Attribute):
        return
    kinds, text = bench.scope.kinds(slot.node), bench.text(slot.node)
    near = [
        one
        for one in bench.scope.values()
        if one.origin in {Origin.LOCAL, Origin.PARAMETER, Origin.LOOP} and agree(one.kinds, kinds)
    ]
    near = [one for one in near if one.text != text and one.text not in _own(slot.node)][:6]
    total = 0.03 if isinstance(slot.node, ast.Subscript) else 0.012
    for one, prior in zip(near, ranked(total, len(near)), strict=True):
        yield _put(bench, slot, one.text, prior, "name")


def _own(node: ast.expr) -> frozenset[str]:
    """Return the names in an expression, for which calls have rules of their own."""
    parts = ast.walk(node) if not isinstance(node, ast.Subscript) else ()
    return frozenset(one.id for one in parts if isinstance(one, ast.Name))


def _indexes_exchanged(bench: Bench) -> Iterator[Draft]:
    """Let the indexes of two subscripts of the statement change places."""
    found = [
        Slot(one.node.slice, one.node, "slice")
        for one in bench.slots
        if isinstance(one.node, ast.Subscript) and not isinstance(one.node.slice, ast.Slice)
    ]
    pairs = [
        (one, other)
        for one, other in combinations(found[:6], 2)
        if not _is_within(one.parent, other.parent) and not _is_within(other.parent, one.parent)
    ]
    for one, other in pairs:
        edits = bench.exchanged(one, other)
        yield Draft(0.03 / len(pairs), "index", "two indexes change places", edits)


def _is_within(node: ast.AST, other: ast.AST) -> bool:
    return any(one is node for one in ast.walk(other))


def _targets(bench: Bench, target: ast.expr) -> Iterator[Draft]:
    """Set another place: one that the function reads, or an element of what is set as a whole."""
    parent = bench.site.node
    slot, old = Slot(target, parent, "targets"), bench.text(target)
    read = _read_places(bench)
    if isinstance(target, ast.Subscript):
        fit = [text for text in read if text != old]
        for text, prior in zip(fit[:_MOST], ranked(0.06, len(fit[:_MOST])), strict=True):
            yield _put(bench, slot, text, prior, "target")
        yield from _index_and_value(bench, target)
    elif isinstance(target, ast.Name | ast.Attribute):
        own = [text for text in read if text.startswith(f"{old}[")]
        rest = [text for text in read if text not in own]
        for some, total in ((own, 0.25), (rest, 0.02)):
            for text, prior in zip(some[:4], ranked(total, len(some[:4])), strict=True):
                yield _put(bench, slot, text, prior, "target")


def _read_places(bench: Bench) -> list[str]:
    """Return the subscripts of the function that can be written here, the nearest first."""
    around = bench.site.function
    bound = {one.text for one in bench.scope.names if one.bound} | {bench.scope.this}
    found: dict[str, int] = {}
    for node in local_nodes(around) if around is not None else ():
        if isinstance(node, ast.Subscript) and not isinstance(node.slice, ast.Slice):
            text = bench.text(node)
            names = {one.id for one in ast.walk(node) if isinstance(one, ast.Name)}
            called = any(isinstance(one, ast.Call) for one in ast.walk(node))
            if names <= bound and not called and len(text) <= _LONGEST and "\n" not in text:
                far = abs(node.lineno - bench.site.node.lineno)
                found[text] = min(far, found.get(text, far))
    return sorted(found, key=lambda text: found[text])


def _index_and_value(bench: Bench, target: ast.Subscript) -> Iterator[Draft]:
    """Let the index and what is put there change places."""
    node = bench.site.node
    match node:
        case ast.Assign(value=ast.Name() | ast.Attribute() as value) if not isinstance(
            target.slice, ast.Slice
        ):
            one, other = Slot(target.slice, target, "slice"), Slot(value, node, "value")
            edits = bench.exchanged(one, other)
            yield Draft(0.05, "index", "index and value change places", edits)
