"""An expression with something around it: a call, a method, a subscript, one more operand."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from workbench.healing.candidate import Candidate
from workbench.healing.drafting.bench import Bench, Draft, Slot, finished, ranked, short
from workbench.healing.ground import Ground, Site
from workbench.healing.insight.definitions import Definitions
from workbench.healing.insight.kinds import SIZED, Kinds, is_number
from workbench.healing.insight.scope import Origin

_POSTFIX, _ADD = 16, 11
_MOST = 10
_WRAPPABLE = (
    *(ast.Name, ast.Attribute, ast.Call, ast.Subscript, ast.BinOp, ast.ListComp),
    *(ast.GeneratorExp, ast.List, ast.SetComp, ast.IfExp, ast.Tuple, ast.JoinedStr),
)
_Ways = list[tuple[float, str, str]]


def at_site(ground: Ground, site: Site) -> Iterator[Candidate]:
    return finished("wraps", site, _drafts(Bench(ground, site)))


def _drafts(bench: Bench) -> Iterator[Draft]:
    slots = [one for one in bench.slots if _is_wrappable(one)]
    for slot in slots:
        share = _share(slot) / max(len(slots), 2) ** 0.5
        kinds = bench.scope.kinds(slot.node) or _expected(bench, slot)
        for prior, before, after in _ways(bench, slot, kinds):
            edit = bench.instead(slot, _around(bench, slot, before, after))
            why = f"{before}{short(bench.text(slot.node), 24)}{after}"
            yield Draft(prior * share, "wrap", why, (edit,))
        yield from _more(bench, slot, kinds, share)


def _around(bench: Bench, slot: Slot, before: str, after: str) -> str:
    if isinstance(slot.node, ast.GeneratorExp) and before.endswith("(") and after == ")":
        return before.removesuffix("(") + bench.text(slot.node)
    return before + bench.text(slot.node, 1 if before.endswith("(") else _POSTFIX) + after


def _is_wrappable(slot: Slot) -> bool:
    if not isinstance(slot.node, _WRAPPABLE) or slot.field in {"func", "decorator_list", "bases"}:
        return False
    if isinstance(slot.parent, ast.Attribute | ast.Starred | ast.ExceptHandler | ast.Expr):
        return False
    return not (isinstance(slot.parent, ast.Subscript) and slot.field == "value")


def _expected(bench: Bench, slot: Slot) -> Kinds:
    """Return what has to stand here, whatever it looks like."""
    match slot.parent, slot.field:
        case (ast.Slice(), _) | (ast.Call(func=ast.Name(id="range")), "args"):
            return frozenset({"int"})
        case (ast.GeneratorExp() | ast.ListComp()) as made, "elt":
            return _joined(bench.module.parents.get(made))
        case ast.Call(func=ast.Attribute(value=ast.Constant(value=str()))), _:
            return frozenset({"list", "str"})
        case (ast.For() | ast.comprehension(), "iter"):
            return frozenset({"iterator", "dict", "list"})
    return frozenset()


def _joined(around: ast.AST | None) -> Kinds:
    match around:
        case ast.Call(func=ast.Attribute(attr="join")):
            return frozenset({"str"})
    return frozenset()


def _share(slot: Slot) -> float:
    """Return how often what stands here is what has to be converted."""
    match slot.parent, slot.field:
        case ast.Return(), _:
            return 1.2
        case (ast.For(), "iter") | (ast.comprehension(), "iter"):
            return 1.2
        case ((ast.Assign() | ast.AugAssign()), "value"):
            return 1.0
        case ((ast.BinOp() | ast.Slice()), _):
            return 0.4
    return 0.7


_CUTS = frozenset({"[1:]", "[:-1]"})
"""What is cut already is cut otherwise by its own bounds."""


def _ways(bench: Bench, slot: Slot, kinds: Kinds) -> Iterator[tuple[float, str, str]]:
    """Yield what can be put around, by what the expression seems to be."""
    unsure = 0.35 if not kinds else 1.0
    maybe = not kinds or bool(kinds & {"iterator"})
    if maybe or is_number(kinds):
        useless = _useless(slot, kinds)
        ways = [way for way in _of_numbers(bench, slot) if way[1] not in useless]
        yield from _scaled(ways, unsure)
    if maybe or kinds & {"str"}:
        yield from _scaled(_of_texts(), unsure)
    if maybe or kinds & SIZED or kinds & {"iterator"}:
        ways = _of_collections(slot, kinds)
        is_cut = isinstance(slot.node, ast.Subscript) and isinstance(slot.node.slice, ast.Slice)
        yield from _scaled([way for way in ways if not is_cut or way[2] not in _CUTS], unsure)
    yield 0.006, "bool(", ")"
    yield from _of_place(slot)
    yield from _of_project(bench, slot)


def _of_place(slot: Slot) -> _Ways:
    """Return what is put around because of what stands beside it."""
    match slot.parent, slot.field:
        case ast.Compare(comparators=[ast.Constant(value=str(text))]), "left":
            return [(0.06, "", ".upper()")] if text.isupper() else [(0.06, "", ".lower()")]
        case ast.Compare(left=ast.Constant(value=str(text))), _:
            return [(0.06, "", ".upper()")] if text.isupper() else [(0.06, "", ".lower()")]
        case ast.BinOp(op=ast.Mod()), "right" if not isinstance(slot.node, ast.Tuple):
            return [(0.02, "(", ",)")]
        case ((ast.Return() | ast.Assign()), "value"):
            return [(0.006, "[", "]")]
        case ast.Call(func=ast.Attribute(attr="append" | "extend" | "join")), "args":
            return [(0.012, "[", "]")]
    return []


def _of_project(bench: Bench, slot: Slot) -> _Ways:
    """Return the functions of the module that take just this."""
    if (
        isinstance(slot.parent, ast.Call)
        and getattr(slot.parent.func, "id", "") in bench.scope.by_text
    ):
        total = 0.02
    else:
        total = 0.04
    known = Definitions.of(bench.ground)
    names = [
        one.text
        for one in bench.scope.of_origin(Origin.FUNCTION, Origin.IMPORT)
        if any(held.required == 1 for _, held in known.functions.get(one.text, ()))
    ]
    around = bench.site.function
    own = around.name if around is not None and isinstance(slot.parent, ast.Call) else ""
    others = [name for name in names if around is None or name != around.name][:8]
    names = [*others, own] if own in names else others
    weights = ranked(total, len(names))
    return [(prior, f"{name}(", ")") for name, prior in zip(names, weights, strict=True)]


def _useless(slot: Slot, kinds: Kinds) -> frozenset[str]:
    """Return what changes nothing about a number, or makes it something that cannot stand here."""
    known = {"int(", "round("} if kinds == {"int"} else set()
    if isinstance(slot.parent, ast.BinOp) and not isinstance(slot.parent.op, ast.Add | ast.Mod):
        known |= {"str(", "range(", "len("}
    if isinstance(slot.parent, ast.Compare | ast.Slice):
        known |= {"range(", "str("}
    return frozenset(known)


def _scaled(ways: _Ways, fit: float) -> _Ways:
    return [(prior * fit, before, after) for prior, before, after in ways]


def _of_numbers(bench: Bench, slot: Slot) -> _Ways:
    found: _Ways = [(0.05, "abs(", ")"), (0.04, "int(", ")"), (0.03, "str(", ")")]
    found += [(0.015, "float(", ")"), (0.012, "round(", ")"), (0.012, "round(", ", 2)")]
    found += [(0.008, "range(", ")"), (0.006, "len(", ")")]
    numbers = [one for one in bench.scope.values() if is_number(one.kinds) or not one.kinds]
    near = [one.text for one in numbers if one.text != bench.text(slot.node)][:4]
    for text in ("0", *near, "1"):
        share = 0.04 if text in _targets(bench) else 0.012
        found += [(share, f"{name}({text}, ", ")") for name in ("max", "min")]
    if {one.text for one in bench.scope.of_origin(Origin.IMPORT)} >= {"math"}:
        found += [(0.012, f"math.{name}(", ")") for name in ("ceil", "floor", "sqrt")]
    return found


def _targets(bench: Bench) -> set[str]:
    """Return what the statement assigns to: the best so far is often kept in the same name."""
    node = bench.site.node
    targets = node.targets if isinstance(node, ast.Assign) else []
    return {bench.module.of(one) for one in targets}


def _of_texts() -> _Ways:
    found: _Ways = [(0.03, "", ".strip()"), (0.03, "", ".lower()"), (0.012, "", ".upper()")]
    found += [(0.02, "int(", ")"), (0.012, "float(", ")"), (0.012, "str(", ")")]
    found += [(0.01, "", ".split()"), (0.008, "", ".rstrip()"), (0.008, "", ".lstrip()")]
    found += [(0.006, "repr(", ")"), (0.006, "", ".title()"), (0.006, "", ".capitalize()")]
    return [*found, (0.006, "", ".encode()"), (0.006, "", ".decode()"), (0.004, "ord(", ")")]


def _of_collections(slot: Slot, kinds: Kinds) -> _Ways:
    iterated = slot.field == "iter"
    found: _Ways = [(0.04, "len(", ")"), (0.04, "sorted(", ")"), (0.035, "list(", ")")]
    found += [(0.03, "set(", ")"), (0.012, "tuple(", ")"), (0.012, "sum(", ")")]
    found += [(0.012, "max(", ")"), (0.012, "min(", ")"), (0.004, "dict(", ")")]
    found += [(0.03 if iterated else 0.006, "reversed(", ")"), (0.006, "any(", ")")]
    found += [(0.03 if iterated else 0.004, "enumerate(", ")"), (0.006, "all(", ")")]
    found += [(0.02, "", "[0]"), (0.02, "", "[-1]"), (0.02, "", "[1:]"), (0.02, "", "[:-1]")]
    found += [(0.02, "", "[::-1]"), (0.015, "", "[1]"), (0.02, "", "[:]"), (0.01, "", ".copy()")]
    found += [(0.01, '"".join(', ")"), (0.006, '" ".join(', ")"), (0.006, "str(", ")")]
    if not kinds or "dict" in kinds:
        items = 0.05 if iterated else 0.008
        found += [(items, "", ".items()"), (0.02, "", ".values()"), (0.012, "", ".keys()")]
    return found


def _more(bench: Bench, slot: Slot, kinds: Kinds, share: float) -> Iterator[Draft]:
    """Calculate with a value in scope, or take a part of it that a name in scope picks."""
    values = [one for one in bench.scope.values() if one.text != bench.text(slot.node)]
    yield from _picked(bench, slot, kinds, share)
    if kinds and not is_number(kinds) and not kinds & {"str", "list"}:
        return
    others = [one.text for one in values if not one.kinds or one.kinds & kinds or not kinds]
    operators = ("+", "-", "*") if not kinds or is_number(kinds) else ("+",)
    total = 0.05 if kinds else 0.03
    weights = ranked(total * share, len(others[:_MOST]))
    for text, prior in zip(others[:_MOST], weights, strict=True):
        for operator in operators:
            shown = bench.text(slot.node, _ADD if operator != "*" else 12)
            edit = bench.instead(slot, f"{shown} {operator} {text}")
            yield Draft(prior * 0.4, "with", f"{operator} {text}", (edit,))
        if not is_number(kinds):
            turned = bench.instead(slot, f"{text} + {bench.text(slot.node, 12)}")
            yield Draft(prior * 0.35, "with", f"{text} +", (turned,))
    if not kinds or is_number(kinds):
        yield from _scaled_by_numbers(bench, slot, share)


def _scaled_by_numbers(bench: Bench, slot: Slot, share: float) -> Iterator[Draft]:
    shown = bench.text(slot.node, 12)
    power = bench.instead(slot, f"{bench.text(slot.node, 15)} ** 2")
    yield Draft(0.005 * share, "with", "** 2", (power,))
    for ending, prior in ((" * 2", 0.006), (" // 2", 0.008), (" / 2", 0.006), (" % 2", 0.002)):
        edit = bench.instead(slot, shown + ending)
        yield Draft(prior * share, "with", ending.strip(), (edit,))


def _picked(bench: Bench, slot: Slot, kinds: Kinds, share: float) -> Iterator[Draft]:
    if kinds and not kinds & (SIZED - {"set"}):
        return
    whole = [one for one in bench.scope.values() if one.text != bench.text(slot.node)]
    keys = [one.text for one in whole if not one.kinds or one.kinds & {"int", "str"}]
    weights = ranked((0.05 if kinds else 0.025) * share, len(keys[:6]))
    shown = bench.text(slot.node, _POSTFIX)
    for key, prior in zip(keys[:6], weights, strict=True):
        edit = bench.instead(slot, f"{shown}[{key}]")
        yield Draft(prior, "part", f"{short(shown)}[{key}]", (edit,))
        for ending in (f"[{key}:]", f"[:{key}]"):
            if kinds != {"dict"}:
                edit = bench.instead(slot, shown + ending)
                often = 0.8 if slot.field == "iter" else 0.25
                yield Draft(prior * often, "part", f"{short(shown)}{ending}", (edit,))
