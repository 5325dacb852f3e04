"""`workbench batch`: carry out a plan without a person, for CI and hooks."""

from __future__ import annotations

import asyncio
import json
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from workbench.commands.shared import Command, Invocation
from workbench.errors import StoreError, UsageError
from workbench.output import SCHEMA, Answer, Output, ReaderLeft
from workbench.visible import visible_line

if TYPE_CHECKING:
    from workbench.batch.plan import Plan
    from workbench.batch.result import Ended, Result

_SUMMARY = "GITHUB_STEP_SUMMARY"
_SHIPPED = frozenset({"apply", "ci", "commit", "quality", "review"})
_COLOURS = {"passed": "green", "failed": "red", "waiting": "yellow"}


@click.command("batch", cls=Command)
@click.option("--check", is_flag=True, help="Only say whether PLAN can be carried out.")
@click.option("--events", is_flag=True, help="Print a line of JSON for each thing that happens.")
@click.option(
    "--reproducible", is_flag=True, help="Leave clocks out of the reports, as counted plans do."
)
@click.argument("plan")
@click.argument("tests", nargs=-1)
@click.pass_obj
def command(
    invocation: Invocation,
    *,
    check: bool,
    events: bool,
    reproducible: bool,
    plan: str,
    tests: tuple[str, ...],
) -> Answer:
    """Carry out PLAN: test, heal, measure, export for review, apply what was approved.

    PLAN is a file, or the name of a plan that ships: ci, commit, review, apply, quality. TESTS are
    taken for all where the plan says all.

    Nothing is approved by it. It ends with 0 if all is well, with 1 if something is wrong, with 6
    if a repair waits for a person, with 8 if the time ran out; docs/exit-codes.md has the others.
    """
    from workbench.batch.planning import load_plan

    if events and invocation.output.as_json:
        raise UsageError("--events and --json both write to stdout.", "Choose one of them.")
    read = load_plan(_file(plan), invocation.workspace.project, tests)
    if check:
        return _checked(read)
    return _told(_carried_out(invocation, read, events, reproducible), events)


def _file(plan: str) -> Path:
    """Return the file of a plan; what is there counts before what ships."""
    from workbench.shipped import config_file

    file = Path(plan).expanduser()
    return config_file(f"plans/{plan}.toml") if plan in _SHIPPED and not file.exists() else file


def _checked(plan: Plan) -> Answer:
    steps = [step.do for step in plan.steps]
    told = f"{visible_line(plan.name)} can be carried out: {', '.join(steps)}."
    return Answer(told, {"plan": plan.name, "steps": steps})


def _carried_out(invocation: Invocation, plan: Plan, events: bool, reproducible: bool) -> Result:
    from workbench.batch.run import Asked, carry_out
    from workbench.commands.review_approve import read_approval

    tell = _Events(invocation.output).tell if events else _Progress(invocation.output).tell
    asked = Asked(
        plan=plan,
        workspace=invocation.workspace,
        terms=invocation.load_terms(),
        read_approval=read_approval,
        tell=tell,
        flags=invocation.flags,
        is_reproducible=reproducible,
    )
    result = asyncio.run(carry_out(asked))
    _summarise(result)
    if events:
        from workbench.batch.reports.envelope import told

        tell("batch.ended", told(result))
    return result


def _summarise(result: Result) -> None:
    """Add the summary where GitHub shows it."""
    if place := os.environ.get(_SUMMARY):
        from workbench.batch.reports.markdown import markdown
        from workbench.batch.writing import append

        append(Path(place), markdown(result))


class _Events:
    """Writes one line for each thing that happens, for as long as somebody reads."""

    def __init__(self, output: Output) -> None:
        self._output = output
        self._is_read = True

    def tell(self, kind: str, content: dict[str, Any]) -> None:
        if not self._is_read:
            return
        try:
            self._output.line(json.dumps({"schema": SCHEMA, "event": kind, **content}))
        except (ReaderLeft, StoreError):
            self._is_read = False


class _Progress:
    """Says to a person who looks on how each step ended."""

    def __init__(self, output: Output) -> None:
        self._output = output

    def tell(self, kind: str, content: dict[str, Any]) -> None:
        if kind == "step.ended" and sys.stderr.isatty() and not self._output.as_json:
            self._output.note(visible_line(f"{content['step']}. {content['do']} …"))


def _told(result: Result, events: bool) -> Answer:
    from workbench.batch.reports.envelope import fields

    if events:
        return Answer(exit_code=result.exit_code)
    lines = [_step(step) for step in result.steps]
    lines += [f"   {visible_line(step.hint)}" for step in result.steps if step.hint]
    lines += [visible_line(f"Written: {path}") for path in result.written]
    lines.append(visible_line(result.sentence))
    return Answer(result.sentence, fields(result), "\n".join(lines), result.exit_code)


def _step(step: Ended) -> str:
    took = "" if step.seconds is None else f" ({step.seconds:.1f} s)"
    mark = click.style(f"{step.outcome:<8}", fg=_COLOURS.get(step.outcome))
    return f"{mark}{step.number}. {step.do}: {visible_line(step.sentence)}{took}"
