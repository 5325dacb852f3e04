"""Recursion without an end: base cases, arguments that come no nearer, members of themselves."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from workbench.healing.candidate import Candidate
from workbench.healing.drafting.bench import POSTFIX, Draft, Slot
from workbench.healing.drafting.crash import Crash, told
from workbench.healing.generators.arguments import callee
from workbench.healing.ground import Function, Ground
from workbench.healing.insight.definitions import decorators, self_name
from workbench.healing.insight.kinds import SIZED, Kinds, by_use, is_number
from workbench.splice import Edit


def of_failure(ground: Ground) -> Iterator[Candidate]:
    return told("recursion", ground, {"RecursionError": _endless})


def _endless(crash: Crash) -> Iterator[Draft]:
    function = crash.function
    if function is None:
        return
    yield from _nearer(crash, function)
    yield from _base_cases(crash, function)
    yield from _widened(crash, function)
    yield from _of_itself(crash, function)


def _kinds(function: Function) -> list[tuple[str, Kinds]]:
    known = by_use(ast.walk(function))
    names = [one.arg for one in (*function.args.posonlyargs, *function.args.args)]
    return [(name, known.get(name, frozenset())) for name in names if name != self_name(function)]


def _base_cases(crash: Crash, function: Function) -> Iterator[Draft]:
    for name, kinds in [*_kinds(function), *_instance(function)][:4]:
        for condition, values in _ends(name, kinds, crash.values.get(name, "")):
            for place, value in enumerate(dict.fromkeys(values)):
                left = f"if {condition}:\n    return {value}"
                yield crash.at_head(left, 0.2 / (place + 1), "base case")


def _instance(function: Function) -> list[tuple[str, Kinds]]:
    return [] if function.args.args else [("self", frozenset())]


def _ends(name: str, kinds: Kinds, shown: str) -> Iterator[tuple[str, tuple[str, ...]]]:
    if is_number(kinds) or shown.lstrip("-").isdigit():
        yield f"{name} <= 0", ("0", "1", name, "None", "[]")
        yield f"{name} <= 1", ("1", name, "0")
        yield f"{name} < 0", ("0", "1", "[]", "False")
    elif kinds & SIZED or shown[:1] in {"[", "'", "("}:
        empty = {"str": '""', "dict": "{}", "set": "set()"}.get(next(iter(kinds), ""), "[]")
        yield f"not {name}", (empty, "0", name, "None", "True", "False")
        yield f"len({name}) <= 1", (name, "0", "True")
    else:
        yield f"{name} is None", ("None", "0", "[]", "True", "False")
        yield f"not {name}", (name, "0", "[]", "True")


def _nearer(crash: Crash, function: Function) -> Iterator[Draft]:
    """Let what the function gives itself come nearer to an end."""
    for call in [one for one in ast.walk(function) if isinstance(one, ast.Call)]:
        if callee(call) != function.name:
            continue
        for argument in call.args:
            slot, text = Slot(argument, call, "args"), crash.bench.text(argument, 11)
            if isinstance(argument, ast.Name):
                for form, prior in (("{} - 1", 0.35), ("{}[1:]", 0.15), ("{} + 1", 0.1)):
                    yield crash.put(slot, form.format(text), prior, "nearer")
                for form in ("{}[:-1]", "{} // 2"):
                    yield crash.put(slot, form.format(text), 0.05, "nearer")
            if isinstance(argument, ast.BinOp) and isinstance(argument.op, ast.Add | ast.Sub):
                other = "-" if isinstance(argument.op, ast.Add) else "+"
                left, right = (crash.bench.text(one, 12) for one in (argument.left, argument.right))
                yield crash.put(slot, f"{left} {other} {right}", 0.35, "nearer")


_WIDER = {"==": ("<=", ">="), "<": ("<=",), ">": (">=",)}


def _widened(crash: Crash, function: Function) -> Iterator[Draft]:
    """Let the conditions under which the function ends hold more often."""
    for node in ast.walk(function):
        match node:
            case ast.If(test=ast.Compare(left=left, ops=[op], comparators=[right])):
                start, gap = crash.bench.gap(left, right)
                old = gap.strip(b" ()\t").decode()
                for new in _WIDER.get(old, ()):
                    at = start + gap.find(old.encode())
                    edit = Edit(at, at + len(old), new)
                    yield Draft(0.3, "widened", f"{old} becomes {new}", (edit,))
                del op


def _of_itself(crash: Crash, function: Function) -> Iterator[Draft]:
    """Read the field behind a property, or ask the base class, instead of the member itself."""
    this = self_name(function)
    is_property = bool(decorators(function) & {"property", "setter", "cached_property"})
    for node in ast.walk(function):
        match node:
            case ast.Attribute(value=ast.Name(id=found) as base, attr=attr) if (
                found == this and attr == function.name
            ):
                end = crash.module.end(node)
                field = Edit(end - len(attr.encode()), end, f"_{attr}")
                prior = 0.7 if is_property or function.name.startswith("__") else 0.15
                yield Draft(prior, "itself", f"{attr} becomes _{attr}", (field,))
                edit = Edit(crash.module.start(base), crash.module.end(base), "super()")
                yield Draft(0.4, "itself", "super()", (edit,))
            case ast.Call(func=ast.Name(id=name) as called, args=args) if name == function.name:
                yield from _shadowed(crash, called, args)


def _shadowed(crash: Crash, called: ast.Name, args: list[ast.expr]) -> Iterator[Draft]:
    """Call what a function of the same name hides."""
    if args:
        base = crash.bench.text(args[0], POSTFIX)
        start = crash.module.start(called)
        edit = Edit(start, start + len(called.id.encode()), f"{base}.{called.id}")
        yield Draft(0.03, "itself", f"{base}.{called.id}", (edit,))
