"""`workbench redo`: what was undone is written again."""

from __future__ import annotations

import click

from workbench.commands.review_apply import told
from workbench.commands.shared import Command, Invocation
from workbench.output import Answer


@click.command("redo", cls=Command)
@click.argument("transaction", required=False, default="")
@click.pass_obj
def command(invocation: Invocation, transaction: str) -> Answer:
    """Do again what was undone: TRANSACTION, or what was undone last."""
    from workbench.api.commands import BringBack
    from workbench.commands.calling import ask

    return told(ask(invocation, BringBack(transaction)))
