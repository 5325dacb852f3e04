"""Beyond what is there: indices, empty collections, division by zero, parts that do not fit."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from workbench.healing.candidate import Candidate
from workbench.healing.drafting.bench import NOT, POSTFIX, Draft, Slot, short
from workbench.healing.drafting.crash import Crash, told
from workbench.healing.ground import Ground
from workbench.splice import Edit


def of_failure(ground: Ground) -> Iterator[Candidate]:
    rules = {"IndexError": _index, "ZeroDivisionError": _zero, "ValueError": _value}
    return told("bounds", ground, rules | {"StopIteration": _ended, "RuntimeError": _ended})


def _index(crash: Crash) -> Iterator[Draft]:
    for slot in crash.slots(ast.Subscript):
        if isinstance(slot.node, ast.Subscript) and not isinstance(slot.node.slice, ast.Slice):
            yield from _shifted(crash, slot.node)
            yield from _guarded(crash, slot, slot.node)
    for slot in crash.slots(ast.Call):
        match slot.node:
            case ast.Call(func=ast.Attribute(value=base, attr="pop" | "popleft" | "heappop")):
                yield from _emptied(crash, slot, base)
    match crash.node:
        case (
            ast.Assign(targets=[ast.Subscript() as target])
            | ast.AugAssign(target=ast.Subscript() as target)
        ) if not isinstance(target.slice, ast.Slice):
            yield from _shifted(crash, target)
            yield from _stored(crash, target)
    yield from _looped(crash)


def _shifted(crash: Crash, node: ast.Subscript) -> Iterator[Draft]:
    slot, text = Slot(node.slice, node, "slice"), crash.bench.text(node.slice, 11)
    if isinstance(node.slice, ast.Constant | ast.UnaryOp):
        for other, prior in (("0", 0.25), ("-1", 0.2), ("1", 0.04)):
            yield crash.put(slot, other, prior, "index")
        return
    base = crash.bench.text(node.value, 1)
    for other, prior in ((f"{text} - 1", 0.22), (f"{text} + 1", 0.04), ("-1", 0.04), ("0", 0.03)):
        yield crash.put(slot, other, prior, "index")
    modulo = f"({crash.bench.text(node.slice, 1)}) % len({base})"
    is_bare = isinstance(node.slice, ast.Name | ast.Call | ast.Attribute | ast.Subscript)
    yield crash.put(slot, modulo if not is_bare else f"{text} % len({base})", 0.08, "round")


def _guarded(crash: Crash, slot: Slot, node: ast.Subscript) -> Iterator[Draft]:
    base, index = crash.bench.text(node.value, 1), crash.bench.text(node.slice, 7)
    is_fixed = isinstance(node.slice, ast.Constant | ast.UnaryOp)
    within = base if is_fixed else f"{index} < len({base})"
    if is_fixed and index not in {"0", "-1"}:
        within = f"len({base}) > {index.lstrip('-')}"
    yield from _asked(crash, within)
    if is_fixed:
        yield from _left(crash, f"not {base}" if within == base else f"len({base}) <= {index}")
    else:
        yield from _left(crash, f"{index} >= len({base})", 0.4)
    for default, fit in (*crash.returned()[:2], ("None", 0.5)):
        chosen = f"{crash.bench.text(node)} if {within} else {default or None}"
        yield crash.put(slot, chosen, 0.08 * fit, "chosen")


def _asked(crash: Crash, condition: str) -> Iterator[Draft]:
    match crash.node:
        case ast.If(test=test) | ast.While(test=test):
            slot, inner = Slot(test, crash.node, "test"), crash.bench.text(test, NOT)
            yield crash.put(slot, f"{condition} and {inner}", 0.35, "asked")
            unless = condition if " " not in condition else f"({condition})"
            whole = crash.bench.text(test, 4)
            yield crash.put(slot, f"not {unless} or {whole}", 0.08, "asked")
        case ast.Expr() | ast.AugAssign() | ast.Assign():
            yield crash.wrapped(f"if {condition}:", 0.1, "asked")
    for slot in crash.slots(ast.BoolOp):
        if isinstance(slot.node, ast.BoolOp) and isinstance(slot.node.op, ast.And):
            values = slot.node.values
            start = crash.bench.outer(Slot(values[0], slot.node, "values"))[0]
            edit = Edit(start, start, f"{condition} and ")
            yield Draft(0.25, "asked", condition, (edit,))
            last, rest = crash.bench.text(values[-1], NOT), values[:-1]
            turned = " and ".join([last, *(crash.bench.text(one, NOT) for one in rest)])
            yield crash.put(slot, turned, 0.25, "turned")


def _left(crash: Crash, condition: str, fit: float = 1.0) -> Iterator[Draft]:
    """Leave when there is nothing: before the statement, or at the head of the function."""
    for value, weight in crash.returned() if crash.function is not None else ():
        left = f"if {condition}:\n    return {value}".rstrip()
        yield crash.before(left, 0.2 * weight * fit, "returned")
        if condition.startswith("not ") and _is_given(crash, condition.removeprefix("not ")):
            yield crash.at_head(left, 0.22 * weight * fit, "returned")
    if crash.loop is not None and crash.loop is not crash.node:
        yield crash.before(f"if {condition}:\n    continue", 0.1 * fit, "skipped")
        yield crash.before(f"if {condition}:\n    break", 0.1 * fit, "skipped")


def _is_given(crash: Crash, text: str) -> bool:
    given = crash.function.args.args if crash.function else []
    return text in {one.arg for one in given}


def _emptied(crash: Crash, slot: Slot, base: ast.expr) -> Iterator[Draft]:
    text = crash.bench.text(base, POSTFIX)
    yield from _asked(crash, text)
    yield from _left(crash, f"not {text}")
    shown = crash.bench.text(slot.node, 3)
    if not isinstance(slot.parent, ast.Expr):
        for default, prior in (("None", 0.15), ("0", 0.1), ('""', 0.1)):
            yield crash.put(slot, f"{shown} if {text} else {default}", prior, "chosen")


def _stored(crash: Crash, target: ast.Subscript) -> Iterator[Draft]:
    match crash.node:
        case ast.Assign(value=value):
            base = crash.bench.text(target.value, POSTFIX)
            text = f"{base}.append({crash.bench.text(value, 1)})"
            edit = Edit(crash.module.start(crash.node), crash.module.end(crash.node), text)
            yield Draft(0.25, "appended", text, (edit,))


def _looped(crash: Crash) -> Iterator[Draft]:
    """Let the loop around end earlier."""
    for around in (crash.node, *crash.module.ancestors(crash.node)):
        match around:
            case ast.For(
                iter=ast.Call(func=ast.Name(id="range"), args=[*_, stop] as given) as call
            ):
                slot = Slot(stop if len(given) < 3 else given[1], call, "args")
                text = crash.bench.text(slot.node, 11)
                yield crash.put(slot, f"{text} - 1", 0.3, "range")
                match slot.node:
                    case ast.BinOp(left=left, op=ast.Add()):
                        yield crash.put(slot, crash.bench.text(left), 0.35, "range")
            case ast.While(test=test):
                yield from _ended_earlier(crash, test)


_NARROWER = {ast.LtE: ("<=", "<"), ast.GtE: (">=", ">"), ast.Lt: ("<", "< -1 +")}


def _ended_earlier(crash: Crash, test: ast.expr) -> Iterator[Draft]:
    for node in ast.walk(test):
        match node:
            case ast.Compare(left=left, ops=[ast.LtE() | ast.GtE() as op], comparators=[right]):
                old, new = _NARROWER[type(op)]
                start, gap = crash.bench.gap(left, right)
                at = start + gap.find(old.encode())
                yield Draft(0.35, "range", f"{old} becomes {new}", (Edit(at, at + 2, new),))
            case ast.Compare(left=left, ops=[ast.Lt()], comparators=[right]):
                slot = Slot(right, node, "comparators")
                yield crash.put(slot, f"{crash.bench.text(right, 11)} - 1", 0.2, "range")


def _zero(crash: Crash) -> Iterator[Draft]:
    for slot in crash.bench.slots:
        match slot.node:
            case ast.BinOp(op=ast.Div() | ast.FloorDiv() | ast.Mod(), right=divisor):
                yield from _undivided(crash, slot, divisor)
            case ast.Call(func=ast.Name(id="divmod"), args=[_, divisor]):
                yield from _undivided(crash, slot, divisor)
    match crash.node:
        case ast.AugAssign(op=ast.Div() | ast.FloorDiv() | ast.Mod(), value=divisor):
            yield crash.wrapped(f"if {crash.bench.text(divisor)}:", 0.35, "asked")


def _undivided(crash: Crash, slot: Slot, divisor: ast.expr) -> Iterator[Draft]:
    text = crash.bench.text(divisor, 7)
    match divisor:
        case ast.Call(func=ast.Name(id="len"), args=[counted]):
            condition = f"not {crash.bench.text(counted, POSTFIX)}"
        case _:
            condition = f"{text} == 0"
    is_true = isinstance(slot.node, ast.BinOp) and isinstance(slot.node.op, ast.Div)
    zero = "0.0" if is_true and "float" in crash.message else "0"
    ways = [(zero, 0.4), ("None", 0.12), *((one, 0.1 * fit) for one, fit in crash.returned()[:3])]
    for value, prior in dict(reversed(ways)).items():
        left = f"if {condition}:\n    return {value}".rstrip()
        if crash.function is not None:
            yield crash.before(left, prior, "returned")
        shown = crash.bench.text(slot.node, 3)
        chosen = f"{shown} if {text} else {value or None}"
        yield crash.put(slot, chosen, prior * 0.5, "chosen")
    yield crash.put(
        Slot(divisor, slot.node, "right"), f"({crash.bench.text(divisor, 4)} or 1)", 0.12, "or 1"
    )
    yield crash.put(
        Slot(divisor, slot.node, "right"), f"{crash.bench.text(divisor, 11)} + 1", 0.03, "or 1"
    )
    if crash.loop is not None and crash.loop is not crash.node:
        yield crash.before(f"if {condition}:\n    continue", 0.2, "skipped")
    yield from _asked(crash, f"{text} != 0")


def _value(crash: Crash) -> Iterator[Draft]:
    message = crash.message
    if "not in list" in message or "not in tuple" in message or "not in deque" in message:
        yield from _not_in(crash)
    elif "substring not found" in message or "subsection not found" in message:
        yield from _not_found(crash)
    elif "empty" in message and any(one in message for one in ("sequence", "iterable", "range")):
        yield from _nothing(crash)
    elif "values to unpack" in message:
        yield from _unpacked(crash)
    elif "invalid literal" in message or "could not convert" in message:
        yield from _unreadable(crash)
    elif "math domain" in message:
        yield from _outside(crash)
    elif "empty separator" in message:
        for slot in crash.slots(ast.Call):
            match slot.node:
                case ast.Call(func=ast.Attribute(value=base, attr="split")):
                    yield crash.put(slot, f"list({crash.bench.text(base)})", 0.6, "split")


def _not_in(crash: Crash) -> Iterator[Draft]:
    for slot in crash.slots(ast.Call):
        match slot.node:
            case ast.Call(func=ast.Attribute(value=base, attr="remove" | "index"), args=[item, *_]):
                among = f"{crash.bench.text(item, 7)} in {crash.bench.text(base, 7)}"
                yield crash.wrapped(f"if {among}:", 0.4, "asked")
                yield from _left(crash, among.replace(" in ", " not in ", 1))
                shown = crash.bench.text(slot.node)
                for default, prior in (("-1", 0.2), ("None", 0.15)):
                    yield crash.put(slot, f"{shown} if {among} else {default}", prior, "chosen")


def _not_found(crash: Crash) -> Iterator[Draft]:
    for slot in crash.slots(ast.Call):
        match slot.node:
            case ast.Call(func=ast.Attribute(attr="index" | "rindex" as name) as function):
                end = crash.module.end(function)
                new = name.replace("index", "find")
                edit = Edit(end - len(name), end, new)
                yield Draft(0.6, "found", f"{name} becomes {new}", (edit,))


def _nothing(crash: Crash) -> Iterator[Draft]:
    for slot in crash.slots(ast.Call):
        match slot.node:
            case ast.Call(func=ast.Name(id="max" | "min"), args=[given]) as call:
                last = [given, *(keyword.value for keyword in call.keywords)][-1]
                end = crash.bench.outer(Slot(last, call, "args"))[1]
                is_bare = crash.bench.shares_parentheses(Slot(given, call, "args"))
                for default, prior in (("0", 0.35), ("None", 0.2), ('""', 0.05), ("-1", 0.03)):
                    text = f"default={default}"
                    edit = Edit(end, end, f", {text}")
                    if is_bare:
                        inner = crash.module.of(given)
                        name = crash.bench.text(call.func)
                        edit = crash.bench.instead(slot, f"{name}({inner}, {text})")
                    yield Draft(prior, "default", text, (edit,))
                if isinstance(given, ast.Name | ast.Attribute):
                    yield from _left(crash, f"not {crash.bench.text(given)}")
            case ast.Call(func=ast.Attribute(), args=[given, *_]) if isinstance(given, ast.Name):
                yield from _left(crash, f"not {crash.bench.text(given)}")


def _unpacked(crash: Crash) -> Iterator[Draft]:
    for slot in crash.bench.slots:
        if slot.field == "iter":
            text = crash.bench.text(slot.node, POSTFIX)
            yield crash.put(slot, f"{text}.items()", 0.45, "items")
            yield crash.put(slot, f"enumerate({crash.bench.text(slot.node, 1)})", 0.4, "items")
        match slot.node:
            case ast.Call(func=ast.Attribute(attr="split" | "rsplit"), args=[_]) as call:
                end = crash.module.end(call) - 1
                yield Draft(0.4, "split", "split once", (Edit(end, end, ", 1"),))
    yield from _targets(crash)


def _targets(crash: Crash) -> Iterator[Draft]:
    target = getattr(crash.node, "target", None) or getattr(crash.node, "targets", [None])[0]
    if isinstance(target, ast.Tuple):
        last = crash.module.end(target.elts[-1])
        start = crash.module.start(target.elts[-1])
        if "too many" in crash.message:
            yield Draft(0.15, "targets", "the rest too", (Edit(start, start, "*"),))
            yield Draft(0.15, "targets", "one more is left out", (Edit(last, last, ", _"),))
        elif len(target.elts) > 1:
            edit = Edit(crash.module.end(target.elts[-2]), last, "")
            yield Draft(0.1, "targets", "one target less", (edit,))


def _unreadable(crash: Crash) -> Iterator[Draft]:
    for slot in crash.slots(ast.Call):
        match slot.node:
            case ast.Call(func=ast.Name(id="int" | "float" as name), args=[given, *_]) as call:
                inner = Slot(given, call, "args")
                text, tight = crash.bench.text(given, 1), crash.bench.text(given, POSTFIX)
                yield crash.put(inner, f"{tight}.strip()", 0.2, "stripped")
                if name == "int":
                    yield crash.put(inner, f"float({text})", 0.25, "converted")
                    edit = crash.bench.instead(Slot(call.func, call, "func"), "float")
                    yield Draft(0.2, "converted", "int becomes float", (edit,))
                    yield from _left(crash, f"not {tight}.isdigit()", 0.7)
                    yield crash.wrapped(f"if {tight}.isdigit():", 0.15, "asked")
                yield crash.put(inner, f"{tight} or 0", 0.15, "default")
                yield crash.put(inner, f'{tight}.replace(",", "")', 0.12, "stripped")
                shown = crash.bench.text(call)
                for default in ("0", "None"):
                    yield crash.put(slot, f"{shown} if {tight} else {default}", 0.15, "chosen")
                yield from _left(crash, f"not {tight}", 0.6)
                yield crash.put(slot, short(text, 200), 0.06, "dropped")


def _outside(crash: Crash) -> Iterator[Draft]:
    for slot in crash.slots(ast.Call):
        match slot.node:
            case (
                ast.Call(func=ast.Attribute(attr="sqrt" | "log" | "acos"), args=[given, *_]) as call
            ):
                inner, text = Slot(given, call, "args"), crash.bench.text(given, 1)
                yield crash.put(inner, f"abs({text})", 0.3, "sign")
                yield crash.put(inner, f"max({text}, 0)", 0.2, "sign")
                yield from _left(crash, f"{crash.bench.text(given, 7)} <= 0", 0.6)
                yield from _left(crash, f"{crash.bench.text(given, 7)} < 0", 0.6)


def _ended(crash: Crash) -> Iterator[Draft]:
    """Ask the next of what may have ended for a default."""
    if crash.is_a("RuntimeError") and "StopIteration" not in crash.message:
        return
    for slot in crash.slots(ast.Call):
        match slot.node:
            case ast.Call(func=ast.Name(id="next"), args=[given]) as call:
                end = crash.bench.outer(Slot(given, call, "args"))[1]
                for default, prior in (("None", 0.5), ("0", 0.08), ('""', 0.08), ("[]", 0.03)):
                    edit = Edit(end, end, f", {default}")
                    if crash.bench.shares_parentheses(Slot(given, call, "args")):
                        inner = crash.module.of(given)
                        edit = crash.bench.instead(slot, f"next({inner}, {default})")
                    yield Draft(prior, "default", f"next with {default}", (edit,))
