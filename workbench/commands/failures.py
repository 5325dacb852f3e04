"""`workbench failures`: what was seen to fail."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

import click

from workbench.commands.shared import Group, Invocation
from workbench.errors import UsageError
from workbench.output import Answer
from workbench.visible import visible, visible_line

if TYPE_CHECKING:
    from workbench.api import views


@click.group("failures", cls=Group)
def command() -> None:
    """List the failures that were seen, and show one."""


@command.command("list")
@click.option("-n", "--number", type=click.IntRange(1, 10_000), default=100, show_default=True)
@click.pass_obj
def list_(invocation: Invocation, number: int) -> Answer:
    """List failures, the newest first."""
    import msgspec

    found = _read(invocation, number)
    fields = {"failures": msgspec.to_builtins(found)}
    return Answer(f"Failures: {len(found)}.", fields, "\n".join(map(_line, found)))


@command.command()
@click.argument("failure")
@click.pass_obj
def show(invocation: Invocation, failure: str) -> Answer:
    """Show the FAILURE of that name; its first letters are enough."""
    import msgspec

    matching = [one for one in _read(invocation, 10_000) if one.failure.failure.startswith(failure)]
    if len(matching) != 1:
        raise UsageError(
            f"{visible_line(failure)} names {len(matching)} failures.",
            "`workbench failures list` shows their names.",
        )
    fields = msgspec.to_builtins(matching[0])
    rows = {**fields.pop("failure"), **fields}
    text = "\n".join(f"{name:<9} {visible(str(value))}" for name, value in rows.items())
    return Answer(f"Failure {matching[0].failure.failure}.", rows, text)


def _read(invocation: Invocation, number: int) -> tuple[views.Found, ...]:
    from workbench.api.commands import ReadFailures
    from workbench.commands.calling import ask

    return ask(invocation, ReadFailures(number)).failures


def _line(found: views.Found) -> str:
    failure = found.failure
    when = datetime.fromtimestamp(found.last / 1e6).astimezone().isoformat(" ", "seconds")
    told = f"{failure.test}: {failure.kind}: {failure.message.partition(chr(10))[0]}"
    times = f" ({found.times} times)" if found.times > 1 else ""
    return f"{failure.failure}  {when}  {visible_line(told)}{times}"
