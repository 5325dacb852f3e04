"""What became of each test, told from the records of its run; what is odd about a run."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from types import MappingProxyType
from typing import Literal

from workbench.sandbox.proof.records import Phase, Records, Refusal, Sub
from workbench.visible import visible_line

Outcome = Literal["passed", "failed", "error", "skipped", "xfailed", "xpassed"]
Reports = Sequence[Phase | Sub]
Tests = Sequence[tuple[str, Reports]]

BAD = frozenset({"failed", "error"})
_NAMED = 3
_LONGEST_NAME = 120


@dataclass(frozen=True, slots=True)
class Run:
    """One run of the tests in a box, as it came out of it."""

    status: str
    """The job's: only `ok` and `failed` are ends that pytest chose."""
    exit: int | None
    """The exit code of the process, if it ended by itself."""
    stream: Records | Refusal
    shuffled: bool = False
    """The tests ran in another order on purpose."""
    output: str = ""
    """The digest of what was printed."""


@dataclass(frozen=True, slots=True)
class Reason:
    """Why a run proves nothing."""

    code: str
    sentence: str


@dataclass(frozen=True, slots=True)
class Reading:
    """What a well-formed run says."""

    nonce: str
    harness: tuple[str, str]
    """Versions of Python and pytest."""
    ids: tuple[str, ...]
    outcomes: Mapping[str, Outcome]
    uncollected: frozenset[str]
    """The collectors that failed."""


@dataclass(frozen=True, slots=True)
class Unreadable:
    """All that is wrong with a run that is not well-formed."""

    reasons: tuple[Reason, ...]


def read(run: Run, which: str) -> Reading | Unreadable:
    """Say what `run` says, or all that is wrong with it; `which` names it in the sentences."""
    if isinstance(run.stream, Refusal):
        line = f" (line {run.stream.line})" if run.stream.line else ""
        return Unreadable((Reason(run.stream.code, f"{which}: {run.stream.sentence}{line}"),))
    tests = _tests(run.stream)
    odd = _oddities(run, run.stream, tests)
    reasons = tuple(Reason(code, f"{which}: {sentence}") for code, sentence in odd)
    return Unreadable(reasons) if reasons else _reading(run.stream, tests)


def _reading(records: Records, tests: Tests) -> Reading:
    begin = records.begin
    return Reading(
        nonce=records.nonce,
        harness=(begin.python, begin.pytest) if begin else ("", ""),
        ids=records.ids,
        outcomes=MappingProxyType({name: _outcome(reports) for name, reports in tests}),
        uncollected=frozenset(error.id for error in records.collect_errors),
    )


def _oddities(run: Run, records: Records, tests: Tests) -> Iterator[tuple[str, str]]:
    yield from _about_the_end(run, records)
    yield from _about_the_ids(records)
    yield from _about_the_order(records, [name for name, _ in tests])
    if torn := [name for name, reports in tests if not _whole(reports)]:
        yield "phases", f"set-up, call and tear-down do not fit together: {listed(torn)}."
    yield from _about_the_exit(run, records, tests)


def _about_the_end(run: Run, records: Records) -> Iterator[tuple[str, str]]:
    if run.status not in {"ok", "failed"}:
        yield "status", f"the run ended as {visible_line(run.status)}."
    if records.internal_errors:
        yield "internal-error", "pytest itself failed."
    if not records.counted:
        yield "collection", "the tests were not all collected."
    if records.finish is None:
        yield "incomplete", "the records end before the run did."


def _about_the_ids(records: Records) -> Iterator[tuple[str, str]]:
    twice = [name for name, count in Counter(records.ids).items() if count > 1]
    if twice:
        yield "ids-twice", f"collected twice: {listed(twice)}."
    if not records.ids and not records.collect_errors:
        yield "no-tests", "no test was collected."


def _about_the_order(records: Records, ran: Sequence[str]) -> Iterator[tuple[str, str]]:
    """Hold the tests that ran, in order, against those that were collected."""
    due, done = set(records.ids), set(ran)
    if missing := [name for name in records.ids if name not in done]:
        yield "missing", f"no verdict on {listed(missing)}."
    if extra := [name for name in ran if name not in due]:
        yield "extra", f"a verdict on what was not collected: {listed(extra)}."
    if due == done and tuple(ran) != records.ids:
        yield "order", "verdicts came twice or in another order than the tests."


def _about_the_exit(run: Run, records: Records, tests: Tests) -> Iterator[tuple[str, str]]:
    bad = any(_outcome(reports) in BAD for _, reports in tests)
    due = int(bad or bool(records.collect_errors))
    told = records.finish.exit if records.finish else None
    if (run.exit, told) != (due, due):
        yield "exit", f"the process ended with {run.exit}, pytest with {told}, the records {due}."
    if (run.status == "ok") != (run.exit == 0):
        yield "exit", f"the status {visible_line(run.status)} does not go with exit {run.exit}."


def _tests(records: Records) -> Tests:
    """Return the reports of each test, as they came: a test in two pieces comes twice."""
    found = groupby(records.reports, key=lambda report: report.id)
    return [(name, tuple(reports)) for name, reports in found]


def _whole(reports: Reports) -> bool:
    """Tell whether these are the reports of one test, each once and in order."""
    first = reports[0]
    letters = "".join(report.when[0] if isinstance(report, Phase) else "-" for report in reports)
    if isinstance(first, Phase) and first.when == "setup" and first.outcome != "passed":
        return letters == "st"
    return letters.replace("-", "") == "sct" and letters[0] == "s" and letters[-2:] == "ct"


def _outcome(reports: Reports) -> Outcome:
    """Sum up the reports of one test, the worst first."""
    failed = [report for report in reports if report.outcome == "failed"]
    skipped = [report for report in reports if report.outcome == "skipped"]
    if failed:
        called = any(isinstance(report, Sub) or report.when == "call" for report in failed)
        return "failed" if called else "error"
    if skipped:
        return "xfailed" if any(report.xfail is not None for report in skipped) else "skipped"
    return "xpassed" if any(report.xfail is not None for report in reports) else "passed"


def listed(names: Sequence[str]) -> str:
    """Name the first few of `names`, which may hold anything, and say how many more there are."""
    shown = ", ".join(map(_shown, names[:_NAMED]))
    more = len(names) - _NAMED
    return f"{shown} and {more:,} more" if more > 0 else shown


def _shown(name: str) -> str:
    line = visible_line(name)
    return line if len(line) <= _LONGEST_NAME else line[:_LONGEST_NAME] + "…"
