"""`workbench host`: start, stop and look at the process that owns a workspace."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import click

from workbench import __version__
from workbench.commands.shared import Group, Invocation
from workbench.output import Answer
from workbench.visible import visible, visible_line

if TYPE_CHECKING:
    from workbench.api.owner import Owner
    from workbench.api.views import Status


@click.group("host", cls=Group)
def command() -> None:
    """Start, stop and look at the process that owns a workspace.

    `workbench` starts it when it is needed, and it ends by itself when it is idle and alone.
    """


@command.command()
@click.pass_obj
def start(invocation: Invocation) -> Answer:
    """Start the host, or find it running."""
    from workbench.api.commands import ReadStatus
    from workbench.commands.calling import ask

    invocation.load_settings()
    status = ask(invocation, ReadStatus())
    return Answer(f"The host runs as process {status.pid}.", {"pid": status.pid})


@command.command()
@click.option("--force", is_flag=True, help="Kill it; nothing that was acknowledged is lost.")
@click.pass_obj
def stop(invocation: Invocation, force: bool) -> Answer:
    """End the host, of whatever version it is."""
    from workbench.api import owner

    ended = owner.stop(invocation.workspace, force=force)
    if ended is None:
        return Answer("No host was running.", {"pid": None})
    return Answer(f"The host, process {ended.pid}, has ended.", {"pid": ended.pid})


@command.command()
@click.pass_obj
def status(invocation: Invocation) -> Answer:
    """Show how the host is; none is started for that."""
    from workbench.api import owner
    from workbench.api.commands import ReadStatus
    from workbench.commands.calling import ask

    if not owner.is_running(invocation.workspace):
        return Answer("No host is running.", {"running": False})
    found = owner.read_owner(invocation.workspace)
    if found is not None and found.version != __version__:
        return _other_version(found)
    return _described(ask(invocation, ReadStatus()))


def _other_version(found: Owner) -> Answer:
    """Leave it alone: attaching would replace it."""
    message = f"The host, process {found.pid}, is of version {found.version}, not {__version__}."
    return Answer(message, {"running": True, "pid": found.pid, "version": found.version})


def _described(status: Status) -> Answer:
    import msgspec

    faces = ", ".join(f"{face.name} ({face.pid})" for face in status.faces)
    minutes = (time.time() - status.started / 1_000_000) / 60
    rows = {
        "process": f"{status.pid}, for {minutes:.0f} minutes, {status.memory / 1e6:.0f} MB",
        "version": f"{status.version} on Python {status.python}",
        "project": status.project,
        "attached": faces,
        "idle limit": f"{status.idle_seconds:g} s",
        "events": f"{status.head:,}",
        "free disk": f"{status.disk_free / 1e9:.1f} GB",
        "runs": f"{status.runs}, {status.unclean_runs} of them ended without saying so",
    }
    rows |= {store.name: f"{store.bytes / 1e6:.1f} MB in {store.path}" for store in status.stores}
    lines = [f"{name:<16} {visible_line(value)}" for name, value in rows.items()]
    lines += [visible(notice) for notice in status.notices]
    fields = {"running": True, **msgspec.to_builtins(status)}
    return Answer(f"The host runs as process {status.pid}.", fields, "\n".join(lines))
