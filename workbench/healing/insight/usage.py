"""What names of a function are used as, where their kind is not known otherwise."""

from __future__ import annotations

import ast
from dataclasses import dataclass

from workbench.healing.ground import Function, Ground, Site
from workbench.healing.insight.kinds import UNKNOWN, Kinds, dotted
from workbench.healing.insight.scope import parameters

_WHOLE = frozenset({"int"})
_HOLDING = frozenset({"list"})


@dataclass(frozen=True)
class Usage:
    """Names that index others, and names that are indexed, measured or gone over."""

    indexes: frozenset[str]
    holders: frozenset[str]
    ignored: frozenset[str]
    """Parameters that nothing reads, which may well be what is forgotten."""

    def kinds(self, name: str, known: Kinds) -> Kinds:
        """Return what is known of a name, or else what its use suggests."""
        if known:
            return known
        if name in self.indexes:
            return _WHOLE
        return _HOLDING if name in self.holders else UNKNOWN


def usage(ground: Ground, site: Site) -> Usage:
    """Return how the function around a site uses its names; kept for each function."""
    around = site.function or site.module.tree
    kept: dict[ast.AST, Usage] = vars(ground).setdefault("kept usage", {})
    if around not in kept:
        kept[around] = _usage(around)
    return kept[around]


def _usage(around: ast.AST) -> Usage:
    indexes, holders = set[str](), set[str]()
    for node in ast.walk(around):
        match node:
            case ast.Subscript(value=owner, slice=index) if not _is_text(index):
                holders.add(dotted(owner))
                indexes |= _plain_names(index)
            case ast.Call(func=ast.Name(id="len" | "sum" | "sorted" | "enumerate"), args=[one]):
                holders.add(dotted(one))
            case ast.Assign(targets=[_, _, *_] as targets, value=ast.Constant(value=int())):
                indexes |= {dotted(one) for one in targets}
            case ast.Compare(left=left, comparators=[ast.Call(func=ast.Name(id="len"))]):
                indexes.add(dotted(left))
            case ast.For(iter=one) | ast.comprehension(iter=one):
                holders.add(dotted(one))
    return Usage(frozenset(indexes - {""}), frozenset(holders - {""}), _ignored(around))


def _ignored(around: ast.AST) -> frozenset[str]:
    if not isinstance(around, Function):
        return frozenset()
    names = (one for one in ast.walk(around) if isinstance(one, ast.Name))
    read = {one.id for one in names if isinstance(one.ctx, ast.Load)}
    return frozenset(one.arg for one in parameters(around)) - read - {"self", "cls"}


def _is_text(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and isinstance(node.value, str)


def _plain_names(index: ast.expr) -> set[str]:
    """Return names that the ends of a slice or a sum within an index consist of."""
    parts = [index.lower, index.upper] if isinstance(index, ast.Slice) else [index]
    found = set()
    for one in parts:
        match one:
            case ast.BinOp(left=left, right=right) if isinstance(index, ast.Slice):
                found |= {dotted(left), dotted(right)}
            case ast.BinOp(left=left, right=ast.Constant(value=int())):
                found.add(dotted(left))
            case ast.Name() if isinstance(index, ast.Slice):
                found.add(dotted(one))
    return found
