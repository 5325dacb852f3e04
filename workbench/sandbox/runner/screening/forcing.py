"""What tests do when a condition comes out otherwise, or when something is left out or left early.

The function is exchanged for one that asks at a place, each time it comes by, what shall be. Which
tests pass then, and what was to be seen at each visit, shows what a condition there has to tell
apart.
"""

from __future__ import annotations

import builtins
import math
import sys
from collections.abc import Iterator
from functools import partial
from types import CodeType, FrameType
from typing import Any

from .. import stopwatch
from .clock import CLOCK
from .compiling import INVALID
from .forks import Child, Message, Patience, Teller
from .ground import Ground
from .items import PASSED, Limit, Runner, be_brief
from .state import Memory
from .swapping import Functions, Prepared, Unchanged, Unswappable

VISIT, VALUE, HEED = "__wb_visit__", "__wb_value__", "__wb_heed__"
"""Whether this visit is forced; what is forced; what the condition is where it is not."""
_SCOPES = frozenset({"<listcomp>", "<setcomp>", "<dictcomp>", "<genexpr>", "<lambda>"})
_MOST_VISITS, _MOST_PASSING, _MOST_FOUND, _MOST_OPEN = 40, 12, 6, 4
_MOST_TERMS, _MOST_PARTS = 18, 10
_SINGLE, _ENDS = 6, 3
_LONGEST, _MOST_ITEMS, _DEEPEST, _LARGEST = 200, 30, 2, 1 << 64
_SECONDS = 0.3
_USUAL_WORK = 20_000
_PATIENCE = Patience(2.0, 6.0)
Visits = list[Any]


class Forced:
    """From which visit to which something is forced, and which of the values."""

    __slots__ = ("first", "last", "value")

    def __init__(self, first: int, last: int, value: int) -> None:
        self.first = first
        self.last = last
        self.value = value

    def holds(self, visit: int) -> bool:
        return self.first <= visit <= self.last


_NEVER = Forced(0, -1, 0)
_EVER = 1 << 30


class Watch:
    """Stands at a place: says what is forced there, and keeps what it sees."""

    def __init__(self, terms: list[str], values: list[str]) -> None:
        self.terms = list(terms)
        self._codes = [_compiled(one) for one in terms]
        self._values = [_compiled(one) for one in values]
        self._parts: dict[str, None] = {}
        self.begin(_NEVER)

    def widen(self) -> None:
        """Look from now on at parts of what was seen, too: entries by their keys, attributes."""
        for one in list(self._parts)[: _MOST_TERMS - len(self.terms)]:
            if one not in self.terms:
                self.terms.append(one)
                self._codes.append(_compiled(one))

    def begin(self, forced: Forced) -> None:
        """Stand there anew, also where all was put back as it was."""
        for name, answer in ((VISIT, self.visit), (VALUE, self.value), (HEED, self.heed)):
            setattr(builtins, name, answer)
        self._forced = forced
        self._open: dict[int, int] = {}
        self._is_looking = False
        self.count = 0
        self.seen: Visits = []
        self.outcomes: list[int | None] = []

    def visit(self) -> bool:
        """Keep what is in scope; tell whether this visit is forced."""
        if self._is_looking:  # A property that is looked at comes by here itself.
            return False
        frame, number = sys._getframe(1), self.count  # noqa: SLF001 - nothing is handed over
        self.count += 1
        forced = self._forced.holds(number)
        if number < _MOST_VISITS:
            self._open[id(frame)] = number
            self.seen.append(self._look(frame))
            self.outcomes.append(self._forced.value if forced else None)
        return forced

    def value(self) -> Any:
        """Return what is forced, as it is where the visit is."""
        frame = sys._getframe(1)  # noqa: SLF001 - as above
        return eval(self._values[self._forced.value], frame.f_globals, _scope(frame))  # noqa: S307 - as a candidate would do it

    def heed(self, outcome: Any) -> Any:
        """Note what a condition is by itself; true is the first of the values, false the second."""
        number = self._open.pop(id(sys._getframe(1)), None)  # noqa: SLF001 - as above
        if number is not None:
            self.outcomes[number] = 0 if outcome else 1
        return outcome

    def _look(self, frame: FrameType) -> list[Any]:
        self._is_looking = True
        try:
            scope = _scope(frame)
            if not self.seen:
                self._parts.update(dict.fromkeys(_parts(self.terms, scope)))
            return [_looked(one, frame.f_globals, scope) for one in self._codes]
        finally:
            self._is_looking = False


