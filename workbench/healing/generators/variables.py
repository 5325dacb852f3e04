"""Another name in the place of one: variables, attributes, `self.x` and `x`, targets."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from workbench.healing.candidate import Candidate
from workbench.healing.drafting.bench import Bench, Draft, Slot, finished, ranked
from workbench.healing.generators.calls import METHODS
from workbench.healing.ground import Ground, Module, Site
from workbench.healing.insight.definitions import Definitions
from workbench.healing.insight.evidence import crashes
from workbench.healing.insight.kinds import agree, dotted
from workbench.healing.insight.nearness import nearness
from workbench.healing.insight.scope import VALUES, Named, Origin, head_slots

_MOST = 14
_MIXED_UP = 0.7
"""Names as near as this are mixed up oftener than others."""
_TOLD = 5
"""How much likelier a member is that is called as what its being there leads to."""


def at_site(ground: Ground, site: Site) -> Iterator[Candidate]:
    return finished("variables", site, _drafts(Bench(ground, site)))


def _drafts(bench: Bench) -> Iterator[Draft]:
    for slot in bench.of_type(ast.Attribute):
        yield from _left_out(bench, slot)
    slots = [one for one in bench.slots if _is_named(one) and not _is_inner(one)]
    for slot in slots:
        yield from _others(bench, slot, len(slots))
        yield from _members(bench, slot)
    yield from _targets(bench)
    yield from _bound_names(bench)


def _left_out(bench: Bench, slot: Slot) -> Iterator[Draft]:
    """Take the thing itself instead of an attribute of it."""
    match slot.node:
        case ast.Attribute(value=base) if not dotted(slot.node) and slot.field != "func":
            yield _put(bench, slot, bench.text(base, 16), 0.015, "attribute")


def _is_named(slot: Slot) -> bool:
    return isinstance(slot.node, ast.Name | ast.Attribute) and bool(dotted(slot.node))


def _is_inner(slot: Slot) -> bool:
    """Say whether this is the `self` of `self.x`, which is looked at as a whole."""
    return isinstance(slot.parent, ast.Attribute) and not isinstance(slot.parent.ctx, ast.Store)


def _put(bench: Bench, slot: Slot, text: str, prior: float, rule: str = "name") -> Draft:
    why = f"{bench.text(slot.node)} becomes {text}"
    return Draft(prior, rule, why, (bench.instead(slot, text),))


def _others(bench: Bench, slot: Slot, count: int) -> Iterator[Draft]:
    """Let another value stand here: those like it and near it first."""
    old = bench.text(slot.node)
    is_callee = slot.field == "func"
    if is_callee or _is_handled(slot):
        return
    named = bench.scope.by_text.get(old)
    if named is None and not isinstance(slot.node, ast.Attribute):
        return
    if named is not None and named.origin not in VALUES:
        yield from _callables(bench, slot, named)
        return
    others = _choices(bench, slot, old)
    total = 0.35 / max(count, 2) * min(1.0, (1 + len(others)) / 4)
    total *= (
        0.2 if isinstance(slot.node, ast.Attribute) and _is_module(bench, slot.node.value) else 1
    )
    for other, prior in zip(others, ranked(total, len(others)), strict=True):
        yield _put(bench, slot, other.text, prior)


def _callables(bench: Bench, slot: Slot, named: Named) -> Iterator[Draft]:
    """Let another function be handed on where one is."""
    if named.origin not in {Origin.FUNCTION, Origin.METHOD}:
        return
    found = [one.text for one in bench.scope.of_origin(named.origin) if one.text != named.text]
    found.sort(key=lambda text: -nearness(text, named.text))
    for text, prior in zip(found[:8], ranked(0.12, len(found[:8])), strict=True):
        yield _put(bench, slot, text, prior)


def _is_handled(slot: Slot) -> bool:
    """Say whether this names a class or a decorator, which no variable can replace."""
    return isinstance(slot.parent, ast.ExceptHandler | ast.ClassDef | ast.Raise) or (
        slot.field == "decorator_list"
    )


def _choices(bench: Bench, slot: Slot, old: str) -> list[Named]:
    kinds = bench.scope.kinds(slot.node)
    inside = _comprehended(bench, slot)
    here = {bench.text(one.node) for one in bench.slots if _is_named(one)}
    found = [
        one
        for one in bench.scope.names
        if one.text != old and one.origin in VALUES and (one.bound or one.text in inside)
    ]
    is_wrong = _has_wrong_kind(bench)
    fit = [one for one in found if is_wrong or agree(one.kinds, kinds)]
    named = bench.scope.by_text.get(old)

    def place(one: Named) -> float:
        same = _is_alike(one, named)
        is_hoped_for = bool(one.kinds & kinds) is not is_wrong
        return _rank(one, old, is_hoped_for, here) - 0.7 * same

    return sorted(fit, key=place)[:_MOST]


def _has_wrong_kind(bench: Bench) -> bool:
    """Say whether a test failed at this statement because something has no kind that fits."""
    nodes = [bench.site.node]
    found = crashes(bench.ground, bench.site)
    return any(one.kind == "TypeError" and one.is_within(nodes) for one in found)


def _rank(one: Named, old: str, is_alike: bool, here: set[str]) -> float:
    far = {Origin.GLOBAL: 4.0, Origin.CLOSURE: 1.0, Origin.ATTRIBUTE: 1.5}.get(one.origin, 0.0)
    written = 1.0 if one.text.isupper() and not old.isupper() else 0.0
    sibling = 1.5 if ("." in one.text) == ("." in old) else 0.0
    near = min(one.distance, 10) / 5
    alike = 2.0 * is_alike + 2.5 * nearness(one.text, old)
    return far + near + 3 * written - sibling - alike - 0.3 * (one.text in here)


def _is_alike(one: Named, other: Named | None) -> bool:
    return other is not None and one.origin is other.origin


def _comprehended(bench: Bench, slot: Slot) -> frozenset[str]:
    """Return the names that comprehensions around an expression bind."""
    found: set[str] = set()
    for around in bench.module.ancestors(slot.node):
        for part in getattr(around, "generators", ()):
            found |= {one.id for one in ast.walk(part.target) if isinstance(one, ast.Name)}
        if isinstance(around, ast.Lambda):
            found |= {one.arg for one in around.args.args}
        if isinstance(around, ast.stmt):
            break
    return frozenset(found)


def _members(bench: Bench, slot: Slot) -> Iterator[Draft]:
    """Exchange an attribute, take one, or leave it out: `a.x` to `a.y`, `x` to `self.x`."""
    match slot.node:
        case ast.Attribute(value=base, attr=old):
            if slot.field == "func" and old in METHODS:
                return
            if not _is_module(bench, base) and slot.field != "func":
                yield _put(bench, slot, bench.text(base), 0.008, "attribute")
            others = [name for name in _siblings(bench, base, slot) if name != old]
            told = _told(bench.site.node)
            ordered = sorted(
                others, key=lambda name: (name.lower() not in told, -nearness(name, old))
            )
            for name, prior in zip(ordered[:10], ranked(0.08, len(ordered[:10])), strict=True):
                near = 2 if nearness(name, old) > _MIXED_UP else 1
                likely = prior * (_TOLD if name.lower() in told else near)
                yield _put(bench, slot, f"{bench.text(base, 16)}.{name}", likely, "attribute")
            if bench.scope.this and old in bench.scope.by_text:
                yield _put(bench, slot, old, 0.02, "attribute")
        case ast.Name(id=old) if bench.scope.this and old != bench.scope.this:
            member = f"{bench.scope.this}.{old}"
            prior = 0.15 if member in bench.scope.by_text else 0.0
            if prior:
                yield _put(bench, slot, member, prior, "attribute")
            hidden = f"{bench.scope.this}._{old}"
            if hidden in bench.scope.by_text:
                yield _put(bench, slot, hidden, 0.06, "attribute")


def _told(node: ast.stmt) -> frozenset[str]:
    """Return the words of what a statement guards, where the same thing may have the same name."""
    body: list[ast.stmt] = getattr(node, "body", [])
    found = (getattr(one, "arg", None) for part in body for one in ast.walk(part))
    return frozenset(word.lower() for word in found if word)


def _is_module(bench: Bench, base: ast.expr) -> bool:
    named = bench.scope.by_text.get(dotted(base))
    return named is not None and named.origin is Origin.IMPORT


def _siblings(bench: Bench, base: ast.expr, slot: Slot) -> list[str]:
    """Return what else is read from the same thing in this module."""
    this = bench.scope.this
    text = dotted(base)
    if text == this:
        return []
    called = slot.field == "func"
    found = [name for name, is_called in _read_from(bench.module, text) if is_called == called]
    if not called and not _is_module(bench, base):
        found += _fields(bench, slot)
    return list(dict.fromkeys(found))


def _read_from(module: Module, base: str) -> tuple[tuple[str, bool], ...]:
    """Return the attributes that a file reads from something, and whether each is called."""
    kept: dict[str, list[tuple[str, bool]]] = vars(module).setdefault("kept attributes", {})
    if not kept:
        for node in ast.walk(module.tree):
            if isinstance(node, ast.Attribute) and (owner := dotted(node.value)):
                is_called = isinstance(module.parents.get(node), ast.Call)
                kept.setdefault(owner, []).append((node.attr, is_called))
    return tuple(kept.get(base, ()))


def _fields(bench: Bench, slot: Slot) -> list[str]:
    """Return the attributes of the project's classes that have the one which is read."""
    old = slot.node.attr if isinstance(slot.node, ast.Attribute) else ""
    classes = [one for some in Definitions.of(bench.ground).classes.values() for one in some]
    return [name for one in classes if old in one.attributes for name in one.attributes]


