"""Conditions made from what was seen where forcing something let failing tests pass.

Nothing of it can be known from the source alone: the search asks a probe in the sandbox, and hands
what came of it here.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Collection, Iterator, Sequence
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

_STRING = re.compile(r"'([^'\"\\]*)'")
_CHOICES, _PREDICATES = 4, 8
_MOST_VISITS, _MOST_CONSTANTS = 40, 6
_OF_EACH, _MOST_TERMS = 24, 14
_BORNE_OUT = {1: 0.4, 2: 0.7}
"""How far a condition is believed that so few visits speak for: many fit a single one."""
_WHOLE, _JOINED, _SKIPPED, _LEFT = 0.10, 0.12, 0.06, 0.08
"""How often a condition of each form repairs a place where forcing it lets tests pass."""


class Run(msgspec.Struct, frozen=True):
    """A test that passed: because something was forced, or as it always does."""

    test: str
    forced: tuple[int, int, int] | None
    """From which visit to which, and which of the probe's values."""
    visits: tuple[tuple[tuple[Any, ...], int | None, tuple[int, ...]], ...]
    """What the terms were worth; which value was forced, or what the condition was; and which
    values could be forced there without harm."""
    count: int
    """How often the test came by."""

    @property
    def forces(self) -> int:
        """How often it was forced."""
        first, last, _ = self.forced or (0, -1, 0)
        return min(last + 1, self.count) - first


class Learned(msgspec.Struct, frozen=True):
    """What came of a probe."""

    terms: tuple[str, ...]
    """What was looked at: the probe's terms, and parts of what these turned out to be."""
    runs: tuple[Run, ...]
    seconds: float = 0.0
    """How long it took."""

    @property
    def passing(self) -> list[Run]:
        return [run for run in self.runs if run.forced is None]

    @property
    def turned(self) -> dict[str, list[Run]]:
        """The runs that passed because something was forced, by test; what forces least first."""
        found: dict[str, list[Run]] = {}
        for run in sorted(self.runs, key=lambda one: one.forces):
            if run.forced is not None:
                found.setdefault(run.test, []).append(run)
        return found


@dataclass(frozen=True, slots=True)
class Seen:
    """One visit: what there was, what should be, and what the condition says as it is."""

    visit: Visit
    was: bool | None


def candidates(probe: Probe, learned: Learned, failing: int) -> list[Candidate]:
    """Return what makes the failing tests pass as forcing did, the likeliest first.

    `failing` is how many failing tests were asked; a place where only some of them can be made to
    pass is that much less likely to be the one.
    """
    part = len(learned.turned) / max(failing, 1)
    by_form = {Form.CONDITION: _conditions, Form.SKIP: _skipped, Form.LEAVE: _left}
    return list(by_form[probe.form](probe, learned, part)) if part else []


def _conditions(probe: Probe, learned: Learned, part: float) -> Iterator[Candidate]:
    whole, narrowed, widened = list[Option](), list[Option](), list[Option]()
    for seen in _stories(probe, learned):
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


def _skipped(probe: Probe, learned: Learned, part: float) -> Iterator[Candidate]:
    found = list[Option]()
    for seen in _stories(probe, learned):
        for one, weight in _told_apart(probe, seen):
            edit = wrapped(probe.site.module, probe.site.node, f"if {one.text}:")
            found += option(edit, weight, f"only if {one.text}")
    yield from shared(probe.site, "synthesis:only-if", _SKIPPED * part, found)


def _left(probe: Probe, learned: Learned, part: float) -> Iterator[Candidate]:
    found = list[Option]()
    for value, text in enumerate(probe.values):
        mine = [run for run in learned.runs if run.forced is None or run.forced[2] == value]
        for seen in _stories(probe, Learned(learned.terms, tuple(mine))):
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


def _stories(probe: Probe, learned: Learned) -> Iterator[list[Seen]]:
    """Yield what was seen, once for each choice of what was forced in each failing test.

    What passing tests leave open is taken as it is first, and then is left open.
    """
    turned = learned.turned.values()
    for chosen in islice(product(*turned), _CHOICES) if turned else ():
        runs = (*chosen, *learned.passing)
        value = chosen[0].forced[2] if chosen[0].forced else 0
        strict = [one for run in runs for one in _seen(probe, learned.terms, run)]
        loose = [one for run in runs for one in _seen(probe, learned.terms, run, value)]
        yield strict
        if len(loose) < len(strict):
            yield loose


def _seen(probe: Probe, terms: Sequence[str], run: Run, free: int | None = None) -> Iterator[Seen]:
    """Yield the visits of a run, without those at which the value `free` may be forced."""
    for values, outcome, left_open in run.visits[:_MOST_VISITS]:
        wanted = _wanted(probe.form, outcome)
        if wanted is not None and free not in left_open:
            known = zip(terms, map(_value, values), strict=False)
            found = {text: value for text, value in known if value is not _ABSENT}
            was = found.pop(terms[0], None) if probe.is_pure else None
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
    named = dict.fromkeys(name for one in seen for name in one.visit.values)
    constants = _constants(probe.site)
    visits, names = _spread(distinct.values()), [*named][:_MOST_TERMS]
    found = separating(visits, names, constants, _PREDICATES)
    borne = _BORNE_OUT.get(min(_counts(visits)), 1.0)
    for place, one in enumerate(found):
        told = Predicate(_quoted(probe.site, one.text), one.cost)
        yield told, borne * 2.0 ** (1.3 - one.cost) / (1 + place / 4)


def _counts(visits: Collection[Visit]) -> tuple[int, int]:
    true = sum(one.wanted for one in visits)
    return true, len(visits) - true


def _spread(visits: Collection[Visit]) -> list[Visit]:
    """Return some of each kind where there are many: each is asked much."""
    by_kind = {wanted: [one for one in visits if one.wanted is wanted] for wanted in (True, False)}
    return [one for some in by_kind.values() for one in some[:_OF_EACH]]


def _quoted(site: Site, text: str) -> str:
    """Return a condition with its strings in the quotes that the file uses."""
    data = site.module.data
    return _STRING.sub(r'"\1"', text) if data.count(b'"') > data.count(b"'") else text


def _constants(site: Site) -> Sequence[object]:
    """Return what the function around a site compares with."""
    around = site.function or site.node
    compared = (one for one in ast.walk(around) if isinstance(one, ast.Compare))
    sides = [side for one in compared for side in (one.left, *one.comparators)]
    sides += [one.right for one in sides if isinstance(one, ast.BinOp)]
    values = dict.fromkeys(one.value for one in sides if isinstance(one, ast.Constant))
    return [*values][:_MOST_CONSTANTS]
