"""The figures of a set of bugs, as rows of the page."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median, quantiles

from bench.harness import Row
from bench.healing.outcome import Outcome


@dataclass(frozen=True)
class Goals:
    """What a set must reach; shares of all bugs, but precision of those with a proposal."""

    bugs: int = 0
    plausible: float = 0.0
    first: float = 0.0
    top: float = 0.0
    precision: float = 0.0
    seconds: float = 0.0


GOALS = {
    "quixbugs": Goals(bugs=40, plausible=1.0, first=39 / 40, seconds=3.0),
    "packages": Goals(bugs=300, top=0.7, precision=0.9),
    "crashes": Goals(seconds=2.0),
}


def rows(name: str, outcomes: Sequence[Outcome]) -> list[Row]:
    """Return the figures of one set."""
    goals = GOALS.get(name.partition("-")[0], Goals())
    bugs = len(outcomes)
    proposed = [one for one in outcomes if one.verdicts]
    right = sum(one.rank == 1 for one in outcomes)
    first = [one.first for one in proposed if one.first is not None]
    return [
        _enough(f"{name}: bugs", bugs, goals.bugs),
        _share(f"{name}: plausible", sum(one.plausible for one in outcomes), bugs, goals.plausible),
        _share(f"{name}: right at rank 1", right, bugs, goals.first),
        _share(f"{name}: right in the top five", sum(map(_found, outcomes)), bugs, goals.top),
        _share(f"{name}: first-ranked right", right, len(proposed), goals.precision),
        *_seconds(name, first, goals.seconds),
        _untouched(name, sum(one.changed for one in outcomes)),
    ]


def _enough(what: str, bugs: int, goal: int) -> Row:
    """Say how many bugs there were: figures of fewer than are asked for are only a sample."""
    return (
        Row(what, str(bugs), f"at least {goal}", met=bugs >= goal) if goal else Row(what, str(bugs))
    )


def _found(outcome: Outcome) -> bool:
    return outcome.rank > 0


def _share(what: str, count: int, of: int, goal: float) -> Row:
    part = count / of if of else 0.0
    measured = f"{count} of {of} ({part:.1%})"
    if not goal:
        return Row(what, measured)
    return Row(what, measured, f"at least {goal:.1%}", met=part >= goal)


def _seconds(name: str, first: Sequence[float], goal: float) -> list[Row]:
    if len(first) < 2:
        return []
    middle, late = median(first), quantiles(first, n=10, method="inclusive")[-1]
    what = f"{name}: first proposal, median"
    limit = f"under {goal:g} s" if goal else ""
    met = middle < goal if goal else None
    return [
        Row(what, f"{middle:.2f} s", limit, met=met),
        Row(f"{name}: first proposal, 90 %", f"{late:.2f} s"),
    ]


def _untouched(name: str, changed: int) -> Row:
    return Row(f"{name}: bytes changed", str(changed), "0", met=changed == 0)
