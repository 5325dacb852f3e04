"""A plan carried out: step by step, within its limits, and reported however it ends."""

from __future__ import annotations

import asyncio
import signal
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any

import msgspec

from workbench.api.commands import Terms
from workbench.api.events import FailureFound, ProposalMade
from workbench.api.facts import Event, Fact
from workbench.batch.approving import ReadApproval, apply_approved
from workbench.batch.hearing import Hearing, listening
from workbench.batch.line import open_line
from workbench.batch.plan import AnyStep, ApplyApproved, Heal, Plan, Quality, ReviewExport, Test
from workbench.batch.repairs import repairs_of
from workbench.batch.reports.every import REPORTS
from workbench.batch.reports.patches import patches
from workbench.batch.result import Ended, Result, without_clocks
from workbench.batch.steps import Came, Ground, heal, merged, review_export, test
from workbench.batch.writing import write_folder, write_whole
from workbench.errors import ExitCode, WorkbenchError
from workbench.journal.contents import Contents
from workbench.workspace import Workspace

FACE = "batch"
"""Behind this face nobody sits, so that nothing is approved by it."""
_JOB_SECONDS = "sandbox.wall_seconds="
_PATIENCE = 10.0
"""How long a step that is given up may take to end."""
_SIGNALS = {signal.SIGINT: ExitCode.INTERRUPTED, signal.SIGTERM: ExitCode.TERMINATED}
Tell = Callable[[str, dict[str, Any]], None]
"""Is told what happens while it happens: its kind, and what there is to say."""


@dataclass(frozen=True)
class Asked:
    """What is to be carried out, for whom."""

    plan: Plan
    workspace: Workspace
    terms: Terms
    read_approval: ReadApproval
    tell: Tell
    flags: Sequence[str] = ()
    is_reproducible: bool = False
    """Reports leave out what differs from one run to the next though the same was found."""


class Stopping:
    """Whether the batch is to end, and why; the first reason counts."""

    def __init__(self) -> None:
        self.wanted = asyncio.get_running_loop().create_future()

    def stop(self, code: ExitCode) -> None:
        if not self.wanted.done():
            self.wanted.set_result(code)

    @contextmanager
    def heeding_signals(self) -> Iterator[None]:
        """Take the first signal as a wish; the next one ends the process as ever."""
        loop = asyncio.get_running_loop()
        for number in _SIGNALS:
            loop.add_signal_handler(number, self._heed, number)
        try:
            yield
        finally:
            for number in _SIGNALS:
                loop.remove_signal_handler(number)

    def _heed(self, number: signal.Signals) -> None:
        if self.wanted.done():
            raise KeyboardInterrupt
        self.stop(_SIGNALS[number])


async def carry_out(asked: Asked) -> Result:
    """Do what the plan says and write its reports."""
    stopping = Stopping()
    with stopping.heeding_signals():
        result = await _carried_out(asked, stopping)
        if asked.is_reproducible or asked.plan.is_counted:
            result = without_clocks(result)
        return await asyncio.to_thread(report, asked, result)


async def _carried_out(asked: Asked, stopping: Stopping) -> Result:
    began = time.monotonic()
    workspace, seconds = asked.workspace, asked.plan.limits.seconds
    ends = None if seconds is None else began + seconds

    def ended_from_outside(_: str) -> None:
        stopping.stop(ExitCode.TERMINATED)

    async with (
        open_line(workspace, FACE, asked.flags, ended_from_outside) as line,
        listening(line, FACE, _heard_by(asked.tell)) as hearing,
    ):
        contents = Contents(workspace.contents)
        ground = Ground(line, asked.plan, workspace.project, _terms(asked), contents, ends)
        carrying = Carrying(ground, hearing, asked)
        work = asyncio.create_task(carrying.work(), name="steps")
        await asyncio.wait(
            {work, stopping.wanted}, timeout=ground.left, return_when=asyncio.FIRST_COMPLETED
        )
        if stopping.wanted.done() or not work.done():
            code = stopping.wanted.result() if stopping.wanted.done() else ExitCode.BUDGET
            await carrying.give_up(work, code)
        else:
            work.result()
        return carrying.result


