"""`workbench [PROJECT]`: the full-screen interface."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from workbench.commands.shared import Command, Invocation
from workbench.errors import ConfigurationError, UsageError
from workbench.output import Answer

if TYPE_CHECKING:
    from workbench.settings import Settings


@click.command("open", cls=Command, hidden=True)
@click.argument("folder", metavar="PROJECT")
@click.pass_obj
def command(invocation: Invocation, folder: str) -> Answer:
    """Open the interface on a project."""
    invocation.project = folder
    return open_interface(invocation)


def open_interface(invocation: Invocation, first: str = "") -> Answer:
    """Run the interface, which begins with the screen that is named, until it ends."""
    if invocation.output.as_json:
        raise UsageError(
            "The interface does not speak JSON.", "Name a command: see `workbench --help`."
        )
    settings = invocation.load_settings()
    from screens import app
    from screens.look import Look

    interface, follow = settings.interface, settings.healing.follow
    look = Look(interface.theme, settings.keymap, interface.mouse, follow, first)
    try:
        return Answer(exit_code=app.run(invocation.workspace, look, invocation.flags))
    except ConfigurationError as error:
        raise _placed(error, settings) from error


def _placed(error: ConfigurationError, settings: Settings) -> ConfigurationError:
    """Say where the setting stands that the interface refuses: only it knows its actions."""
    for entry in settings.entries.values():
        section, _, action = entry.name.partition(".")
        if section == "keymap" and f"`{action}`" in error.sentence:
            return ConfigurationError(f"{entry.origin.place}: {error.sentence}", error.hint)
    return error
