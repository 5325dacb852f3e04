"""The steps of a plan, each from what is known so far to what it came to."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path

from workbench.api import commands, views
from workbench.api.commands import Terms
from workbench.api.events import FailureFound, JobRan
from workbench.batch.line import Line
from workbench.batch.plan import Heal, Plan, ReviewExport, Test
from workbench.batch.repairs import repairs_of, waiting
from workbench.batch.reports.exporting import exported
from workbench.batch.result import BAD, Outcome, Repair, Result
from workbench.batch.writing import write_folder
from workbench.errors import BudgetSpent, ExitCode, SandboxError
from workbench.journal.contents import Contents

_SEARCH_SECONDS = 60.0
_COUNTED_SECONDS = 3_600.0
"""A net below a search that counts candidates."""
_SHARE = 0.9
"""So much of the time that is left may a search use."""
_LIMITS = frozenset({"timeout", "memory", "output-limit"})


@dataclass(frozen=True)
class Ground:
    """What steps stand on."""

    line: Line
    plan: Plan
    project: Path
    terms: Terms
    contents: Contents
    ends: float | None = None
    """When the time is up, on the monotonic clock."""

    @property
    def left(self) -> float | None:
        return None if self.ends is None else max(0.0, self.ends - time.monotonic())


@dataclass(frozen=True)
class Came:
    """What a step came to, and the result with it."""

    result: Result
    sentence: str
    outcome: Outcome = "passed"
    code: ExitCode = ExitCode.OK


def failed(result: Result, sentence: str) -> Came:
    return Came(result, sentence, "failed", ExitCode.FINDINGS)


async def test(ground: Ground, step: Test, result: Result) -> Came:
    """Run tests in the sandbox and read what became of each."""
    wanted = commands.RunInSandbox(commands.Pytest((*step.arguments, *step.tests)), ground.terms)
    found = await ground.line.call(wanted)
    if found.ran.tests is not None and not found.cases:
        found = await ground.line.call(wanted)  # The answer was lost, and the journal only counts.
    ran = found.ran
    _refuse_unrun(ran)
    result = replace(result, cases=found.cases)
    if ran.doubt or ran.tests is None:
        return failed(result, ran.doubt or _unreadable(found))
    red = [case.id for case in found.cases if case.outcome in BAD]
    if red:
        return failed(result, f"{len(red):,} of {len(found.cases):,} tests fail.")
    return Came(result, f"{_told(found.cases)}.")


def _refuse_unrun(ran: JobRan) -> None:
    if ran.status in {"refused", "error"}:
        raise SandboxError(ran.reason, "`workbench sandbox status` tells more.")
    if ran.status in _LIMITS:
        raise BudgetSpent(
            f"The tests met a limit of the sandbox: {ran.reason or ran.status}.",
            "Raise it: limits.job_seconds in the plan, or `--set sandbox.memory_mb=4096`.",
        )


def _unreadable(found: views.JobResult) -> str:
    lines = (found.output.head + found.output.tail).strip().splitlines()
    why = found.ran.reason or (lines[-1] if lines else "they printed nothing")
    return f"The tests ended as {found.ran.status}: {why}"


def _told(cases: Iterable[views.TestCase]) -> str:
    counts = Counter(case.outcome for case in cases)
    return ", ".join(f"{count:,} {outcome}" for outcome, count in counts.items())


async def heal(ground: Ground, step: Heal, result: Result) -> Came:
    """Search for repairs, unless it is known that nothing fails."""
    if looked := _looked(ground.plan, step, result):
        return Came(result, f"Nothing fails: step {looked} saw it.", "skipped")
    limits = ground.plan.limits
    wanted = commands.Heal(
        terms=ground.terms,
        tests=step.tests,
        seconds=_seconds(ground, step),
        candidates=limits.candidates or 0,
        seed=limits.seed or 0,
    )
    healing = await ground.line.call(wanted)
    repairs = await repairs_of(ground.line, ground.contents, healing.proposals)
    result = replace(
        result,
        failures=_merged(result.failures, healing.failures),
        repairs=merged(result.repairs, repairs),
    )
    return _judged(healing.ended.outcome, healing, result, repairs)


def _judged(
    outcome: str, healing: views.Healing, result: Result, repairs: tuple[Repair, ...]
) -> Came:
    if outcome == "green":
        return Came(result, healing.ended.sentence)
    kept = [one for one in repairs if one.standing != "rejected"]
    turned = {test for one in kept for test in one.made.evidence.turned}
    unturned = [name for name in healing.ended.failing if name not in turned]
    if not kept:
        return failed(result, healing.ended.sentence)
    if unturned:
        return failed(result, f"{healing.ended.sentence} {len(unturned):,} tests fail still.")
    return Came(result, healing.ended.sentence, "waiting", ExitCode.OK)


def _looked(plan: Plan, step: Heal, result: Result) -> int:
    """Return the step that has just seen that the same tests pass, or 0."""
    for ended in reversed(result.steps):
        seen = plan.steps[ended.number - 1]
        if ended.do == "apply-approved":
            return 0
        if isinstance(seen, Test) and (seen.tests, seen.arguments) == (step.tests, ()):
            return ended.number if ended.outcome == "passed" else 0
    return 0


def _seconds(ground: Ground, step: Heal) -> float:
    usual = _COUNTED_SECONDS if ground.plan.is_counted else _SEARCH_SECONDS
    if ground.left is None:
        return step.seconds or usual
    return max(1.0, min(step.seconds or ground.left, ground.left * _SHARE))


async def review_export(ground: Ground, step: ReviewExport, result: Result) -> Came:
    """Write what waits for a person: found by this batch, or else all that the workspace has."""
    repairs = result.waiting
    if not any(isinstance(one, Heal) for one in ground.plan.steps):
        repairs = await repairs_of(ground.line, ground.contents, await waiting(ground.line))
        result = replace(result, repairs=merged(result.repairs, repairs))
    policy = ""
    if repairs:
        policy = (await ground.line.call(commands.ReadAllowed(repairs[0].name))).policy
    write_folder(ground.project / step.to, exported(repairs, policy))
    result = replace(result, written=(*result.written, step.to))
    if not repairs:
        return Came(result, "Nothing waits for a person.")
    noun = "repair" if len(repairs) == 1 else "repairs"
    return Came(result, f"{len(repairs)} {noun} written for review.", "waiting")


def merged(known: tuple[Repair, ...], new: tuple[Repair, ...]) -> tuple[Repair, ...]:
    """Return repairs, each once, as it stands now."""
    return tuple({one.name: one for one in (*known, *new)}.values())


def _merged(
    known: tuple[FailureFound, ...], new: tuple[FailureFound, ...]
) -> tuple[FailureFound, ...]:
    return (*known, *(one for one in new if one not in known))
