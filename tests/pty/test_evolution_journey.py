"""From a failure to its repair in a real terminal: found, read, copied, looked for again."""

from __future__ import annotations

import base64

from tests.pilot.findings import ENDED, FAILURE, FLAKY, PATCH, PROPOSAL
from tests.pty.conftest import Open
from tests.pty.journals import happened
from workbench.workspace import Workspace


def test_a_repair_is_found_read_and_copied(open_terminal: Open, workspace: Workspace) -> None:
    happened(workspace, FAILURE, FLAKY, PROPOSAL, ENDED)
    terminal = open_terminal(size=(80, 24))
    terminal.press("4")
    terminal.wait_for("1 proposal, 2 failures", "▸ proposal   92%", "Proposal 3f2a91c0d1e2")
    terminal.press("j")
    terminal.wait_for("Failure 77aa00bb11cc", "It fails only sometimes")
    assert b"\x1b[31m3" not in terminal.written
    assert "\u202e".encode() not in terminal.written
    terminal.press("g", "\r")
    terminal.wait_for("42 -    while at < len(lines) - 1:", "What speaks for it")
    terminal.press("Y")
    terminal.wait_for("The patch was copied.")
    assert b"\x1b]52;c;" + base64.b64encode(PATCH.encode()) in terminal.written
    terminal.press("G")
    terminal.wait_for("How it was proven", "operators:bound")
    terminal.press("\x1b")
    terminal.wait_for("1 proposal, 2 failures")
    terminal.press("q")
    assert terminal.wait_end() == 0
    terminal.assert_restored()


def test_a_search_is_begun_from_the_screen(open_terminal: Open, workspace: Workspace) -> None:
    (workspace.project / "answer.py").write_text("answer = 42\n", encoding="utf-8")
    terminal = open_terminal()
    terminal.press("4")
    terminal.wait_for("No failure is known", "workbench heal")
    terminal.press("h")
    terminal.wait_for("The last search ended so: There are no tests")


def test_an_idle_list_sends_nothing(open_terminal: Open, workspace: Workspace) -> None:
    happened(workspace, FAILURE, PROPOSAL, ENDED)
    terminal = open_terminal()
    terminal.press("4")
    terminal.wait_for("1 proposal, 1 failure", "Proposal 3f2a91c0d1e2")
    while terminal.read(1.5):
        pass
    assert terminal.read(3.0) == 0


def test_a_project_is_followed_from_the_first_screen_on(
    open_terminal: Open, workspace: Workspace
) -> None:
    code, test = workspace.project / "answer.py", workspace.project / "test_answer.py"
    code.write_text("def answer(n):\n    return n + 1\n", encoding="utf-8")
    test.write_text(
        "from answer import answer\n\n\ndef test_it():\n    assert answer(41) == 42\n"
        "    assert answer(1) == 2\n",
        encoding="utf-8",
    )
    environ = {"WORKBENCH_HEALING_FOLLOW": "true", "WORKBENCH_SANDBOX_ENGINE": "namespaces"}
    terminal = open_terminal(env=environ)
    terminal.press("4")
    terminal.wait_for("Followed by inotify", "All 1 tests pass.")
    while terminal.read(1.5):
        pass
    assert terminal.read(3.0) == 0
    terminal.press("1")
    code.write_text("def answer(n):\n    return n - 1\n", encoding="utf-8")
    terminal.press("4")
    terminal.wait_for("1 failure. Followed by inotify.", "2 +    return n + 1")
    terminal.press("w")
    terminal.wait_for("The project is not followed any more.")
    terminal.press("q")
    assert terminal.wait_end() == 0
    assert code.read_text(encoding="utf-8") == "def answer(n):\n    return n - 1\n"


def test_a_home_folder_is_followed_only_when_it_is_wanted(
    open_terminal: Open, workspace: Workspace
) -> None:
    environ = {"WORKBENCH_HEALING_FOLLOW": "true", "HOME": str(workspace.project)}
    terminal = open_terminal(env=environ, size=(160, 30))
    terminal.press("4")
    terminal.wait_for("Not followed: This is your home folder or holds it")
