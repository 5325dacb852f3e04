"""A question in a real terminal, with a real host and no language model."""

from __future__ import annotations

import base64

from tests.pty.conftest import Open
from workbench.workspace import Workspace


def test_a_question_is_written_and_answered(open_terminal: Open, workspace: Workspace) -> None:
    (workspace.project / "parse.py").write_text("def parse(text):\n    ...\n", encoding="utf-8")
    terminal = open_terminal(size=(80, 24))
    terminal.wait_for("attached to host", "No language model serves here", "main: no model")
    terminal.press("\r", "why does @par")
    terminal.wait_for("▸ parse.py")
    terminal.press("\t", "loop?", "\x1b\r", "\x1b[200~second\rline\x1b[201~")
    terminal.wait_for("> why does @parse.py loop?", "second", "line")
    terminal.press("\r")
    terminal.wait_for("▌you", "+ parse.py", "passages found, no model")
    terminal.press("\x1b")
    terminal.wait_for("enter write")
    terminal.press("g", "Y")
    terminal.wait_for("The message was copied.")
    said = "why does @parse.py loop?\nsecond\nline"
    assert b"\x1b]52;c;" + base64.b64encode(said.encode()) in terminal.written
    terminal.press("l")
    terminal.wait_for("Conversations 1", "▸ • why does @parse.py loop?")
    terminal.press("\r")
    terminal.wait_for("passages found, no model")
    terminal.press("q")
    assert terminal.wait_end() == 0
    terminal.assert_restored()


def test_an_idle_conversation_sends_nothing(open_terminal: Open) -> None:
    terminal = open_terminal()
    terminal.wait_for("attached to host", "main: no model")
    terminal.press("\r", "a thought")
    terminal.wait_for("> a thought", "FILE` takes a model")
    while terminal.read(1.5):
        pass
    assert terminal.read(3.0) == 0
