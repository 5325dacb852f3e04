"""Another operator in the place of one: comparisons, arithmetic, bits, booleans, assignments."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from itertools import pairwise

from workbench.healing.candidate import Candidate
from workbench.healing.drafting.bench import (
    Bench,
    Draft,
    Slot,
    finished,
    level,
    level_of,
    need,
)
from workbench.healing.ground import Ground, Site
from workbench.healing.insight.kinds import is_number
from workbench.splice import Edit

SYMBOLS: Mapping[type[ast.AST], str] = {
    ast.Lt: "<",
    ast.LtE: "<=",
    ast.Gt: ">",
    ast.GtE: ">=",
    ast.Eq: "==",
    ast.NotEq: "!=",
    ast.In: "in",
    ast.NotIn: "not in",
    ast.Is: "is",
    ast.IsNot: "is not",
    ast.Add: "+",
    ast.Sub: "-",
    ast.Mult: "*",
    ast.Div: "/",
    ast.FloorDiv: "//",
    ast.Mod: "%",
    ast.Pow: "**",
    ast.BitAnd: "&",
    ast.BitOr: "|",
    ast.BitXor: "^",
    ast.LShift: "<<",
    ast.RShift: ">>",
    ast.MatMult: "@",
    ast.And: "and",
    ast.Or: "or",
}
_COMPARISONS: Mapping[str, Mapping[str, float]] = {
    "<": {"<=": 0.20, ">": 0.09, ">=": 0.05, "!=": 0.02, "==": 0.02},
    "<=": {"<": 0.20, ">=": 0.09, ">": 0.05, "==": 0.02, "!=": 0.01},
    ">": {">=": 0.20, "<": 0.09, "<=": 0.05, "!=": 0.02, "==": 0.02},
    ">=": {">": 0.20, "<=": 0.09, "<": 0.05, "==": 0.02, "!=": 0.01},
    "==": {"!=": 0.12, "<=": 0.03, ">=": 0.03, "<": 0.02, ">": 0.02, "in": 0.02, "is": 0.003},
    "!=": {"==": 0.12, "<": 0.03, ">": 0.03, "<=": 0.01, ">=": 0.01, "not in": 0.02},
    "in": {"not in": 0.15, "==": 0.02},
    "not in": {"in": 0.15, "!=": 0.02},
    "is": {"is not": 0.15, "==": 0.08},
    "is not": {"is": 0.15, "!=": 0.08},
}
_ARITHMETIC: Mapping[str, Mapping[str, float]] = {
    "+": {"-": 0.14, "*": 0.05, "/": 0.005, "//": 0.005, "%": 0.005, "**": 0.003, "|": 0.004},
    "-": {"+": 0.15, "*": 0.02, "/": 0.01, "//": 0.005, "%": 0.01, "^": 0.002},
    "*": {"+": 0.06, "/": 0.05, "**": 0.045, "//": 0.03, "-": 0.02, "%": 0.01},
    "/": {"//": 0.20, "*": 0.06, "%": 0.03, "-": 0.01, "+": 0.01},
    "//": {"/": 0.14, "%": 0.08, "*": 0.04, "-": 0.01, "+": 0.01},
    "%": {"//": 0.07, "/": 0.03, "*": 0.02, "-": 0.01, "+": 0.01},
    "**": {"*": 0.15, "+": 0.01, "//": 0.01, "<<": 0.005},
    "&": {"|": 0.14, "^": 0.10, "-": 0.01, ">>": 0.005, "and": 0.02},
    "|": {"&": 0.14, "^": 0.10, "+": 0.01, "-": 0.005, "or": 0.02},
    "^": {"&": 0.14, "|": 0.12, "**": 0.02, "+": 0.01},
    "<<": {">>": 0.15, "**": 0.01, "*": 0.01},
    ">>": {"<<": 0.15, "//": 0.01, "&": 0.01},
    "@": {"*": 0.05},
}
_BOOLEAN: Mapping[str, Mapping[str, float]] = {"and": {"or": 0.14}, "or": {"and": 0.14}}
_AMONG = 8.0
"""How much likelier something is looked for among values that are written out there."""
_TEXTUAL = frozenset("+*%")


def at_site(ground: Ground, site: Site) -> Iterator[Candidate]:
    bench = Bench(ground, site)
    return finished("operators", site, _drafts(bench))


def _drafts(bench: Bench) -> Iterator[Draft]:
    slots = bench.of_type(ast.Compare, ast.BinOp, ast.BoolOp)
    share = 1.4 / max(len(slots), 2) ** 0.5
    for slot in slots:
        fit = 1.0 if isinstance(slot.node, ast.BoolOp) else share
        for draft in _of_slot(bench, slot):
            yield replace(draft, prior=draft.prior * fit)
    match bench.site.node:
        case ast.AugAssign() as node:
            yield from _augmented(bench, node)
        case ast.Assign(targets=[ast.expr() as target]) as node:
            yield from _to_augmented(bench, target, node)


def _of_slot(bench: Bench, slot: Slot) -> Iterator[Draft]:
    match slot.node:
        case ast.Compare():
            yield from _compared(bench, slot.node)
        case ast.BinOp():
            yield from _calculated(bench, slot, slot.node)
        case ast.BoolOp():
            yield from _joined(bench, slot, slot.node)


def token(bench: Bench, left: ast.expr, right: ast.expr, new: str, old: str = "") -> Edit | None:
    """Put another operator between two operands."""
    start, gap = bench.gap(left, right)
    pattern = rb"\s+".join(re.escape(word.encode()) for word in old.split())
    found = re.search(pattern, gap)
    return Edit(start + found.start(), start + found.end(), new) if found else None


def _compared(bench: Bench, node: ast.Compare) -> Iterator[Draft]:
    operands = [node.left, *node.comparators]
    for (left, right), op in zip(pairwise(operands), node.ops, strict=True):
        old = SYMBOLS[type(op)]
        for new, prior in _COMPARISONS[old].items():
            if edit := token(bench, left, right, new, old):
                fit = _fit_compared(bench, new, right) * _fit_texts(bench, old, new, left)
                yield Draft(prior * fit, "comparison", f"{old} becomes {new}", (edit,))
    if len(operands) > 2:
        yield from _all_compared(bench, node, operands)
    else:
        yield from _with_limit(bench, node)


_EQUALITIES = frozenset({"==", "!="})
_TEXTS_BY_ORDER = 0.15
"""How much less likely texts are compared by their order where they were by being equal."""


def _fit_texts(bench: Bench, old: str, new: str, left: ast.expr) -> float:
    is_ordered = old in _EQUALITIES and new.startswith(("<", ">"))
    return _TEXTS_BY_ORDER if is_ordered and bench.scope.kinds(left) == {"str"} else 1.0


_LIMITS: Mapping[str, tuple[tuple[str, int], ...]] = {
    "==": (("<=", 1), ("<", 1), (">", -1), (">=", 1), ("<=", -1)),
    "!=": ((">", 1), (">=", 1), (">", -1)),
    ">": ((">=", 1), (">=", -1), ("==", 1)),
    ">=": ((">", 1), (">", -1)),
    "<": (("<=", -1), ("<=", 1), ("==", -1)),
    "<=": (("<", 1), ("<", -1), ("==", 1)),
}


def _with_limit(bench: Bench, node: ast.Compare) -> Iterator[Draft]:
    """Compare with a neighbour of a constant in another way, where that means another set."""
    left, right = node.left, node.comparators[0]
    match right:
        case ast.Constant(value=int(value)) if not isinstance(value, bool):
            old = SYMBOLS[type(node.ops[0])]
            for new, step in _LIMITS.get(old, ()):
                edit = token(bench, left, right, new, old)
                limit = bench.instead(Slot(right, node, "comparators"), str(value + step))
                why = f"{old} {value} becomes {new} {value + step}"
                if edit and value + step >= 0:
                    yield Draft(0.012, "limit", why, (edit, limit))


def _fit_compared(bench: Bench, new: str, right: ast.expr) -> float:
    kinds = bench.scope.kinds(right)
    if new in {"in", "not in"}:
        if isinstance(right, ast.Set | ast.Tuple | ast.List):
            return _AMONG
        return 0.05 if is_number(kinds) or kinds == {"none"} else 1.0
    is_unordered = kinds and kinds <= {"none", "bool", "dict", "callable"}
    return 0.1 if is_unordered and new in {"<", ">", "<=", ">="} else 1.0


_WIDER = {"<": "<=", "<=": "<", ">": ">=", ">=": ">"}


def _all_compared(bench: Bench, node: ast.Compare, operands: list[ast.expr]) -> Iterator[Draft]:
    """Widen or narrow both ends of a chain."""
    old = [SYMBOLS[type(op)] for op in node.ops]
    pairs = zip(pairwise(operands), old, strict=True)
    edits = [token(bench, *pair, _WIDER.get(one, one), one) for pair, one in pairs]
    if all(one in _WIDER for one in old):
        found = tuple(edit for edit in edits if edit)
        yield Draft(0.03, "comparisons", "both comparisons change", found)


def _calculated(bench: Bench, slot: Slot, node: ast.BinOp) -> Iterator[Draft]:
    old = SYMBOLS[type(node.op)]
    is_text = "str" in bench.scope.kinds(node.left) | bench.scope.kinds(node.right)
    for new, prior in _ARITHMETIC[old].items():
        fit = 0.02 if is_text and new not in _TEXTUAL else 1.0
        why = f"{old} becomes {new}"
        edit = token(bench, node.left, node.right, new, old)
        if edit:
            yield Draft(prior * fit, "arithmetic", why, (edit,))
        if regrouped := _regrouped(bench, slot, node, new):
            yield Draft(prior * fit * 0.7, "arithmetic", why, (regrouped,))


def _regrouped(bench: Bench, slot: Slot, node: ast.BinOp, new: str) -> Edit | None:
    """Put another operator in with its operands kept together, where that takes parentheses."""
    new_level = level_of(f"a {new} b")
    left, right = node.left, node.right
    is_split = level(left) < new_level or level(right) <= new_level < level(node)
    if not (is_split or new_level < need(slot)) and level(right) > new_level:
        return None
    text = f"{bench.text(left, new_level)} {new} {bench.text(right, new_level + 1)}"
    return bench.instead(slot, text)


def _joined(bench: Bench, slot: Slot, node: ast.BoolOp) -> Iterator[Draft]:
    old = SYMBOLS[type(node.op)]
    for new, prior in _BOOLEAN[old].items():
        why = f"{old} becomes {new}"
        edits = [token(bench, *pair, new, old) for pair in pairwise(node.values)]
        found = tuple(edit for edit in edits if edit)
        if not found:
            continue
        yield Draft(prior / len(found) ** 0.5, "boolean", why, found)
        for edit in found if len(found) > 1 else ():
            yield Draft(prior / len(found), "boolean", why, (edit,))
        if need(slot) > level_of(f"a {new} b"):
            texts = [bench.text(one, level_of(f"a {new} b") + 1) for one in node.values]
            edit = bench.instead(slot, f" {new} ".join(texts))
            yield Draft(prior / 2, "boolean", why, (edit,))


def _augmented(bench: Bench, node: ast.AugAssign) -> Iterator[Draft]:
    old = SYMBOLS[type(node.op)] + "="
    start, gap = bench.gap(node.target, node.value)
    at = start + gap.find(old.encode())
    for new, prior in _ARITHMETIC[old[:-1]].items():
        if new not in {"and", "or"}:
            edit = Edit(at, at + len(old), f"{new}=")
            yield Draft(prior, "augmented", f"{old} becomes {new}=", (edit,))
    plain = Edit(at, at + len(old), "=")
    yield Draft(0.06, "assigned", f"{old} becomes =", (plain,))
    for written in ("max", "min"):
        target, value = bench.text(node.target), bench.text(node.value, 1)
        span = Edit(at, bench.module.end(node.value), f"= {written}({target}, {value})")
        yield Draft(0.006, "assigned", f"the {written} is kept", (span,))


def _to_augmented(bench: Bench, target: ast.expr, node: ast.Assign) -> Iterator[Draft]:
    """Add to what was there instead of replacing it."""
    if isinstance(target, ast.Tuple | ast.List | ast.Starred):
        return
    named = bench.scope.by_text.get(bench.text(target))
    fit = 1.0 if named is None or named.bound else 0.02
    start, gap = bench.gap(target, node.value)
    at = start + gap.find(b"=")
    kinds = bench.scope.kinds(node.value)
    fit *= 0.1 if kinds & {"none", "bool", "dict", "callable", "iterator"} else 1.0
    for new, prior in (("+=", 0.06), ("-=", 0.02), ("*=", 0.01), ("|=", 0.004), ("//=", 0.002)):
        edit = Edit(at, at + 1, new)
        yield Draft(prior * fit, "augmented", f"= becomes {new}", (edit,))
