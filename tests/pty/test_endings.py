"""However the interface ends, the terminal is as it was."""

from __future__ import annotations

import os
import signal
import subprocess
from pathlib import Path

import pytest

from tests.pty.conftest import Open, log_of
from tests.pty.terminal import WORKBENCH
from workbench.api import owner
from workbench.errors import ExitCode
from workbench.workspace import Workspace

QUICK = 2.0


@pytest.mark.parametrize(
    ("key", "code"), [("q", ExitCode.OK), ("\x11", ExitCode.OK), ("\x03", ExitCode.INTERRUPTED)]
)
def test_keys_that_end_it(open_terminal: Open, key: str, code: ExitCode) -> None:
    terminal = open_terminal()
    terminal.wait_for("attached to host")
    assert terminal.key_modes_pushed == 1
    terminal.press(key)
    assert terminal.wait_end(QUICK) == code
    terminal.assert_restored()


@pytest.mark.parametrize(
    ("number", "code"),
    [
        (signal.SIGINT, ExitCode.INTERRUPTED),
        (signal.SIGTERM, ExitCode.TERMINATED),
        (signal.SIGHUP, ExitCode.TERMINATED),
    ],
)
def test_signals_that_end_it(
    open_terminal: Open, workspace: Workspace, number: signal.Signals, code: ExitCode
) -> None:
    terminal = open_terminal()
    terminal.wait_for("attached to host")
    os.kill(terminal.pid, number)
    assert terminal.wait_end(QUICK) == code
    terminal.assert_restored()
    assert owner.read_owner(workspace) is not None


def test_a_dropped_line_leaves_the_host(open_terminal: Open, workspace: Workspace) -> None:
    terminal = open_terminal()
    terminal.wait_for("attached to host")
    terminal.hang_up()
    terminal.process.wait(QUICK)
    assert owner.read_owner(workspace) is not None


def test_a_stuck_screen_can_be_ended(open_terminal: Open) -> None:
    terminal = open_terminal(
        twist="""
import time
from screens.learning import LearningScreen
LearningScreen.on_screen_resume = lambda self: time.sleep(60)
"""
    )
    terminal.wait_for("attached to host")
    terminal.press("q", "2")
    assert terminal.wait_end(QUICK + 1) == ExitCode.OK
    terminal.assert_restored()


def test_a_stuck_screen_can_be_ended_from_outside(open_terminal: Open) -> None:
    terminal = open_terminal(
        twist="""
from screens.interface import Interface
def hang(self):
    os.write(1, b"hangs")
    while True: pass
import os
Interface.do_app_theme = hang
"""
    )
    terminal.wait_for("attached to host")
    log = terminal.folder / ".workbench" / "interface.log"
    terminal.press("T")
    terminal.wait_until(lambda: "hangs" in log.read_text(encoding="utf-8"))
    os.kill(terminal.pid, signal.SIGTERM)
    assert terminal.wait_end(QUICK + 1) == ExitCode.TERMINATED
    terminal.assert_restored()


def test_exit_from_anywhere(open_terminal: Open) -> None:
    terminal = open_terminal(
        twist="""
from screens.interface import Interface
Interface.do_app_theme = lambda self: sys.exit(7)
"""
    )
    terminal.wait_for("attached to host")
    terminal.press("T")
    assert terminal.wait_end(QUICK) == 7
    terminal.assert_restored()


def test_a_defect_of_the_app_is_one_sentence(open_terminal: Open, workspace: Workspace) -> None:
    terminal = open_terminal(
        twist="""
from screens.interface import Interface
def press(self, event): raise ZeroDivisionError("in the app itself")
Interface.press = press
"""
    )
    terminal.wait_for("attached to host")
    terminal.press("x")
    assert terminal.wait_end(QUICK) == ExitCode.DEFECT
    terminal.assert_restored()
    after = terminal.written.rpartition(b"\x1b[?25h")[2].decode()
    assert "a defect of its own" in after
    assert "Traceback" not in terminal.written.decode()
    assert "ZeroDivisionError: in the app itself" in log_of(workspace)


def test_without_a_terminal_it_says_what_to_do(workspace: Workspace) -> None:
    ended = subprocess.run(
        WORKBENCH,
        cwd=workspace.project,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    assert ended.returncode == ExitCode.USAGE
    assert "workbench host status" in ended.stderr
    assert ended.stdout == ""


def test_a_wrong_keymap_is_told_before_the_screen_is_taken(
    open_terminal: Open,
) -> None:
    settings = Path(os.environ["XDG_CONFIG_HOME"]) / "workbench" / "settings.toml"
    settings.parent.mkdir(parents=True)
    settings.write_text('[keymap]\n"list.dwon" = "x"\n', encoding="utf-8")
    terminal = open_terminal()
    assert terminal.wait_end() == ExitCode.CONFIGURATION
    assert "list.down" in terminal.text
    assert "1049" not in terminal.modes
