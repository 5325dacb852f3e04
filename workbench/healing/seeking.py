"""From a case to the patches that may be shown: search, rank what passes, look closer at it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property

from workbench.healing.budget import Budget
from workbench.healing.candidate import Candidate
from workbench.healing.ground import Ground
from workbench.healing.judging.behaviour import Behaviours, behaviours
from workbench.healing.judging.choosing import Chosen, Closer
from workbench.healing.judging.contending import (
    contender,
    doubted,
    in_order,
    is_apart,
    is_beyond,
    passing,
    worth_showing,
)
from workbench.healing.proposing import both_contents
from workbench.healing.ranking.features import Reader
from workbench.healing.ranking.order import Weights
from workbench.healing.refusing import has_refused
from workbench.healing.reproduce import Case
from workbench.healing.searching.adviser import Adviser, Ask
from workbench.healing.searching.asking import Asking
from workbench.healing.searching.lane import Lane, LaneLost
from workbench.healing.searching.oracle import Oracle
from workbench.healing.searching.remembered import Notebook, Remembered
from workbench.healing.searching.search import Progress, Screen, Search
from workbench.healing.searching.stepping import InStep
from workbench.healing.suspicion.suspects import suspects
from workbench.sandbox.pool import Abandoned


@dataclass(frozen=True)
class Known:
    """What is known of such cases before anything is tried."""

    notebook: Notebook
    under: str
    """What verdicts hold for, beside the case."""
    weights: Weights
    refused: frozenset[str]


@dataclass(frozen=True)
class Seeking:
    """One case, and a lane that is open on it."""

    case: Case
    lane: Lane
    known: Known
    budget: Budget
    heed: Callable[[Progress], None]
    is_wanted: Callable[[], bool]
    seed: int
    advise: Ask | None = None
    """Whom to ask where the search finds nothing."""

    @cached_property
    def ground(self) -> Ground:
        return Ground(self.case.dossier)

    def chosen(self) -> tuple[tuple[Chosen, ...], Search]:
        """Return what may be shown, best first, and the search that found it."""
        searched = self._searched()
        self.budget.check()
        if not self.is_wanted():
            raise Abandoned
        return self._best(searched), searched

    def _best(self, searched: Search) -> tuple[Chosen, ...]:
        dossier, ground, weights = self.case.dossier, self.ground, self.known.weights
        found = {one.step.candidate: one for one in passing(searched, dossier)}
        alike = self._compared(tuple(found))
        asking = Asking(self.lane, self.budget.look_until)
        contenders = [contender(one, dossier, alike) for one in found.values()]
        ranked = in_order(doubted(contenders, ground, asking, weights), ground, weights)
        chosen = Closer(dossier, asking, alike).look(worth_showing(ranked), found)
        return tuple(one for one in chosen if not self._is_refused(one.candidate))

    def _is_refused(self, candidate: Candidate) -> bool:
        refused = self.known.refused
        return bool(refused) and has_refused(both_contents(self.case, candidate), refused)

    def _compared(self, candidates: Sequence[Candidate]) -> Behaviours:
        """Compare candidates; where the lane has ended, nothing is known of how they behave."""
        try:
            return behaviours(self.lane, self.ground, candidates)
        except LaneLost:
            self.budget.lose()
            return Behaviours()

    def _searched(self) -> Search:
        """Search; where candidates are counted, nothing counts that was tried another time."""
        in_step = bool(self.budget.candidates)
        oracle = Oracle(self.ground, self.lane, self.budget.asking, in_step=in_step)
        return self._search(InStep(self.lane), oracle) if in_step else self._remembering(oracle)

    def _remembering(self, oracle: Oracle) -> Search:
        """Search, and keep what was found out for when somebody wants to go on."""
        notebook, dossier, under = self.known.notebook, self.case.dossier, self.known.under
        verdicts = notebook.read(dossier, under)
        try:
            return self._search(Remembered(self.lane, verdicts), oracle)
        finally:
            notebook.write(dossier, under, verdicts)

    def _search(self, screen: Screen, oracle: Oracle) -> Search:
        """Search; where candidates are counted nobody is asked who may answer otherwise."""
        adviser = None
        if self.advise and not self.budget.candidates:
            adviser = Adviser(self.ground, self.advise)
        try:
            return self._run(screen, oracle, adviser)
        finally:
            if adviser:
                adviser.close()

    def _run(self, screen: Screen, oracle: Oracle, adviser: Adviser | None) -> Search:
        made = Search(
            self.ground,
            suspects,
            screen,
            on_progress=self.heed,
            is_wanted=self.is_wanted,
            oracle=oracle,
            adviser=adviser,
            is_apart=lambda one: is_apart(one, self.case.dossier),
            is_beyond=lambda one: is_beyond(one, self.case.dossier),
            is_refused=self._is_refused,
            belief=Reader(self.ground).belief,
            seed=self.seed,
        )
        made.run(self.budget.limits)
        return made
