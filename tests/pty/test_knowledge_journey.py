"""From nothing read to a citation in the chat, in a real terminal, with a host of its own."""

from __future__ import annotations

import pytest

from tests.pty.conftest import Open
from tests.pty.terminal import Terminal
from workbench.workspace import Workspace

_GUIDE = "# Hens\n\nHens lay eggs in the morning.\n\n# Cats\n\nCats sleep in the sun.\n"
_EDITOR = '#!/bin/sh\nprintf "\\neditor %s" "$*"\nread answer\n'


def typed(terminal: Terminal, text: str, then: str) -> None:
    terminal.press(text)
    terminal.wait_for(then)


def test_what_is_read_is_found_opened_and_cited(
    open_terminal: Open, workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    (workspace.project / "farm.md").write_text(_GUIDE, encoding="utf-8")
    editor = workspace.project / "editor"
    editor.write_text(_EDITOR, encoding="utf-8")
    editor.chmod(0o755)
    monkeypatch.setenv("VISUAL", str(editor))
    terminal = open_terminal(size=(80, 24))
    terminal.wait_for("attached to host")
    terminal.press("3")
    terminal.wait_for("Nothing was read yet.", "a add")
    terminal.press("a")
    terminal.wait_for("path or package")
    typed(terminal, "farm.md", "farm.md")
    terminal.press("\r")
    terminal.wait_for("1 source, 2 passages", "followed")
    terminal.press("/")
    typed(terminal, "eggs", "for “eggs”")
    terminal.wait_for("▸ farm.md:3", "Hens lay eggs in the morning.", "here since")
    terminal.press("\r")
    terminal.wait_for("c cite")
    terminal.press("o")
    terminal.wait_for("+3 /")
    terminal.press("\r")
    terminal.wait_for("for “eggs”")
    terminal.press("c")
    terminal.wait_for("@farm.md:1-3")
    terminal.press("\x1b")
    terminal.wait_for("? help")
    terminal.press("q")
    assert terminal.wait_end() == 0
    terminal.assert_restored()
