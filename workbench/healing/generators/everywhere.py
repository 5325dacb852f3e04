"""The edit of a candidate made at every place where the same source stands."""

from __future__ import annotations

import ast
import itertools
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import wraps
from typing import TypeVar

from workbench.healing.candidate import Candidate, candidate
from workbench.healing.ground import Ground, Module
from workbench.healing.insight.layout import expressions
from workbench.splice import Edit

_LONGEST, _PLACES, _PAIRS = 120, 40, 6
_AROUND = " \t\r\n\\()"
_OPERATED = (ast.BinOp, ast.UnaryOp, ast.BoolOp, ast.Compare, ast.Attribute, ast.Subscript)
_BINDING = (*_OPERATED, ast.Call, ast.Starred, ast.Await, ast.IfExp)
_LOOSE = (ast.BinOp, ast.UnaryOp, ast.BoolOp, ast.Compare, ast.IfExp, ast.Lambda, ast.NamedExpr)

Located = ast.expr | ast.keyword
Key = tuple[str, str, str]
Made = TypeVar("Made")


def _kept(find: Callable[[Module], Made]) -> Callable[[Module], Made]:
    """Find something in a module once; modules of the same text have other nodes."""

    @wraps(find)
    def kept(module: Module) -> Made:
        known: dict[str, Made] = vars(module).setdefault("kept places", {})
        if find.__name__ not in known:
            known[find.__name__] = find(module)
        return known[find.__name__]

    return kept


@dataclass(frozen=True, slots=True)
class Place:
    """Where the same source stands once more, and the node that it belongs to."""

    start: int
    end: int
    node: ast.AST


@dataclass(frozen=True, slots=True)
class Pattern:
    """What is exchanged, wherever it stands, and what for."""

    key: Key
    text: str
    at: int


def everywhere(ground: Ground, one: Candidate) -> Iterator[Candidate]:
    """Yield `one` made in all of its function, class and file, and at pairs of places.

    Nothing comes from a candidate that touches several files, whole statements, or source that
    stands nowhere else.
    """
    if len(one.by_path) != 1:
        return
    ((path, edits),) = one.by_path.items()
    module = ground.modules.get(path)
    if module is None or any("\n" in edit.text or ";" in edit.text for edit in edits):
        return
    seen = {one.changes}
    for pattern in _patterns(module, edits):
        for found in _spread(path, module, pattern, one):
            if found.changes not in seen:
                seen.add(found.changes)
                yield found


def _spread(path: str, module: Module, pattern: Pattern, one: Candidate) -> Iterator[Candidate]:
    places = _index(module).get(pattern.key, ())
    own = next((place for place in places if place.start == pattern.at), None)
    if own is None:
        return
    name, why = one.operator.rpartition(":")[2], one.why or "the same edit"
    for scope, share in _scopes(module, own.node):
        inside = [place for place in places if _within(module, place.node, scope)][:_PLACES]
        if len(inside) > 1:
            edits = [_made(module, place, pattern) for place in inside]
            prior = max(one.prior * share, 1e-9)
            where = f"{why}, at {len(edits)} places"
            yield candidate(path, edits, f"everywhere:{name}", prior, where)
    yield from _pairs(path, module, pattern, one, own)


def _pairs(
    path: str, module: Module, pattern: Pattern, one: Candidate, own: Place
) -> Iterator[Candidate]:
    scope = module.function_of(own.node) or module.tree
    places = _index(module)[pattern.key]
    others = [place for place in places if place != own and _within(module, place.node, scope)]
    others.sort(key=lambda place: abs(place.start - own.start))
    for other in others[:_PAIRS] if len(others) > 1 else ():
        edits = [_made(module, place, pattern) for place in (own, other)]
        prior = max(one.prior * 0.2 / min(len(others), _PAIRS), 1e-9)
        name = one.operator.rpartition(":")[2]
        yield candidate(path, edits, f"everywhere:{name}", prior, f"{one.why}, at two places")


def _scopes(module: Module, node: ast.AST) -> Iterator[tuple[ast.AST, float]]:
    """Yield function, class and file around a node, and what of a prior is left there."""
    function = module.function_of(node)
    if function is not None:
        yield function, 0.35
    around = module.ancestors(node)
    outer = next((one for one in around if isinstance(one, ast.ClassDef)), None)
    if outer is not None:
        yield outer, 0.12
    yield module.tree, 0.08 if function is not None else 0.3


def _within(module: Module, node: ast.AST, scope: ast.AST) -> bool:
    return scope is module.tree or any(one is scope for one in module.ancestors(node))


def _patterns(module: Module, edits: Sequence[Edit]) -> Iterator[Pattern]:
    """Yield what `edits` exchange: an expression, the one around it, or what joins operands."""
    start, end = edits[0].start, edits[-1].end
    found = _covering(module, start, end)
    if not found:
        return
    gap = _gap(module, found[0], start, end) if len(edits) == 1 else None
    if gap is not None and module.piece(*gap).strip(_AROUND):
        old, new = module.piece(*gap).strip(_AROUND), _after(module, *gap, edits).strip(_AROUND)
        at = gap[0] + module.piece(*gap).index(old)
        if new:
            yield Pattern((type(found[0]).__name__, "gap", old), new, at)
        return
    for node in [one for one in found[:2] if isinstance(one, ast.expr)]:
        text = _after(module, module.start(node), module.end(node), edits)
        yield Pattern(_key(module, node), text, module.start(node))


