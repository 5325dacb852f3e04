"""The search: what is likeliest is screened first, and what helps in part is gone on from."""

from __future__ import annotations

import heapq
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial
from itertools import chain
from typing import Protocol

from workbench.healing.candidate import Candidate
from workbench.healing.dossier import FAILED
from workbench.healing.generators import AT_SITE, OF_FAILURE
from workbench.healing.generators.everywhere import everywhere
from workbench.healing.ground import Ground, Site
from workbench.healing.searching.adviser import Adviser
from workbench.healing.searching.frontier import Frontier, Seed, Step
from workbench.healing.searching.insisting import Insisting
from workbench.healing.searching.limits import Limits
from workbench.healing.searching.sowing import Sowing
from workbench.healing.verdict import Verdict

Numbered = tuple[int, Candidate]
_BATCH, _IN_FLIGHT = 32, 192
_AT_FIRST = 64
"""Fewer are in flight as long as hardly any has come back: the likeliest shall be told of soon."""
_SLOW_IN_FLIGHT = 24
_MOST_READ, _UNREAD = 12, 0.5
_DUG, _DUG_HELPS = 32, 0.02
_EVERYWHERE = 0.5
_UNLIKELY, _WHERE_SURE = 0.1, 0.25
"""What is so much less likely than what is plausible is left; more of it, where that is sure."""
_FEW, _FOR_EACH, _A_WHILE = 200, 100, 1.0
"""After the first that is plausible so many are tried where all the rest is unlikely, the fewer
the likelier that is; more for each other, for then the tests do not tell much; or for so long."""
_MORE, _TIMES, _SECONDS_MORE = 1000, 2.0, 3.0
"""Else so many, or so much longer than it took to find, for what may be better."""
_BEYOND = 0.4
"""So much of the limits is used for what turns also those tests whose failing nobody sees."""
_PATIENCE = 0.05
_PLAIN_FIRST, _PLAIN_SECONDS = 300, 0.5
"""So many candidates, and so long, the plain search goes on before anything else is asked."""
_FORCED = 0.12
"""Hardly any prior of what follows from the answers is higher."""
_ADVICE_AFTER, _ADVICE_BEST = 4.0, 0.05
"""After so long without anything plausible somebody else is asked; none of that is likelier."""


class Screen(Protocol):
    """Tries candidates, many at a time."""

    def submit(self, candidates: Sequence[Numbered], *, cuts: int = 0) -> None: ...
    def collect(self, timeout: float) -> list[Verdict]: ...


class Oracle(Protocol):
    """Finds out what would have to be at suspected statements, and what follows from that."""

    @property
    def is_waiting(self) -> bool: ...
    @property
    def defects(self) -> Sequence[Exception]: ...
    def consult(
        self, sites: Sequence[Site]
    ) -> list[tuple[Site, Callable[[], Iterator[Candidate]]]]: ...


@dataclass(frozen=True, slots=True)
class Plausible:
    """A candidate that passes the tests when it is screened."""

    step: Step
    verdict: Verdict
    found_after: int
    """So many had been tried."""


@dataclass(frozen=True, slots=True)
class Progress:
    """How the search stands."""

    tried: int
    waiting: int
    partial: int
    plausible: int
    best: str
    seconds: float


