"""`workbench demo`: a small project with a planted bug, in a temporary folder."""

from __future__ import annotations

import click

from workbench.commands.shared import Command, Invocation
from workbench.output import Answer

_FLAGS = ("healing.follow=true",)


@click.command("demo", cls=Command)
@click.option("--only-copy", is_flag=True, help="Copy the project and do not open it.")
@click.pass_obj
def command(invocation: Invocation, only_copy: bool) -> Answer:
    """Try the workbench on a small project with a planted bug.

    It is copied to a temporary folder and opened: a test is red, why is found out, and a repair
    waits for you. Nothing of yours is touched.
    """
    folder = copy()
    if only_copy:
        return Answer(f"The demo lies in {folder}.", {"folder": folder})
    invocation.project = folder
    invocation.flags += _FLAGS
    return _opened(invocation, folder)


def copy() -> str:
    """Copy the project to a new temporary folder and return where it is."""
    import shutil
    import tempfile
    from pathlib import Path

    from workbench.errors import StoreError
    from workbench.shipped import data_file

    try:
        folder = Path(tempfile.mkdtemp(prefix="workbench-demo-"))
        ignored = shutil.ignore_patterns("__pycache__", ".*")
        shutil.copytree(data_file("demo"), folder / "rooms", ignore=ignored)
    except OSError as error:
        why = error.strerror or "files cannot be written"
        raise StoreError(
            f"The demo cannot be copied to a temporary folder: {why}.",
            "Set TMPDIR to a folder with some space.",
        ) from error
    return str(folder / "rooms")


def _opened(invocation: Invocation, folder: str) -> Answer:
    from workbench.commands.open import open_interface

    answer = open_interface(invocation, first="evolution")
    return answer._replace(message=f"The demo lies in {folder}; remove it when you like.")
