"""Values of the wrong type: converted, called, not called, taken apart in another way."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from workbench.healing.candidate import Candidate
from workbench.healing.drafting.bench import POSTFIX, Draft, Slot
from workbench.healing.drafting.crash import Crash, told
from workbench.healing.drafting.reasons import (
    COMPARED,
    CONCATENATED,
    OPERANDS,
    Reason,
    converted,
    for_reasons,
)
from workbench.healing.ground import Ground
from workbench.splice import Edit


def of_failure(ground: Ground) -> Iterator[Candidate]:
    return told("misfits", ground, {"TypeError": _misfit})


def _misfit(crash: Crash) -> Iterator[Draft]:
    return for_reasons(crash, _REASONS)


def _operands(crash: Crash) -> Iterator[tuple[Slot, Slot]]:
    for slot in crash.bench.slots:
        match slot.node:
            case ast.BinOp(left=left, right=right) as node:
                yield Slot(left, node, "left"), Slot(right, node, "right")
            case ast.Compare(left=left, comparators=[right]) as node:
                yield Slot(left, node, "left"), Slot(right, node, "comparators")
    match crash.node:
        case ast.AugAssign(target=target, value=value):
            yield Slot(target, crash.node, "target"), Slot(value, crash.node, "value")


_TO: dict[str, tuple[tuple[str, float], ...]] = {
    "int": (("int({0})", 0.4), ("len({0})", 0.08)),
    "float": (("float({0})", 0.4),),
    "str": (("str({0})", 0.5),),
    "list": (("list({0})", 0.4), ("[{0}]", 0.4)),
    "tuple": (("tuple({0})", 0.4), ("({0},)", 0.3)),
    "set": (("set({0})", 0.5), ("{{{0}}}", 0.2)),
    "dict": (("dict({0})", 0.3),),
    "bytes": (("{1}.encode()", 0.5),),
    "datetime.timedelta": (("timedelta(days={0})", 0.3), ("timedelta(seconds={0})", 0.2)),
    "decimal.Decimal": (("Decimal({0})", 0.3), ("Decimal(str({0}))", 0.3)),
}


def _operation(crash: Crash, found: tuple[str, ...]) -> Iterator[Draft]:
    """Make both operands what one of them is."""
    left_kind, right_kind = found[-2:]
    for left, right in _operands(crash):
        if _may_be(crash, left, left_kind) and _may_be(crash, right, right_kind):
            if left.field != "target":
                yield from converted(crash, left, *_TO.get(right_kind, ()))
            yield from converted(crash, right, *_TO.get(left_kind, ()))
            if right_kind in {"list", "tuple"}:
                shorter = (("len({0})", 0.25), ("sum({0})", 0.12), ("{1}[0]", 0.1))
                yield from converted(crash, right, *shorter)
            if left_kind in {"list", "tuple"} and left.field != "target":
                yield from converted(crash, left, ("len({0})", 0.2), ("{1}[0]", 0.1))
            for slot, kind in ((left, left_kind), (right, right_kind)):
                if kind in {"function", "method", "builtin_function_or_method"}:
                    yield from converted(crash, slot, ("{1}()", 0.6))
                if kind in {"map", "filter", "zip", "dict_keys", "dict_values", "range"}:
                    yield from converted(crash, slot, ("list({0})", 0.5))


def _may_be(crash: Crash, slot: Slot, kind: str) -> bool:
    kinds = crash.bench.scope.kinds(slot.node)
    return not kinds or kind not in _TO or bool(kinds & {kind, "number", "none"})


def _joined(crash: Crash, found: tuple[str, ...]) -> Iterator[Draft]:
    """Add a text or a list to one: `can only concatenate`, `must be`."""
    wanted, given = found
    for left, right in _operands(crash):
        if isinstance(right.parent, ast.BinOp | ast.AugAssign):
            yield from converted(crash, right, *_TO.get(wanted, ()))
            if left.field != "target":
                yield from converted(
                    crash, left, *((form, p * 0.7) for form, p in _TO.get(given, ()))
                )
    match crash.node:
        case ast.AugAssign(target=target, op=ast.Add(), value=value) if wanted == "list":
            text = f"{crash.bench.text(target)}.append({crash.bench.text(value, 1)})"
            edit = Edit(crash.module.start(crash.node), crash.module.end(crash.node), text)
            yield Draft(0.35, "converted", text, (edit,))


def _unhashable(crash: Crash, found: tuple[str, ...]) -> Iterator[Draft]:
    forms = {"list": "tuple({0})", "set": "frozenset({0})", "dict": "tuple(sorted({1}.items()))"}
    form = forms.get(found[0], "tuple({0})")
    for slot in crash.bench.slots:
        kinds = crash.bench.scope.kinds(slot.node)
        is_fit = not kinds or found[0] in kinds
        match slot.parent, slot.field:
            case ast.Subscript(), "slice":
                prior = 0.4
            case ast.Call(func=ast.Attribute(attr="add" | "get" | "setdefault" | "remove")), "args":
                prior = 0.5
            case ast.Call(func=ast.Name(id="set" | "frozenset" | "hash" | "dict")), "args":
                prior = 0.2
                inner = f"map({form.partition('(')[0]}, {{0}})"
                yield from converted(crash, slot, (inner, 0.4))
            case (ast.Set(), _) | (ast.Dict(), "keys") | (ast.DictComp(), "key"):
                prior = 0.4
            case ast.Compare(ops=[ast.In() | ast.NotIn()]), "left":
                prior = 0.35
            case ast.SetComp(), "elt":
                prior = 0.4
            case ast.Call(), "args":
                prior = 0.12
            case _:
                continue
        if is_fit and not isinstance(slot.node, ast.Starred):
            yield from converted(crash, slot, (form, prior))
    yield from _other_display(crash)


def _other_display(crash: Crash) -> Iterator[Draft]:
    """Hold in a list what cannot be held in a set."""
    for slot in crash.slots(ast.Call, ast.Set):
        match slot.node:
            case ast.Call(func=ast.Name(id="set") as function):
                edit = crash.bench.instead(Slot(function, slot.node, "func"), "list")
                yield Draft(0.1, "converted", "set becomes list", (edit,))
            case ast.Set(elts=elements):
                text = ", ".join(crash.bench.text(one, 1) for one in elements)
                yield crash.put(slot, f"[{text}]", 0.2, "converted")


def _not_callable(crash: Crash, found: tuple[str, ...]) -> Iterator[Draft]:
    for slot in crash.slots(ast.Call):
        assert isinstance(slot.node, ast.Call)  # noqa: S101 - for the checker alone
        call, function = slot.node, crash.bench.text(slot.node.func, POSTFIX)
        texts = ", ".join(crash.bench.text(one, 1) for one in call.args)
        if isinstance(call.func, ast.Name) and call.func.id not in crash.bench.scope.by_text:
            continue
        if not call.args:
            yield crash.put(slot, function, 0.6, "not called")
        else:
            prior = 0.5 if found[0] in {"list", "dict", "tuple", "str"} else 0.15
            yield crash.put(slot, f"{function}[{texts}]", prior, "subscript")
            if found[0] in {"int", "float"} and len(call.args) == 1:
                inner = crash.bench.text(call.args[0], 17)
                yield crash.put(slot, f"{function} * {inner}", 0.5, "multiplied")
            yield crash.put(slot, function, 0.05, "not called")
        if found[0] == "str" and isinstance(call.func, ast.Constant | ast.JoinedStr):
            yield crash.put(slot, f"{function} % ({texts})", 0.3, "formatted")
    yield from _commas(crash)


def _commas(crash: Crash) -> Iterator[Draft]:
    """Write the comma that is missing between an element and a tuple in a list."""
    for slot in crash.slots(ast.Call):
        if isinstance(slot.node, ast.Call) and isinstance(slot.parent, ast.List | ast.Tuple):
            end = crash.module.end(slot.node.func)
            yield Draft(0.5, "comma", "a comma between", (Edit(end, end, ","),))


def _not_subscriptable(crash: Crash, found: tuple[str, ...]) -> Iterator[Draft]:
    for slot in crash.slots(ast.Subscript):
        assert isinstance(slot.node, ast.Subscript)  # noqa: S101 - for the checker alone
        node = slot.node
        base = crash.bench.text(node.value, POSTFIX)
        inner = crash.module.piece(
            crash.module.end(node.value) + 1, crash.module.end(node) - 1
        ).strip()
        whole = Slot(node.value, node, "value")
        if found[0] in {"method", "function", "builtin_function_or_method", "type"}:
            if not isinstance(node.slice, ast.Slice):
                yield crash.put(slot, f"{base}({inner})", 0.6, "called")
            yield crash.put(whole, f"{base}()", 0.4, "called")
        elif found[0] in {"int", "float", "bool"}:
            yield crash.put(slot, base, 0.3, "whole")
            yield from converted(crash, whole, ("str({0})", 0.15))
        else:
            yield from converted(crash, whole, ("list({0})", 0.5), ("sorted({0})", 0.1))
            yield crash.put(slot, f"{base}.{inner.strip(chr(34) + chr(39))}", 0.3, "attribute")
            yield crash.put(slot, base, 0.1, "whole")


def _not_iterable(crash: Crash, found: tuple[str, ...]) -> Iterator[Draft]:
    for slot in crash.bench.slots:
        is_iterated = slot.field == "iter" or isinstance(slot.parent, ast.Starred)
        is_given = isinstance(slot.parent, ast.Call) and slot.field == "args"
        is_searched = isinstance(slot.parent, ast.Compare) and slot.field == "comparators"
        if not (is_iterated or is_given or is_searched):
            continue
        fit = 1.0 if is_iterated else 0.5
        if found[0] == "int":
            ways = (("range({0})", 0.55), ("str({0})", 0.12), ("[{0}]", 0.12))
            yield from converted(crash, slot, *((form, p * fit) for form, p in ways))
        elif found[0] in {"function", "method", "builtin_function_or_method"}:
            yield from converted(crash, slot, ("{1}()", 0.6 * fit))
        elif found[0] != "NoneType":
            yield from converted(crash, slot, ("[{0}]", 0.2 * fit), ("vars({0})", 0.03))
            yield from converted(crash, slot, ("str({0})", 0.1 * fit))
    match crash.node:
        case ast.Expr(value=ast.Call(func=ast.Attribute(attr="extend") as function)):
            end = crash.module.end(function)
            edit = Edit(end - len("extend"), end, "append")
            yield Draft(0.5, "method", "extend becomes append", (edit,))
        case ast.AugAssign(target=target, value=value):
            text = f"{crash.bench.text(target)}.append({crash.bench.text(value, 1)})"
            span = Edit(crash.module.start(crash.node), crash.module.end(crash.node), text)
            yield Draft(0.4, "method", text, (span,))


def _not_unpacked(crash: Crash, found: tuple[str, ...]) -> Iterator[Draft]:
    if found[0] == "NoneType":
        return
    for slot in crash.bench.slots:
        if slot.field == "iter":
            ways = (("enumerate({0})", 0.4), ("{1}.items()", 0.3), ("zip({0}, {1}[1:])", 0.05))
            yield from converted(crash, slot, *ways)


def _not_spread(crash: Crash, found: tuple[str, ...]) -> Iterator[Draft]:
    """Hand on what the function itself is given so: `*args`, `**options`."""
    if crash.function is None:
        return
    given = crash.function.args
    own = given.kwarg if found[0] == "**" else given.vararg
    if own is None:
        return
    for slot in crash.slots(ast.Call):
        for value in _spread(slot.node, found[0]):
            if crash.bench.text(value.node) != own.arg:
                yield crash.put(value, own.arg, 0.8, "handed on")


def _spread(node: ast.expr, how: str) -> Iterator[Slot]:
    """Yield what a call hands on one by one, by place or by name."""
    match node, how:
        case ast.Call(args=args), "*":
            yield from (
                Slot(one.value, one, "value") for one in args if isinstance(one, ast.Starred)
            )
        case ast.Call(keywords=keywords), "**":
            yield from (Slot(one.value, one, "value") for one in keywords if one.arg is None)


def _no_length(crash: Crash, found: tuple[str, ...]) -> Iterator[Draft]:
    for slot in crash.slots(ast.Call):
        match slot.node:
            case ast.Call(func=ast.Name(id="len"), args=[argument]):
                inner = Slot(argument, slot.node, "args")
                if found[0] in {"int", "float"}:
                    yield from converted(crash, inner, ("str({0})", 0.4))
                    yield crash.put(slot, crash.bench.text(argument), 0.35, "whole")
                elif found[0] != "NoneType":
                    yield from converted(crash, inner, ("list({0})", 0.6))
                    yield crash.put(
                        slot, f"sum(1 for _ in {crash.bench.text(argument, 3)})", 0.1, "sum"
                    )


def _bad_index(crash: Crash, found: tuple[str, ...]) -> Iterator[Draft]:
    """Make an index a whole number, take parts one by one, or take the element itself."""
    for slot in crash.slots(ast.Subscript):
        assert isinstance(slot.node, ast.Subscript)  # noqa: S101 - for the checker alone
        base, inner = crash.bench.text(slot.node.value, POSTFIX), slot.node.slice
        index = Slot(inner, slot.node, "slice")
        if isinstance(inner, ast.Tuple):
            parts = "".join(f"[{crash.bench.text(one, 1)}]" for one in inner.elts)
            yield crash.put(slot, base + parts, 0.6, "apart")
            continue
        if not isinstance(inner, ast.Slice):
            yield crash.put(slot, crash.bench.text(inner), 0.3, "element")
            yield from converted(crash, index, ("int({0})", 0.3))
            for part in ("[0]", "[1]", "[-1]"):
                yield from converted(
                    crash, Slot(slot.node.value, slot.node, "value"), ("{1}" + part, 0.06)
                )
            yield from converted(crash, index, ("len({0})", 0.05))
    yield from _whole_division(crash)
    del found


def _whole_division(crash: Crash, most: float = 0.55) -> Iterator[Draft]:
    """Divide without a remainder where the value comes from, in this statement or before."""
    for node in ast.walk(crash.function or crash.module.tree):
        match node:
            case ast.BinOp(left=left, op=ast.Div(), right=right):
                here = node.lineno >= crash.node.lineno and node.lineno <= crash.frame.line
                start, gap = crash.bench.gap(left, right)
                at = start + gap.find(b"/")
                edit = Edit(at, at + 1, "//")
                yield Draft(most if here else most * 0.8, "divided", "/ becomes //", (edit,))


def _whole_number(crash: Crash, found: tuple[str, ...]) -> Iterator[Draft]:
    del found
    yield from _whole_division(crash)
    for slot in crash.bench.slots:
        is_bound = isinstance(slot.parent, ast.Slice)
        is_given = isinstance(slot.parent, ast.Call) and slot.field == "args"
        is_factor = isinstance(slot.parent, ast.BinOp)
        if is_bound or is_given or is_factor:
            yield from converted(crash, slot, ("int({0})", 0.35 if not is_factor else 0.2))


def _awaited(crash: Crash, _found: tuple[str, ...]) -> Iterator[Draft]:
    for slot in crash.slots(ast.Call):
        yield crash.put(slot, f"await {crash.bench.text(slot.node)}", 0.6, "awaited")


def _not_awaited(crash: Crash, _found: tuple[str, ...]) -> Iterator[Draft]:
    for slot in crash.slots(ast.Await):
        assert isinstance(slot.node, ast.Await)  # noqa: S101 - for the checker alone
        yield crash.put(slot, crash.bench.text(slot.node.value), 0.7, "not awaited")


_REASONS = (
    Reason(OPERANDS, _operation),
    Reason(COMPARED, _operation),
    Reason(CONCATENATED, _joined),
    Reason(r"\b(?:must be|not) (str|list|tuple),? not (\w+)", _joined),
    Reason(r"unhashable type: '(\w+)'", _unhashable),
    Reason(r"'([\w.]+)' object is not callable", _not_callable),
    Reason(r"'([\w.]+)' object is not subscriptable", _not_subscriptable),
    Reason(r"'([\w.]+)' object (?:is not iterable|is not an iterator)", _not_iterable),
    Reason(r"argument of type '([\w.]+)' is not", _not_iterable),
    Reason(r"cannot unpack non-iterable (\w+)", _not_unpacked),
    Reason(r"argument after (\*\*?) must be an? ", _not_spread),
    Reason(r"object of type '([\w.]+)' has no len", _no_length),
    Reason(r"indices must be integers(?: or slices)?,? ?(?:not )?'?(\w*)", _bad_index),
    Reason(r"'(float)' object cannot be interpreted as an integer", _whole_number),
    Reason(r"'(str)' object cannot be interpreted as an integer", _whole_number),
    Reason(r"(slice indices) must be integers", _whole_number),
    Reason(r"can't multiply (sequence) by non-int of type", _whole_number),
    Reason(r"'(coroutine)'", _awaited),
    Reason(r"object (\w+) can't be used in 'await'", _not_awaited),
)
