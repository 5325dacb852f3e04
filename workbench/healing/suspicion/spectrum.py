"""Which lines failing tests run and passing tests do not."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from math import sqrt

from workbench.healing.dossier import Dossier, TestRun

_TOGETHER = 0.6
"""How much all failing tests together say; the rest is said by the one that accuses most."""

Line = tuple[str, int]


@dataclass(frozen=True)
class Spectrum:
    """How suspicious each line is, between 0 and 1, by what ran it."""

    failing: Sequence[TestRun]
    passing: Sequence[TestRun]

    @cached_property
    def known(self) -> bool:
        """Whether anybody looked at what the failing tests run."""
        return any(run.lines for run in self.failing)

    @cached_property
    def failed(self) -> Mapping[Line, int]:
        return _counted(self.failing)

    @cached_property
    def passed(self) -> Mapping[Line, int]:
        return _counted(self.passing)

    @cached_property
    def scores(self) -> Mapping[Line, float]:
        return {line: self._score(line, count) for line, count in self.failed.items()}

    def _score(self, line: Line, count: int) -> float:
        seen = sum(1 for run in self.failing if run.lines)
        passed = self.passed.get(line, 0)
        together = count / sqrt(seen * (count + passed))
        alone = 1 / sqrt(1 + passed)
        return _TOGETHER * together + (1 - _TOGETHER) * alone

    def of(self, path: str, lines: Iterable[int]) -> float:
        """Return the score of the worst of some lines; 0 if no failing test ran them."""
        return max((self.scores.get((path, line), 0.0) for line in lines), default=0.0)


def _counted(runs: Iterable[TestRun]) -> Mapping[Line, int]:
    lines = ((path, line) for run in runs for path, part in run.lines.items() for line in set(part))
    return Counter(lines)


def spectrum(dossier: Dossier) -> Spectrum:
    return Spectrum(dossier.failing, dossier.passing)
