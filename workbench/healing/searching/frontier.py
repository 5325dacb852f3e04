"""What is still to be tried, the likeliest first; nothing is made before its turn."""

from __future__ import annotations

import heapq
import random
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import count

from workbench.healing.candidate import Candidate
from workbench.healing.compose import Texts, composed, together
from workbench.healing.generators import BEST, AtSite, OfFailure
from workbench.healing.ground import Ground, Site

_USUAL_BEST = 0.2
"""Hardly any prior is higher, so a place need not be opened before its turn."""
_LEAST = 1e-7
"""What is less likely than this is not worth its turn."""


@dataclass(frozen=True, slots=True)
class Seed:
    """A state of the source from which to go on: as it is, or with a change that helps in part."""

    ground: Ground
    factor: float = 1.0
    """How likely a repair begins with the change."""
    change: Candidate | None = None
    depth: int = 1
    is_cheap: bool = True
    """The change that it begins with is."""
    is_behind: bool = False
    """With the change a test crashes elsewhere, and the ground tells how."""


@dataclass(frozen=True, slots=True)
class Step:
    """A candidate whose turn it is."""

    candidate: Candidate
    score: float
    """How likely it is a repair, as far as can be told before it is run."""
    weight: float
    """How much its place is suspected."""
    seed: Seed
    is_cheap: bool = True
    """It can be tried with nothing imported anew."""


@dataclass(frozen=True, slots=True)
class _Closed:
    """A place, and how to find out what may be changed there."""

    open: Callable[[], Iterator[Candidate]]
    weight: float
    seed: Seed


@dataclass(frozen=True, slots=True)
class _Stream:
    """Candidates still to come from one place, and the one that is next."""

    rest: Iterator[Candidate]
    weight: float
    seed: Seed
    next: Candidate

    @property
    def score(self) -> float:
        return self.seed.factor * self.weight * self.next.prior


@dataclass(slots=True)
class _Echo:
    """A seed that is gone on from with the single changes that have had their turn."""

    seed: Seed
    at: int = 0
    """How many of them it has had."""


_Turn = tuple[float, int]
"""Who is as likely as others comes by this."""


def _turns(seed: int) -> Iterator[_Turn]:
    """Yield turns: as they are asked for, or with another seed than 0 as that has it."""
    chance = random.Random(seed)  # noqa: S311 - nothing is secret
    for number in count():
        yield chance.random() if seed else 0.0, number


class Frontier:
    """A queue that opens a place only when nothing known is likelier than all it may hold."""

    def __init__(
        self,
        texts: Texts,
        at_site: Sequence[AtSite],
        of_failure: Sequence[OfFailure],
        seed: int = 0,
    ) -> None:
        self._texts = texts
        self._at_site = at_site
        self._of_failure = of_failure
        self._heap: list[tuple[float, _Turn, _Stream | _Closed | _Echo]] = []
        self._singles: list[Step] = []
        """The single changes that have had their turn."""
        self._enough: set[object] = set()
        """Those of them that need no other beside them."""
        self._starved: list[_Echo] = []
        """What waits for more of them."""
        self._order = _turns(seed)
        self._seen: set[object] = set()
        self.defects: list[Exception] = []
        """What went wrong in generators; the others go on."""

    def sow(self, seed: Seed, sites: Iterable[Site]) -> None:
        """Take in all that may be changed at `sites`, and because of how the tests fail."""
        for whole in self._of_failure if seed.depth == 1 or seed.is_behind else ():
            self._open(whole(seed.ground), 1.0, seed)
        for site in sites:
            for made in self._at_site:
                closed = _Closed(partial(made, seed.ground, site), site.weight, seed)
                best = BEST.get(made, _USUAL_BEST)
                self._push(seed.factor * site.weight * best, closed)

    def echo(self, seed: Seed) -> None:
        """Take in a seed together with each single change: that is cheap, for nothing is read."""
        self._push_echo(_Echo(seed))

    def offer(
        self, made: Callable[[], Iterator[Candidate]], bound: float, weight: float, seed: Seed
    ) -> None:
        """Take in what is made elsewhere; none of it scores more than `bound`."""
        self._push(bound, _Closed(made, weight, seed))

    def best(self) -> float:
        """Return a bound on what is still to come."""
        best = -self._heap[0][0] if self._heap else 0.0
        return best if best >= _LEAST else 0.0

    def next(self) -> Step | None:
        """Return the likeliest that has not been returned before."""
        while self._heap and -self._heap[0][0] >= _LEAST:
            found = heapq.heappop(self._heap)[2]
            if isinstance(found, _Closed):
                self._open(found.open(), found.weight, found.seed)
            elif isinstance(found, _Echo):
                if step := self._echoed(found):
                    return step
            else:
                self._open(found.rest, found.weight, found.seed)
                if step := self._step(found):
                    return step
        return None

    def _open(self, candidates: Iterator[Candidate], weight: float, seed: Seed) -> None:
        try:
            first = next(candidates, None)
        except Exception as defect:  # noqa: BLE001 - one bad rule must not cost all repairs
            self.defects.append(defect)
            return
        if first:
            stream = _Stream(candidates, weight, seed, first)
            self._push(stream.score, stream)

    def _push(self, score: float, item: _Stream | _Closed | _Echo) -> None:
        heapq.heappush(self._heap, (-score, next(self._order), item))

    def _step(self, stream: _Stream) -> Step | None:
        found, seed = stream.next, stream.seed
        cheap = seed.ground.is_cheap(found) and (seed.change is None or seed.is_cheap)
        if seed.change:
            found = composed(self._texts, seed.change, found, found.prior)
        if not found.changes or found.changes in self._seen:
            return None
        self._seen.add(found.changes)
        step = Step(found, stream.score, stream.weight, seed, cheap)
        if seed.change is None:
            self._note(step)
        return step

    def _note(self, single: Step) -> None:
        self._singles.append(single)
        starved, self._starved = self._starved, []
        for echo in starved:
            self._push_echo(echo)

    def leave_alone(self, single: Candidate) -> None:
        """Put nothing beside a change that is enough by itself."""
        self._enough.add(single.changes)

    def _push_echo(self, echo: _Echo) -> None:
        while echo.at < len(self._singles) and self._is_enough(echo.at):
            echo.at += 1
        if echo.at < len(self._singles):
            self._push(echo.seed.factor * self._singles[echo.at].score, echo)
        else:
            self._starved.append(echo)

    def _is_enough(self, at: int) -> bool:
        return self._singles[at].candidate.changes in self._enough

    def _echoed(self, echo: _Echo) -> Step | None:
        single, seed = self._singles[echo.at], echo.seed
        echo.at += 1
        self._push_echo(echo)
        found = seed.change and together(seed.change, single.candidate, single.candidate.prior)
        if not found or found.changes in self._seen:
            return None
        self._seen.add(found.changes)
        score = seed.factor * single.score
        return Step(found, score, single.weight, seed, seed.is_cheap and single.is_cheap)
