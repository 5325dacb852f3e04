"""What a command line says, and the exit code of each way to end."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.e2e.command_line import (
    BROKEN,
    HOSTILE,
    Ended,
    ask,
    call,
    start_following,
)
from workbench import errors
from workbench.commands.root import COMMANDS
from workbench.errors import ExitCode, WorkbenchError
from workbench.workspace import Workspace


def test_help_names_every_command(workspace: Workspace) -> None:
    said = call(workspace, "--help")
    assert all(f"  {name} " in said.stdout for name in COMMANDS)
    assert max(map(len, said.stdout.splitlines())) <= 80
    assert said.stderr == ""


@pytest.mark.parametrize("name", COMMANDS)
def test_each_command_explains_itself(workspace: Workspace, name: str) -> None:
    said = call(workspace, name, "--help").stdout
    assert said.startswith(f"Usage: workbench {name}")
    assert ask(workspace, name, "-h")["help"] + "\n" == said


def test_version_and_about(workspace: Workspace) -> None:
    version = ask(workspace, "--version")["version"]
    assert call(workspace, "--version").stdout == f"workbench {version}\n"
    about = ask(workspace, "about")
    assert about["version"] == version
    assert about["paths"]["project"] == str(workspace.project)
    assert str(workspace.project) in call(workspace, "about").stdout


def test_help_and_version_import_no_more_than_they_need(workspace: Workspace) -> None:
    for option in ("--help", "--version"):
        ended = subprocess.run(
            [sys.executable, "-X", "importtime", "-m", "workbench", option],
            cwd=workspace.project,
            capture_output=True,
            text=True,
            check=True,
        )
        imported = {line.rpartition("|")[2].strip() for line in ended.stderr.splitlines()}
        heavy = {"asyncio", "msgspec", "platformdirs", "importlib.metadata", "textual", "pathlib"}
        assert not heavy & imported
        assert "click" in imported


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completion(workspace: Workspace, shell: str) -> None:
    assert "_WORKBENCH_COMPLETE" in call(workspace, "completion", shell).stdout
    assert "_WORKBENCH_COMPLETE" in ask(workspace, "completion", shell)["script"]


def test_a_shell_is_told_what_could_follow(workspace: Workspace) -> None:
    asked = {
        "_WORKBENCH_COMPLETE": "bash_complete",
        "COMP_CWORD": "1",
        "COMP_WORDS": "workbench jo",
    }
    assert "plain,journal" in call(workspace, environ=asked).stdout


@pytest.mark.parametrize(
    ("args", "said"),
    [
        (["jornal"], "did you mean journal?"),
        (["./nowhere"], "no command and no folder ./nowhere"),
        (["--bogus"], "--bogus"),
        (["host"], "Missing command"),
        (["host", "strat"], "start"),
        (["config", "get"], "KEY"),
        ([".", "extra"], "extra"),
        (["--set", "nothing", "about"], "SECTION.KEY=VALUE"),
        (["trust", "--yes", "--revoke"], "do not go together"),
        ([], "interface"),
    ],
)
def test_usage_errors_end_with_2(workspace: Workspace, args: list[str], said: str) -> None:
    ended = call(workspace, *args, code=ExitCode.USAGE)
    assert ended.stdout == ""
    sentence, hint = ended.stderr.splitlines()
    assert sentence.startswith("workbench: ")
    assert said in sentence
    assert hint
    envelope = ask(workspace, *args, code=ExitCode.USAGE)
    assert envelope["hint"]


def test_a_broken_setting_ends_with_3_and_says_where(workspace: Workspace) -> None:
    workspace.settings_file.write_text(BROKEN)
    ended = call(workspace, "config", "show", code=ExitCode.CONFIGURATION)
    assert ended.stderr.splitlines()[0] == (
        f"workbench: {workspace.settings_file}, line 3: "
        "there is no setting interface.thme; did you mean interface.theme?"
    )
    assert "line 3" in ask(workspace, "config", "show", code=ExitCode.CONFIGURATION)["message"]
    call(workspace, "config", "path")
    call(workspace, ".", code=ExitCode.CONFIGURATION)


def test_a_failed_check_ends_with_1(workspace: Workspace) -> None:
    workspace.settings_file.write_text(BROKEN)
    envelope = ask(workspace, "doctor", code=ExitCode.FINDINGS)
    failed = [check for check in envelope["checks"] if check["state"] == "fail"]
    assert [check["name"] for check in failed] == ["settings"]
    assert "line 3" in failed[0]["sentence"]
    assert failed[0]["mend"]


def test_doctor_starts_and_makes_nothing(workspace: Workspace) -> None:
    said = call(workspace, "doctor").stdout
    assert "0 failed" in said
    assert not workspace.folder.exists()


def test_a_folder_that_is_not_there_ends_with_7(workspace: Workspace) -> None:
    ended = call(workspace, "-C", "nowhere", "host", "status", code=ExitCode.STORE)
    assert "nowhere" in ended.stderr


def test_a_missing_approval_ends_with_6(workspace: Workspace) -> None:
    workspace.settings_file.write_text(HOSTILE)
    call(workspace, "trust", code=ExitCode.APPROVAL)


KINDS = [kind for kind in WorkbenchError.__subclasses__() if kind.__module__ == errors.__name__]


@pytest.mark.parametrize("kind", KINDS)
def test_each_kind_of_error_ends_with_its_code(
    workspace: Workspace, kind: type[WorkbenchError]
) -> None:
    raising = f"from workbench import errors; raise errors.{kind.__name__}('A\\x1b[2Jb.', 'Do c.')"
    ended = with_a_command(workspace, raising)
    assert ended.returncode == kind.exit_code
    assert (ended.stdout, ended.stderr) == ("", "workbench: A\u241b[2Jb.\nDo c.\n")
    envelope = json.loads(with_a_command(workspace, raising, "--json").stdout)
    assert envelope == {
        "schema": 1,
        "ok": False,
        "exit_code": kind.exit_code,
        "message": "A\x1b[2Jb.",
        "hint": "Do c.",
    }


def test_a_defect_ends_with_70_and_leaves_its_traceback_in_a_log(workspace: Workspace) -> None:
    ended = with_a_command(workspace, "raise ValueError('of \\x1b[2J mine')")
    assert ended.returncode == ExitCode.DEFECT
    sentence, hint = ended.stderr.splitlines()
    assert sentence.endswith("ValueError: of \u241b[2J mine")
    log = Path(re.search(r"/\S*defects\.log", hint).group())  # type: ignore[union-attr]
    assert "Traceback" in log.read_text()
    assert log.stat().st_mode & 0o777 == 0o600


def test_a_defect_whose_log_cannot_be_written_is_still_a_sentence(workspace: Workspace) -> None:
    Path(os.environ["XDG_STATE_HOME"]).write_text("in the way")
    ended = with_a_command(workspace, "raise ValueError")
    assert ended.returncode == ExitCode.DEFECT
    assert "could not be written" in ended.stderr
    assert "Traceback" not in ended.stderr


def with_a_command(workspace: Workspace, body: str, *args: str) -> Ended:
    """Run the real command line with one more command in it, whose body this is."""
    script = (
        "import click, sys, types\n"
        "from workbench.cli import main\n"
        "from workbench.commands import root, shared\n"
        "@click.command('test', cls=shared.Command)\n"
        f"def command():\n    {body}\n"
        "root.COMMANDS['test'] = 'Test.'\n"
        "sys.modules['workbench.commands.test'] = types.SimpleNamespace(command=command)\n"
        "sys.argv[1:] = ['test', *sys.argv[1:]]\n"
        "main()\n"
    )
    return subprocess.run(
        [sys.executable, "-c", script, *args],
        cwd=workspace.project,
        capture_output=True,
        encoding="utf-8",
        check=False,
        timeout=60,
    )


@pytest.mark.parametrize(
    ("number", "code"),
    [(signal.SIGINT, ExitCode.INTERRUPTED), (signal.SIGTERM, ExitCode.TERMINATED)],
)
@pytest.mark.parametrize("as_json", [False, True])
def test_signals_end_a_running_command(
    workspace: Workspace, number: signal.Signals, code: ExitCode, as_json: bool
) -> None:
    process = start_following(workspace, *["--json"] * as_json)
    process.send_signal(number)
    out, err = process.communicate(timeout=30)
    assert process.returncode == code
    if as_json:
        assert json.loads(out.splitlines()[-1])["exit_code"] == code
    else:
        assert err.startswith("workbench: ")
        assert len(err.splitlines()) == 1
