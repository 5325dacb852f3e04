"""What goes wrong around the interface does not go wrong on the screen."""

from __future__ import annotations

import os
import signal
from pathlib import Path

import pytest

from tests.pty.conftest import Open, log_of
from workbench.api import owner
from workbench.workspace import Workspace

_FAILING_PAINT = """
from widgets.canvas import Canvas
old = Canvas.render_line
def render_line(self, y):
    return boom() if isinstance(self.screen, LearningScreen) else old(self, y)
Canvas.render_line = render_line
"""


@pytest.mark.parametrize("descriptor", [1, 2])
def test_native_code_that_writes_does_not_reach_the_screen(
    open_terminal: Open, workspace: Workspace, descriptor: int
) -> None:
    terminal = open_terminal(
        twist=f"""
import ctypes
from screens.interface import Interface
def shout(self):
    libc = ctypes.CDLL(None)
    libc.dprintf({descriptor}, b"GARBAGE from C\\n")
    self.tell("has shouted")
Interface.do_app_theme = shout
"""
    )
    terminal.wait_for("attached to host")
    terminal.press("T")
    terminal.wait_for("has shouted")
    assert b"GARBAGE" not in terminal.written
    assert "GARBAGE from C" in log_of(workspace)


@pytest.mark.parametrize("stream", ["stdout", "stderr"])
def test_redirected_streams_do_not_take_the_screen(
    open_terminal: Open, tmp_path: Path, stream: str
) -> None:
    with (tmp_path / "captured").open("w+b") as file:
        terminal = open_terminal(**{stream: file.fileno()})
        terminal.wait_for("5 Metrics", "attached to host")
        terminal.press("q")
        assert terminal.wait_end() == 0
        terminal.assert_restored()
        assert file.tell() == 0


def test_a_reader_that_stops_and_goes_on(open_terminal: Open) -> None:
    terminal = open_terminal(size=(200, 50))
    terminal.press("5")
    terminal.wait_for("host.started", "process")
    for _ in range(400):
        terminal.press("1", "5", "T")
    terminal.press("2")
    terminal.wait_for("subjects will stand in a queue")
    terminal.press("\x0c")
    while terminal.read(1.0):
        pass
    assert terminal.text.count("Learning") == 2
    assert "host.started" not in terminal.text


def test_a_reader_that_stops_does_not_keep_it_from_ending(open_terminal: Open) -> None:
    terminal = open_terminal(size=(200, 50))
    terminal.wait_for("attached to host")
    for _ in range(400):
        terminal.press("1", "5", "T")
    terminal.press("q")
    terminal.process.wait(3)
    terminal.wait_end()
    terminal.assert_restored()


@pytest.mark.parametrize(
    "twist",
    [
        "LearningScreen.compose_body = boom",
        "LearningScreen.on_screen_resume = boom",
        "LearningScreen.draw_frame = boom",
        _FAILING_PAINT,
    ],
)
def test_a_screen_that_fails_is_replaced(
    open_terminal: Open, workspace: Workspace, twist: str
) -> None:
    terminal = open_terminal(
        twist=f"""
from screens.learning import LearningScreen
def boom(*_): raise ZeroDivisionError("in a screen")
{twist}
"""
    )
    terminal.wait_for("attached to host")
    terminal.press("2")
    terminal.wait_for("failed three times", "interface.log")
    assert "ZeroDivisionError: in a screen" in log_of(workspace)
    assert b"Traceback" not in terminal.written
    terminal.press("5")
    terminal.wait_for("host.started")
    terminal.press("q")
    assert terminal.wait_end() == 0
    terminal.assert_restored()


def test_a_screen_that_fails_once_is_built_anew(open_terminal: Open) -> None:
    terminal = open_terminal(
        twist="""
from screens.metrics import MetricsScreen
MetricsScreen.do_list_down = lambda self: 1 // 0
"""
    )
    terminal.press("5")
    terminal.wait_for("host.started")
    terminal.press("j")
    terminal.wait_for("metrics screen failed and was built anew", "interface.log")
    terminal.wait_for("host.started")
    terminal.press("k")
    terminal.wait_for("attached to host")


def test_a_killed_host_comes_back(open_terminal: Open, workspace: Workspace) -> None:
    terminal = open_terminal(size=(120, 30))
    terminal.press("5")
    terminal.wait_for("host.started", "attached to host")
    host = owner.read_owner(workspace)
    assert host is not None
    os.kill(host.pid, signal.SIGKILL)
    terminal.wait_for("started", "2 times, 1 cut short")
    again = owner.read_owner(workspace)
    assert again is not None
    terminal.wait_for(f"attached to host {again.pid}", "2 events")
