"""The host and its journal, from the command line."""

from __future__ import annotations

import json
from pathlib import Path

import duckdb

from tests.e2e.command_line import (
    ask,
    call,
    start_following,
)
from workbench.errors import ExitCode
from workbench.workspace import Workspace


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


def test_doctor_tells_that_a_damaged_journal_was_kept(workspace: Workspace) -> None:
    workspace.make()
    workspace.journal_file.write_text("no database")
    damaged = {
        check["name"]: check for check in ask(workspace, "doctor", code=ExitCode.FINDINGS)["checks"]
    }
    assert damaged["journal"]["state"] == "fail"
    call(workspace, "host", "start")
    mended = {check["name"]: check for check in ask(workspace, "doctor")["checks"]}
    assert mended["host"]["state"] == "warn"
    assert str(workspace.folder / "damaged") in mended["host"]["sentence"]


def test_doctor_fails_on_a_journal_that_a_newer_workbench_wrote(workspace: Workspace) -> None:
    call(workspace, "journal", "note", "x")
    call(workspace, "host", "stop")
    with duckdb.connect(workspace.journal_file) as connection:
        connection.execute("UPDATE store SET schema = 99")
    checks = ask(workspace, "doctor", code=ExitCode.FINDINGS)["checks"]
    (journal,) = [check for check in checks if check["name"] == "journal"]
    assert journal["state"] == "fail"
    assert "schema 99" in journal["sentence"]


def test_doctor_tells_of_a_damaged_journal_and_leaves_it(workspace: Workspace) -> None:
    workspace.make()
    workspace.journal_file.write_bytes(b"garbage" * 1000)
    checks = ask(workspace, "doctor", code=ExitCode.FINDINGS)["checks"]
    (journal,) = [check for check in checks if check["name"] == "journal"]
    assert "It is damaged" in journal["sentence"]
    assert workspace.journal_file.read_bytes() == b"garbage" * 1000
