"""Programs that are run in the sandbox from the command line."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

from tests.e2e.command_line import ask, call
from workbench.errors import ExitCode
from workbench.workspace import Workspace

FAILED = ExitCode.FINDINGS


def run(
    workspace: Workspace, *args: str, code: ExitCode = ExitCode.OK, options: tuple[str, ...] = ()
) -> dict[str, Any]:
    """Run something in the sandbox and return what became of it."""
    return ask_with(workspace, ("sandbox", "run", *options, "--json", "--", *args), code)


def ask_with(workspace: Workspace, args: tuple[str, ...], code: ExitCode) -> dict[str, Any]:
    envelope: dict[str, Any] = json.loads(call(workspace, *args, code=code).stdout)
    assert envelope["exit_code"] == code
    return envelope


def events(workspace: Workspace, kind: str) -> list[dict[str, Any]]:
    """Return the facts of a type, oldest first."""
    found = ask(workspace, "journal", "tail", "--type", kind)["events"]
    return [json.loads(event["payload"]) for event in found]


def boxes_of(workspace: Workspace) -> list[str]:
    """Return the processes of this workspace's boxes, which are told where its trees are."""
    mark = os.fsencode(workspace.folder / "snapshots")
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            if mark in (process / "cmdline").read_bytes():
                found.append(process.name)
        except (FileNotFoundError, ProcessLookupError):
            continue
    return found
