"""Which plausible patches behave alike, and on which input the others differ."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import blake2b

from workbench.healing.candidate import Candidate
from workbench.healing.ground import Function, Ground
from workbench.healing.judging.deciding import Difference
from workbench.healing.searching.lane import Comparison, Lane

_MOST = 24
_FEWEST = 2
Place = tuple[str, int]


@dataclass(frozen=True)
class Behaviour:
    """What a candidate makes of the calls that others were given too."""

    place: Place
    function: str
    calls: tuple[tuple[str, bool], ...]
    outcomes: tuple[str, ...]

    @property
    def name(self) -> str:
        told = repr((self.place, self.outcomes)).encode()
        return blake2b(told, digest_size=8).hexdigest()


@dataclass(frozen=True)
class Behaviours:
    """Those of the candidates that could be compared."""

    found: Mapping[Candidate, Behaviour] = field(default_factory=dict)

    def name(self, candidate: Candidate) -> str:
        known = self.found.get(candidate)
        return known.name if known else ""

    def agreement(self, candidate: Candidate) -> float | None:
        """Return how often, on calls that no test makes, it does as the other kinds do."""
        mine = self.found.get(candidate)
        if mine is None:
            return None
        kinds = {one.name: one for one in self.found.values() if one.place == mine.place}
        others = [one for name, one in kinds.items() if name != mine.name]
        near = [at for at, (_, is_asked) in enumerate(mine.calls) if not is_asked]
        if not others or not near:
            return None
        same = sum(one.outcomes[at] == mine.outcomes[at] for one in others for at in near)
        return same / (len(others) * len(near))

    def difference(self, one: Candidate, other: Candidate) -> Difference | None:
        """Return the shortest call on which two candidates differ, with what each makes of it."""
        mine, theirs = self.found.get(one), self.found.get(other)
        if mine is None or theirs is None or mine.place != theirs.place:
            return None
        rows = zip(mine.calls, mine.outcomes, theirs.outcomes, strict=True)
        differing = [
            Difference(mine.place[0], mine.function, call, a, b)
            for (call, _), a, b in rows
            if a != b
        ]
        return min(differing, key=lambda one: len(one.call), default=None)


def behaviours(lane: Lane, ground: Ground, candidates: Sequence[Candidate]) -> Behaviours:
    """Compare candidates that change the same function and nothing else."""
    together: defaultdict[Place, list[Candidate]] = defaultdict(list)
    for one in candidates:
        for place in _places(ground, one):
            together[place].append(one)
    found: dict[Candidate, Behaviour] = {}
    for place, group in together.items():
        if len(group) >= _FEWEST:
            compared = lane.compare(group[:_MOST], *place)
            found |= dict(_read(place, _name(ground, place), compared, group[:_MOST]))
    return Behaviours(found)


def _read(
    place: Place, function: str, compared: Comparison, group: Sequence[Candidate]
) -> Iterator[tuple[Candidate, Behaviour]]:
    for one, outcomes in zip(group, compared.outcomes[1:], strict=False):
        if outcomes is not None and len(outcomes) == len(compared.calls) > 0:
            yield one, Behaviour(place, function, compared.calls, outcomes)


def _places(ground: Ground, one: Candidate) -> Iterator[Place]:
    """Yield the one function that a candidate changes, if it is one."""
    found = {_place(ground, change.path, change.edit.start) for change in one.changes}
    if len(found) == 1 and None not in found and ground.is_cheap(one):
        yield from (place for place in found if place)


def _place(ground: Ground, path: str, offset: int) -> Place | None:
    function = _function(ground, path, offset)
    return (path, function.body[0].lineno) if function else None


def _function(ground: Ground, path: str, offset: int) -> Function | None:
    """Return the innermost function that is called by its name from elsewhere."""
    module = ground.modules.get(path)
    inside = [
        node
        for node in (module.functions if module else ())
        if module and module.start(node.body[0]) <= offset <= module.end(node.body[-1])
    ]
    return min(inside, key=lambda node: node.lineno, default=None)


def _name(ground: Ground, place: Place) -> str:
    path, line = place
    functions = ground.modules[path].functions
    return next((one.name for one in functions if one.body[0].lineno == line), "")
