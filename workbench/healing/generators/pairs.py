"""Things that are compared with each other: the pair that was forgotten."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from itertools import combinations

from workbench.healing import heads
from workbench.healing.candidate import Candidate
from workbench.healing.ground import Ground, Site
from workbench.healing.insight.shares import Option, option, ranked, shared
from workbench.splice import Edit

_SHARE = 0.4
_SYMBOLS = {ast.Eq: "==", ast.NotEq: "!="}


def at_site(ground: Ground, site: Site) -> Iterator[Candidate]:
    del ground
    made = (
        one
        for node in heads.nodes(site.node)
        if isinstance(node, ast.BoolOp)
        for one in _missing(site, node)
    )
    yield from ranked(shared(site, "pairs:missing", _SHARE, made))


def _missing(site: Site, node: ast.BoolOp) -> Iterator[Option]:
    """Yield the pairs that are not compared, where of three or four things all others are."""
    kinds = {_symbol(value) for value in node.values}
    if len(kinds) != 1 or "" in kinds:
        return
    present = [_pair(value) for value in node.values if isinstance(value, ast.Compare)]
    things = list(dict.fromkeys(thing for pair in present for thing in pair))
    known = {frozenset(pair) for pair in present}
    absent = [pair for pair in combinations(things, 2) if frozenset(pair) not in known]
    if not 3 <= len(things) <= 4 or len(absent) > 1:
        return
    word = "and" if isinstance(node.op, ast.And) else "or"
    end = site.module.end(node.values[-1])
    for left, right in absent:
        text = f"{word} {left} {kinds.copy().pop()} {right}"
        yield from option(Edit(end, end, f" {text}"), 1.0, text)


def _symbol(value: ast.expr) -> str:
    """Return how two things are compared; nothing for whatever else is asked."""
    if isinstance(value, ast.Compare) and len(value.ops) == 1:
        return _SYMBOLS.get(type(value.ops[0]), "")
    return ""


def _pair(value: ast.Compare) -> tuple[str, str]:
    return ast.unparse(value.left), ast.unparse(value.comparators[0])
