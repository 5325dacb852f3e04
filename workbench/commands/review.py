"""`workbench review`: a person decides about the repairs that hold."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from workbench.commands.proposals import list_, named
from workbench.commands.shared import Group, Invocation
from workbench.output import Answer

if TYPE_CHECKING:
    from workbench.api.deciding import AnyAct


@click.group("review", cls=Group)
def command() -> None:
    """Accept or reject the repairs that hold; nothing is written to the project.

    What you decide is written down and teaches the order of the next repairs: `workbench heal
    stats` tells by how much. To have a repair in the project: workbench proposals export NAME |
    git apply.
    """


command.add_command(list_)


@command.command()
@click.argument("name")
@click.pass_obj
def accept(invocation: Invocation, name: str) -> Answer:
    """Write down that proposal NAME is right; it is not applied."""
    from workbench.api.deciding import Accept

    return _act(invocation, name, Accept())


@command.command()
@click.argument("name")
@click.option("--reason", required=True, metavar="TEXT", help="What is wrong with it.")
@click.pass_obj
def reject(invocation: Invocation, name: str, reason: str) -> Answer:
    """Write down that proposal NAME is wrong, and why."""
    from workbench.api.deciding import Reject

    return _act(invocation, name, Reject((), reason))


@command.command()
@click.argument("name")
@click.pass_obj
def undecide(invocation: Invocation, name: str) -> Answer:
    """Take back what was decided about proposal NAME."""
    from workbench.api.deciding import Leave

    return _act(invocation, name, Leave())


def _act(invocation: Invocation, name: str, act: AnyAct) -> Answer:
    from workbench.api.commands import ActOn
    from workbench.commands.calling import ask

    found = named(invocation, name).proposal.proposal
    stands = ask(invocation, ActOn(found, act))
    fields = {"proposal": found, "standing": stands.standing, "result": stands.result}
    told = f"{found}: {stands.standing}. Nothing was written to the project."
    more = f" `workbench review apply {found}` does so." if stands.standing == "accepted" else ""
    return Answer(told + more, fields)
