"""A closer look at the patches that may be shown, while they can still be screened."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from workbench.healing.candidate import Candidate
from workbench.healing.dossier import Dossier
from workbench.healing.judging.behaviour import Behaviours
from workbench.healing.judging.contending import turned
from workbench.healing.judging.deciding import Difference
from workbench.healing.judging.trimming import Trimmed, trimmed
from workbench.healing.ranking.order import Ranked
from workbench.healing.searching.asking import Asking
from workbench.healing.searching.search import Plausible

MOST = 12
_CLOSELY = 5


@dataclass(frozen=True)
class Chosen:
    """A ranked patch, what of it is needed, and how it differs from the next."""

    ranked: Ranked
    trimmed: Trimmed
    turned: tuple[str, ...]
    differs: Difference | None = None

    @property
    def candidate(self) -> Candidate:
        return self.trimmed.candidate


@dataclass(frozen=True)
class Closer:
    """Looks closer at some ranked patches."""

    dossier: Dossier
    asking: Asking
    alike: Behaviours

    def look(
        self, ranked: Sequence[Ranked], found: Mapping[Candidate, Plausible]
    ) -> tuple[Chosen, ...]:
        """Return what may be shown, each patch once."""
        chosen: dict[object, Chosen] = {}
        for at, one in enumerate(ranked[:MOST]):
            made = self._chosen(at, one, ranked, found[one.contender.candidate])
            chosen.setdefault(made.candidate.changes, made)
        return tuple(chosen.values())

    def _chosen(self, at: int, one: Ranked, ranked: Sequence[Ranked], found: Plausible) -> Chosen:
        candidate = one.contender.candidate
        others = (other.contender.candidate for other in ranked if other is not one)
        differing = (self.alike.difference(candidate, other) for other in others)
        return Chosen(
            one,
            self._trimmed(at, found),
            turned(found, self.dossier),
            next(filter(None, differing), None),
        )

    def _trimmed(self, at: int, found: Plausible) -> Trimmed:
        """Trim what turns all failing tests: of the rest a verdict says too little."""
        candidate = found.step.candidate
        if at >= _CLOSELY or found.verdict.state != "passed":
            return Trimmed(candidate)
        return trimmed(candidate, self.dossier, self.asking)
