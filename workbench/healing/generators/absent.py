"""None where something was expected: guards, defaults, and functions that forgot to return."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from workbench.healing.candidate import Candidate
from workbench.healing.drafting.bench import NOT, Draft, Slot
from workbench.healing.drafting.crash import Crash, matched, told
from workbench.healing.ground import Function, Ground, Module
from workbench.healing.insight import layout
from workbench.healing.insight.kinds import dotted
from workbench.healing.insight.scope import Origin
from workbench.splice import Edit

_IN_PLACE = frozenset(
    {
        *("append", "extend", "insert", "remove", "sort", "reverse", "update", "add", "discard"),
        *("clear", "shuffle", "heapify", "setdefault", "appendleft", "heappush"),
    }
)


def of_failure(ground: Ground) -> Iterator[Candidate]:
    return told("absent", ground, {"AttributeError": _absent, "TypeError": _absent})


def _absent(crash: Crash) -> Iterator[Draft]:
    if "NoneType" not in crash.message:
        return
    for slot in _missing(crash):
        yield from _defaulted(crash, slot)
        yield from _guarded(crash, slot)
        yield from _left(crash, slot)
        yield from _given(crash, slot)
        yield from _lost(crash, slot)
        yield from _unreturned(crash, slot)


def _missing(crash: Crash) -> list[Slot]:
    """Return the expressions of the statement that can have been None, the likeliest first."""
    found = [slot for slot in crash.bench.slots if _is_used(crash, slot)]
    recorded = [one for one in found if crash.values.get(crash.bench.text(one.node)) == "None"]
    unknown = [one for one in found if crash.bench.text(one.node) not in crash.values]
    texts: dict[str, Slot] = {}
    for slot in recorded or unknown:
        texts.setdefault(crash.bench.text(slot.node), slot)
    return list(texts.values())[:3]


def _is_used(crash: Crash, slot: Slot) -> bool:  # noqa: PLR0911 - one case for each place
    """Say whether the message can be about what stands here."""
    message = crash.message
    attribute = matched(r"'NoneType' object has no attribute '(\w+)'", message)
    match slot.parent, slot.field:
        case ast.Attribute(attr=name), "value":
            return attribute == (name,)
        case ast.Subscript(), "value":
            return "subscriptable" in message or "item" in message
        case (ast.For() | ast.comprehension(), "iter") | (ast.Starred(), _):
            return "iterable" in message
        case ast.Compare(ops=ops), _:
            return "not supported" in message or isinstance(ops[0], ast.In | ast.NotIn)
        case ((ast.BinOp() | ast.UnaryOp() | ast.AugAssign()), _):
            return "unsupported operand" in message or "concatenate" in message
        case ast.Call(), "args":
            return "attribute" not in message and "subscriptable" not in message
        case (ast.Assign(), "value"):
            return "unpack" in message
    return False


def _wanted(crash: Crash, slot: Slot) -> tuple[str, ...]:  # noqa: PLR0911 - as above
    """Return what could stand for nothing here."""
    match slot.parent, slot.field:
        case (ast.For() | ast.comprehension(), "iter") | (ast.Starred(), _):
            return ("[]", "{}")
        case (ast.BinOp() | ast.AugAssign() | ast.UnaryOp(), _):
            texts = "str" in crash.message or "concatenate str" in crash.message
            return ('""', "0") if texts else ("0", '""', "1")
        case ast.Compare(ops=[ast.In() | ast.NotIn()]), _:
            return ("[]", '""', "{}")
        case ast.Compare(), _:
            return ("0",)
        case ast.Attribute(attr=name), _:
            return ("{}",) if name in dir(dict) else ('""',) if name in dir(str) else ("[]",)
        case ast.Call(func=ast.Name(id="int" | "float" | "round" | "abs")), _:
            return ("0",)
    return ("[]", '""', "{}")


def _defaulted(crash: Crash, slot: Slot) -> Iterator[Draft]:
    text = crash.bench.text(slot.node, 4)
    for place, default in enumerate(_wanted(crash, slot)):
        yield crash.put(slot, f"({text} or {default})", 0.18 / (place + 1), "default")


def _guarded(crash: Crash, slot: Slot) -> Iterator[Draft]:
    """Ask before: in the condition, around the statement, or within the expression."""
    text = crash.bench.text(slot.node, 7)
    node = crash.node
    if isinstance(node, ast.If | ast.While):
        test = Slot(node.test, node, "test")
        inner = crash.bench.text(node.test, NOT)
        yield crash.put(test, f"{text} is not None and {inner}", 0.3, "asked")
        yield crash.put(test, f"{text} and {inner}", 0.06, "asked")
        whole = crash.bench.text(node.test, 4)
        yield crash.put(test, f"{text} is None or {whole}", 0.2, "asked")
        yield crash.put(test, text, 0.05, "asked")
    elif isinstance(node, ast.Expr | ast.AugAssign | ast.Assign | ast.For):
        yield crash.wrapped(f"if {text} is not None:", 0.22, "wrapped")
    match node:
        case ast.Return(value=ast.expr() as value) | ast.Assign(value=value):
            outer = Slot(value, node, "value")
            shown = crash.bench.text(value, 3)
            for default, prior in (
                ("None", 0.1),
                *((one, 0.06) for one, _ in crash.returned()[:2]),
            ):
                put = f"{shown} if {text} is not None else {default or None}"
                yield crash.put(outer, put, prior, "chosen")


def _left(crash: Crash, slot: Slot) -> Iterator[Draft]:
    """Leave the function or go on with the loop when there is nothing."""
    text = crash.bench.text(slot.node, 7)
    if crash.function is None or any(isinstance(one, ast.NamedExpr) for one in ast.walk(slot.node)):
        return
    for value, fit in crash.returned():
        left = f"if {text} is None:\n    return {value}".rstrip()
        yield crash.before(left, 0.16 * fit, "returned")
    if crash.loop is not None and crash.loop is not crash.node:
        yield crash.before(f"if {text} is None:\n    continue", 0.15, "skipped")
        yield crash.before(f"if {text} is None:\n    break", 0.06, "skipped")


def _given(crash: Crash, slot: Slot) -> Iterator[Draft]:
    """Give a parameter a value where the caller gave none."""
    named = crash.bench.scope.by_text.get(dotted(slot.node))
    if named is None or named.origin is not Origin.PARAMETER or not crash.is_innermost:
        return
    for place, default in enumerate(_wanted(crash, slot)):
        head = f"if {named.text} is None:\n    {named.text} = {default}"
        yield crash.at_head(head, 0.25 / (place + 1), "given")


def _lost(crash: Crash, slot: Slot) -> Iterator[Draft]:
    """Do not keep what a method gives back that only changes its object."""
    name = dotted(slot.node)
    for node in ast.walk(crash.function or crash.module.tree):
        match node:
            case ast.Assign(targets=[target], value=ast.Call(func=function) as call):
                called = getattr(function, "attr", "")
                if dotted(target) == name and called in _IN_PLACE and name:
                    edit = Edit(crash.module.start(target), crash.module.start(call), "")
                    yield Draft(0.7, "kept", f"{name} is not what {called}() returns", (edit,))
    match slot.node:
        case ast.Call(func=ast.Attribute(value=base, attr="sort"), args=[]):
            yield crash.put(slot, f"sorted({crash.bench.text(base)})", 0.6, "kept")
        case ast.Call(func=ast.Attribute(value=base, attr="reverse"), args=[]):
            yield crash.put(slot, f"{crash.bench.text(base, 16)}[::-1]", 0.5, "kept")


def _unreturned(crash: Crash, slot: Slot) -> Iterator[Draft]:
    """Let the project's function that gave None return what it found."""
    for name in _producers(crash, slot):
        for path, module in crash.bench.ground.modules.items():
            for function in module.functions:
                if function.name == name:
                    yield from _returning(module, function, path)