@dataclass
class Search:
    """One search over one dossier; it can be asked to go on from where it stopped."""

    ground: Ground
    sites: Callable[[Ground], Sequence[Site]]
    screen: Screen
    on_progress: Callable[[Progress], None] = lambda _: None
    is_wanted: Callable[[], bool] = lambda: True
    oracle: Oracle | None = None
    adviser: Adviser | None = None
    is_apart: Callable[[Plausible], bool] = lambda _: False
    """Whether what turns some of the failing tests does all that can be done where it is."""
    is_beyond: Callable[[Plausible], bool] = lambda _: False
    """Whether the failing tests that it does not turn may fail for what lies outside."""
    is_refused: Callable[[Candidate], bool] = lambda _: False
    """Whether a person said that such a repair is not wanted."""
    belief: Callable[[Candidate], float] = lambda _: 1.0
    """How much of what speaks for a candidate that passes is left when it is read, from 0 to 1."""
    seed: int = 0
    """Breaks ties."""
    tried: int = 0
    plausible: list[Plausible] = field(default_factory=list)
    partial: list[Plausible] = field(default_factory=list)
    """What makes some of the failing tests pass."""
    apart: list[Plausible] = field(default_factory=list)
    """What does so, and cannot matter to the others."""
    beyond: list[Plausible] = field(default_factory=list)
    """What does so where nobody sees why the others fail: it counts if nothing turns them all."""
    _steps: dict[int, Step] = field(default_factory=dict)
    _numbers: Iterator[int] = field(default_factory=lambda: iter(range(1, 1 << 60)))
    _frontier: Frontier = field(init=False)
    _suspected: Sequence[Site] = field(init=False)
    _sowing: Sowing = field(init=False)
    _slow: deque[Step] = field(default_factory=deque)
    """What has had its turn and waits for others that are slow to try."""
    _insisting: Insisting = field(init=False)
    _failed: list[tuple[float, int, Step]] = field(default_factory=list)
    """What changed nothing for the better, as a heap: two changes may be needed at once."""
    _beliefs: dict[object, float] = field(default_factory=dict)
    _first_at: float = 0.0
    _limits: Limits = field(default_factory=lambda: Limits(0.0))
    _began: float = 0.0

    def __post_init__(self) -> None:
        files = self.ground.dossier.files
        self._frontier = Frontier(files, AT_SITE, OF_FAILURE, self.seed)
        self._insisting = Insisting(self.ground.dossier.failing)
        self._suspected = self.sites(self.ground)
        self._sowing = Sowing(self.ground, self.sites, self._frontier)
        self._frontier.sow(Seed(self.ground), self._suspected)

    @property
    def defects(self) -> Sequence[Exception]:
        """Return what went wrong in generators; the search went on without them."""
        others = [one.defects for one in (self.oracle, self.adviser) if one]
        return [*self._frontier.defects, *chain.from_iterable(others)]

    def run(self, limits: Limits) -> list[Plausible]:
        """Go on until the limits are met or nothing is left; return all that is plausible."""
        self._limits, self._began = limits, time.monotonic()
        while self.is_wanted() and not self._is_enough():
            if not self._feed() and not self._steps and not self._has_more():
                break
            self._heed_all(self._verdicts())
            if self.tried > _PLAIN_FIRST or self._time > _PLAIN_SECONDS:
                self._consult()
            if self._time > _ADVICE_AFTER:
                self._be_advised()
            self.on_progress(self._progress())
        return self.plausible

    @property
    def _time(self) -> float:
        return self._limits.time(self._began, self.tried)

    @property
    def _is_over(self) -> bool:
        return time.monotonic() - self._began >= self._limits.seconds

    def _verdicts(self) -> list[Verdict]:
        """Return what has come; where candidates are counted, nothing goes on before it has."""
        found = self.screen.collect(_PATIENCE)
        while not found and self._steps and self._limits.are_counted and not self._is_over:
            if not self.is_wanted():
                break
            self.on_progress(self._progress())
            found = self.screen.collect(_PATIENCE)
        return found

    def _is_enough(self) -> bool:
        if self._is_over or self._limits.leave(self.tried) <= 0:
            return True
        found = self.plausible or self.apart
        if self.beyond and not found:
            return self._limits.share(self._began, self.tried) >= _BEYOND
        return bool(found) and self._is_settled(found)

    def _is_settled(self, found: Sequence[Plausible]) -> bool:
        """Tell whether something better than what is plausible is hardly to be hoped for."""
        more, now = self.tried - found[0].found_after, self._time
        best = max(one.step.score * self._believed(one) for one in found)
        few = _FEW * max(0.0, 1 - best) + _FOR_EACH * (len(found) - 1)
        is_unlikely = self._best_left() < (_UNLIKELY + _WHERE_SURE * best) * best
        return (
            more >= max(found[0].found_after, _MORE)
            or (is_unlikely and (more >= few or now >= self._first_at + _A_WHILE))
            or now >= self._first_at * _TIMES + _SECONDS_MORE
        )

    def _best_left(self) -> float:
        """Return a bound on what is still to come."""
        return max(self._frontier.best(), self._insisting.best)

    def _believed(self, one: Plausible) -> float:
        """Return the belief in one of the first that pass; of many, the rest is not read."""
        changes = one.step.candidate.changes
        if changes not in self._beliefs and len(self._beliefs) < _MOST_READ:
            self._beliefs[changes] = self.belief(one.step.candidate)
        return self._beliefs.get(changes, _UNREAD)

    def _consult(self) -> bool:
        """Ask what would have to be, while nothing is plausible; say whether there is more."""
        if self.oracle is None or self.plausible:
            return False
        found = self.oracle.consult(self._suspected)
        for site, made in found:
            self._frontier.offer(made, site.weight * _FORCED, site.weight, Seed(self.ground))
        return bool(found) or self.oracle.is_waiting

    def _has_more(self) -> bool:
        """Find more to try where all that is known has been; only then is advice waited for."""
        return self._consult() or self._dig() or self._be_advised()

    def _be_advised(self) -> bool:
        """Ask for advice, while nothing is plausible; say whether there is more."""
        if self.adviser is None or self.plausible or self.apart:
            return False
        found = self.adviser.consult(self._suspected, self.partial)
        for made in found:
            self._frontier.offer(made, _ADVICE_BEST, 1.0, Seed(self.ground))
        return bool(found) or self.adviser.is_waiting

    def _feed(self) -> bool:
        """Hand in as many as keep the screen busy; say whether there were any."""
        fed = self._feed_cut()
        most = self._most_in_flight()
        while len(self._steps) < most and (batch := self._batch()):
            self.screen.submit(batch)
            fed = True
        return fed

    def _most_in_flight(self) -> int:
        """Return how many keep the screen busy; what is found out meanwhile changes their order."""
        most = min(_IN_FLIGHT, _AT_FIRST + self.tried)
        if self._limits.are_counted:
            return most
        return min(most, max(_AT_FIRST, int(self.tried / max(self._time, _PATIENCE))))

    def _feed_cut(self) -> bool:
        """Hand in again what was cut, where that is worth its time."""
        found = self._insisting.next(self._frontier.best(), self._time) if self._room > 0 else None
        if found is None:
            return False
        (step, cuts), number = found, next(self._numbers)
        self._steps[number] = step
        self._insisting.begin(number, cuts)
        self.screen.submit([(number, step.candidate)], cuts=cuts)
        return True

    @property
    def _room(self) -> int:
        """How many more may be handed in."""
        return self._limits.leave(self.tried + len(self._steps))

    def _batch(self) -> list[Numbered]:
        batch: list[Numbered] = []
        while len(batch) < _BATCH and self._room > 0 and (step := self._next()):
            number = next(self._numbers)
            self._steps[number] = step
            batch.append((number, step.candidate))
            self._offer_everywhere(step)
        return batch

    def _next(self) -> Step | None:
        """Return the likeliest, but never let what is slow to try keep the rest waiting."""
        slow = sum(1 for step in self._steps.values() if not step.is_cheap)
        while True:
            if self._slow and slow < _SLOW_IN_FLIGHT:
                return self._slow.popleft()
            step = self._frontier.next()
            if step is None or step.is_cheap or slow < _SLOW_IN_FLIGHT:
                return step
            self._slow.append(step)

    def _offer_everywhere(self, step: Step) -> None:
        """Offer the same edit at other places: the same mistake is often made more than once."""
        if step.seed.depth == 1 and len(step.candidate.changes) == 1:
            made = partial(everywhere, self.ground, step.candidate)
            self._frontier.offer(made, step.score * _EVERYWHERE, step.weight, step.seed)

    def _heed_all(self, verdicts: Iterable[Verdict]) -> None:
        for verdict in verdicts:
            self._heed(verdict)

    def _heed(self, verdict: Verdict) -> None:
        step = self._steps.pop(verdict.number)
        self.tried += 1
        has_more = self._insisting.heed(step, verdict)
        if verdict.state == "passed":
            self._take(Plausible(step, verdict, self.tried))
        elif has_more:
            if self._turns_what_ended(verdict):
                self._go_on_from(step, verdict)
        elif verdict.state in {"failed", "cut"}:
            self._go_on_from(step, verdict)

    def _turns_what_ended(self, verdict: Verdict) -> bool:
        """Tell whether a test passes that failed without hanging: what hangs has its own cause."""
        failing = self.ground.dossier.failing
        return any(failing[at].outcome == FAILED for at in verdict.passes)

    def _take(self, one: Plausible) -> None:
        self._frontier.leave_alone(one.step.candidate)
        if not self.is_refused(one.step.candidate):
            self._first_at = self._first_at if self.plausible else self._time
            self.plausible.append(one)

    def _go_on_from(self, step: Step, verdict: Verdict) -> None:
        if verdict.passes and self._note(Plausible(step, verdict, self.tried)):
            return
        if not verdict.passes and step.seed.depth == 1 and step.is_cheap and not verdict.broke:
            heapq.heappush(self._failed, (-step.score, verdict.number, step))
        self._sowing.heed(step, verdict)

    def _note(self, one: Plausible) -> bool:
        """Keep what turns some tests; say whether nothing has to be done beside it."""
        self.partial.append(one)
        if self.is_beyond(one) and not self.is_refused(one.step.candidate):
            self.beyond.append(one)
        if not self.is_apart(one) or self.is_refused(one.step.candidate):
            return False
        self._first_at = self._first_at or self._time
        self.apart.append(one)
        return True

    def _dig(self) -> bool:
        """Go on from what was likeliest and failed, where all single changes have been tried."""
        if self.plausible or self.apart:
            return False
        best = [heapq.heappop(self._failed)[2] for _ in self._failed[:_DUG]]
        for step in best:
            self._frontier.echo(Seed(self.ground, _DUG_HELPS, step.candidate, 2, step.is_cheap))
        return bool(best)

    def _progress(self) -> Progress:
        best = self.plausible[0].step.candidate.why if self.plausible else ""
        waiting, partial = len(self._steps), len(self.partial)
        seconds = time.monotonic() - self._began
        return Progress(self.tried, waiting, partial, len(self.plausible), best, seconds)
