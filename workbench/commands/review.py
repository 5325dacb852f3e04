"""`workbench review`: a person decides about the repairs that hold."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from workbench.commands import review_apply, review_approve, review_change, review_show
from workbench.commands.proposals import list_, named
from workbench.commands.shared import Group, Invocation
from workbench.output import Answer

if TYPE_CHECKING:
    from workbench.api.deciding import AnyAct

_HUNK = click.option(
    "--hunk",
    "hunks",
    multiple=True,
    metavar="ID",
    help="Only this hunk, by the name that `review show` tells; its first letters are enough.",
)


@click.group("review", cls=Group)
def command() -> None:
    """Look at the repairs that hold, decide about them, approve of what is accepted, apply it.

    What you decide is written down and teaches the order of the next repairs: `workbench heal
    stats` tells by how much. The project is left as it is until something is applied.
    """


for _one in (
    list_,
    review_show.show,
    review_show.export,
    review_show.allowed,
    review_approve.approve,
    review_approve.import_,
    review_apply.apply,
    review_apply.try_,
    review_change.split,
    review_change.select,
    review_change.edit,
    review_change.comment,
    review_change.withdraw,
    review_change.undo_,
    review_change.redo_,
):
    command.add_command(_one)


@command.command()
@click.argument("name")
@_HUNK
@click.pass_obj
def accept(invocation: Invocation, name: str, hunks: tuple[str, ...]) -> Answer:
    """Write down that proposal NAME is right, or a hunk of it; it is not applied."""
    from workbench.api.deciding import Accept

    found = named(invocation, name).proposal.proposal
    return _act(invocation, found, Accept(_meant(invocation, found, hunks)))


@command.command()
@click.argument("name")
@click.option("--reason", required=True, metavar="TEXT", help="What is wrong with it.")
@_HUNK
@click.pass_obj
def reject(invocation: Invocation, name: str, reason: str, hunks: tuple[str, ...]) -> Answer:
    """Write down that proposal NAME is wrong, or a hunk of it, and why."""
    from workbench.api.deciding import Reject

    found = named(invocation, name).proposal.proposal
    return _act(invocation, found, Reject(_meant(invocation, found, hunks), reason))


@command.command()
@click.argument("name")
@_HUNK
@click.pass_obj
def undecide(invocation: Invocation, name: str, hunks: tuple[str, ...]) -> Answer:
    """Take back what was decided about proposal NAME, or about a hunk of it."""
    from workbench.api.deciding import Leave

    found = named(invocation, name).proposal.proposal
    return _act(invocation, found, Leave(_meant(invocation, found, hunks) if hunks else ()))


def _meant(invocation: Invocation, name: str, hunks: tuple[str, ...]) -> tuple[str, ...]:
    """Return the hunks of these names; with none, all that are undecided, or else all."""
    from workbench.api.commands import ReadReview
    from workbench.commands.calling import ask

    review = ask(invocation, ReadReview(name, context=0))
    if hunks:
        return tuple(review_change.hunk_named(review.stands, one).id for one in hunks)
    paths = {file.path for file in review.files if file.kind == "repair"}
    repairs = [one for one in review.stands.hunks if one.path in paths]
    undecided = any(one.state == "undecided" for one in repairs)
    return () if undecided else tuple(one.id for one in repairs)


def _act(invocation: Invocation, name: str, act: AnyAct) -> Answer:
    from workbench.api.commands import ActOn
    from workbench.commands.calling import ask

    stands = ask(invocation, ActOn(name, act))
    fields = {"proposal": name, "standing": stands.standing, "result": stands.result}
    told = f"{name}: {stands.standing}. Nothing was written to the project."
    more = f" `workbench review apply {name}` does so." if stands.standing == "accepted" else ""
    return Answer(told + more, fields)
