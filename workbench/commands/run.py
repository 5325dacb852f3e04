"""`workbench run -- CMD`: a program as if typed alone, and a dossier if it crashes."""

from __future__ import annotations

import json
import os
import signal
import sys
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

import click

from workbench.commands.shared import Command, Invocation
from workbench.errors import UsageError, WorkbenchError
from workbench.output import SCHEMA
from workbench.visible import visible_line

if TYPE_CHECKING:
    from workbench.api import views
    from workbench.healing.crashes.launching import Ended
    from workbench.healing.crashes.values import Crash
    from workbench.workspace import Workspace


@click.command("run", cls=Command)
@click.option("--heal", is_flag=True, help="Search for a repair if it crashes.")
@click.argument("args", nargs=-1, type=click.UNPROCESSED)
@click.pass_obj
def command(invocation: Invocation, *, heal: bool, args: tuple[str, ...]) -> NoReturn:
    """Run a program of yours, outside the sandbox, and write down how it crashes.

    Nothing stands between it and the terminal: workbench run -- python server.py --port 80. It
    ends as the program does. A Python program's exceptions are kept with their values, without
    what looks like a secret; of any other, how it ended. With --json what it prints goes to stderr.
    """
    from dataclasses import replace

    from workbench.healing.crashes.launching import launch
    from workbench.healing.crashes.noticing import prune

    if not args:
        raise UsageError("There is nothing to run.", "Such as: workbench run -- python main.py")
    workspace = invocation.workspace
    crashes = _folder(invocation, workspace)
    prune(crashes)
    out = 2 if invocation.output.as_json else 1
    ended = launch(args, crashes, workspace.project, os.environ, out)
    found = _crashes_of(ended, crashes, workspace)
    if found or (ended.status and not ended.wanted):
        known = any(crash.raised for crash in found)  # Its message may hold what the hook hid.
        kept = replace(ended, stderr="") if known else ended
        _record(invocation, kept, args, crashes, _here(workspace))
        found = _crashes_of(ended, crashes, workspace)
    healing = _healed(invocation, found) if heal else None
    _tell(invocation, ended, found, healing)
    _end_alike(ended)


def _healed(invocation: Invocation, found: tuple[Crash, ...]) -> views.Healing | None:
    """Search for a repair of the crash that ended the program; it ends as it did anyway."""
    if not found:
        return None
    from workbench.api.commands import Heal
    from workbench.commands.heal import described, searched

    crash = next((one for one in reversed(found) if one.raised), found[-1])
    invocation.output.note(f"A repair of {visible_line(crash.summary)} is searched for.")
    try:
        terms = invocation.load_terms()
        healing = searched(invocation, Heal(terms, crash=crash.id))
    except WorkbenchError as problem:
        invocation.output.note(f"{problem.sentence} {problem.hint}".strip())
        return None
    for proposal in healing.proposals:
        invocation.output.note(click.unstyle("\n".join(described(proposal))))
    invocation.output.note(healing.ended.sentence)
    return healing


def _folder(invocation: Invocation, workspace: Workspace) -> Path:
    """Return where crashes are kept; the program runs even if nothing can be kept."""
    try:
        workspace.make()
    except WorkbenchError as problem:
        invocation.output.note(f"A crash would not be kept: {problem.sentence}")
    return workspace.folder / "crashes"


def _crashes_of(ended: Ended, crashes: Path, workspace: Workspace) -> tuple[Crash, ...]:
    from workbench.healing.crashes.reading import read_crashes

    every = read_crashes(crashes, workspace.project).crashes
    return tuple(crash for crash in every if crash.run == ended.run)


def _record(
    invocation: Invocation, ended: Ended, args: tuple[str, ...], crashes: Path, folder: str
) -> None:
    from workbench.healing.crashes.launching import record

    try:
        record(ended, args, crashes, folder, os.environ)
    except OSError as problem:
        invocation.output.note(f"How it ended could not be kept: {problem.strerror}.")


def _here(workspace: Workspace) -> str:
    """Return where in the project the program ran."""
    here, project = Path.cwd(), workspace.project
    return str(here.relative_to(project)) if here.is_relative_to(project) else "."


def _tell(
    invocation: Invocation,
    ended: Ended,
    found: tuple[Crash, ...],
    healing: views.Healing | None,
) -> None:
    """Say what was kept; whoever sees the program's own words needs no more than a line."""
    sentences = [f"Kept as {crash.id}: {visible_line(crash.summary)}" for crash in found]
    if not invocation.output.as_json:
        for sentence in sentences:
            invocation.output.note(sentence)
        return
    import msgspec

    head = {"schema": SCHEMA, "ok": ended.status == 0, "exit_code": ended.status}
    fields = {"signal": ended.signal, "seconds": ended.seconds, "run": ended.run}
    told = {"message": " ".join(sentences), "crashes": msgspec.to_builtins(found)}
    healed = {"healing": msgspec.to_builtins(healing)} if healing else {}
    invocation.output.line(json.dumps({**head, **told, **fields, **healed}))


def _end_alike(ended: Ended) -> NoReturn:
    """End as the program did, by the same signal if it was one."""
    if ended.signal:
        import resource

        sys.stdout.flush()
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        if ended.signal not in (signal.SIGKILL, signal.SIGSTOP):
            signal.signal(ended.signal, signal.SIG_DFL)
        os.kill(os.getpid(), ended.signal)
    raise SystemExit(ended.status)
