"""`workbench completion`: what makes a shell complete commands."""

from __future__ import annotations

import click

from workbench.commands.root import completion_script
from workbench.commands.shared import Command
from workbench.output import Answer


@click.command("completion", cls=Command)
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
def command(shell: str) -> Answer:
    """Print what makes SHELL complete commands: eval "$(workbench completion bash)"."""
    script = completion_script(shell)
    return Answer(fields={"shell": shell, "script": script}, text=script)
