"""`workbench audit`: who decided and wrote what, and whether that is so."""

from __future__ import annotations

import os
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from workbench.commands.shared import Group, Invocation
from workbench.errors import ExitCode
from workbench.output import Answer
from workbench.visible import visible_line

if TYPE_CHECKING:
    from workbench.api import reviews


@click.group("audit", cls=Group)
def command() -> None:
    """Read, check and export the record of what was decided, approved of and written."""


@command.command()
@click.argument("proposal", required=False)
@click.pass_obj
def show(invocation: Invocation, proposal: str | None) -> Answer:
    """Show who did what, oldest first; of one PROPOSAL, or of all."""
    import msgspec

    from workbench.api.commands import ReadTrail
    from workbench.commands.calling import ask
    from workbench.commands.proposals import named

    name = named(invocation, proposal).proposal.proposal if proposal else ""
    told = ask(invocation, ReadTrail(name)).told
    fields = {"trail": msgspec.to_builtins(told)}
    return Answer(f"Acts: {len(told)}.", fields, "\n".join(map(_line, told)))


@command.command()
@click.pass_obj
def verify(invocation: Invocation) -> Answer:
    """Check the journal, each review, each signature, and each thing that was written.

    It ends with 1 if something is not as it is told.
    """
    import msgspec

    from workbench.api.commands import VerifyAudit
    from workbench.commands.calling import ask

    audit = ask(invocation, VerifyAudit(), patience=_PATIENCE)
    failed = sum(not one.holds for one in audit.checks)
    told = f"{failed} of {len(audit.checks)} do not hold." if failed else "All of it holds."
    lines = [*map(_checked, audit.checks), told]
    code = ExitCode.OK if audit.holds else ExitCode.FINDINGS
    return Answer(told, msgspec.to_builtins(audit), "\n".join(lines), code)


@command.command()
@click.argument("folder")
@click.pass_obj
def export(invocation: Invocation, folder: str) -> Answer:
    """Write statements, signatures, patches and the trail into the new FOLDER.

    Its README has the commands that check each signature with stock OpenSSH.
    """
    from workbench.api.commands import ExportAudit
    from workbench.commands.calling import ask

    target = os.path.abspath(Path(folder).expanduser())  # noqa: PTH100 - links stay as named
    files = ask(invocation, ExportAudit(target), patience=_PATIENCE).files
    return Answer(
        f"{len(files)} files were written to {target}.", {"folder": target, "files": files}
    )


_PATIENCE = 600.0


def _line(one: reviews.Told) -> str:
    when = datetime.fromtimestamp(one.time / 1e6).astimezone().strftime("%Y-%m-%d %H:%M:%S")
    head = click.style(f"{one.seq:>7}  {when}", dim=True)
    told = "  ".join(filter(None, (one.by, one.proposal, one.what, one.detail)))
    return f"{head}  {visible_line(told)}"


def _checked(one: reviews.Checked) -> str:
    mark = click.style("holds", fg="green") if one.holds else click.style("WRONG", fg="red")
    return f"{mark}  {visible_line(f'{one.what}: {one.sentence}')}"