def _targets(bench: Bench) -> Iterator[Draft]:
    """Assign to something else that holds values of this kind."""
    for node, parent, field in head_slots(bench.site.node):
        if not isinstance(getattr(node, "ctx", None), ast.Store) or isinstance(parent, ast.Tuple):
            continue
        if field not in {"targets", "target"} or isinstance(node, ast.Tuple | ast.Subscript):
            continue
        slot, old = Slot(node, parent, field), bench.text(node)
        if isinstance(parent, ast.comprehension | ast.NamedExpr):
            continue
        others = _choices(bench, slot, old)[:8]
        for other, prior in zip(others, ranked(0.07, len(others)), strict=True):
            if other.origin is not Origin.GLOBAL:
                yield _put(bench, slot, other.text, prior, "target")
        member = f"{bench.scope.this}.{old}"
        if bench.scope.this and member in bench.scope.by_text:
            yield _put(bench, slot, member, 0.06, "target")
        if isinstance(node, ast.Attribute) and dotted(node.value) == bench.scope.this:
            yield _put(bench, slot, node.attr, 0.006, "target")


def _bound_names(bench: Bench) -> Iterator[Draft]:
    """Let the names that a tuple binds change places."""
    for node, _, _ in head_slots(bench.site.node):
        if isinstance(node, ast.Tuple) and isinstance(node.ctx, ast.Store):
            slots = [Slot(one, node, "elts") for one in node.elts]
            pairs = [(a, b) for i, a in enumerate(slots) for b in slots[i + 1 :]]
            for one, other in pairs[:6]:
                edits = bench.exchanged(one, other)
                yield Draft(0.06 / len(pairs), "targets", "targets change places", edits)
