"""A statement that parts in one place from others that are written like it: it is made as they are.

What was written once and copied is changed in its names; a copy that also lacks a part, has one
more, or keeps a name of the first was probably made in haste.
"""

from __future__ import annotations

import ast
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence

from workbench.healing.candidate import Candidate
from workbench.healing.drafting.bench import Bench, Draft, finished, short
from workbench.healing.ground import Ground, Module, Site
from workbench.healing.insight.layout import head, is_docstring
from workbench.healing.insight.likeness import Parting, parting
from workbench.healing.insight.scope import BUILTINS

_LACKS, _ELSE = 0.12, 0.05
_NEAREST, _LONGEST, _MOST = 60, 120, 12
_LEAST_AGREED, _SURE_AGREED = 2.0, 5.0
_NEAR_LINES, _IN_FUNCTION, _IN_FILE = 6, 0.6, 0.3
_ROWS = (ast.BoolOp, ast.Tuple, ast.List, ast.Set, ast.Call)
Known = Mapping[type[ast.AST], Sequence[tuple[int, ast.AST]]]


def at_site(ground: Ground, site: Site) -> Iterator[Candidate]:
    if not is_docstring(site.node):
        yield from finished("kin", site, _drafts(Bench(ground, site)), _MOST)


def _drafts(bench: Bench) -> Iterator[Draft]:
    slots = {slot.node: slot for slot in bench.slots}
    scope = bench.scope
    bound = {one.text for one in scope.names if one.bound} | BUILTINS | {scope.this}
    for found, near in _partings(bench.ground, bench.site):
        if found.own in slots and found.agreed >= _LEAST_AGREED and _names(found) <= bound:
            text = found.text(bench.module)
            if len(text) <= _LONGEST:
                sure = min(1.0, found.agreed / _SURE_AGREED) * near
                prior = sure * (_LACKS if found.has_less else _ELSE)
                why = f"{short(bench.text(found.own))} becomes {short(text)}, as beside it"
                yield Draft(prior, "part", why, (bench.instead(slots[found.own], text),))


def _names(found: Parting) -> set[str]:
    return {one.id for one in ast.walk(found.made) if isinstance(one, ast.Name)}


def _partings(ground: Ground, site: Site) -> Iterator[tuple[Parting, float]]:
    """Yield where the statement parts from those like it, and how near these are, from 0 to 1."""
    for own in _roots(site.node):
        for other, near in _alike(ground, site, own):
            if found := parting(own, other):
                yield found, near
    for row in head(site.node):
        yield from ((found, 1.0) for found in _within(row))


def _within(row: ast.AST) -> Iterator[Parting]:
    """Yield how the members of one row part from each other."""
    members = [one for one in ast.iter_child_nodes(row) if isinstance(one, ast.expr)]
    for own in members if isinstance(row, _ROWS) else ():
        for other in members:
            if other is not own and (found := parting(own, other)):
                yield found


def _roots(node: ast.stmt) -> Iterator[ast.AST]:
    """Yield what of a statement is compared as a whole."""
    match node:
        case ast.If(test=found) | ast.While(test=found) | ast.For(iter=found):
            yield found
        case ast.Assign() | ast.AugAssign() | ast.AnnAssign() | ast.Expr() | ast.Return():
            yield node
        case ast.Raise() | ast.Assert() | ast.Delete():
            yield node


def _alike(ground: Ground, site: Site, own: ast.AST) -> Iterator[tuple[ast.AST, float]]:
    """Yield what is of the same kind around, the nearest first."""
    known = _known(ground, site.module)[_kind(own)]
    line, function = site.node.lineno, site.function
    middle = bisect_left(known, line, key=lambda one: one[0])
    near = known[max(0, middle - _NEAREST) : middle + _NEAREST]
    for at, other in sorted(near, key=lambda one: abs(one[0] - line))[:_NEAREST]:
        is_inside = function and function.lineno <= at <= (function.end_lineno or 0)
        share = _IN_FUNCTION if is_inside else _IN_FILE
        if other is not own:
            yield other, 1.0 if abs(at - line) <= _NEAR_LINES else share


def _kind(node: ast.AST) -> type[ast.AST]:
    return ast.expr if isinstance(node, ast.expr) else type(node)


def _known(ground: Ground, module: Module) -> Known:
    """Return what can be compared in a file, by kind and in the order of lines; kept."""
    kept: dict[Module, Known] = vars(ground).setdefault("kept roots", {})
    if module not in kept:
        found: defaultdict[type[ast.AST], list[tuple[int, ast.AST]]] = defaultdict(list)
        for node in sorted(module.statements, key=lambda one: one.lineno):
            for root in _roots(node):
                found[_kind(root)].append((node.lineno, root))
        kept[module] = found
    return kept[module]
