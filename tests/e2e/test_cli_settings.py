"""Settings and trust as people and programs meet them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.e2e.command_line import (
    BROKEN,
    HOSTILE,
    ask,
    call,
    on_a_terminal,
)
from workbench.errors import ExitCode
from workbench.settings.schema import SECTIONS
from workbench.workspace import Workspace


def test_every_layer_names_its_origin(workspace: Workspace) -> None:
    workspace.settings_file.write_text("[interface]\nmouse = false\n")
    user = Path(ask(workspace, "config", "path", "user")["user"])
    user.parent.mkdir(parents=True)
    user.write_text("\n\nkeymap.quit = 'q'\n")
    said = call(
        workspace,
        "--theme",
        "dark",
        "config",
        "show",
        "--origin",
        environ={"WORKBENCH_HOST_IDLE_SECONDS": "5"},
    )
    lines = said.stdout.splitlines()
    assert lines[:4] == [
        "host.idle_seconds = 5.0  # environment WORKBENCH_HOST_IDLE_SECONDS",
        'interface.theme = "dark"  # flag --set interface.theme=dark',
        f"interface.mouse = false  # project file {workspace.settings_file}, line 2",
        'interface.editor = ""  # shipped default',
    ]
    own = f'keymap.quit = "q"  # user file {user}, line 3'
    assert own in lines
    assert all(line.endswith("  # shipped default") for line in lines[4:] if line != own)
    assert {line.partition(".")[0] for line in lines} <= SECTIONS
    assert said.stderr == ""


def test_shared_options_stand_before_or_after(workspace: Workspace, tmp_path: Path) -> None:
    for args in (
        ["--set", "host.idle_seconds=7", "config", "get", "host.idle_seconds"],
        ["config", "--set", "host.idle_seconds=7", "get", "host.idle_seconds"],
        ["config", "get", "host.idle_seconds", "--set", "host.idle_seconds=7"],
    ):
        assert call(workspace, *args).stdout == "7.0\n"
    assert json.loads(call(workspace, "--json", "config", "path").stdout)["ok"]
    assert ask(workspace, "about", "-C", str(tmp_path))["paths"]["project"] == str(tmp_path)


def test_what_a_project_may_not_set_is_shown_and_left_out(workspace: Workspace) -> None:
    workspace.settings_file.write_text(HOSTILE)
    shown = call(workspace, "config", "show")
    assert "workbench trust" in shown.stderr
    assert "# not in force: interface.editor" in shown.stdout
    assert "\x1b" not in shown.stdout + shown.stderr
    assert "\u202e" not in shown.stdout + shown.stderr
    assert ask(workspace, "config", "get", "interface.editor")["value"] == ""


def test_trust_is_given_shown_and_taken_back(workspace: Workspace) -> None:
    workspace.settings_file.write_text(HOSTILE)
    given = call(workspace, "trust", "--yes")
    assert 'line 2: interface.editor = "\\u001b]0;owned\\u0007"' in given.stderr
    assert "\x1b" not in given.stderr + given.stdout
    value = ask(workspace, "config", "get", "interface.editor")["value"]
    assert value == "\x1b]0;owned\x07"
    (project,) = ask(workspace, "trust", "--list")["projects"]
    assert project["project"] == str(workspace.project)
    assert ask(workspace, "trust")["grants"]["interface.editor"] == value
    assert ask(workspace, "trust", "--revoke")["revoked"]
    assert ask(workspace, "config", "get", "interface.editor")["value"] == ""


@pytest.mark.parametrize(("typed", "code"), [("y\n", 0), ("n\n", 6), ("\n", 6), ("\x04", 6)])
def test_a_person_is_asked(workspace: Workspace, typed: str, code: int) -> None:
    workspace.settings_file.write_text(HOSTILE)
    said, ended = on_a_terminal(workspace, "trust", typed=typed)
    assert "Trust them? [y/N]" in said
    assert ended == code
    assert bool(ask(workspace, "trust", "--list")["projects"]) is (code == 0)


def test_nothing_to_trust(workspace: Workspace) -> None:
    assert "nothing that needs trust" in call(workspace, "trust").stdout


def test_an_editor_mends_a_broken_file(workspace: Workspace) -> None:
    workspace.settings_file.write_text(BROKEN)
    edit(workspace, "true", "project", code=ExitCode.CONFIGURATION)
    edit(workspace, "sed -i s/thme/theme/", "project")
    assert call(workspace, "config", "get", "interface.theme").stdout == "dark\n"
    edit(workspace, "no-such-editor", code=ExitCode.CONFIGURATION)
    edit(workspace, "false", code=ExitCode.CONFIGURATION)
    edit(workspace, "", code=ExitCode.USAGE)


def test_a_first_edit_begins_with_every_setting(workspace: Workspace) -> None:
    edit(workspace, "true")
    path = Path(ask(workspace, "config", "path")["user"])
    assert "# idle_seconds =" in path.read_text()


def edit(
    workspace: Workspace, editor: str, which: str = "user", code: ExitCode = ExitCode.OK
) -> None:
    call(workspace, "config", "edit", which, code=code, environ={"VISUAL": editor, "EDITOR": ""})


def test_a_keymap_for_no_action_is_refused_with_its_place(workspace: Workspace) -> None:
    workspace.settings_file.write_text("[keymap]\n'journal.serch' = '/'\n")
    call(workspace, "trust", "--yes")
    said, code = on_a_terminal(workspace)
    assert code == ExitCode.CONFIGURATION
    assert f"{workspace.settings_file}, line 2: The keymap names" in said
    assert "journal.search" in said
