"""Which statements of the project are suspected of a failure, and how much."""

from __future__ import annotations

import ast
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property

from workbench.healing import changes, heads
from workbench.healing.dossier import CUT, Dossier, Raised
from workbench.healing.facts import lines_with_facts
from workbench.healing.ground import Function, Ground, Module, Site
from workbench.healing.suspicion import accused, structure
from workbench.healing.suspicion.clues import Clues, Key, Place, Scope, scoped
from workbench.healing.suspicion.spectrum import Spectrum, spectrum

MOST = 400
"""So many sites are enough: what is further down is hardly ever reached."""

_LINE_SHARE = 0.5
"""How much of a statement's suspicion is its own; the rest it shares with its function."""
_NOT_RUN = 0.3
_SIGNATURE = 0.6
_AROUND = 0.35
"""Of definitions outside functions, for the functions that use them."""
_UNKNOWN = 0.05
_FAR = (1.0, 0.95, 0.9, 0.8)
_NEVER_SEEN = (0.8, 0.5, 0.3, 0.15)
"""By calls from the test, where no coverage is known."""
_NAMED = 0.25
_FRAMES = (1.0, 0.5, 0.35, 0.25)
_NEAR_CHANGE = 0.2
_GENTLE = 0.7
"""Within a function weights fall by this power, so that all of it gets tried."""
_RAISED, _CHANGED, _FACTS = 3.0, 6.0, 1.2
_WORDS, _FLOW, _FEEDS, _ECHOES, _KIN, _GUARDS, _HANGS = 1.0, 0.8, 0.6, 0.8, 0.3, 0.5, 0.8
"""How many times more suspected each kind of evidence makes a statement."""


def suspects(ground: Ground) -> tuple[Site, ...]:
    """Return the suspected statements, most suspected first."""
    found = _Inquiry(ground).weights()
    best = max((weight for _, weight in found), default=0.0)
    if best <= 0:
        return ()
    sites = (
        Site(place.path, place.module, place.node, weight / best)
        for place, weight in _evened(found)
        if weight > 0
    )
    ordered = sorted(sites, key=lambda site: (-site.weight, site.path, site.node.lineno))
    return tuple(ordered[:MOST])


def _evened(found: Iterable[tuple[Place, float]]) -> Iterator[tuple[Place, float]]:
    """Let weights fall gently inside each function."""
    groups: defaultdict[Key, list[tuple[Place, float]]] = defaultdict(list)
    for place, weight in found:
        groups[place.key].append((place, weight))
    for group in groups.values():
        best = max(weight for _, weight in group)
        for place, weight in group:
            yield place, best * (weight / best) ** _GENTLE if weight > 0 else 0.0