def _producers(crash: Crash, slot: Slot) -> list[str]:
    """Return what was called for the value."""
    found = [slot.node]
    name = dotted(slot.node)
    for node in ast.walk(crash.function or crash.module.tree):
        match node:
            case ast.Assign(targets=[target], value=value) if name and dotted(target) == name:
                found.append(value)
    calls = [one.func for one in found if isinstance(one, ast.Call)]
    return [getattr(one, "attr", getattr(one, "id", "")) for one in calls]


def _returning(module: Module, function: Function, path: str) -> Iterator[Draft]:
    last = function.body[-1]
    has_value = any(isinstance(one, ast.Return) and one.value for one in ast.walk(function))
    fit = 0.5 if has_value else 1.0
    if isinstance(last, ast.Expr) and not isinstance(last.value, ast.Yield | ast.Constant):
        start = module.start(last)
        edit = Edit(start, start, "return ")
        yield Draft(0.55 * fit, "returns", f"{function.name} returns it", (edit,), path)
    if isinstance(last, ast.Return | ast.Raise):
        return
    for place, text in enumerate(_assigned(function)):
        if edit_behind := layout.behind(module, last, f"return {text}"):
            why = f"{function.name} returns {text}"
            yield Draft(0.55 * fit / (place + 1), "returns", why, (edit_behind,), path)


def _assigned(function: Function) -> list[str]:
    """Return the names that a function binds in its own body, the last first."""
    found = [
        one.id
        for statement in reversed(function.body)
        for one in ast.walk(statement)
        if isinstance(one, ast.Name) and isinstance(one.ctx, ast.Store)
    ]
    return list(dict.fromkeys(found))[:4]