def _compiled(text: str) -> CodeType:
    code: CodeType = compile(text, "<looked at>", "eval", dont_inherit=True)
    return code


def _parts(terms: list[str], scope: dict[str, Any]) -> Iterator[str]:
    """Yield what of the variables among some terms can be asked for by a key or a name."""
    for name in [one for one in ("self", *terms) if one in scope]:
        value = scope[name]
        if type(value) is dict and len(value) <= _MOST_PARTS:
            yield from (f"{name}[{key!r}]" for key in value if type(key) is str)
        members = getattr(value, "__dict__", None)
        if type(members) is dict and len(members) <= _MOST_PARTS:
            yield from (f"{name}.{key}" for key in members if str(key).isidentifier())


def _scope(frame: FrameType) -> dict[str, Any]:
    """Return the variables of a frame; those around it too where it has none of its own to show."""
    found: dict[str, Any] = {}
    around = frame.f_back
    if frame.f_code.co_name in _SCOPES and around is not None:
        found.update(around.f_locals)
    found.update(frame.f_locals)
    return found


def _looked(term: CodeType, known: dict[str, Any], scope: dict[str, Any]) -> Any:
    """Return what a term is worth, or None where it has no value."""
    try:
        return described(eval(term, known, scope))  # noqa: S307 - it is a name or the like
    except Exception:
        return None


def described(value: Any) -> Any:
    """Return a plain value as Python reads it; else its kind and whether it counts as true."""
    if isinstance(value, float) and math.isinf(value):
        return "1e999" if value > 0 else "-1e999"
    if _is_plain(value, 0):
        return repr(value)
    return [type(value).__name__, bool(value)]


def _is_plain(value: Any, depth: int) -> bool:
    kind = type(value)
    if value is None or kind is bool:
        return True
    if kind is int:
        return bool(-_LARGEST < value < _LARGEST)
    if kind is float:
        return math.isfinite(value)
    if kind in (str, bytes):
        return len(value) <= _LONGEST
    if depth > _DEEPEST or kind not in (list, tuple, set, dict) or len(value) > _MOST_ITEMS:
        return False
    inner = [*value, *value.values()] if kind is dict else value
    return all(_is_plain(one, depth + 1) for one in inner)


def ways(outcomes: list[int | None], values: int) -> Iterator[Forced]:
    """Yield what can be forced: everywhere, at one visit, from one on; never what is so already."""
    everywhere = range(len(outcomes))
    for value in range(values):
        if any(outcomes[one] != value for one in everywhere):
            yield Forced(0, _EVER, value)
    for at in _chosen(len(outcomes)):
        for value in range(values):
            if outcomes[at] != value:
                yield Forced(at, at, value)
                if at:
                    yield Forced(at, _EVER, value)


def _chosen(count: int) -> list[int]:
    """Return which of many visits are looked at one by one: the first and the last."""
    if count <= _SINGLE:
        return list(range(count))
    return [*range(_ENDS), *range(count - _ENDS, count)]


class Budget:
    """What may still be done for one question."""

    def __init__(self, work: int, seconds: float) -> None:
        self._work = work
        self._until = CLOCK.now() + seconds

    def spend(self, work: int) -> None:
        self._work -= work

    def limit(self, usual: Limit) -> Limit:
        return Limit(min(usual.work, max(self._work, 1)), min(usual.seconds, _SECONDS))

    @property
    def is_spent(self) -> bool:
        return self._work <= 0 or CLOCK.now() >= self._until


