"""`workbench proposals`: repairs that hold and wait for a person."""

from __future__ import annotations

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
    """List proposals, the newest first."""
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

    found = _one(invocation, proposal)
    text = "\n".join(described(found.proposal))
    fields = {**msgspec.to_builtins(found.proposal), "seq": found.seq, "time": found.time}
    return Answer(f"Proposal {found.proposal.proposal}.", fields, text)


@command.command()
@click.argument("proposal")
@click.pass_obj
def export(invocation: Invocation, proposal: str) -> Answer:
    """Print the PROPOSAL as a patch, for `git apply`."""
    diff = _one(invocation, proposal).proposal.diff
    if invocation.output.as_json:
        return Answer("", {"diff": diff})
    click.echo(diff, nl=False)
    return Answer()


def _one(invocation: Invocation, name: str) -> views.Proposed:
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
    return f"{proposal.proposal}  {proposal.confidence:4.0%}  {visible_line(told)}"
