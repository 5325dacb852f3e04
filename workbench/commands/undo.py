"""`workbench undo`: what was written into the project is taken back, byte for byte."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

import click

from workbench.commands.review_apply import told
from workbench.commands.shared import Command, Invocation
from workbench.errors import UsageError
from workbench.output import Answer
from workbench.visible import visible_line

if TYPE_CHECKING:
    from workbench.api.reviews import Transaction

_SHOWN = 3


@click.command("undo", cls=Command)
@click.argument("transaction", required=False, default="")
@click.option("--list", "is_list", is_flag=True, help="List what was written instead.")
@click.pass_obj
def command(invocation: Invocation, transaction: str, is_list: bool) -> Answer:
    """Undo TRANSACTION, or the last one that stands: its files get back what they held before.

    What was changed later in other lines is kept. Where the same lines were changed, that is said
    and nothing is written. An undo can be undone: `workbench redo`.
    """
    from workbench.api.commands import TakeBack
    from workbench.commands.calling import ask

    if not is_list:
        return told(ask(invocation, TakeBack(transaction)))
    if transaction:
        raise UsageError("--list lists all transactions.", "Leave TRANSACTION out.")
    return _listed(invocation)


def _listed(invocation: Invocation) -> Answer:
    import msgspec

    from workbench.api.commands import ReadTransactions
    from workbench.commands.calling import ask

    found = ask(invocation, ReadTransactions()).transactions
    fields = {"transactions": msgspec.to_builtins(found)}
    return Answer(f"Transactions: {len(found)}.", fields, "\n".join(map(_line, found)))


def _line(one: Transaction) -> str:
    moment = datetime.fromtimestamp(one.time / 1e6).astimezone().isoformat(" ", "seconds")
    paths = [moved.path for moved in one.files]
    more = f" and {len(paths) - _SHOWN:,} more" if len(paths) > _SHOWN else ""
    what = f" of {one.of}" if one.of else ""
    head = f"{one.id}  {moment}  {one.kind + what:<17}  {one.state:<11}"
    return f"{head}  {visible_line(', '.join(paths[:_SHOWN]) + more)}"
