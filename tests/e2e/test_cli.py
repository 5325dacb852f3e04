"""The command line as people and programs meet it: real processes, real exit codes."""

from __future__ import annotations

import json
import os
import pty
import re
import signal
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from workbench.commands.root import COMMANDS
from workbench.errors import ExitCode, WorkbenchError
from workbench.workspace import Workspace

WORKBENCH = [sys.executable, "-m", "workbench"]
ANSI = re.compile(r"\x1b\[")
HOSTILE = '[interface]\neditor = "\\u001b]0;owned\\u0007"\n[keymap]\n"\\u202e\\u001b[2J" = "q"\n'
BROKEN = "[interface]\n\nthme = 'dark'\n"
Ended = subprocess.CompletedProcess[str]


def call(
    workspace: Workspace,
    *args: str,
    code: ExitCode = ExitCode.OK,
    environ: dict[str, str] | None = None,
) -> Ended:
    """Run one command line in the project and check its exit code."""
    ended = subprocess.run(
        [*WORKBENCH, *args],
        cwd=workspace.project,
        env={**os.environ, **(environ or {})},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        encoding="utf-8",
        check=False,
        timeout=60,
    )
    assert ended.returncode == code, ended.stdout + ended.stderr
    assert "Traceback" not in ended.stdout + ended.stderr
    return ended


def ask(workspace: Workspace, *args: str, code: ExitCode = ExitCode.OK) -> dict[str, Any]:
    """Run one command line with --json and check its envelope."""
    ended = call(workspace, *args, "--json", code=code)
    (line,) = ended.stdout.splitlines()
    envelope: dict[str, Any] = json.loads(line)
    assert (envelope["schema"], envelope["ok"]) == (1, code is ExitCode.OK)
    assert envelope["exit_code"] == code
    assert isinstance(envelope["message"], str)
    assert line.isascii()
    return envelope


def on_a_terminal(
    workspace: Workspace, *args: str, typed: str = "", **environ: str
) -> tuple[str, int]:
    """Run one command line on a terminal of its own; return what appeared and the exit code."""
    ours, theirs = pty.openpty()
    process = subprocess.Popen(
        [*WORKBENCH, *args],
        cwd=workspace.project,
        env={**os.environ, **environ},
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        start_new_session=True,
    )
    os.close(theirs)
    os.write(ours, typed.encode())
    return read_all(ours), process.wait(60)


def read_all(descriptor: int) -> str:
    data = b""
    try:
        while chunk := os.read(descriptor, 65536):
            data += chunk
    except OSError:  # A terminal's other end is gone.
        pass
    os.close(descriptor)
    return data.decode()


# What a command line says


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


# Exit codes


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


@pytest.mark.parametrize("kind", WorkbenchError.__subclasses__())
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


def start_following(workspace: Workspace, *args: str) -> subprocess.Popen[str]:
    """Start `journal tail --follow` and wait until it has printed something."""
    process = subprocess.Popen(
        [*WORKBENCH, "journal", "tail", "--follow", *args],
        cwd=workspace.project,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        encoding="utf-8",
    )
    assert process.stdout is not None
    assert "host.started" in process.stdout.readline()
    return process


# Streams


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
        line = f"{sys.executable} -m workbench {args} {closed}"
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


# Settings and trust


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
    assert said.stdout.splitlines() == [
        "host.idle_seconds = 5.0  # environment WORKBENCH_HOST_IDLE_SECONDS",
        'interface.theme = "dark"  # flag --set interface.theme=dark',
        f"interface.mouse = false  # project file {workspace.settings_file}, line 2",
        'interface.editor = ""  # shipped default',
        f'keymap.quit = "q"  # user file {user}, line 3',
    ]
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


# Host and journal


def test_the_host_is_started_shown_and_ended(workspace: Workspace) -> None:
    assert ask(workspace, "host", "status")["running"] is False
    assert not workspace.folder.exists()
    pid = ask(workspace, "host", "start")["pid"]
    assert ask(workspace, "host", "start")["pid"] == pid
    status = ask(workspace, "host", "status")
    assert (status["running"], status["pid"]) == (True, pid)
    assert str(pid) in call(workspace, "host", "status").stdout
    checks = {check["name"]: check for check in ask(workspace, "doctor")["checks"]}
    assert f"Process {pid} answers" in checks["host"]["sentence"]
    assert ask(workspace, "host", "stop")["pid"] == pid
    assert ask(workspace, "host", "stop")["pid"] is None
    assert "schema" in call(workspace, "doctor").stdout
    call(workspace, "host", "start")
    assert call(workspace, "host", "stop", "--force").stdout.endswith("has ended.\n")


def test_the_journal_is_written_read_checked_and_moved(
    workspace: Workspace, tmp_path: Path
) -> None:
    seq = ask(workspace, "journal", "note", "first \x1b[2J\u202e", "--subject", "s")["seq"]
    call(workspace, "journal", "note", "second")
    said = call(workspace, "journal", "tail", "--type", "note", "--text", "FIRST").stdout
    assert said.count("\n") == 1
    assert "\x1b" not in said
    events = ask(workspace, "journal", "tail", "-n", "1")["events"]
    assert json.loads(events[0]["payload"]) == {"text": "second"}
    event = ask(workspace, "journal", "show", str(seq))["event"]
    assert json.loads(event["payload"]) == {"text": "first \x1b[2J\u202e"}
    assert "\x1b" not in call(workspace, "journal", "show", str(seq)).stdout
    assert ask(workspace, "journal", "verify")["holds"]
    count = ask(workspace, "journal", "export", "out")["manifest"]["events"]
    other = tmp_path / "other"
    other.mkdir()
    imported = ask(workspace, "-C", str(other), "journal", "import", "out")["manifest"]
    assert imported["events"] == count
    call(workspace, "-C", str(other), "journal", "verify")
    call(workspace, "-C", str(other), "host", "stop")
    call(workspace, "journal", "export", "out", code=ExitCode.USAGE)
    call(workspace, "journal", "show", "1000", code=ExitCode.USAGE)


def test_following_prints_what_comes(workspace: Workspace) -> None:
    process = start_following(workspace, "--json")
    call(workspace, "journal", "note", "later")
    assert process.stdout is not None
    line = json.loads(process.stdout.readline())
    assert line["event"]["payload"] == '{"text":"later"}'
    process.stdout.close()
    call(workspace, "journal", "note", "into the void")
    assert process.stderr is not None
    assert process.stderr.read() == ""
    process.stderr.close()
    assert process.wait(30) == 0
