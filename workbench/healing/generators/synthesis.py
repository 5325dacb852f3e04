"""Conditions made from what was seen where forcing something let failing tests pass.

Nothing of it can be known from the source alone: the search asks a probe in the sandbox, and hands
what came of it here.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice, product
from typing import Any

import msgspec

from workbench.healing.candidate import Candidate
from workbench.healing.ground import Site
from workbench.healing.insight.layout import before, wrapped
from workbench.healing.insight.probes import Form, Probe
from workbench.healing.insight.shares import Option, option, ranked, shared
from workbench.healing.insight.synthesis import Opaque, Predicate, Visit, separating
from workbench.splice import Edit

_CHOICES, _PREDICATES = 4, 8
_MOST_VISITS, _MOST_CONSTANTS = 40, 6
_WHOLE, _JOINED, _SKIPPED, _LEFT = 0.10, 0.12, 0.06, 0.08
"""How often a condition of each form repairs a place where forcing it lets tests pass."""


class Run(msgspec.Struct, frozen=True):
    """A test that passed: because something was forced, or as it always does."""

    test: str
    forced: tuple[int, int, int] | None
    """From which visit to which, and which of the probe's values."""
    visits: tuple[tuple[tuple[Any, ...], int | None], ...]
    """What the terms were worth, and which value was forced, or what the condition was."""
    count: int
    """How often the test came by."""

    @property
    def forces(self) -> int:
        first, last, _ = self.forced or (0, -1, 0)
        return min(last + 1, self.count) - first


@dataclass(frozen=True, slots=True)
class Seen:
    """One visit: what there was, what should be, and what the condition says as it is."""

    visit: Visit
    was: bool | None


def candidates(probe: Probe, runs: Sequence[Run], failing: int) -> list[Candidate]:
    """Return what makes the failing tests pass as forcing did, the likeliest first.

    `failing` is how many failing tests were asked; a place where only some of them can be made to
    pass is that much less likely to be the one.
    """
    turned = {run.test for run in runs if run.forced is not None}
    if not turned:
        return []
    part = len(turned) / max(failing, 1)
    by_form = {Form.CONDITION: _conditions, Form.SKIP: _skipped, Form.LEAVE: _left}
    return list(by_form[probe.form](probe, runs, part))


def _conditions(probe: Probe, runs: Sequence[Run], part: float) -> Iterator[Candidate]:
    whole, narrowed, widened = list[Option](), list[Option](), list[Option]()
    for seen in _stories(probe, runs):
        whole += _whole(probe, seen)
        narrowed += _joined(probe, seen, "and")
        widened += _joined(probe, seen, "or")
    yield from ranked(
        shared(probe.site, "synthesis:condition", _WHOLE * part, whole),
        shared(probe.site, "synthesis:and", _JOINED * part, narrowed),
        shared(probe.site, "synthesis:or", _JOINED * part, widened),
    )


def _whole(probe: Probe, seen: Sequence[Seen]) -> Iterator[Option]:
    module, test = probe.site.module, _test(probe)
    for one, weight in _told_apart(probe, seen):
        text = _instead(probe, one.text)
        why = f"{module.of(test)} becomes {one.text}"
        yield from option(module.instead(test, text), weight, why)


def _joined(probe: Probe, seen: Sequence[Seen], word: str) -> Iterator[Option]:
    """Yield the condition as it is, joined with one that makes up for what it misses."""
    leads = word == "and"
    if not probe.is_pure or any(one.was is None for one in seen):
        return
    if any(one.was not in (leads, one.visit.wanted) for one in seen):
        return
    module, test = probe.site.module, _test(probe)
    mixed = leads and isinstance(test, ast.BoolOp) and isinstance(test.op, ast.Or)
    loose = mixed or isinstance(test, (ast.IfExp, ast.Lambda, ast.NamedExpr))
    text = f"({module.of(test)})" if loose else module.of(test)
    for one, weight in _told_apart(probe, [one for one in seen if one.was == leads]):
        other = f"({one.text})" if leads and " or " in one.text else one.text
        whole = _instead(probe, f"{text} {word} {other}")
        yield from option(module.instead(test, whole), weight, f"{word} {one.text}")


def _test(probe: Probe) -> ast.expr:
    assert probe.test is not None  # noqa: S101 - conditions have one
    return probe.test


