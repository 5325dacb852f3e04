"""`workbench review`: a person decides about the repairs that hold."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import click

from workbench.commands.proposals import list_, named
from workbench.commands.shared import Group, Invocation
from workbench.output import Answer
from workbench.visible import visible_line

if TYPE_CHECKING:
    from workbench.api import views


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
    found = named(invocation, name)
    shown = found.proposal.proposal
    told = f"Accepted {shown}. Nothing was written to the project: to do so, run"
    return _decide(
        invocation, found, "accepted", f"{told} `workbench proposals export {shown} | git apply`."
    )


@command.command()
@click.argument("name")
@click.option("--reason", required=True, metavar="TEXT", help="What is wrong with it.")
@click.pass_obj
def reject(invocation: Invocation, name: str, reason: str) -> Answer:
    """Write down that proposal NAME is wrong, and why."""
    found = named(invocation, name)
    told = f"Rejected {found.proposal.proposal}: {visible_line(reason.strip())}"
    return _decide(invocation, found, "rejected", told, reason)


@command.command()
@click.argument("name")
@click.pass_obj
def undecide(invocation: Invocation, name: str) -> Answer:
    """Take back what was decided about proposal NAME."""
    found = named(invocation, name)
    return _decide(invocation, found, "undecided", f"{found.proposal.proposal} waits again.")


def _decide(
    invocation: Invocation,
    found: views.Proposed,
    decision: Literal["accepted", "rejected", "undecided"],
    told: str,
    reason: str = "",
) -> Answer:
    from workbench.api.commands import Decide
    from workbench.commands.calling import ask

    receipt = ask(invocation, Decide(found.proposal.proposal, decision, reason))
    fields = {
        "proposal": found.proposal.proposal,
        "decision": decision,
        "reason": reason.strip(),
        "seq": receipt.seq,
        "time": receipt.time,
    }
    return Answer(told, fields)
