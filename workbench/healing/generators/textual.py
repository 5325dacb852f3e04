"""Texts, bytes, JSON and moments of time of the wrong type: joined, encoded, formatted."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from workbench.healing.candidate import Candidate
from workbench.healing.drafting.bench import Draft, Slot
from workbench.healing.drafting.crash import Crash, told
from workbench.healing.drafting.reasons import Reason, converted, for_reasons
from workbench.healing.ground import Ground
from workbench.splice import Edit


def of_failure(ground: Ground) -> Iterator[Candidate]:
    return told("textual", ground, {"TypeError": _misfit})


def _misfit(crash: Crash) -> Iterator[Draft]:
    return for_reasons(crash, _REASONS)


def _join(crash: Crash, found: tuple[str, ...]) -> Iterator[Draft]:
    for slot in crash.slots(ast.Call):
        match slot.node:
            case ast.Call(func=ast.Attribute(attr="join"), args=[argument]):
                inner = Slot(argument, slot.node, "args")
                match argument:
                    case (
                        ast.ListComp(elt=part) | ast.GeneratorExp(elt=part) | ast.SetComp(elt=part)
                    ):
                        yield from converted(crash, Slot(part, argument, "elt"), ("str({0})", 0.8))
                    case _:
                        form = "map(str, {0})" if found[0] != "bytes" else "map(bytes.decode, {0})"
                        yield from converted(crash, inner, (form, 0.75))
    yield from _appended(crash)


def _appended(crash: Crash) -> Iterator[Draft]:
    """Put texts into what is joined later."""
    for node in ast.walk(crash.function or crash.module.tree):
        match node:
            case ast.Call(func=ast.Attribute(attr="append" | "insert"), args=[*_, last]):
                inner = crash.bench.text(last, 1)
                edit = Edit(crash.module.start(last), crash.module.end(last), f"str({inner})")
                yield Draft(0.35, "converted", f"str({inner})", (edit,))


def _bytes(crash: Crash, _found: tuple[str, ...]) -> Iterator[Draft]:
    for slot in crash.bench.slots:
        if isinstance(slot.parent, ast.Call) and slot.field == "args":
            ways = (("{1}.encode()", 0.4), ("{1}.decode()", 0.2), ('{1}.encode("utf-8")', 0.05))
            yield from converted(crash, slot, *ways)
        if isinstance(slot.parent, ast.Compare | ast.BinOp) or slot.field == "value":
            yield from converted(crash, slot, ("{1}.encode()", 0.15), ("{1}.decode()", 0.25))
        if isinstance(slot.node, ast.Constant) and isinstance(slot.node.value, str):
            yield crash.put(slot, f"b{crash.bench.text(slot.node)}", 0.3, "bytes")


def _formatted(crash: Crash, _found: tuple[str, ...]) -> Iterator[Draft]:
    for slot in crash.slots(ast.BinOp):
        match slot.node:
            case ast.BinOp(op=ast.Mod(), right=right):
                inner = Slot(right, slot.node, "right")
                yield from converted(crash, inner, ("({0},)", 0.4), ("tuple({0})", 0.2))


def _json(crash: Crash, found: tuple[str, ...]) -> Iterator[Draft]:
    for slot in crash.slots(ast.Call):
        match slot.node:
            case ast.Call(func=ast.Attribute(attr="dump" | "dumps"), args=[value, *_]) as call:
                first = Slot(value, call, "args")
                end = crash.module.end(call) - 1
                yield Draft(0.5, "json", "default=str", (Edit(end, end, ", default=str"),))
                forms = {"set": "list({0})", "bytes": "{1}.decode()", "Decimal": "float({0})"}
                form = forms.get(found[0], "{1}.__dict__")
                yield from converted(
                    crash, first, (form, 0.3), ("list({0})", 0.1), ("vars({0})", 0.1)
                )


def _aware(crash: Crash, _found: tuple[str, ...]) -> Iterator[Draft]:
    """Let moments of time both know their zone, or neither."""
    for node in ast.walk(crash.function or crash.module.tree):
        match node:
            case ast.Call(func=ast.Attribute(attr="now" | "utcnow" as name), args=[]):
                start, end = crash.module.end(node.func), crash.module.end(node)
                zone = _zone(crash)
                whole = Edit(start - len(name), end, f"now({zone})")
                yield Draft(0.5, "zone", f"now({zone})", (whole,))
    for slot in crash.slots(ast.Name, ast.Attribute, ast.Call):
        if isinstance(slot.parent, ast.Compare | ast.BinOp):
            for zone in ("None", _zone(crash)):
                yield from converted(crash, slot, (f"{{1}}.replace(tzinfo={zone})", 0.3))


def _zone(crash: Crash) -> str:
    names = crash.bench.scope.by_text
    return "timezone.utc" if "timezone" in names else "datetime.timezone.utc"


_REASONS = (
    Reason(r"expected str instance, (\w+) found", _join),
    Reason(r"(bytes)-like object", _bytes),
    Reason(r"(string pattern)|must be str, not (bytes)", _bytes),
    Reason(r"(not all arguments converted|not enough arguments)", _formatted),
    Reason(r"Object of type (\w+) is not JSON", _json),
    Reason(r"(offset-naive)", _aware),
)
