"""What became of a job, as the journal and the faces are told."""

from __future__ import annotations

from collections import Counter
from hashlib import sha256

import msgspec

from workbench.api.events import (
    EngineFinding,
    JobRan,
    Printed,
    RepairProved,
    SandboxChosen,
)
from workbench.sandbox.choice import Choice, Finding
from workbench.sandbox.job import Job, Output, Pytest, Result, Status
from workbench.sandbox.plan import Level, Plan
from workbench.sandbox.policy import Policy
from workbench.sandbox.proof.outcomes import Run, Unreadable, read
from workbench.sandbox.proof.prove import Verdict
from workbench.sandbox.proof.records import parse_records
from workbench.sandbox.terms import kind_of, name_of, title_of

KEPT = 4096
"""How many bytes of output the journal keeps, half of the beginning and half of the end."""


NOTHING = Choice("", Level.NONE, ())


class Account(msgspec.Struct, frozen=True):
    """A job and all that it rests on."""

    name: str
    job: Job
    policy: Policy
    interpreter: str = ""
    choice: Choice = NOTHING
    snapshot: str = ""


def chosen(choice: Choice, plan: Plan, minimum: str) -> SandboxChosen:
    """Return the fact that an engine was chosen, or none."""
    return SandboxChosen(
        engine=choice.engine,
        level=name_of(choice.level),
        findings=tuple(map(finding, choice.findings)),
        minimum=minimum,
        interpreter=plan.interpreter.executable,
    )


def finding(found: Finding) -> EngineFinding:
    return EngineFinding(found.engine, name_of(found.level), found.holds, found.sentence)


def ran(account: Account, result: Result) -> JobRan:
    """Return the fact that a job has ended."""
    tests, doubt = count_tests(account.job, result)
    return JobRan(
        job=account.name,
        kind=kind_of(account.job.work),
        title=title_of(account.job.work),
        engine=account.choice.engine,
        level=name_of(account.choice.level),
        interpreter=account.interpreter,
        policy=account.policy.digest,
        digest=account.job.digest,
        snapshot=account.snapshot,
        status=result.status,
        reason=result.reason,
        exit=result.exit,
        signal=result.signal,
        wall=round(result.wall, 3),
        cpu=round(result.cpu, 3),
        peak_memory=result.peak_memory,
        output=cut(result.output, KEPT),
        records=sha256(result.records).hexdigest() if result.records else "",
        tests=tests,
        doubt=doubt,
    )


def proved(job: str, verdict: Verdict) -> RepairProved:
    """Return the fact that a repair was put to the proof."""
    return RepairProved(
        job=job,
        accepted=verdict.accepted,
        reasons=verdict.reasons,
        verdict=verdict.digest,
        base=verdict.base,
        result=verdict.result,
        change=dict(verdict.change),
        failing=verdict.failing,
        guards=dict(verdict.guards),
        circumstances=verdict.circumstances,
        engine=verdict.engine,
        level=name_of(Level(verdict.level)),
        interpreter=verdict.interpreter,
        policy=verdict.policy,
        harness=verdict.harness,
    )


def count_tests(job: Job, result: Result) -> tuple[dict[str, int] | None, str]:
    """Return how many tests ended how, or why that cannot be told."""
    if not isinstance(job.work, Pytest) or result.status not in {Status.OK, Status.FAILED}:
        return None, ""
    stream = parse_records(result.records, result.nonce)
    reading = read(Run(result.status, result.exit, stream), "The run")
    if isinstance(reading, Unreadable):
        return None, reading.reasons[0].sentence
    return dict(Counter(reading.outcomes.values())), ""


def printed(output: Output) -> Printed:
    return Printed(output.head, output.tail, output.total)


def cut(output: Output, kept: int) -> Printed:
    """Return the first and the last of what was printed, at most `kept` bytes together."""
    whole = output.head + output.tail
    if len(whole.encode()) <= kept:
        return printed(output)
    head = _fitting(output.head.encode()[: kept // 2])
    tail = _fitting((output.tail or output.head).encode()[-(kept // 2) :])
    return Printed(head, tail, output.total)


def _fitting(piece: bytes) -> str:
    """Leave out a letter that was cut in the middle."""
    return piece.decode(errors="ignore")
