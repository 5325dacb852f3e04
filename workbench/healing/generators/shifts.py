"""Off by one: one more or one less than what an expression gives."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from workbench.healing.candidate import Candidate
from workbench.healing.drafting.bench import Bench, Draft, Slot, finished, short
from workbench.healing.ground import Ground, Site
from workbench.healing.insight.kinds import is_number

_ADD, _MULT = 11, 12
_COUNTED = (ast.Name, ast.Attribute, ast.Call, ast.BinOp, ast.Subscript)


def at_site(ground: Ground, site: Site) -> Iterator[Candidate]:
    return finished("shifts", site, _drafts(Bench(ground, site)))


def _drafts(bench: Bench) -> Iterator[Draft]:
    for slot in bench.slots:
        if isinstance(slot.node, _COUNTED) and (prior := _prior(bench, slot)):
            yield from _shifted(bench, slot, prior)
        match slot.node:
            case ast.Call(func=ast.Name(id="range")):
                yield from _ranges(bench, slot, slot.node)
            case ast.Subscript(slice=ast.Slice() as part):
                yield from _slices(bench, slot, slot.node, part)


def _prior(bench: Bench, slot: Slot) -> float:
    """Return how likely it is that one more or less is meant here."""
    kinds = bench.scope.kinds(slot.node)
    if kinds and not is_number(kinds):
        return 0.0
    fit = 1.0 if is_number(kinds) or isinstance(slot.node, ast.Name | ast.BinOp) else 0.6
    return _place_prior(slot) * fit * (0.5 if _is_shifted(slot) else 1.0)


def _is_shifted(slot: Slot) -> bool:
    match slot.node:
        case ast.BinOp(op=ast.Add() | ast.Sub(), right=ast.Constant(value=1)):
            return True
    return False


def _place_prior(slot: Slot) -> float:  # noqa: C901, PLR0911 - one case for each place
    match slot.parent, slot.field:
        case ast.Call(func=ast.Name(id="range")), "args":
            return 0.06
        case ast.Subscript(slice=inner), "slice" if not isinstance(inner, ast.Slice):
            return 0.035
        case ast.Slice(), _:
            return 0.05
        case ast.Compare(ops=ops), _ if not isinstance(ops[0], ast.Is | ast.IsNot | ast.In):
            return 0.02
        case ast.Return() | ast.Assign() | ast.AugAssign(), "value":
            return 0.02
        case ast.BinOp(op=op), _ if not isinstance(op, ast.Mod | ast.Add | ast.Sub):
            return 0.012
        case ast.BinOp(op=ast.Mod()), "right":
            return 0.012
        case (ast.Call(), "args") | (ast.keyword(), _) | (ast.Tuple(), _):
            return 0.01
        case ast.BinOp(), _:
            return 0.003
        case ast.FormattedValue() | ast.IfExp() | ast.Lambda(), "value" | "body" | "orelse":
            return 0.008
    return 0.0


def _shifted(bench: Bench, slot: Slot, prior: float) -> Iterator[Draft]:
    shown = bench.text(slot.node, _ADD)
    for sign in ("+", "-"):
        edit = bench.instead(slot, f"{shown} {sign} 1")
        yield Draft(prior, "shift", f"{short(shown)} {sign} 1", (edit,))
    match slot.node:
        case ast.BinOp(left=left, op=ast.Add() | ast.Sub(), right=ast.Constant(value=1)):
            other = "-" if isinstance(slot.node.op, ast.Add) else "+"
            edit = bench.instead(slot, f"{bench.text(left, _ADD)} {other} 1")
            yield Draft(prior, "shift", f"{other} 1", (edit,))


def _ranges(bench: Bench, slot: Slot, node: ast.Call) -> Iterator[Draft]:
    texts = [bench.text(one, 1) for one in node.args]
    ways: list[tuple[float, list[str]]] = []
    match texts:
        case [stop]:
            ways = [(0.05, ["1", stop]), (0.02, ["1", f"{stop} + 1"])]
            ways += [(0.01, ["2", f"{stop} + 1"]), (0.008, ["2", stop])]
            ways += [(0.01, [f"{stop} - 1", "-1", "-1"]), (0.006, [stop, "0", "-1"])]
        case [start, stop]:
            ways = [(0.02, [stop]), (0.02, [f"{start} + 1", f"{stop} + 1"])]
            ways += [(0.006, [stop, start]), (0.012, [start, stop, "-1"]), (0.006, ["0", stop])]
            ways += [(0.012, [start, stop, "2"]), (0.01, [f"{start} - 1", f"{stop} - 1"])]
        case [start, stop, step]:
            ways = [(0.04, [start, stop]), (0.01, [start, f"{stop} + {step}", step])]
            ways += [(0.015, [start, stop, f"-{step}" if step[:1] != "-" else step[1:]])]
    for prior, arguments in ways:
        written = f"range({', '.join(arguments)})"
        yield Draft(prior, "range", written, (bench.instead(slot, written),))


def _slices(bench: Bench, slot: Slot, node: ast.Subscript, part: ast.Slice) -> Iterator[Draft]:
    """Leave bounds out, give those that are not there, exchange the sides, turn the direction."""
    low, high, step = (
        bench.text(one, 1) if one is not None else None
        for one in (part.lower, part.upper, part.step)
    )
    ways: list[tuple[float, str]] = []
    if step is None:
        ways += [(0.02, f"{low or ''}:")] if high else []
        ways += [(0.02, f":{high or ''}")] if low else []
        ways += [(0.02, f"{high or ''}:{low or ''}")]
        ways += [(0.02, f"1:{high or ''}"), (0.006, f"2:{high or ''}")] if not low else []
        ways += [(0.02, f"{low or ''}:-1")] if not high else []
        ways += [(0.012, "::-1")]
    else:
        ways += [(0.05, f"{low or ''}:{high or ''}"), (0.02, f"::{step}")]
        ways += [(0.02, f"1::{step}")] if not low else []
        ways += [(0.02, f"::-{step}" if step[:1] != "-" else f"::{step[1:]}")]
    base = bench.text(node.value, 16)
    for prior, inner in ways:
        yield Draft(prior, "slice", f"[{inner}]", (bench.instead(slot, f"{base}[{inner}]"),))
    bare = bench.instead(slot, base)
    yield Draft(0.015, "slice", f"all of {short(base)}", (bare,))
    if low and not high and step is None:
        yield Draft(
            0.02, "slice", f"one of {short(base)}", (bench.instead(slot, f"{base}[{low}]"),)
        )
