"""What changes while it is gone through, or lives longer than it should: copies in its place."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from workbench.healing import heads
from workbench.healing.candidate import Candidate, candidate
from workbench.healing.drafting.bench import POSTFIX, Bench, Draft, Slot, finished
from workbench.healing.drafting.crash import Crash, told
from workbench.healing.ground import Function, Ground, Site
from workbench.healing.insight import layout
from workbench.healing.insight.kinds import dotted
from workbench.splice import Edit

_CHANGING = frozenset(
    {
        *("append", "remove", "pop", "insert", "clear", "add", "discard", "popitem", "update"),
        *("extend", "appendleft", "popleft", "setdefault"),
    }
)
_MUTABLE = (ast.List, ast.Dict, ast.Set)
_VIEWS = frozenset({"keys", "values", "items"})


def of_failure(ground: Ground) -> Iterator[Candidate]:
    return told("mutation", ground, {"RuntimeError": _changed})


def _changed(crash: Crash) -> Iterator[Draft]:
    if "during iteration" not in crash.message:
        return
    slots = [one for one in crash.bench.slots if one.field == "iter"]
    if isinstance(crash.loop, ast.For):
        slots.append(Slot(crash.loop.iter, crash.loop, "iter"))
    for slot in slots:
        text = crash.bench.text(slot.node, 1)
        yield crash.put(slot, f"list({text})", 0.85, "copied")
        yield crash.put(slot, f"{crash.bench.text(slot.node, POSTFIX)}.copy()", 0.2, "copied")


def at_site(ground: Ground, site: Site) -> Iterator[Candidate]:
    """Copy a list that the loop over it changes; make a new default for each call."""
    match site.node:
        case ast.For(iter=iterated):
            bench = Bench(ground, site)
            yield from finished("mutation", site, _iterated(bench, site.node, iterated))
        case ast.FunctionDef() | ast.AsyncFunctionDef() as function:
            yield from _defaults(site, function)
        case (
            ast.Assign(value=ast.BinOp(op=ast.Mult())) | ast.Return(value=ast.BinOp(op=ast.Mult()))
        ):
            bench = Bench(ground, site)
            yield from finished("mutation", site, _rows(bench))


def _iterated(bench: Bench, node: ast.For, iterated: ast.expr) -> Iterator[Draft]:
    base = iterated
    if isinstance(iterated, ast.Call) and isinstance(iterated.func, ast.Attribute):
        base = iterated.func.value if iterated.func.attr in _VIEWS else iterated
    name = dotted(base)
    if name and any(_changes(one, name) for part in node.body for one in ast.walk(part)):
        slot = Slot(iterated, node, "iter")
        for text, prior in ((f"list({bench.text(iterated, 1)})", 0.45), (f"{name}[:]", 0.2)):
            why = f"a copy of {name} is gone through"
            yield Draft(prior, "copied", why, (bench.instead(slot, text),))


def _changes(node: ast.AST, name: str) -> bool:
    match node:
        case ast.Call(func=ast.Attribute(value=base, attr=attr)):
            return attr in _CHANGING and dotted(base) == name
        case ast.Delete(targets=targets):
            return any(
                isinstance(one, ast.Subscript) and dotted(one.value) == name for one in targets
            )
    return False


def _defaults(site: Site, function: Function) -> Iterator[Candidate]:
    """Let a list or a dict that is a default be made anew for each call."""
    opening = layout.opening(function.body)
    for name, default in heads.defaults(function).items():
        if not _is_mutable(default) or opening is None:
            continue
        module = site.module
        head = f"if {name} is None:\n    {name} = {module.of(default)}"
        guard = layout.before(module, opening, head)
        if guard is not None:
            plain = Edit(module.start(default), module.end(default), "None")
            why = f"a new {name} for each call"
            yield candidate(site.path, (plain, guard), "mutation:default", 0.35, why)


def _is_mutable(node: ast.expr) -> bool:
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
        return node.func.id in {"list", "dict", "set", "defaultdict", "deque"}
    return isinstance(node, _MUTABLE)


def _rows(bench: Bench) -> Iterator[Draft]:
    """Make each row of a table anew, so that they are not all the same one."""
    for slot in bench.of_type(ast.BinOp):
        match slot.node:
            case ast.BinOp(left=ast.List(elts=[row]), op=ast.Mult(), right=count) if isinstance(
                row, ast.BinOp | ast.List | ast.Dict | ast.ListComp | ast.Set | ast.Call
            ):
                text = f"[{bench.text(row, 1)} for _ in range({bench.text(count, 1)})]"
                edit = bench.instead(slot, text)
                yield Draft(0.5, "rows", "each row is its own", (edit,))
