"""All that the review screen can do to hunks, from the command line."""

from __future__ import annotations

import subprocess
from typing import Any

import pytest

from tests.e2e.approving import propose
from tests.e2e.command_line import WORKBENCH, ask, call
from workbench.errors import ExitCode
from workbench.workspace import Workspace

BEFORE = b"one\ntwo\nthree\nfour\n" + b"-\n" * 20 + b"last\n"
AFTER = b"ONE\ntwo\nthree\nFOUR\nfive\n" + b"-\n" * 20 + b"LAST\n"


@pytest.fixture
def name(workspace: Workspace) -> str:
    return propose(workspace, files={"a.py": (BEFORE, AFTER), "b.py": (None, b"new\nline\n")})


def hunks(workspace: Workspace, name: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = ask(workspace, "review", "show", name)["review"]["stands"][
        "hunks"
    ]
    return found


def exported(workspace: Workspace, name: str) -> str:
    return call(workspace, "review", "export", name, "--accepted").stdout


def test_hunks_are_split_and_lines_selected(workspace: Workspace, name: str) -> None:
    first, last, new = hunks(workspace, name)
    ask(workspace, "review", "split", name, "--hunk", first["id"])
    parts = hunks(workspace, name)
    assert len(parts) == 4
    told = ask(workspace, "review", "select", name, "--hunk", parts[1]["id"], "--come", "5")
    assert len(told["stands"]["hunks"]) == 5
    ask(workspace, "review", "undo", name)
    ask(workspace, "review", "undo", name)
    assert [one["id"] for one in hunks(workspace, name)] == [first["id"], last["id"], new["id"]]
    ask(workspace, "review", "redo", name)
    assert [one["id"] for one in hunks(workspace, name)] == [one["id"] for one in parts]


def test_selected_lines_alone_are_accepted(workspace: Workspace, name: str) -> None:
    first, *_ = hunks(workspace, name)
    told = ask(
        workspace, "review", "select", name, "--hunk", first["id"], "--gone", "1", "--come", "1"
    )
    chosen = told["stands"]["hunks"][0]["id"]
    ask(workspace, "review", "accept", name, "--hunk", chosen)
    patch = exported(workspace, name)
    assert "-one\n+ONE\n" in patch
    assert "FOUR" not in patch


def test_lines_of_a_new_file_count_from_one(workspace: Workspace, name: str) -> None:
    new = next(one for one in hunks(workspace, name) if one["path"] == "b.py")
    told = ask(workspace, "review", "select", name, "--hunk", new["id"], "--come", "2")
    assert len(told["stands"]["hunks"]) == 4
    call(
        workspace,
        *("review", "select", name, "--hunk", new["id"], "--come", "3"),
        code=ExitCode.USAGE,
    )


def test_a_hunk_is_printed_edited_and_put_back(workspace: Workspace, name: str) -> None:
    first, *_ = hunks(workspace, name)
    assert call(workspace, "review", "edit", name, "--hunk", first["id"]).stdout == (
        "ONE\ntwo\nthree\nFOUR\nfive\n"
    )
    edited = subprocess.run(
        [*WORKBENCH, "review", "edit", name, "--hunk", first["id"], "--from", "-"],
        cwd=workspace.project,
        input="eins\ntwo\nthree\nfour\n",
        capture_output=True,
        text=True,
        check=True,
    )
    assert "waiting" in edited.stdout
    mine = next(one for one in hunks(workspace, name) if one["is_edited"])
    ask(workspace, "review", "accept", name, "--hunk", mine["id"])
    assert "-one\n+eins\n" in exported(workspace, name)


def test_remarks_are_made_and_taken_back(workspace: Workspace, name: str) -> None:
    first, *_ = hunks(workspace, name)
    told = ask(
        workspace, "review", "comment", name, "why five?", "--hunk", first["id"], "--come", "5"
    )
    (remark,) = told["stands"]["remarks"]
    assert (remark["text"], remark["line"]) == ("why five?", "five")
    told = ask(workspace, "review", "withdraw", name, remark["id"])
    assert not told["stands"]["remarks"]


def test_which_hunk_is_meant_must_be_said_where_there_are_several(
    workspace: Workspace, name: str
) -> None:
    told = call(workspace, "review", "split", name, code=ExitCode.USAGE)
    assert "There are 3 hunks" in told.stderr
    told = call(workspace, "review", "split", name, "--hunk", "zz", code=ExitCode.USAGE)
    assert "zz names 0 hunks" in told.stderr
