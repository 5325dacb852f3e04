"""From red to applied in a real terminal: few keys, a real editor, and back to the byte."""

from __future__ import annotations

import time
from pathlib import Path

from tests.pilot.findings import BEFORE, ENDED, FAILURE, PROPOSAL
from tests.pty.conftest import Open
from tests.pty.journals import happened
from tests.pty.terminal import WORKBENCH, Terminal
from workbench.workspace import Workspace

_MOST_KEYS = 12
_LONG = 120.0
_EDITOR = """\
#!/bin/sh
trap '' INT
test -t 0 && test -t 1 && test -t 2 || exit 9
printf '\\nin the editor'
read answer
test "$answer" = go || exit 1
printf '    while at < len(lines):  # %s\\n' "$(basename "$1")" > "$1"
"""


def proposed(workspace: Workspace) -> Path:
    """Let a repair be proposed of a file of the project; return the file."""
    file = workspace.project / "src" / "parse.py"
    file.parent.mkdir()
    file.write_bytes(BEFORE)
    happened(workspace, FAILURE, PROPOSAL, ENDED)
    return file


def test_a_newcomer_gets_from_red_to_applied(tmp_path: Path) -> None:
    """Nothing is known but what the footer says; each key is one that it names."""
    environ = {"TMPDIR": str(tmp_path), "WORKBENCH_HEALING_FOLLOW": "true"}
    with Terminal((*WORKBENCH, "demo"), tmp_path, size=(80, 24), env=environ) as terminal:
        terminal.wait_for("▸ proposal", "[ ]", patience=_LONG)
        (file,) = tmp_path.glob("workbench-demo-*/rooms/rooms.py")
        before = file.read_bytes()
        keys = 0
        for label, key, then in (
            ("enter open", "\r", "y accept"),
            ("y accept", "y", "press w to apply"),
            ("w apply", "w", "into the project?"),
            ("enter write", "\r", "written: rooms.py"),
        ):
            assert label in terminal.text
            assert "? help" in terminal.text or "enter write" in label
            assert file.read_bytes() == before
            terminal.press(key)
            keys += len(key)
            terminal.wait_for(then, patience=_LONG)
        assert keys <= _MOST_KEYS
        assert file.read_bytes() != before
        terminal.wait_for("b roll back")
        terminal.press("b")
        terminal.wait_for("Give these files back what they held before?")
        terminal.press("\r")
        terminal.wait_for("was undone: rooms.py", patience=_LONG)
        assert file.read_bytes() == before
        terminal.press("q")
        assert terminal.wait_end() == 0
        terminal.assert_restored()


def test_a_hunk_is_edited_in_the_persons_editor(
    open_terminal: Open, workspace: Workspace, tmp_path: Path
) -> None:
    file = proposed(workspace)
    editor = tmp_path / "an editor"
    editor.write_text(_EDITOR, encoding="utf-8")
    editor.chmod(0o755)
    terminal = open_terminal(size=(100, 30), env={"VISUAL": f"'{editor}'", "EDITOR": "false"})
    terminal.press("4")
    terminal.wait_for("Proposal 3f2a91c0d1e2", "at < len(lines):")
    terminal.press("\r")
    terminal.wait_for("hunk 1 of 1, undecided")
    terminal.press("e")
    terminal.wait_for("in the editor")
    terminal.press("stop\r")
    terminal.wait_for("The editor ended with 1, so nothing was done.", "hunk 1 of 1")
    terminal.press("e")
    terminal.wait_for("in the editor")
    terminal.press("\x03", "go\r")
    terminal.wait_for("hunk 1 of 1, undecided", "# hunk.py", "edited by hand")
    terminal.press("y")
    terminal.wait_for("press w to apply")
    assert file.read_bytes() == BEFORE
    terminal.press("q")
    assert terminal.wait_end() == 0
    terminal.assert_restored()


def test_decisions_outlive_the_interface_and_are_seen_by_others(
    open_terminal: Open, workspace: Workspace
) -> None:
    proposed(workspace)
    one, other = open_terminal(size=(80, 24)), open_terminal(size=(160, 40))
    for terminal in (one, other):
        terminal.press("4")
        terminal.wait_for("Proposal 3f2a91c0d1e2", "at < len(lines):")
        terminal.press("\r")
        terminal.wait_for("hunk 1 of 1, undecided")
    one.press("n")
    one.wait_for("why reject")
    one.press("guesses", "\r")
    one.wait_for("hunk 1 of 1, rejected")
    other.wait_for("hunk 1 of 1, rejected", "guesses")
    one.press("q")
    assert one.wait_end() == 0
    again = open_terminal(size=(80, 24))
    again.press("4")
    again.wait_for("▸ proposal", "rejected")
    again.press("\r")
    again.wait_for("hunk 1 of 1, rejected", "guesses")


def test_a_patch_is_copied_and_what_is_idle_sends_nothing(
    open_terminal: Open, workspace: Workspace
) -> None:
    proposed(workspace)
    terminal = open_terminal(size=(100, 30))
    terminal.press("4")
    terminal.wait_for("Proposal 3f2a91c0d1e2", "at < len(lines):")
    terminal.press("\r")
    terminal.wait_for("hunk 1 of 1, undecided")
    terminal.press("Y")
    terminal.wait_for("The patch was copied.")
    assert b"\x1b]52;c;" in terminal.written
    deadline = time.monotonic() + _LONG
    while terminal.read(1.5):
        assert time.monotonic() < deadline
    assert terminal.read(3.0) == 0
