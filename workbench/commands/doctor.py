"""`workbench doctor`: check that everything works here, and say how to mend what does not."""

from __future__ import annotations

from collections.abc import Sequence

import click

from workbench.commands.checks import CHECKS, Finding, State, run_checks
from workbench.commands.shared import Command, Invocation
from workbench.errors import ExitCode
from workbench.output import Answer
from workbench.visible import visible_line

_COLOURS = {State.OK: "green", State.INFO: "cyan", State.WARN: "yellow", State.FAIL: "red"}


@click.command("doctor", cls=Command)
@click.pass_obj
def command(invocation: Invocation) -> Answer:
    """Check that everything works here, and say how to mend what does not.

    It starts no host, and ends with 1 when a check fails.
    """
    findings = run_checks(CHECKS, invocation.workspace, invocation.flags)
    lines = [line for finding in findings for line in _lines(finding)]
    summary = _summary(findings)
    fields = {"checks": [_fields(finding) for finding in findings]}
    failed = any(finding.state is State.FAIL for finding in findings)
    code = ExitCode.FINDINGS if failed else ExitCode.OK
    return Answer(summary, fields, "\n".join([*lines, "", summary]), code)


def _lines(finding: Finding) -> list[str]:
    state = click.style(f"{finding.state:<4}", fg=_COLOURS[finding.state], bold=True)
    line = f"{state}  {visible_line(f'{finding.name}: {finding.sentence}')}"
    return [line, f"      {visible_line(finding.mend)}"] if finding.mend else [line]


def _summary(findings: Sequence[Finding]) -> str:
    counts = {state: sum(finding.state is state for finding in findings) for state in State}
    return f"{counts[State.FAIL]} failed, {counts[State.WARN]} warnings, {len(findings)} checks."


def _fields(finding: Finding) -> dict[str, str]:
    return {
        "name": finding.name,
        "state": finding.state,
        "sentence": finding.sentence,
        "mend": finding.mend,
    }