@dataclass(frozen=True)
class _Inquiry:
    """Everything that accuses a statement, looked up once."""

    ground: Ground

    @property
    def dossier(self) -> Dossier:
        return self.ground.dossier

    @cached_property
    def spectrum(self) -> Spectrum:
        return spectrum(self.dossier)

    @cached_property
    def raised(self) -> tuple[Raised, ...]:
        return tuple(run.raised for run in self.dossier.failing if run.raised)

    @cached_property
    def places(self) -> tuple[Place, ...]:
        return tuple(
            Place(path, module, node, scope)
            for path, module in self.ground.modules.items()
            for node, scope in scoped(module.tree)
            if not structure.is_text(node)
        )

    @cached_property
    def functions(self) -> Mapping[Key, list[Place]]:
        found: defaultdict[Key, list[Place]] = defaultdict(list)
        for place in self.places:
            found[place.key].append(place)
        return found

    @cached_property
    def named(self) -> Mapping[str, float]:
        """Return what the failing tests call, and how much each is meant by it."""
        found: defaultdict[str, float] = defaultdict(float)
        for run in self.dossier.failing:
            for name, much in accused.named_by(run, self.dossier).items():
                found[name] = max(found[name], much)
        return found

    @cached_property
    def depths(self) -> Mapping[str, int]:
        pairs = (
            (scope.name, scope) for _, scope in self.functions if not isinstance(scope, ast.Module)
        )
        return accused.depths(self.named, pairs)

    @cached_property
    def frames(self) -> Mapping[tuple[str, int], float]:
        """Return the lines of the tracebacks, innermost strongest."""
        found: defaultdict[tuple[str, int], float] = defaultdict(float)
        for raised in self.raised:
            lines = [(one.path, one.line) for one in reversed(raised.frames)]
            ours = dict.fromkeys(line for line in lines if line[0] in self.ground.modules)
            for at, line in enumerate(ours):
                found[line] = max(found[line], _FRAMES[min(at, len(_FRAMES) - 1)])
        return found

    @cached_property
    def words(self) -> frozenset[str]:
        return frozenset(word for raised in self.raised for word in accused.words(raised))

    @cached_property
    def changed(self) -> Mapping[str, frozenset[int]]:
        return changes.changes(self.dossier.before, self.dossier.files)

    @cached_property
    def hangs(self) -> bool:
        return any(run.outcome == CUT for run in self.dossier.failing)

    @cached_property
    def bases(self) -> Mapping[Key, float]:
        """Return how much each function is suspected as a whole."""
        return {key: self._base(key, places) for key, places in self.functions.items()}

    def _base(self, key: Key, places: list[Place]) -> float:
        path, scope = key
        if isinstance(scope, ast.Module):
            return self._base_of_module(path, places)
        inside = [heads.lines(place.node) for place in places if place.node is not scope]
        ran = max((self.spectrum.of(path, lines) for lines in inside), default=0.0)
        framed = any(self.frames.get((path, line)) for lines in inside for line in lines)
        if self.spectrum.known and not framed:
            return ran * self._nearness(scope) or self._aside(scope)
        return max(ran, float(framed), self._unseen(scope))

    def _base_of_module(self, path: str, places: list[Place]) -> float:
        framed = any(
            self.frames.get((path, line)) for place in places for line in heads.lines(place.node)
        )
        return 1.0 if framed else 0.0

    def _nearness(self, scope: Function) -> float:
        depth = self.depths.get(scope.name, len(_FAR) - 1)
        return _FAR[min(depth, len(_FAR) - 1)] * (1 + _NAMED * self.named.get(scope.name, 0.0))

    def _aside(self, scope: Function) -> float:
        """Suspect a little what the test or the message names and yet did not run."""
        meant = scope.name in self.words or self.named.get(scope.name, 0) > 0
        return 2 * _UNKNOWN if meant else 0.0

    def _unseen(self, scope: Function) -> float:
        depth = self.depths.get(scope.name)
        if depth is None:
            return _UNKNOWN
        near = _NEVER_SEEN[min(depth, len(_NEVER_SEEN) - 1)]
        return near * (0.5 + 0.5 * self.named.get(scope.name, 1.0))

    def weights(self) -> list[tuple[Place, float]]:
        uses = self._uses()
        return [
            (place, self._weight(key, place, uses))
            for key, places in self.functions.items()
            for place in places
        ]

    def _uses(self) -> Mapping[tuple[str, str], float]:
        """Return for each file and name how suspected the worst function is that reads it."""
        found: defaultdict[tuple[str, str], float] = defaultdict(float)
        for (path, scope), base in self.bases.items():
            if base > 0 and not isinstance(scope, ast.Module):
                for name in accused.mentioned(scope):
                    found[path, name] = max(found[path, name], base)
        return found

    def _weight(self, key: Key, place: Place, uses: Mapping[tuple[str, str], float]) -> float:
        lines = heads.lines(place.node)
        function = self.bases[key]
        base = (
            self._outside(place, lines, uses) if isinstance(place.scope, ast.Module) else function
        )
        if not isinstance(place.scope, ast.Module) and function > 0:
            base = self._inside(place, lines, function)
        return base * structure.shape(place.node) * self._evidence(place, lines) if base else 0.0

    def _inside(self, place: Place, lines: frozenset[int], function: float) -> float:
        if place.node is place.scope:
            return function * _SIGNATURE
        if not self.spectrum.known:
            return function
        own = self.spectrum.of(place.path, lines)
        if own <= 0 and not any((place.path, line) in self.frames for line in lines):
            return function * _NOT_RUN
        return _LINE_SHARE * min(own, function) + (1 - _LINE_SHARE) * function

    def _outside(
        self, place: Place, lines: frozenset[int], uses: Mapping[tuple[str, str], float]
    ) -> float:
        """Return how much a statement outside all functions is suspected, by who uses it."""
        if any((place.path, line) in self.frames for line in lines):
            return 1.0
        names = {name.lstrip(".") for name in heads.stored(place.node)}
        used = max((uses.get((place.path, name), 0.0) for name in names), default=0.0)
        changed = bool(lines & self.changed.get(place.path, frozenset()))
        own = self.spectrum.of(place.path, lines) if changed else 0.0
        return max(used * _AROUND, own * _AROUND, _UNKNOWN * changed)

    def _evidence(self, place: Place, lines: frozenset[int]) -> float:
        clues = self._clues
        key = (place.path, place.node)
        framed = max((self.frames.get((place.path, line), 0.0) for line in lines), default=0.0)
        return (
            1
            + _RAISED * framed
            + _CHANGED * self._change(place, lines)
            + _WORDS * bool(self.words and self.words & heads.spelled(place.node))
            + _FLOW * clues.flows.get(key, 0.0)
            + _FEEDS * (key in clues.feeds)
            + _ECHOES * (key in clues.echoes)
            + _GUARDS * (key in clues.around)
            + _KIN * (place.module.parents.get(place.scope) in clues.kin)
            + _FACTS * self._fact(place, lines)
            + _HANGS * (self.hangs and isinstance(place.node, ast.While))
        )

    def _change(self, place: Place, lines: frozenset[int]) -> float:
        changed = self.changed.get(place.path, frozenset())
        if lines & changed:
            return 1.0
        scope = place.scope
        whole = (
            range(0)
            if isinstance(scope, ast.Module)
            else range(scope.lineno, (scope.end_lineno or 0) + 1)
        )
        return _NEAR_CHANGE if changed.intersection(whole) else 0.0

    def _fact(self, place: Place, lines: frozenset[int]) -> float:
        if self.bases[place.key] <= 0:
            return 0.0
        return max((self._facts[place.path].get(line, 0.0) for line in lines), default=0.0)

    @cached_property
    def _facts(self) -> Mapping[str, Mapping[int, float]]:
        found: defaultdict[str, set[ast.stmt]] = defaultdict(set)
        for (path, scope), base in self.bases.items():
            if base > 0:
                found[path].update(_outermost(self.ground.modules[path], scope))
        return {
            path: lines_with_facts(self.ground.modules[path], nodes)
            for path, nodes in found.items()
        }

    @cached_property
    def _clues(self) -> Clues:
        suspected = {key for key, base in self.bases.items() if base > 0}
        innermost = {line for line, much in self.frames.items() if much == _FRAMES[0]}
        ends = ast.While if self.hangs else ast.Return
        return Clues(self.functions, suspected, innermost, self.frames.keys(), ends)


def _outermost(module: Module, scope: Scope) -> Iterator[Function]:
    """Yield the outermost function around a function, or itself."""
    around = [scope, *module.ancestors(scope)]
    yield from [one for one in around if isinstance(one, Function)][-1:]
