"""`workbench [PROJECT]`: the full-screen interface."""

from __future__ import annotations

import click

from workbench.commands.shared import Command, Invocation
from workbench.errors import UsageError
from workbench.output import Answer


@click.command("open", cls=Command, hidden=True)
@click.argument("folder", metavar="PROJECT")
@click.pass_obj
def command(invocation: Invocation, folder: str) -> Answer:
    """Open the interface on a project."""
    invocation.project = folder
    return open_interface(invocation)


def open_interface(invocation: Invocation) -> Answer:
    """Run the interface until it ends."""
    if invocation.output.as_json:
        raise UsageError(
            "The interface does not speak JSON.", "Name a command: see `workbench --help`."
        )
    settings = invocation.load_settings()
    from screens import app
    from screens.look import Look

    look = Look(settings.interface.theme, settings.keymap, settings.interface.mouse)
    return Answer(exit_code=app.run(invocation.workspace, look))
