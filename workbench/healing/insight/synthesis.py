"""Conditions found from values: what tells the visits apart at which something should be true.

A program point is visited with values of the names in scope there. Forcing a condition, visit by
visit, shows what its truth should have been. From that, the simplest conditions over the values
follow that are right at every visit.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

_CONSTANTS: tuple[tuple[object, float], ...] = ((0, 0.1), (1, 0.8), (-1, 1.4), (2, 2.2))
_BEST, _PAIRED, _KEPT = 20, 400, 3
_LARGEST_PART = 1000
_SIZED = (str, bytes, list, tuple, dict, set, frozenset)
_KINDS = ("str", "int", "float", "list", "dict", "tuple", "set", "bool")
_ORDERS: tuple[tuple[str, Callable[[Any, Any], bool]], ...] = (
    ("<", operator.lt),
    ("<=", operator.le),
    (">", operator.gt),
    (">=", operator.ge),
)
_NATURAL = {"==": 0.28, "<": 0.3, ">": 0.31, "<=": 0.32, ">=": 0.33, "!=": 0.36}
_EQUALITIES: tuple[tuple[str, Callable[[Any, Any], bool]], ...] = (
    ("==", operator.eq),
    ("!=", operator.ne),
)


@dataclass(frozen=True, slots=True)
class Opaque:
    """A value that cannot be carried over: what it is, and whether it counts as true."""

    kind: str
    is_true: bool = True


@dataclass(frozen=True)
class Visit:
    """One time that a place was come by: the values there, and what the condition should be."""

    values: Mapping[str, object]
    wanted: bool


@dataclass(frozen=True, slots=True)
class Predicate:
    """A condition that is right at every visit; less `cost` is simpler and more natural."""

    text: str
    cost: float


@dataclass(frozen=True, slots=True)
class _Term:
    """Something that has a value at every visit."""

    text: str
    values: tuple[Any, ...]
    cost: float


@dataclass(frozen=True, slots=True)
class _Atom:
    """A condition, with its truth at the visits as bits."""

    text: str
    truth: int
    cost: float


def separating(
    visits: Sequence[Visit],
    names: Sequence[str] = (),
    constants: Iterable[object] = (),
    count: int = _BEST,
) -> list[Predicate]:
    """Return conditions that are true at exactly the wanted visits, the simplest first.

    `names` are those that may be used, the nearest first; without them all are. `constants` are
    what the code around already compares with. Where all visits want the same there is nothing to
    tell apart, and nothing is returned.
    """
    wanted = _bits(visit.wanted for visit in visits)
    everywhere = (1 << len(visits)) - 1
    if wanted in (0, everywhere):
        return []
    terms = list(_terms(visits, names))
    given = list(constants)
    made = [*_alone(terms), *_compared(terms, given), *_within(terms), *_multiples(terms, given)]
    atoms = _distinct(made, everywhere)
    found = [one for one in atoms if one.truth == wanted]
    found += _joined(atoms, wanted)
    best = {one.text: one for one in sorted(found, key=lambda one: -one.cost)}
    ordered = sorted(best.values(), key=lambda one: (one.cost, one.text))
    return [Predicate(one.text, round(one.cost, 3)) for one in ordered[:count]]


def _bits(truths: Iterable[bool]) -> int:
    return sum(1 << place for place, truth in enumerate(truths) if truth)


def _terms(visits: Sequence[Visit], names: Sequence[str]) -> Iterator[_Term]:
    """Yield names that have a value at every visit, and lengths of those that have one."""
    given = names or sorted({name for visit in visits for name in visit.values})
    always = [name for name in given if all(name in visit.values for visit in visits)]
    for place, name in enumerate(always):
        values = tuple(visit.values[name] for visit in visits)
        cost = 1.0 + min(place, 10) * 0.08
        yield _Term(name, values, cost)
        if all(isinstance(value, _SIZED) for value in values):
            lengths = tuple(len(value) for value in values)  # type: ignore[arg-type]
            yield _Term(f"len({name})", lengths, cost + 0.7)


def _atom(text: str, cost: float, truths: Iterable[object]) -> Iterator[_Atom]:
    """Yield a condition unless asking it, which happens here, fails at some visit."""
    try:
        yield _Atom(text, _bits(bool(truth) for truth in truths), cost)
    except (TypeError, ValueError, ArithmeticError):
        return


def _alone(terms: Sequence[_Term]) -> Iterator[_Atom]:
    """Yield what can be asked about one value."""
    for one in terms:
        if one.text.startswith("len("):
            continue
        if not all(type(value) is int or type(value) is float for value in one.values):
            yield from _both(one.text, f"not {one.text}", one.cost, map(_is_true, one.values))
        none = (value is None for value in one.values)
        yield from _both(f"{one.text} is None", f"{one.text} is not None", one.cost, none)
        yield from _kinds(one)
        if all(type(value) is int for value in one.values):
            even = (value % 2 == 0 for value in one.values)
            yield from _both(f"{one.text} % 2 == 0", f"{one.text} % 2 == 1", one.cost + 1.2, even)


def _multiples(terms: Sequence[_Term], constants: Sequence[object]) -> Iterator[_Atom]:
    """Yield whether a whole number is a multiple of what the code around knows."""
    whole = {one for one in constants if type(one) is int and 2 < one <= _LARGEST_PART}
    parts = whole | {one * other for one in whole for other in whole if one < other}
    for one in terms:
        if all(type(value) is int for value in one.values):
            for part in sorted(parts):
                text, cost = f"{one.text} % {part}", one.cost + 1.1 + 0.2 * (part not in whole)
                divided = [value % part == 0 for value in one.values]
                yield from _both(f"{text} == 0", f"{text} != 0", cost, divided)


def _both(yes: str, no: str, cost: float, truths: Iterable[object]) -> Iterator[_Atom]:
    """Yield a condition and its opposite."""
    for found in _atom(yes, cost, truths):
        yield found
        yield _Atom(no, ~found.truth, cost + 0.05)


def _is_true(value: object) -> bool:
    return value.is_true if isinstance(value, Opaque) else bool(value)


def _kinds(one: _Term) -> Iterator[_Atom]:
    present = {_kind(value) for value in one.values}
    for kind in [kind for kind in _KINDS if kind in present] if len(present) > 1 else ():
        text = f"isinstance({one.text}, {kind})"
        has = (_is_a(value, kind) for value in one.values)
        yield from _both(text, f"not {text}", one.cost + 0.9, has)


def _is_a(value: object, kind: str) -> bool:
    return _kind(value) == kind or (kind == "int" and type(value) is bool)


def _kind(value: object) -> str:
    return value.kind if isinstance(value, Opaque) else type(value).__name__


def _compared(terms: Sequence[_Term], constants: Iterable[object]) -> Iterator[_Atom]:
    """Yield comparisons of values with each other and with constants."""
    known = {repr(one): (one, 0.4) for one in constants if _is_plain(one)}
    usual = {repr(one): (one, cost) for one, cost in _CONSTANTS}
    fixed = [_Term(text, (one,), cost) for text, (one, cost) in {**known, **usual}.items()]
    for one in terms:
        for other in fixed:
            values = other.values * len(one.values)
            yield from _comparisons(one, _Term(other.text, values, other.cost))
    for place, one in enumerate(terms):
        for other in terms[place + 1 :]:
            if not _is_part(one, other):
                yield from _comparisons(one, other)
                yield from _next_to(one, other)
                yield from _next_to(other, one)


def _is_plain(value: object) -> bool:
    return isinstance(value, int | float | str) and not isinstance(value, bool)


def _is_part(one: _Term, other: _Term) -> bool:
    return one.text == f"len({other.text})" or other.text == f"len({one.text})"


def _comparisons(one: _Term, other: _Term) -> Iterator[_Atom]:
    pairs = list(zip(one.values, other.values, strict=True))
    if all(_is_ordered(left, right) for left, right in pairs):
        for sign, ask in _ORDERS:
            yield from _comparison(one, sign, other, ask, more=_NATURAL[sign])
    if all(_is_equatable(left, right) for left, right in pairs):
        for sign, ask in _EQUALITIES:
            yield from _comparison(one, sign, other, ask, more=_NATURAL[sign])


def _comparison(
    one: _Term, sign: str, other: _Term, ask: Callable[[Any, Any], bool], *, more: float
) -> Iterator[_Atom]:
    text, cost = f"{one.text} {sign} {other.text}", one.cost + other.cost * 0.6 + more
    yield from _atom(text, cost, map(ask, one.values, other.values))


def _is_ordered(left: object, right: object) -> bool:
    numbers = all(type(one) in (int, float) for one in (left, right))
    return numbers or (type(left) is type(right) and isinstance(left, str))


def _is_equatable(left: object, right: object) -> bool:
    if isinstance(left, Opaque) or isinstance(right, Opaque):
        return False
    return left is None or right is None or type(left) is type(right) or _is_ordered(left, right)


def _next_to(one: _Term, other: _Term) -> Iterator[_Atom]:
    """Yield comparisons with a number that is larger or smaller by one."""
    if all(type(value) is int for value in (*one.values, *other.values)):
        for sign, by in (("-", -1), ("+", 1)):
            moved = _Term(f"{other.text} {sign} 1", tuple(v + by for v in other.values), other.cost)
            yield from _comparison(one, "==", moved, operator.eq, more=1.0)
            yield from _comparison(one, "<", moved, operator.lt, more=1.0)


def _within(terms: Sequence[_Term]) -> Iterator[_Atom]:
    """Yield whether one value is in another."""
    holders = [one for one in terms if all(map(_holds_some, one.values))]
    for one in terms:
        for other in holders:
            if one is not other and not _is_part(one, other):
                text = f"{one.text} in {other.text}", f"{one.text} not in {other.text}"
                inside = map(operator.contains, other.values, one.values)
                yield from _both(*text, one.cost + other.cost * 0.6 + 0.3, inside)


def _holds_some(value: object) -> bool:
    return isinstance(value, _SIZED)


def _distinct(atoms: Iterable[_Atom], everywhere: int) -> list[_Atom]:
    """Return the cheapest atoms of each truth, the cheapest first; those that never change go."""
    kept: dict[int, int] = {}
    found = []
    for atom in sorted(atoms, key=lambda one: (one.cost, one.text)):
        one = _Atom(atom.text, atom.truth & everywhere, atom.cost)
        if one.truth not in (0, everywhere) and kept.get(one.truth, 0) < _BEST:
            kept[one.truth] = kept.get(one.truth, 0) + 1
            found.append(one)
    return found


def _joined(atoms: Sequence[_Atom], wanted: int) -> Iterator[_Atom]:
    """Yield pairs joined by `and` and by `or`, neither of which would do alone."""
    wider = _few_of_each([one for one in atoms if one.truth & wanted == wanted != one.truth])
    narrower = _few_of_each([one for one in atoms if one.truth | wanted == wanted != one.truth])
    for place, one in enumerate(wider):
        for other in wider[place + 1 :]:
            if one.truth & other.truth == wanted:
                yield _Atom(f"{one.text} and {other.text}", wanted, one.cost + other.cost + 1.0)
    for place, one in enumerate(narrower):
        for other in narrower[place + 1 :]:
            if one.truth | other.truth == wanted:
                yield _Atom(f"{one.text} or {other.text}", wanted, one.cost + other.cost + 1.0)


def _few_of_each(atoms: Sequence[_Atom]) -> list[_Atom]:
    kept: dict[int, int] = {}
    found = []
    for one in atoms:
        if kept.get(one.truth, 0) < _KEPT:
            kept[one.truth] = kept.get(one.truth, 0) + 1
            found.append(one)
    return found[:_PAIRED]
