"""Exceptions that left the project's code, and the statements that they left it at."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import chain, islice, takewhile

from workbench.healing.candidate import Candidate, Change
from workbench.healing.dossier import Frame, Raised
from workbench.healing.drafting.bench import Bench, Draft, Slot, short
from workbench.healing.ground import Function, Ground, Module, Site
from workbench.healing.insight import layout
from workbench.healing.insight.kinds import Kinds
from workbench.splice import Edit, parses

_MOST_CRASHES, _MOST_FRAMES, _MOST = 6, 4, 80
_DEFINITIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
_DEPTHS = (1.0, 0.35, 0.2, 0.12)
DEFAULTS: Mapping[str, str] = {
    "int": "0",
    "float": "0.0",
    "number": "0",
    "str": '""',
    "list": "[]",
    "dict": "{}",
    "set": "set()",
    "tuple": "()",
    "bool": "False",
    "bytes": 'b""',
    "none": "None",
}


@dataclass(frozen=True)
class Crash:
    """One exception, looked at in one of the frames that it came through."""

    bench: Bench
    raised: Raised
    frame: Frame
    weight: float
    """Between 0 and 1: less for callers of where it was raised."""

    @property
    def message(self) -> str:
        return self.raised.message

    @property
    def module(self) -> Module:
        return self.bench.module

    @property
    def node(self) -> ast.stmt:
        return self.bench.site.node

    @property
    def is_innermost(self) -> bool:
        return self.weight == 1.0

    def is_a(self, *names: str) -> bool:
        return bool(set(names) & set(self.raised.kind.split(",")))

    @cached_property
    def function(self) -> Function | None:
        return self.bench.site.function

    @cached_property
    def values(self) -> Mapping[str, str]:
        return self.frame.values

    def slots(self, *kinds: type[ast.expr]) -> tuple[Slot, ...]:
        """Return the expressions of the statement that are of these types, innermost last."""
        return self.bench.of_type(*kinds)

    def put(self, slot: Slot, text: str, prior: float, rule: str) -> Draft:
        why = f"{short(self.bench.text(slot.node), 30)} becomes {short(text, 40)}"
        return Draft(prior, rule, why, (self.bench.instead(slot, text),))

    def before(self, text: str, prior: float, rule: str, node: ast.stmt | None = None) -> Draft:
        """Draft statements before the one that failed, or before another."""
        edit = layout.before(self.module, node or self.node, text)
        return Draft(prior, rule, f"{short(text, 50)} before", (edit,) if edit else ())

    def at_head(self, text: str, prior: float, rule: str) -> Draft:
        """Draft statements at the beginning of the function."""
        opening = layout.opening(self.function.body) if self.function else None
        if opening is None or self.function is None:
            return Draft(prior, rule, "", ())
        edit = layout.before(self.module, opening, text)
        why = f"{self.function.name} begins with {short(text, 50)}"
        return Draft(prior, rule, why, (edit,) if edit else ())

    def wrapped(self, head: str, prior: float, rule: str) -> Draft:
        """Draft the statement inside a block of its own."""
        edit = layout.wrapped(self.module, self.node, head)
        return Draft(prior, rule, f"{short(head, 50)} around", (edit,) if edit else ())

    @cached_property
    def loop(self) -> ast.For | ast.AsyncFor | ast.While | None:
        """The innermost loop around the statement in its function, or itself."""
        for one in (self.node, *self.module.ancestors(self.node)):
            if isinstance(one, Function | ast.ClassDef):
                return None
            if isinstance(one, ast.For | ast.AsyncFor | ast.While):
                return one
        return None

    def returned(self) -> tuple[tuple[str, float], ...]:
        """Return what the function could give back when there is nothing to work on."""
        found = self._returned_kinds
        ordered = [DEFAULTS[kind] for kind in sorted(found) if kind in DEFAULTS]
        others = ("None", "0", "[]", '""', "False", "{}")
        if self.function is not None and self.function.name == "__init__":
            return (("", 1.0),)
        known = [(text, 1.0 / len(ordered)) for text in dict.fromkeys(ordered)]
        rest = [(text, 0.12 if ordered else 0.3) for text in others if text not in ordered]
        return (*known, *(rest[:3] if ordered else rest))

    @cached_property
    def _returned_kinds(self) -> Kinds:
        found: set[str] = set()
        for node in ast.walk(self.function) if self.function else ():
            if isinstance(node, ast.Return) and node.value is not None:
                found |= self.bench.scope.kinds(node.value)
        return frozenset(found)


Rule = Callable[[Crash], Iterator[Draft]]


def crashes(ground: Ground) -> tuple[Crash, ...]:
    """Return the exceptions of failing tests by the frames that they came through."""
    kept = vars(ground).setdefault("kept crashes", tuple(_crashes(ground)))
    return tuple(kept)


def _place(raised: Raised) -> tuple[str, int] | None:
    return (raised.frames[-1].path, raised.frames[-1].line) if raised.frames else None


def raised(ground: Ground) -> tuple[Raised, ...]:
    """Return the exceptions of failing tests, each kind of failure once."""
    found = {(one.kind, one.message[:200], _place(one)): one for one in _all_raised(ground)}
    return tuple(found.values())


def _all_raised(ground: Ground) -> Iterator[Raised]:
    return (run.raised for run in ground.dossier.failing if run.raised is not None)


def _crashes(ground: Ground) -> Iterator[Crash]:
    places: dict[tuple[str, str, int], Raised] = {}
    for one in _all_raised(ground):
        last = next((frame for frame in reversed(one.frames) if frame.path in ground.modules), None)
        if last is not None:
            places.setdefault((one.kind, last.path, last.line), one)
    for one in list(places.values())[:_MOST_CRASHES]:
        frames = [frame for frame in reversed(one.frames) if frame.path in ground.modules]
        for frame, weight in zip(_distinct(frames), _DEPTHS, strict=False):
            node = statement_at(ground.modules[frame.path], frame.line)
            if node is not None:
                site = Site(frame.path, ground.modules[frame.path], node, weight)
                yield Crash(Bench(ground, site), one, frame, weight)


def _distinct(frames: Sequence[Frame]) -> list[Frame]:
    found = {(frame.path, frame.line): frame for frame in reversed(frames)}
    order = dict.fromkeys((frame.path, frame.line) for frame in frames)
    return [found[key] for key in order][:_MOST_FRAMES]


def statement_at(module: Module, line: int) -> ast.stmt | None:
    """Return the innermost statement that a line belongs to."""
    around = [
        node
        for node in module.statements
        if node.lineno <= line <= (node.end_lineno or node.lineno)
    ]
    return max(around, key=lambda node: (node.lineno, -(node.end_lineno or 0)), default=None)


def told(name: str, ground: Ground, rules: Mapping[str, Rule]) -> Iterator[Candidate]:
    """Yield what rules make of the crashes whose kinds they are for, the likeliest first."""
    found = list(chain.from_iterable(_drafted(crash, rules) for crash in crashes(ground)))
    found.sort(key=lambda one: -one[1].prior)
    return islice(_checked(name, found), _MOST)


def _drafted(crash: Crash, rules: Mapping[str, Rule]) -> Iterator[tuple[Crash, Draft]]:
    wanted = dict.fromkeys(rule for kind, rule in rules.items() if crash.is_a(kind))
    for draft in chain.from_iterable(rule(crash) for rule in wanted):
        yield crash, replace(draft, prior=draft.prior * crash.weight)


def _checked(name: str, found: list[tuple[Crash, Draft]]) -> Iterator[Candidate]:
    seen: set[tuple[Change, ...]] = set()
    for crash, draft in found:
        path = draft.path or crash.frame.path
        changes = tuple(sorted(Change(path, edit) for edit in draft.edits))
        if changes and changes not in seen and _holds(crash, draft):
            seen.add(changes)
            yield Candidate(changes, f"{name}:{draft.rule}", min(draft.prior, 1.0), draft.why)


def _holds(crash: Crash, draft: Draft) -> bool:
    """Say whether a draft parses and changes anything; outside of its function it surely does."""
    if draft.path not in ("", crash.frame.path):
        return True
    module, around = crash.module, crash.function or crash.node
    edits = [edit for edit in draft.edits if module.piece(edit.start, edit.end) != edit.text]
    low = layout.line_start(module, layout.first(module, around))
    high = module.line_end(module.end(around))
    if not all(low <= edit.start and edit.end <= high for edit in edits):
        return bool(edits)
    return bool(edits) and _parses(module, around, edits)


def _parses(module: Module, around: ast.stmt, edits: Sequence[Edit]) -> bool:
    if layout.is_elif(module, around):
        return True
    return parses(module.altered(around, edits))


def matched(pattern: str, message: str) -> tuple[str, ...]:
    """Return what the groups of a pattern found in a message; nothing where it does not match."""
    found = re.search(pattern, message)
    return tuple(one or "" for one in found.groups()) if found else ()


def imported(module: Module, text: str) -> Edit:
    """Write an import behind those at the top of a module."""
    before = takewhile(lambda one: not isinstance(one, _DEFINITIONS), module.tree.body)
    leading = [one for one in before if isinstance(one, ast.Import | ast.ImportFrom)]
    if leading:
        found = layout.behind(module, leading[-1], text)
        return found or Edit(module.end(leading[-1]), module.end(leading[-1]), f"; {text}")
    opening = layout.opening(module.tree.body)
    found = layout.before(module, opening, text) if opening is not None else None
    at_end = len(module.data) if module.tree.body else 0
    return found or Edit(at_end, at_end, f"\n{text}\n" if at_end else f"{text}\n")
