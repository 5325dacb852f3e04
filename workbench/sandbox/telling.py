"""What became of a job, as the journal and the faces are told."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable
from hashlib import sha256

import msgspec

from workbench.api.events import (
    EngineFinding,
    JobRan,
    Printed,
    RepairProved,
    SandboxChosen,
)
from workbench.api.views import TestCase
from workbench.sandbox.choice import Choice, Finding
from workbench.sandbox.job import Job, Output, Pytest, Result, Status
from workbench.sandbox.plan import Level, Plan
from workbench.sandbox.policy import Policy
from workbench.sandbox.proof.outcomes import Reading, Run, Unreadable, read
from workbench.sandbox.proof.prove import Verdict
from workbench.sandbox.proof.records import Phase, Records, parse_records
from workbench.sandbox.terms import kind_of, name_of, title_of

Redact = Callable[[str], str]
"""Takes secrets out of a text."""
KEPT = 4096
"""How many bytes of output the journal keeps, half of the beginning and half of the end."""


class Tested(msgspec.Struct, frozen=True):
    """What became of the tests of a job."""

    counts: dict[str, int] | None = None
    """How many ended how; nothing where that cannot be told."""
    doubt: str = ""
    """Why it cannot."""
    cases: tuple[TestCase, ...] = ()


NOTHING = Choice("", Level.NONE, ())
UNTESTED = Tested()


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


def ran(account: Account, result: Result, tested: Tested = UNTESTED, *, redact: Redact) -> JobRan:
    """Return the fact that a job has ended, without the secrets that it was given or printed."""
    return JobRan(
        job=account.name,
        kind=kind_of(account.job.work),
        title=redact(title_of(account.job.work)),
        engine=account.choice.engine,
        level=name_of(account.choice.level),
        interpreter=account.interpreter,
        policy=account.policy.digest,
        digest=account.job.digest,
        snapshot=account.snapshot,
        status=result.status,
        reason=redact(result.reason),
        exit=result.exit,
        signal=result.signal,
        wall=round(result.wall, 3),
        cpu=round(result.cpu, 3),
        peak_memory=result.peak_memory,
        output=cut(redacted(result.output, redact), KEPT),
        records=sha256(result.records).hexdigest() if result.records else "",
        tests=tested.counts,
        doubt=redact(tested.doubt),
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


def tested(job: Job, result: Result) -> Tested:
    """Return what became of the tests of a job, or why that cannot be told."""
    if not isinstance(job.work, Pytest) or result.status not in {Status.OK, Status.FAILED}:
        return UNTESTED
    stream = parse_records(result.records, result.nonce)
    reading = read(Run(result.status, result.exit, stream), "The run")
    if isinstance(reading, Unreadable):
        return Tested(doubt=reading.reasons[0].sentence)
    assert isinstance(stream, Records)  # noqa: S101 - what was read is well-formed
    return Tested(dict(Counter(reading.outcomes.values())), "", _cases(reading, stream))


def _cases(reading: Reading, records: Records) -> tuple[TestCase, ...]:
    """Return test by test what became of it; what could not be collected is an error."""
    seconds, said = defaultdict[str, float](float), dict[str, str]()
    for report in records.reports:
        if isinstance(report, Phase):
            seconds[report.id] += report.seconds
            said[report.id] = said.get(report.id) or report.crash or report.xfail or ""
    uncollected = (TestCase(one.id, "error", 0.0, one.text) for one in records.collect_errors)
    ran = (
        TestCase(name, outcome, round(seconds[name], 6), said.get(name, ""))
        for name, outcome in reading.outcomes.items()
    )
    return (*uncollected, *ran)


def printed(output: Output) -> Printed:
    return Printed(output.head, output.tail, output.total)


def redacted(output: Output, redact: Redact) -> Output:
    """Take secrets out of what was printed, while they are still whole."""
    head, tail = redact(output.head), redact(output.tail)
    less = _bytes(output.head, output.tail) - _bytes(head, tail)
    return Output(head, tail, output.total - less)


def _bytes(*texts: str) -> int:
    return sum(len(text.encode()) for text in texts)


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