class Forcing:
    """Answers what tests do when something is forced."""

    def __init__(
        self, runner: Runner, ground: Ground, functions: Functions, memory: Memory
    ) -> None:
        self._runner = runner
        self._ground = ground
        self._functions = functions
        self._memory = memory

    def answer(self, order: Message) -> Message:
        """Return the runs that passed where something was forced, then those that pass anyway."""
        began, runs, terms = stopwatch.now(), [], order["terms"]
        try:
            made = self._functions.prepared(order["changes"], exact=False)
        except (Unswappable, Unchanged, *INVALID):
            made = None
        if made is not None and not made.imports:
            for one in Child(partial(self._in_fork, made, order)).messages(_PATIENCE):
                runs += one.get("runs", [])
                terms = one.get("terms", terms)
        seconds = CLOCK.took(_USUAL_WORK, stopwatch.now() - began)
        return {"op": "answer", "id": order["id"], "runs": runs, "terms": terms, "seconds": seconds}

    def _in_fork(self, made: Prepared, order: Message, teller: Teller) -> None:
        be_brief()
        made.exchange()
        _Inquiry(self._runner, self._ground, self._memory, order).tell(made, teller)


class _Inquiry:
    """One question, in a fork that has the changed code."""

    def __init__(self, runner: Runner, ground: Ground, memory: Memory, order: Message) -> None:
        self._runner = runner
        self._ground = ground
        self._memory = memory
        self._tests: list[str] = order["tests"]
        self._values: list[str] = order["values"]
        self._watch = Watch(order["terms"], self._values)
        self._budget = Budget(order["work"], order["seconds"])
        self._useful: set[int] = set()
        """Which values let a failing test pass."""

    def tell(self, made: Prepared, teller: Teller) -> None:
        """Tell of failing tests that pass, one by one until one never does, then of the others."""
        for test in self._tests:
            if test not in self._runner.items or self._budget.is_spent:
                break
            runs = [self._told(test, one) for one in self._turned(test)]
            teller.tell({"runs": runs, "terms": self._watch.terms})
            if not runs:
                break
        for test in self._ground.keeping(made.changed)[:_MOST_PASSING] if self._useful else ():
            if self._passes(test, _NEVER) and self._watch.count:
                teller.tell({"runs": [self._left_open(test)]})

    def _turned(self, test: str) -> Iterator[Forced]:
        """Yield what lets a test pass that fails, when it has just passed."""
        self._passes(test, _NEVER)
        self._watch.widen()
        outcomes, found = list(self._watch.outcomes), 0
        for one in ways(outcomes, len(self._values)):
            if self._budget.is_spent or found >= _MOST_FOUND:
                return
            if self._passes(test, one):
                self._useful.add(one.value)
                found += 1
                yield one

    def _left_open(self, test: str) -> Message:
        """Return a test that has just passed, and at which visits the same might be forced."""
        told, outcomes = self._told(test, _NEVER), list(self._watch.outcomes)
        for at, outcome in list(enumerate(outcomes))[:_MOST_OPEN]:
            for value in sorted(self._useful - {outcome}):
                if not self._budget.is_spent and self._passes(test, Forced(at, at, value)):
                    told["visits"][at][2].append(value)
        return told

    def _passes(self, test: str, forced: Forced) -> bool:
        self._watch.begin(forced)
        limit = self._budget.limit(self._ground.limit(test, cuts=0))
        outcome = self._runner.run(test, limit)
        self._budget.spend(outcome.work + 1)
        self._memory.restore()
        return outcome.outcome == PASSED

    def _told(self, test: str, forced: Forced) -> Message:
        watch = self._watch
        visits: Visits = [[values, was, []] for values, was in zip(watch.seen, watch.outcomes)]
        span = [forced.first, forced.last, forced.value] if forced is not _NEVER else None
        return {"test": test, "forced": span, "visits": visits, "count": watch.count}
