"""`workbench proposals`: repairs that hold, and what was decided about them."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

import click

from workbench.commands.shared import Group, Invocation
from workbench.errors import UsageError
from workbench.output import Answer
from workbench.visible import visible_line

if TYPE_CHECKING:
    from workbench.api import views


@click.group("proposals", cls=Group)
def command() -> None:
    """List the repairs that hold, show one, and write one out as a patch."""


@command.command("list")
@click.option("-n", "--number", type=click.IntRange(1, 10_000), default=100, show_default=True)
@click.pass_obj
def list_(invocation: Invocation, number: int) -> Answer:
    """List proposals and how they stand, newest first."""
    import msgspec

    found = _read(invocation, number)
    fields = {"proposals": msgspec.to_builtins(found)}
    return Answer(f"Proposals: {len(found)}.", fields, "\n".join(map(_line, found)))


@command.command()
@click.argument("proposal")
@click.pass_obj
def show(invocation: Invocation, proposal: str) -> Answer:
    """Show the PROPOSAL of that name with its evidence; its first letters are enough."""
    import msgspec

    from workbench.commands.heal import described

    found = named(invocation, proposal)
    text = "\n".join([*described(found.proposal), visible_line(f"   {_stands(found)}")])
    rows = msgspec.to_builtins(found)
    fields = {**rows.pop("proposal"), **rows}
    return Answer(f"Proposal {found.proposal.proposal}.", fields, text)


@command.command()
@click.argument("proposal")
@click.pass_obj
def export(invocation: Invocation, proposal: str) -> Answer:
    """Print the PROPOSAL as a patch, for `git apply`."""
    diff = named(invocation, proposal).proposal.diff
    if invocation.output.as_json:
        return Answer("", {"diff": diff})
    click.echo(diff, nl=False)
    return Answer()


def named(invocation: Invocation, name: str) -> views.Proposed:
    """Return the proposal of a name, of which the first letters are enough."""
    matching = [one for one in _read(invocation, 10_000) if one.proposal.proposal.startswith(name)]
    if len(matching) != 1:
        raise UsageError(
            f"{visible_line(name)} names {len(matching)} proposals.",
            "`workbench proposals list` shows their names.",
        )
    return matching[0]


def _read(invocation: Invocation, number: int) -> tuple[views.Proposed, ...]:
    from workbench.api.commands import ReadProposals
    from workbench.commands.calling import ask

    return ask(invocation, ReadProposals(number)).proposals


def _line(found: views.Proposed) -> str:
    proposal = found.proposal
    told = f"{proposal.why or proposal.operator}; turns {len(proposal.evidence.turned)} tests"
    why = f" ({found.reason})" if found.reason else ""
    head = f"{proposal.proposal}  {found.state:<8}  {proposal.confidence:4.0%}"
    return f"{head}  {visible_line(told + why)}"


def _stands(found: views.Proposed) -> str:
    """Say what was decided about a proposal, by whom and when."""
    if not found.decided:
        return "It waits: nobody has decided about it."
    moment = datetime.fromtimestamp(found.decided / 1e6).astimezone().isoformat(" ", "seconds")
    why = f": {found.reason}" if found.reason else ""
    return f"It was {found.state} by {found.by}, {moment}{why}"
