"""Running the command line as a process of its own, and checking what it says."""

from __future__ import annotations

import json
import os
import pty
import re
import subprocess
import sys
from typing import Any

from workbench.errors import ExitCode
from workbench.workspace import Workspace

WORKBENCH = [sys.executable, "-m", "workbench"]
ANSI = re.compile(r"\x1b\[")
HOSTILE = '[interface]\neditor = "\\u001b]0;owned\\u0007"\n[keymap]\n"\\u202e\\u001b[2J" = "q"\n'
BROKEN = "[interface]\n\nthme = 'dark'\n"
Ended = subprocess.CompletedProcess[str]


def call(
    workspace: Workspace,
    *args: str,
    code: ExitCode = ExitCode.OK,
    environ: dict[str, str] | None = None,
) -> Ended:
    """Run one command line in the project and check its exit code."""
    ended = subprocess.run(
        [*WORKBENCH, *args],
        cwd=workspace.project,
        env={**os.environ, **(environ or {})},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        encoding="utf-8",
        check=False,
        timeout=60,
    )
    assert ended.returncode == code, ended.stdout + ended.stderr
    assert "Traceback" not in ended.stdout + ended.stderr
    return ended


def ask(workspace: Workspace, *args: str, code: ExitCode = ExitCode.OK) -> dict[str, Any]:
    """Run one command line with --json and check its envelope."""
    ended = call(workspace, *args, "--json", code=code)
    (line,) = ended.stdout.splitlines()
    envelope: dict[str, Any] = json.loads(line)
    assert (envelope["schema"], envelope["ok"]) == (1, code is ExitCode.OK)
    assert envelope["exit_code"] == code
    assert isinstance(envelope["message"], str)
    assert line.isascii()
    return envelope


def on_a_terminal(
    workspace: Workspace, *args: str, typed: str = "", **environ: str
) -> tuple[str, int]:
    """Run one command line on a terminal of its own; return what appeared and the exit code."""
    ours, theirs = pty.openpty()
    process = subprocess.Popen(
        [*WORKBENCH, *args],
        cwd=workspace.project,
        env={**os.environ, **environ},
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        start_new_session=True,
    )
    os.close(theirs)
    os.write(ours, typed.encode())
    return read_all(ours), process.wait(60)


def read_all(descriptor: int) -> str:
    data = b""
    try:
        while chunk := os.read(descriptor, 65536):
            data += chunk
    except OSError:  # A terminal's other end is gone.
        pass
    os.close(descriptor)
    return data.decode()


def start_following(workspace: Workspace, *args: str) -> subprocess.Popen[str]:
    """Start `journal tail --follow` and wait until it has printed something."""
    process = subprocess.Popen(
        [*WORKBENCH, "journal", "tail", "--follow", *args],
        cwd=workspace.project,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        encoding="utf-8",
    )
    assert process.stdout is not None
    assert "host.started" in process.stdout.readline()
    return process
