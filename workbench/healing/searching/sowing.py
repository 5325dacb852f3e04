"""What helps in part, and how it is gone on from."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import replace

from workbench.healing.ground import Ground, Site
from workbench.healing.searching.behind import ground_behind, is_of_its_own
from workbench.healing.searching.frontier import Frontier, Seed, Step
from workbench.healing.verdict import Crash, Verdict

_DEEPEST, _MOST_SEEDS, _ALIKE = 3, 60, 4
_READ_ANEW, _MOST_BEHIND = 4, 8
"""So many of the seeds are read with their change made, and so many of those with another crash
behind it; the others only meet what is known."""
_SMALL = 120_000
"""Where the files have more characters, it takes too long to suspect places: none is read anew."""
_HELPS, _MOVES_ON = 0.5, 0.08
"""How likely a repair begins with what makes some tests pass, or lets them get further."""
_CHECK = "AssertionError"


class Sowing:
    """Takes changes that help into the frontier, but not many that look alike."""

    def __init__(
        self, ground: Ground, sites: Callable[[Ground], Sequence[Site]], frontier: Frontier
    ) -> None:
        self._ground = ground
        self._sites = sites
        self._frontier = frontier
        self._is_small = sum(map(len, ground.dossier.files.values())) < _SMALL
        self._sown: Counter[object] = Counter()
        """How often was gone on from what the tests say in the same way."""
        self._behind = 0
        """How often a change was read anew for the crash behind it."""

    def heed(self, step: Step, verdict: Verdict) -> None:
        """Go on from a change if that is worth it."""
        crash = self._crash(step, verdict)
        helps = self._helps(verdict, crash)
        alike = (verdict.passes, verdict.kinds, crash and crash.place)
        is_worth = helps and not verdict.broke and (step.is_cheap or crash)
        if is_worth and self._sown[alike] < _ALIKE and self._has_room(step):
            self._sown[alike] += 1
            self._sow(step, helps, crash)

    def _crash(self, step: Step, verdict: Verdict) -> Crash | None:
        """Return the crash behind the first, if it is worth a look."""
        crash, dossier = verdict.crash, self._ground.dossier
        if not crash or not self._is_small or self._behind >= _MOST_BEHIND:
            return None
        return crash if is_of_its_own(dossier, step.candidate, crash) else None

    def _has_room(self, step: Step) -> bool:
        return step.seed.depth < _DEEPEST and self._sown.total() < _MOST_SEEDS

    def _helps(self, verdict: Verdict, crash: Crash | None) -> float:
        """Return how likely a repair begins with what was tried."""
        failing = self._ground.dossier.failing
        if verdict.passes:
            return _HELPS * len(verdict.passes) / len(failing)
        return _MOVES_ON if crash or self._moves_on(verdict) else 0.0

    def _moves_on(self, verdict: Verdict) -> bool:
        """Tell whether the tests get further before they fail: past a crash, to what they check."""
        before = [run.raised.name if run.raised else "" for run in self._ground.dossier.failing]
        pairs = list(zip(before, verdict.kinds, strict=False))
        further = any(old not in {"", _CHECK} and new.startswith(_CHECK) for old, new in pairs)
        return further and all(new.startswith(_CHECK) or new == old for old, new in pairs)

    def _sow(self, step: Step, helps: float, crash: Crash | None) -> None:
        """Go on from a change: with each that is known, and at first with what follows from it."""
        seed = Seed(self._ground, helps, step.candidate, step.seed.depth + 1, step.is_cheap)
        self._frontier.echo(seed)
        self._behind += crash is not None
        if crash or (self._is_small and self._sown.total() <= _READ_ANEW):
            ground = ground_behind(self._ground.dossier, step.candidate, crash)
            made = replace(seed, ground=ground, is_behind=crash is not None)
            self._frontier.sow(made, self._sites(ground))