def _instead(probe: Probe, text: str) -> str:
    """Return a condition as it can stand in the place of the probe's."""
    around = probe.site.module.parents[_test(probe)]
    binds = isinstance(around, ast.BoolOp | ast.UnaryOp | ast.Compare | ast.BinOp | ast.Call)
    return f"({text})" if binds and not isinstance(around, ast.Call) else text


def _skipped(probe: Probe, runs: Sequence[Run], part: float) -> Iterator[Candidate]:
    found = list[Option]()
    for seen in _stories(probe, runs):
        for one, weight in _told_apart(probe, seen):
            edit = wrapped(probe.site.module, probe.site.node, f"if {one.text}:")
            found += option(edit, weight, f"only if {one.text}")
    yield from shared(probe.site, "synthesis:only-if", _SKIPPED * part, found)


def _left(probe: Probe, runs: Sequence[Run], part: float) -> Iterator[Candidate]:
    found = list[Option]()
    for value, text in enumerate(probe.values):
        mine = [run for run in runs if run.forced is None or run.forced[2] == value]
        for seen in _stories(probe, mine) if mine else ():
            for one, weight in _told_apart(probe, seen):
                found += option(_leaving(probe, one.text, text), weight, _why(probe, one, text))
    yield from shared(probe.site, f"synthesis:{probe.leave.split()[0]}", _LEFT * part, found)


def _leaving(probe: Probe, asks: str, value: str) -> Edit | None:
    name = probe.leave.split()[-1]
    message = asks.replace("\\", "\\\\").replace('"', "'")
    line = {"return": f"return {value}", "continue": "continue", "break": "break"}
    leave = line.get(probe.leave, f'raise {name}("{message}")')
    return before(probe.site.module, probe.site.node, f"if {asks}:\n    {leave}")


def _why(probe: Probe, one: Predicate, value: str) -> str:
    what = f"return {value}" if probe.leave == "return" else probe.leave
    return f"{what} if {one.text}"


def _stories(probe: Probe, runs: Sequence[Run]) -> Iterator[list[Seen]]:
    """Yield what was seen, once for each choice of what was forced in each failing test.

    What forces least is chosen first.
    """
    turned: dict[str, list[Run]] = {}
    for run in runs:
        if run.forced is not None:
            turned.setdefault(run.test, []).append(run)
    passing = [run for run in runs if run.forced is None]
    ordered = [sorted(some, key=lambda one: one.forces) for some in turned.values()]
    for chosen in islice(product(*ordered), _CHOICES) if ordered else ():
        yield [one for run in (*chosen, *passing) for one in _seen(probe, run)]


def _seen(probe: Probe, run: Run) -> Iterator[Seen]:
    for values, outcome in run.visits[:_MOST_VISITS]:
        wanted = _wanted(probe.form, outcome)
        if wanted is not None:
            known = zip(probe.terms, map(_value, values), strict=True)
            found = {text: value for text, value in known if value is not _ABSENT}
            was = found.pop(probe.terms[-1], None) if probe.is_pure else None
            yield Seen(Visit(found, wanted), was if isinstance(was, bool) else None)


def _wanted(form: Form, outcome: int | None) -> bool | None:
    """Return what the condition to be found should be at a visit; None where that is open."""
    match form:
        case Form.CONDITION:
            return None if outcome is None else outcome == 0
        case Form.SKIP:
            return outcome is None
        case Form.LEAVE:
            return outcome is not None


_ABSENT = object()


def _value(told: object) -> object:
    match told:
        case None:
            return _ABSENT
        case str():
            return ast.literal_eval(told)
        case [str(kind), bool(is_true)]:
            return Opaque(kind, is_true)
    raise TypeError(told)


def _told_apart(probe: Probe, seen: Sequence[Seen]) -> Iterator[tuple[Predicate, float]]:
    """Yield conditions that are right at all visits, and how natural each is."""
    distinct = {repr(one.visit): one.visit for one in seen}
    names = probe.terms[:-1] if probe.is_pure else probe.terms
    found = separating(list(distinct.values()), names, _constants(probe.site), _PREDICATES)
    for place, one in enumerate(found):
        yield one, 2.0 ** (1.3 - one.cost) / (1 + place / 4)


def _constants(site: Site) -> Sequence[object]:
    """Return what the function around a site compares with."""
    around = site.function or site.node
    compared = (one for one in ast.walk(around) if isinstance(one, ast.Compare))
    sides = (side for one in compared for side in (one.left, *one.comparators))
    values = dict.fromkeys(one.value for one in sides if isinstance(one, ast.Constant))
    return [*values][:_MOST_CONSTANTS]
