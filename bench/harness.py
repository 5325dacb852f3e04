"""What the benches share: samples, rows of the page, figures to reach."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from statistics import median
from typing import TypeVar

T = TypeVar("T")


@dataclass(frozen=True)
class Sample:
    """One quantity, measured several times."""

    values: tuple[float, ...]
    unit: str

    @property
    def median(self) -> float:
        return median(self.values)

    @property
    def text(self) -> str:
        """The median, and the spread when there was more than one value."""
        found = f"{readable(self.median)} {self.unit}".rstrip()
        if len(self.values) == 1:
            return found
        return f"{found} ({readable(min(self.values))} to {readable(max(self.values))})"


@dataclass(frozen=True)
class Row:
    """One line of the page; without a goal it is there for information."""

    what: str
    measured: str
    goal: str = ""
    beside: str = ""
    """What the peers took in the same run."""
    met: bool | None = None
    missing: bool = False
    """It could not be measured, and `measured` says why."""


Bench = Callable[[], list[Row]]


def sample(values: Iterable[float], unit: str, scale: float = 1) -> Sample:
    """Return `values`, each times `scale`, as a sample in `unit`."""
    return Sample(tuple(value * scale for value in values), unit)


def at_most(what: str, found: Sample, limit: float, beside: str = "") -> Row:
    """Return a row whose median must not exceed `limit`."""
    goal = f"at most {readable(limit)} {found.unit}".rstrip()
    return Row(what, found.text, goal, beside, found.median <= limit)


def under(what: str, found: Sample, limit: float, beside: str = "") -> Row:
    """Return a row whose median must stay below `limit`."""
    goal = f"under {readable(limit)} {found.unit}".rstrip()
    return Row(what, found.text, goal, beside, found.median < limit)


def at_least(what: str, found: Sample, limit: float, beside: str = "") -> Row:
    """Return a row whose median must reach `limit`."""
    goal = f"at least {readable(limit)} {found.unit}".rstrip()
    return Row(what, found.text, goal, beside, found.median >= limit)


def largest(found: Sample) -> Sample:
    """Return the worst of a sample, for what must hold every time."""
    return Sample((max(found.values),), found.unit)


def told(what: str, found: Sample, beside: str = "") -> Row:
    """Return a row that only informs."""
    return Row(what, found.text, beside=beside)


def in_turn(times: int, measures: Sequence[Callable[[], T]]) -> list[tuple[T, ...]]:
    """Take every measure once a round, so that what else the machine does falls on all alike."""
    rounds = [[measure() for measure in measures] for _ in range(times)]
    return list(zip(*rounds, strict=True))


def readable(value: float) -> str:
    """Return a number with about three digits that count."""
    size = abs(value)
    digits = 0 if size >= 100 or value == int(value) else 1 if size >= 10 else 2
    return f"{value:,.{digits}f}"