def _after(module: Module, start: int, end: int, edits: Sequence[Edit]) -> str:
    """Return the text of a span with `edits` made."""
    whole = [Edit(0, start, ""), *edits, Edit(end, len(module.data), "")]
    return module.spliced(whole).removeprefix("\ufeff")


def _covering(module: Module, start: int, end: int) -> list[Located]:
    """Return the expressions that hold a span, the smallest first."""
    starts, nodes = _by_start(module)
    place = bisect_right(starts, start) - 1
    if place < 0:
        return []
    spans = _spans(module)
    chain = [nodes[place], *module.ancestors(nodes[place])]
    inner = list(itertools.takewhile(lambda node: not isinstance(node, ast.stmt), chain))
    return [
        node
        for node in inner
        if isinstance(node, Located) and node in spans and _holds(spans[node], start, end)
    ]


def _holds(span: tuple[int, int], start: int, end: int) -> bool:
    return span[0] <= start and end <= span[1]


@_kept
def _by_start(module: Module) -> tuple[list[int], list[Located]]:
    """Return where expressions begin, in order; of those that begin together, the outer first."""
    spans = _spans(module)
    nodes = sorted(spans, key=lambda node: (spans[node][0], -spans[node][1]))
    return [spans[node][0] for node in nodes], nodes


@_kept
def _spans(module: Module) -> Mapping[Located, tuple[int, int]]:
    return {node: (module.start(node), module.end(node)) for node in _located(module)}  # type: ignore[arg-type]


@_kept
def _located(module: Module) -> tuple[Located, ...]:
    return tuple(
        node for node in expressions(module.tree) if isinstance(node, ast.expr | ast.keyword)
    )


def _gaps(module: Module, node: Located) -> Iterator[tuple[int, int]]:
    """Yield what of a node is in none of its parts."""
    spans = _spans(module)
    inner = (one for one in ast.iter_child_nodes(node) if isinstance(one, Located))
    parts = sorted(spans[one] for one in inner if one in spans)
    start, end = spans[node]
    bounds = [start, *itertools.chain.from_iterable(parts), end]
    yield from zip(bounds[::2], bounds[1::2], strict=True)


def _gap(module: Module, node: Located, start: int, end: int) -> tuple[int, int] | None:
    if not isinstance(node, (*_OPERATED, ast.keyword)):
        return None
    inside = (one for one in _gaps(module, node) if _holds(one, start, end))
    return next((one for one in inside if start < end or one[0] < start < one[1]), None)


def _key(module: Module, node: ast.expr) -> Key:
    context = type(getattr(node, "ctx", None)).__name__
    return type(node).__name__, context, module.of(node)


@_kept
def _index(module: Module) -> Mapping[Key, Sequence[Place]]:
    """Return where each expression, and each operator or attribute, stands in a file."""
    found: defaultdict[Key, list[Place]] = defaultdict(list)
    for node in _located(module):
        start, end = _spans(module)[node]
        if isinstance(node, ast.expr) and end - start <= _LONGEST:
            found[_key(module, node)].append(Place(start, end, node))
        if isinstance(node, (*_OPERATED, ast.keyword)):
            for key, place in _joints(module, node):
                found[key].append(place)
    return {key: sorted(places, key=lambda one: one.start) for key, places in found.items()}


def _joints(module: Module, node: Located) -> Iterator[tuple[Key, Place]]:
    for start, end in _gaps(module, node):
        text = module.data[start:end]
        bare = text.strip(_AROUND.encode())
        if bare:
            at = start + text.index(bare)
            key = (type(node).__name__, "gap", bare.decode())
            yield key, Place(at, at + len(bare), node)


def _made(module: Module, place: Place, pattern: Pattern) -> Edit:
    if place.start == pattern.at or pattern.key[1] == "gap" or not _needs_brackets(module, place):
        return Edit(place.start, place.end, pattern.text)
    return Edit(place.start, place.end, f"({pattern.text})" if _is_loose(pattern) else pattern.text)


def _is_loose(pattern: Pattern) -> bool:
    """Tell what needs brackets within another expression; a piece of one is never sure."""
    try:
        return isinstance(ast.parse(pattern.text, mode="eval").body, _LOOSE)
    except SyntaxError:
        return True


def _needs_brackets(module: Module, place: Place) -> bool:
    around = module.parents[place.node]
    inner = isinstance(around, ast.Call) and place.node is not around.func
    return isinstance(around, _BINDING) and not inner and not _indexes(around, place.node)


def _indexes(around: ast.AST, node: ast.AST) -> bool:
    return isinstance(around, ast.Subscript) and around.slice is node
