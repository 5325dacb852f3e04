"""`workbench about`: the version, the licence, and where things are."""

from __future__ import annotations

import platform
import sys
from pathlib import Path

import click
from platformdirs import user_state_path

from workbench import __version__
from workbench.commands.shared import Command, Invocation
from workbench.output import Answer
from workbench.settings import user_file
from workbench.trust import trust_file
from workbench.visible import visible_line

LICENCE = "Apache-2.0"
NEVER = (
    "change a file that a person has not approved",
    "run generated or project code outside a sandbox",
    "open a network connection that was not asked for",
    "lose a record",
    "leave a terminal broken",
)


@click.command("about", cls=Command)
@click.pass_obj
def command(invocation: Invocation) -> Answer:
    """Show the version, the licence, where things are, and what workbench never does."""
    python = f"{platform.python_version()} ({sys.executable})"
    paths = _paths(invocation)
    rows = {"version": __version__, "licence": LICENCE, "Python": python, **paths}
    lines = [f"{name + ':':<18} {visible_line(value)}" for name, value in rows.items()]
    text = "\n".join([*lines, "", "It never does these:", *(f"  - {one}" for one in NEVER)])
    fields = {"version": __version__, "licence": LICENCE, "python": python}
    return Answer(f"workbench {__version__}", {**fields, "paths": paths, "never": NEVER}, text)


def _paths(invocation: Invocation) -> dict[str, str]:
    workspace = invocation.workspace
    state = user_state_path("workbench", appauthor=False)
    paths: dict[str, Path] = {
        "project": workspace.project,
        "workspace": workspace.folder,
        "project settings": workspace.settings_file,
        "user settings": user_file(),
        "trust": trust_file(),
        "defects": state / "defects.log",
    }
    return {name: str(path) for name, path in paths.items()}
