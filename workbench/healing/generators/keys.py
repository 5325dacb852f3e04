"""Keys that are not there: asked for with a default, set before, near misses, of another type."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from workbench.healing.candidate import Candidate
from workbench.healing.drafting.bench import POSTFIX, Draft, Slot
from workbench.healing.drafting.crash import DEFAULTS, Crash, imported, told
from workbench.healing.ground import Ground
from workbench.healing.insight.kinds import dotted
from workbench.healing.insight.nearness import nearest, nearness
from workbench.healing.insight.scope import literals
from workbench.splice import Edit


def of_failure(ground: Ground) -> Iterator[Candidate]:
    return told("keys", ground, {"KeyError": _missing})


def _missing(crash: Crash) -> Iterator[Draft]:
    for slot in crash.slots(ast.Subscript):
        if isinstance(slot.node, ast.Subscript) and not isinstance(slot.node.slice, ast.Slice):
            yield from _gotten(crash, slot, slot.node)
            yield from _asked(crash, slot.node)
            yield from _near(crash, slot.node.slice)
            yield from _converted(crash, slot.node)
            yield from _counting(crash, slot.node)
    match crash.node:
        case ast.AugAssign(target=ast.Subscript() as target, value=value) as node:
            yield from _counted(crash, node, target, value)
            yield from _asked(crash, target)
            yield from _near(crash, target.slice)
            yield from _counting(crash, target)
        case ast.Delete(targets=[ast.Subscript(value=base, slice=key)]):
            text = f"{crash.bench.text(base, POSTFIX)}.pop({crash.bench.text(key, 1)}, None)"
            edit = Edit(crash.module.start(crash.node), crash.module.end(crash.node), text)
            yield Draft(0.45, "taken", text, (edit,))
            ask = f"if {crash.bench.text(key, 7)} in {crash.bench.text(base, 7)}:"
            yield crash.wrapped(ask, 0.35, "asked")
    yield from _taken(crash)


def _defaults(  # noqa: PLR0911 - one case for each place
    crash: Crash, slot: Slot
) -> list[tuple[str, float]]:
    """Return what could stand for a missing value, by what is done with it."""
    match slot.parent, slot.field:
        case ast.Attribute(attr="append" | "extend" | "insert"), _:
            return [("[]", 0.3)]
        case ast.Attribute(attr=name), _:
            return [("{}", 0.3)] if name in dir(dict) else [('""', 0.3)]
        case (ast.For() | ast.comprehension(), "iter") | (ast.Call(func=ast.Name(id="len")), _):
            return [("[]", 0.4), ("()", 0.1)]
        case ast.Subscript(), "value":
            return [("{}", 0.3), ("[]", 0.05)]
        case ast.BinOp(op=op), _:
            return [("0", 0.45), ('""', 0.12)] if isinstance(op, ast.Add) else [("0", 0.45)]
        case ast.Compare(), _:
            return [("", 0.3), ("0", 0.3)]
    found = [(text, 0.2 * fit) for text, fit in crash.returned() if text not in {"None", ""}]
    return [("", 0.35), *found[:3], ("0", 0.12), ('""', 0.08), ("[]", 0.08)]


def _gotten(crash: Crash, slot: Slot, node: ast.Subscript) -> Iterator[Draft]:
    base, key = crash.bench.text(node.value, POSTFIX), crash.bench.text(node.slice, 1)
    for default, prior in dict(reversed(_defaults(crash, slot))).items():
        written = f"{base}.get({key}, {default})" if default else f"{base}.get({key})"
        yield crash.put(slot, written, prior, "default")
    match slot.parent:
        case ast.Attribute(attr="append" | "extend" | "insert" | "add" | "update" as name):
            empty = "set()" if name in {"add", "update"} else "[]"
            written = f"{base}.setdefault({key}, {empty})"
            yield crash.put(slot, written, 0.5, "set before")
    match slot.parent, slot.field:
        case ast.Subscript(ctx=ast.Store()), "value":
            yield crash.put(slot, f"{base}.setdefault({key}, {{}})", 0.4, "set before")


def _asked(crash: Crash, node: ast.Subscript) -> Iterator[Draft]:
    base, key = crash.bench.text(node.value, 7), crash.bench.text(node.slice, 7)
    if isinstance(crash.node, ast.If | ast.While):
        test = Slot(crash.node.test, crash.node, "test")
        inner = crash.bench.text(crash.node.test, 5)
        yield crash.put(test, f"{key} in {base} and {inner}", 0.3, "asked")
        inner = crash.bench.text(crash.node.test, 4)
        yield crash.put(test, f"{key} not in {base} or {inner}", 0.12, "asked")
    if crash.function is not None:
        for value, fit in crash.returned():
            left = f"if {key} not in {base}:\n    return {value}".rstrip()
            yield crash.before(left, 0.12 * fit, "returned")
    if crash.loop is not None and crash.loop is not crash.node:
        yield crash.before(f"if {key} not in {base}:\n    continue", 0.15, "skipped")
    if isinstance(crash.node, ast.Expr | ast.Assign | ast.AugAssign):
        yield crash.wrapped(f"if {key} in {base}:", 0.12, "asked")
        for empty in ("0", "[]", "{}", "set()"):
            filled = f"if {key} not in {base}:\n    {base}[{key}] = {empty}"
            yield crash.before(filled, 0.04, "set before")


def _near(crash: Crash, key: ast.expr) -> Iterator[Draft]:
    """Ask for a key that is there, or that is written elsewhere in the module."""
    match key:
        case ast.Constant(value=str(name)):
            slot = next((one for one in crash.bench.slots if one.node is key), None)
        case _:
            return
    recorded = {text for shown in crash.values.values() for text in _texts_in(shown)}
    written = {
        one.value for one in literals(crash.module.tree) if isinstance(one.value, str) and one.value
    }
    for text in nearest(name, recorded | written, most=8, least=0.45):
        fit = 1.0 if text in recorded else 0.6
        if slot is not None:
            quoted = repr(text) if "'" in crash.bench.text(key)[:1] else f'"{text}"'
            yield crash.put(slot, quoted, 0.8 * fit * nearness(name, text), "near")


def _texts_in(shown: str) -> Iterator[str]:
    """Yield the keys of dictionaries that a recorded value shows."""
    yield from re.findall(r"['\"]([^'\"]+)['\"]\s*:", shown)


def _converted(crash: Crash, node: ast.Subscript) -> Iterator[Draft]:
    slot = Slot(node.slice, node, "slice")
    is_text = crash.message[:1] in "'\""
    forms = ("int({0})", "{1}.lower()", "{1}.strip()", "{1}.upper()") if is_text else ("str({0})",)
    if isinstance(node.slice, ast.Constant):
        return
    for form in forms:
        text = form.format(crash.bench.text(node.slice, 1), crash.bench.text(node.slice, POSTFIX))
        yield crash.put(slot, text, 0.12, "converted")


def _counted(
    crash: Crash, node: ast.AugAssign, target: ast.Subscript, value: ast.expr
) -> Iterator[Draft]:
    """Count from nothing, so that `d[k] += 1` becomes `d[k] = d.get(k, 0) + 1`."""
    base, key = crash.bench.text(target.value, POSTFIX), crash.bench.text(target.slice, 1)
    whole, given = crash.bench.text(target), crash.bench.text(value, 12)
    _, gap = crash.bench.gap(target, value)
    operator = gap.strip(b" \t\\\r\n(").decode().partition("=")[0]
    kinds = sorted(crash.bench.scope.kinds(value))
    likely = [DEFAULTS[kind] for kind in kinds if kind in DEFAULTS and kind != "none"]
    for place, empty in enumerate(dict.fromkeys([*likely, "0", "[]", '""'])):
        text = f"{whole} = {base}.get({key}, {empty}) {operator} {given}"
        edit = Edit(crash.module.start(node), crash.module.end(node), text)
        yield Draft(0.55 / (place + 1), "counted", text, (edit,))


def _counting(crash: Crash, node: ast.Subscript) -> Iterator[Draft]:
    """Let the dictionary hold zero or nothing for what it was not asked for before."""
    name = dotted(node.value)
    for one in ast.walk(crash.function or crash.module.tree):
        match one:
            case ast.Assign(targets=[target], value=ast.Dict(keys=[]) as empty):
                if name and dotted(target) == name:
                    yield from _self_filling(crash, empty)


def _self_filling(crash: Crash, empty: ast.expr) -> Iterator[Draft]:
    is_known = "defaultdict" in crash.bench.scope.by_text
    for kind, prior in (("int", 0.2), ("list", 0.2), ("set", 0.06), ("dict", 0.05)):
        edit = Edit(crash.module.start(empty), crash.module.end(empty), f"defaultdict({kind})")
        more = () if is_known else (imported(crash.module, "from collections import defaultdict"),)
        yield Draft(prior, "filling", f"defaultdict({kind})", (edit, *more))


def _taken(crash: Crash) -> Iterator[Draft]:
    for slot in crash.slots(ast.Call):
        match slot.node:
            case ast.Call(func=ast.Attribute(attr="pop"), args=[_]) as call:
                end = crash.module.end(call) - 1
                yield Draft(0.5, "taken", "pop with None", (Edit(end, end, ", None"),))
                yield Draft(0.1, "taken", "pop with 0", (Edit(end, end, ", 0"),))
            case ast.Call(func=ast.Attribute(value=base, attr="remove") as function, args=[item]):
                end = crash.module.end(function)
                edit = Edit(end - len("remove"), end, "discard")
                yield Draft(0.5, "taken", "remove becomes discard", (edit,))
                ask = f"if {crash.bench.text(item, 7)} in {crash.bench.text(base, 7)}:"
                yield crash.wrapped(ask, 0.35, "asked")
