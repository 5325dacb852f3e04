"""What became of each bug, kept in a file so that a long run can go on where it ended."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import msgspec

from bench.healing.bug import Bug
from bench.healing.healer import Healed, heal
from bench.healing.judge import Verdict, judge

TOP = 5


class Outcome(msgspec.Struct, frozen=True):
    """One bug, healed and judged."""

    set: str
    bug: str
    made: str
    verdicts: tuple[Verdict, ...]
    """Of the first proposals, best first."""
    seconds: float
    first: float | None
    changed: int
    why: str
    """Why it was missed, in words; empty if the first proposal is right."""
    right: str
    """The known repair."""
    proposals: tuple[dict[str, Any], ...] = ()

    @property
    def plausible(self) -> bool:
        return any(verdict.plausible for verdict in self.verdicts)

    @property
    def rank(self) -> int:
        """Where the first right proposal is, from 1; 0 if none is right."""
        ranks = [rank for rank, verdict in enumerate(self.verdicts, 1) if verdict.right]
        return ranks[0] if ranks else 0


def measure(name: str, bug: Bug, corpus: Path, budget: float, code: Path) -> Outcome:
    """Heal one bug and judge what is proposed."""
    healed = heal(bug, corpus, budget, code)
    shown = healed.proposals[:TOP]
    verdicts = tuple(judge(bug, corpus, str(one["diff"])) for one in shown)
    return Outcome(
        set=name,
        bug=bug.name,
        made=bug.made,
        verdicts=verdicts,
        seconds=round(healed.seconds, 3),
        first=healed.first,
        changed=healed.changed,
        why=_why(healed, verdicts),
        right=bug.right,
        proposals=shown,
    )


def _why(healed: Healed, verdicts: Sequence[Verdict]) -> str:
    if not verdicts:
        return healed.problem or healed.message or "no proposal"
    if verdicts[0].right:
        return ""
    return f"the first is wrong: {verdicts[0].problem}"


def read(file: Path) -> list[Outcome]:
    if not file.exists():
        return []
    lines = file.read_bytes().splitlines()
    return [msgspec.json.decode(line, type=Outcome) for line in lines]


def append(file: Path, outcome: Outcome) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    with file.open("ab") as stream:
        stream.write(msgspec.json.encode(outcome) + b"\n")


def done(outcomes: Iterable[Outcome]) -> set[tuple[str, str]]:
    return {(one.set, one.bug) for one in outcomes}
