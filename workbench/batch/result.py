"""What a batch came to: one frozen value, which every report is made from."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Literal

from workbench import __version__
from workbench.api.events import FailureFound, ProposalMade
from workbench.api.views import TestCase
from workbench.errors import ExitCode, weightiest

Outcome = Literal["passed", "failed", "waiting", "skipped", "stopped"]
BAD = frozenset({"failed", "error"})


@dataclass(frozen=True)
class Change:
    """A file before and after; None is a file that is not there."""

    path: str
    before: bytes | None
    after: bytes | None


@dataclass(frozen=True)
class Repair:
    """A proposal, how it stands, and what it does to which files."""

    made: ProposalMade
    standing: str
    changes: tuple[Change, ...]
    is_applied: bool = False

    @property
    def name(self) -> str:
        return self.made.proposal

    @property
    def waits(self) -> bool:
        """Whether a person has still to say or do something about it."""
        return self.standing != "rejected" and not self.is_applied


@dataclass(frozen=True)
class Found:
    """Something that ruff found, or a function with too many ways through it."""

    path: str
    line: int
    rule: str
    message: str


@dataclass(frozen=True)
class Figures:
    """What was measured of a file, before and after; nothing where it is not there."""

    path: str
    complexity: tuple[int | None, int | None]
    """The most ways through one of its functions."""
    maintainability: tuple[float | None, float | None]
    findings: tuple[int | None, int | None]


@dataclass(frozen=True)
class Ended:
    """How a step ended."""

    number: int
    do: str
    outcome: Outcome
    sentence: str
    seconds: float | None = None
    code: ExitCode = ExitCode.OK
    """What it would end with alone."""
    hint: str = ""


@dataclass(frozen=True)
class Result:
    """Everything that reports tell."""

    plan: str
    steps: tuple[Ended, ...] = ()
    cases: tuple[TestCase, ...] = ()
    """Test by test what the last run of them came to."""
    failures: tuple[FailureFound, ...] = ()
    repairs: tuple[Repair, ...] = ()
    figures: tuple[Figures, ...] = ()
    found: tuple[Found, ...] = ()
    written: tuple[str, ...] = ()
    """The reports, by paths from the project."""
    stopped: ExitCode | None = None
    """Why it did not come to its end, if so."""
    version: str = __version__

    @property
    def waiting(self) -> tuple[Repair, ...]:
        """Return what waits for a person: not what only repairs again what was applied."""
        applied = (one for one in self.repairs if one.is_applied)
        mended = {test for one in applied for test in one.made.evidence.turned}
        waits = (one for one in self.repairs if one.waits)
        return tuple(one for one in waits if not mended.issuperset(one.made.evidence.turned))

    @property
    def red(self) -> tuple[TestCase, ...]:
        return tuple(one for one in self.cases if one.outcome in BAD)

    @property
    def exit_code(self) -> ExitCode:
        """Return what counts most of all that holds."""
        return weightiest(self._codes())

    def _codes(self) -> Iterator[ExitCode]:
        if self.stopped is not None:
            yield self.stopped
        if self.waiting:
            yield ExitCode.APPROVAL
        yield from (step.code for step in self.steps if not self._is_mended(step))

    def _is_mended(self, step: Ended) -> bool:
        """Tell whether what a step found wrong was looked at again later, with its own word."""
        later = (one for one in self.steps if one.number > step.number)
        looks = {"test", "heal"}
        return (
            step.do in looks
            and step.code is ExitCode.FINDINGS
            and any(one.do in looks and one.outcome not in {"skipped", "stopped"} for one in later)
        )

    @property
    def sentence(self) -> str:
        """Say in one sentence what came of it."""
        if self.stopped is not None:
            return f"{_STOPPED[self.stopped]}; what was found up to there is reported."
        if broken := [step for step in self.steps if step.code == self.exit_code and step.code]:
            return broken[-1].sentence
        if waiting := len(self.waiting):
            return f"{waiting} {'repair waits' if waiting == 1 else 'repairs wait'} for approval."
        return self.steps[-1].sentence if len(self.steps) == 1 else "Every step passed."

    @property
    def hint(self) -> str:
        return next((step.hint for step in self.steps if step.hint), "")


_STOPPED = {
    ExitCode.INTERRUPTED: "The batch was interrupted",
    ExitCode.TERMINATED: "The batch was ended from outside",
    ExitCode.BUDGET: "The batch ran out of time",
}


def without_clocks(result: Result) -> Result:
    """Leave out what differs from one run to the next though the same was found."""
    return replace(
        result,
        steps=tuple(replace(step, seconds=None) for step in result.steps),
        cases=tuple(_struct_without(case, seconds=0.0) for case in result.cases),
    )


def _struct_without(case: TestCase, seconds: float) -> TestCase:
    return TestCase(case.id, case.outcome, seconds, case.message)
