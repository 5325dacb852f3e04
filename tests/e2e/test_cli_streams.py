"""Colours, pipes, full disks and locales: the streams that a command line finds."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from shlex import quote

import pytest

from tests.e2e.command_line import (
    ANSI,
    BROKEN,
    WORKBENCH,
    call,
    on_a_terminal,
)
from workbench.errors import ExitCode
from workbench.workspace import Workspace


def test_colours_go_to_a_terminal_that_wants_them(workspace: Workspace) -> None:
    assert not ANSI.search(call(workspace, "doctor").stdout)
    assert ANSI.search(call(workspace, "doctor", environ={"FORCE_COLOR": "1"}).stdout)
    plain = {"NO_COLOR": "", "FORCE_COLOR": "", "TERM": "xterm"}
    assert ANSI.search(on_a_terminal(workspace, "doctor", **plain)[0])
    assert not ANSI.search(on_a_terminal(workspace, "doctor", **plain | {"NO_COLOR": "1"})[0])
    assert not ANSI.search(on_a_terminal(workspace, "doctor", **plain | {"TERM": "dumb"})[0])


def test_a_reader_that_leaves_is_no_error(workspace: Workspace) -> None:
    for args in (["about"], ["--help"], ["config", "show", "--json"]):
        ended = into(workspace, args, subprocess.PIPE)
        assert ended == (0, "")
    workspace.settings_file.write_text(BROKEN)
    assert into(workspace, ["doctor"], subprocess.PIPE)[0] == ExitCode.FINDINGS


def into(workspace: Workspace, args: Sequence[str], target: int) -> tuple[int, str]:
    """Run a command whose output nobody reads; return its exit code and what it complained."""
    process = subprocess.Popen(
        [*WORKBENCH, *args],
        cwd=workspace.project,
        stdout=target,
        stderr=subprocess.PIPE,
        encoding="utf-8",
    )
    if process.stdout is not None:
        process.stdout.close()
    assert process.stderr is not None
    complained = process.stderr.read()
    process.stderr.close()
    return process.wait(60), complained


@pytest.mark.parametrize("args", [["about"], ["about", "--json"]])
def test_a_full_disk_is_said(workspace: Workspace, args: list[str]) -> None:
    with Path("/dev/full").open("w") as full:
        code, complained = into(workspace, args, full.fileno())
    assert code == ExitCode.STORE
    assert "No space left" in complained
    assert "Traceback" not in complained


@pytest.mark.parametrize("closed", ["<&-", ">&-", "2>&-", "<&- >&- 2>&-"])
def test_closed_streams_are_no_defect(workspace: Workspace, closed: str) -> None:
    for args, code in (("about", 0), ("nowhere", 2), ("doctor", 0)):
        line = f"{quote(sys.executable)} -m workbench {args} {closed}"
        ended = subprocess.run(
            ["sh", "-c", line], cwd=workspace.project, capture_output=True, check=False
        )
        assert ended.returncode == code
        assert b"Traceback" not in ended.stderr


@pytest.mark.parametrize("coerced", ["1", "0"])
def test_a_locale_without_utf_8_is_no_obstacle(workspace: Workspace, coerced: str) -> None:
    environ = {"LC_ALL": "C", "LANG": "C", "PYTHONUTF8": coerced, "PYTHONCOERCECLOCALE": coerced}
    call(workspace, "about", environ=environ)
    call(workspace, "j\u00f6rnal", code=ExitCode.USAGE, environ=environ)
    call(
        workspace, "config", "get", "\udcff\U0001f600", code=ExitCode.CONFIGURATION, environ=environ
    )
    call(workspace, "--set", "keymap.\u00e9=\u2713", "config", "show", environ=environ)
