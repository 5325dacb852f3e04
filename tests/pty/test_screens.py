"""The interface in a real terminal, attached to a real host."""

from __future__ import annotations

import subprocess

import pytest

from tests.pty.conftest import Open
from tests.pty.terminal import WORKBENCH
from workbench.workspace import Workspace


def note(workspace: Workspace, text: str) -> None:
    subprocess.run([*WORKBENCH, "journal", "note", text], cwd=workspace.project, check=True)


def test_first_paint_shows_the_project_and_attaches(open_terminal: Open) -> None:
    terminal = open_terminal()
    terminal.wait_for("1 Chat", "5 Metrics", "project", "attached to host")
    assert terminal.modes["1049"]


def test_every_screen_has_its_key(open_terminal: Open) -> None:
    terminal = open_terminal()
    for key, text in (
        ("2", "subjects will stand in a queue"),
        ("3", "Nothing was read yet."),
        ("4", "No failure is known"),
        ("5", "Events a minute"),
        ("1", "Here you will ask"),
        ("\x1bOQ", "subjects will stand in a queue"),
        ("\x1b[15~", "Events a minute"),
    ):
        terminal.wait_for("attached")
        terminal.press(key)
        terminal.wait_for(text)


def test_metrics_show_what_the_host_has(open_terminal: Open, workspace: Workspace) -> None:
    note(workspace, "written before")
    terminal = open_terminal(size=(130, 34))
    terminal.press("5")
    terminal.wait_for("host.started", "written before", "journal", "process")
    note(workspace, "written while it looks on")
    terminal.wait_for("written while it looks on")


def test_a_note_is_written_from_the_interface(open_terminal: Open) -> None:
    terminal = open_terminal()
    terminal.press("5")
    terminal.wait_for("host.started")
    terminal.press("n")
    terminal.wait_for("note")
    terminal.press(*"seen by me", "\r")
    terminal.wait_for("Noted as event", "seen by me")


def test_search_is_answered_by_the_host(open_terminal: Open, workspace: Workspace) -> None:
    for text in ("an apple", "a pear", "another apple"):
        note(workspace, text)
    terminal = open_terminal()
    terminal.press("5")
    terminal.wait_for("a pear")
    terminal.press("/", *"APPLE", "\r")
    terminal.wait_for("2 events with", "another apple")
    assert "a pear" not in terminal.text
    terminal.press("\x1b")
    terminal.wait_for("a pear")


def test_it_can_be_made_small_and_large(open_terminal: Open) -> None:
    terminal = open_terminal(size=(200, 50))
    terminal.press("5")
    terminal.wait_for("host.started", "Types")
    terminal.resize(80, 24)
    terminal.wait_until(lambda: "Types" not in terminal.text)
    terminal.wait_for("5 Metrics", "host.started", "attached to host", "q quit")
    terminal.resize(200, 50)
    terminal.wait_for("Types", "host.started")


def test_idle_sends_nothing(open_terminal: Open) -> None:
    terminal = open_terminal()
    terminal.press("5")
    terminal.wait_for("host.started", "process")
    while terminal.read(1.5):
        pass
    assert terminal.read(3.0) == 0


@pytest.mark.parametrize(
    ("env", "colours"), [({"NO_COLOR": "1"}, False), ({"TERM": "linux", "COLORTERM": ""}, True)]
)
def test_terminals_with_few_colours(
    open_terminal: Open, env: dict[str, str], *, colours: bool
) -> None:
    terminal = open_terminal(env=env)
    terminal.press("5")
    terminal.wait_for("host.started", "process")
    assert b"38;2" not in terminal.written
    assert b"38;5" not in terminal.written
    assert (b"\x1b[36m" in terminal.written) is colours


def test_text_from_outside_is_shown_and_not_obeyed(
    open_terminal: Open, workspace: Workspace
) -> None:
    note(workspace, "\x1b]0;owned\x07[bold]plain[/] \u202e")
    terminal = open_terminal(size=(140, 30))
    terminal.press("5")
    terminal.wait_for("␛]0;owned␇[bold]plain[/]")
    assert b"\x1b]0;owned" not in terminal.written
    assert "\u202e".encode() not in terminal.written