def _terms(asked: Asked) -> Terms:
    """Return the terms with the plan's own limit of a job; a flag of this call counts before it."""
    seconds = asked.plan.limits.job_seconds
    if seconds is None or any(flag.startswith(_JOB_SECONDS) for flag in asked.flags):
        return asked.terms
    return msgspec.structs.replace(asked.terms, wall_seconds=seconds)


def _heard_by(tell: Tell) -> Callable[[Event, Fact], None]:
    def heard(event: Event, fact: Fact) -> None:
        tell(event.type, {"seq": event.seq, "time": event.time, "fact": msgspec.to_builtins(fact)})

    return heard


class Carrying:
    """The steps on their way, and what they came to so far."""

    def __init__(self, ground: Ground, hearing: Hearing, asked: Asked) -> None:
        self.result = Result(ground.plan.name)
        self._ground = ground
        self._hearing = hearing
        self._asked = asked

    async def work(self) -> None:
        """Do one step after the other; what cannot be done ends the plan."""
        for number, step in enumerate(self._ground.plan.steps, start=1):
            self._asked.tell("step.began", {"step": number, "do": step.do})
            began = time.monotonic()
            ended = await self._do(number, step)
            self._end(replace(ended, seconds=time.monotonic() - began))
            await self._hearing.catch_up()
            if ended.hint:
                break
        self._skip("A step before it could not be done.")

    async def _do(self, number: int, step: AnyStep) -> Ended:
        try:
            came = await self._carry(step)
        except WorkbenchError as error:
            hint = error.hint or "`workbench doctor` may tell more."
            return Ended(number, step.do, "failed", error.sentence, None, error.exit_code, hint)
        self.result = came.result
        return Ended(number, step.do, came.outcome, came.sentence, None, came.code)

    async def _carry(self, step: AnyStep) -> Came:
        ground, result = self._ground, self.result
        match step:
            case Test():
                return await test(ground, step, result)
            case Heal():
                return await heal(ground, step, result)
            case Quality():
                from workbench.batch.measuring import measure

                return await measure(ground, step, result)
            case ReviewExport():
                return await review_export(ground, step, result)
            case ApplyApproved():
                return await apply_approved(ground, step, result, self._asked.read_approval)

    def _end(self, ended: Ended) -> None:
        self.result = replace(self.result, steps=(*self.result.steps, ended))
        told = {"step": ended.number, "do": ended.do, "outcome": ended.outcome}
        self._asked.tell("step.ended", {**told, "message": ended.sentence})

    def _skip(self, why: str) -> None:
        for number, step in enumerate(self._ground.plan.steps, start=1):
            if number > len(self.result.steps):
                self._end(Ended(number, step.do, "skipped", why))

    async def give_up(self, work: asyncio.Task[None], code: ExitCode) -> None:
        """End the step that is under way, and keep what was found up to there."""
        work.cancel()
        await asyncio.wait({work}, timeout=_PATIENCE)
        if work.done() and not work.cancelled():
            work.result()
        self.result = replace(self.result, stopped=code)
        steps = self._ground.plan.steps
        if (number := len(self.result.steps) + 1) <= len(steps):
            step = steps[number - 1]
            self._end(Ended(number, step.do, "stopped", "It was ended before its end."))
        self._skip("The batch was ended before it.")
        await self._keep_what_was_found()

    async def _keep_what_was_found(self) -> None:
        await self._hearing.catch_up()
        made = self._hearing.of(ProposalMade)
        found = await repairs_of(self._ground.line, self._ground.contents, made)
        failures = (*self.result.failures, *self._hearing.of(FailureFound))
        self.result = replace(
            self.result,
            failures=tuple({one.failure: one for one in failures}.values()),
            repairs=merged(found, self.result.repairs),
        )


def report(asked: Asked, result: Result) -> Result:
    """Write the reports that the plan asks for; they name one another, and so come last."""
    project, outputs = asked.workspace.project, asked.plan.outputs
    wanted = {name: path for name, path in msgspec.structs.asdict(outputs).items() if path}
    result = replace(result, written=(*result.written, *wanted.values()))
    if folder := wanted.pop("patches", ""):
        write_folder(project / folder, patches(result.repairs))
    for name, path in wanted.items():
        write_whole(project / path, REPORTS[name](result))
    return result
