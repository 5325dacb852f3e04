"""Approvals from the command line, with real keys: what counts, and how the rest is refused."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from tests.e2e.approving import (
    APPROVAL,
    BEFORE,
    allowed,
    make_keys,
    missing,
    named_policy,
    propose,
    propose_here,
    public,
    refused,
    signed_by,
    trusted,
    write_policy,
)
from tests.e2e.command_line import ask, call, on_a_terminal
from workbench.errors import ExitCode
from workbench.workspace import Workspace


@pytest.fixture
def keys(tmp_path: Path) -> dict[str, Path]:
    return make_keys(tmp_path)


@pytest.fixture
def name(workspace: Workspace) -> str:
    return propose_here(workspace)


def test_who_accepts_has_approved_where_nobody_is_named(workspace: Workspace, name: str) -> None:
    assert missing(workspace, name) == ["Nothing of it is accepted yet."]
    said = ask(workspace, "review", "approve", name, code=APPROVAL)
    assert "Nothing of" in said["message"]
    ask(workspace, "review", "accept", name[:5])
    found = allowed(workspace, name)
    assert len(found["approvals"]) == 1
    assert found["origin"] == ""
    shown = call(workspace, "review", "show", name).stdout
    assert "It may be applied." in shown
    assert "-one" in shown
    assert "+ONE" in shown
    ask(workspace, "review", "undecide", name)
    assert missing(workspace, name) == ["Nothing of it is accepted yet."]


def test_hunks_are_decided_about_alone_and_exported_as_accepted(
    workspace: Workspace, name: str
) -> None:
    hunks = ask(workspace, "review", "show", name)["review"]["stands"]["hunks"]
    first, second = (one["id"] for one in hunks)
    ask(workspace, "review", "accept", name, "--hunk", first[:6])
    ask(workspace, "review", "reject", name, "--hunk", second, "--reason", "too loud")
    shown = call(workspace, "review", "show", name).stdout
    assert f"# {second}  rejected by" in shown
    assert "too loud" in shown
    patch = call(workspace, "review", "export", name, "--accepted").stdout
    assert "+ONE" in patch
    assert "+FOUR" not in patch
    assert ask(workspace, "review", "export", name, "--accepted")["patch"] == patch
    whole = call(workspace, "review", "export", name).stdout
    assert "+FOUR" in whole
    subprocess.run(["git", "apply"], input=patch, cwd=workspace.project, text=True, check=True)
    assert (workspace.project / "a.py").read_bytes() == BEFORE.replace(b"one", b"ONE")
    ask(workspace, "review", "accept", name, "--hunk", "zzz", code=ExitCode.USAGE)
    ask(workspace, "review", "undecide", name, "--hunk", second)
    states = ask(workspace, "review", "show", name)["review"]["stands"]["hunks"]
    assert [one["state"] for one in states] == ["accepted", "undecided"]


def test_on_a_terminal_a_patch_does_not_steer_it(workspace: Workspace) -> None:
    name = propose(workspace, files={"a.py": (b"a\n", b"\x1b]0;owned\x07\n")})
    shown, code = on_a_terminal(workspace, "review", "export", name)
    assert code == 0
    assert "\u241b]0;owned" in shown
    assert "\x1b]0" not in shown
    assert "\x1b]0;owned\x07" in call(workspace, "review", "export", name).stdout
    assert "\x1b]0" not in call(workspace, "review", "show", name).stdout
    assert "control, hide or turn text" in call(workspace, "review", "show", name).stdout


def test_two_persons_are_needed_and_one_by_two_ways_is_one(
    workspace: Workspace, name: str, keys: dict[str, Path], tmp_path: Path
) -> None:
    trusted(workspace, named_policy(keys, "[[rules]]\nname = 'pair'\nneeded = 2\n"))
    ask(workspace, "review", "accept", name)
    assert "pair: a.py needs 2 approvals, of different persons; there is 1." in missing(
        workspace, name
    )
    ask(workspace, "review", "import", str(signed_by(workspace, name, keys["ann"], tmp_path / "1")))
    assert len(missing(workspace, name)) == 1
    ask(workspace, "review", "import", str(signed_by(workspace, name, keys["bob"], tmp_path / "2")))
    assert allowed(workspace, name)["approvals"] == ["ann", "bob"]


def test_an_approval_of_something_else_is_told_as_stale(
    workspace: Workspace, name: str, keys: dict[str, Path], tmp_path: Path
) -> None:
    rules = "[[rules]]\nname = 'bob'\napprovers = ['bob']\n"
    trusted(workspace, named_policy(keys, rules))
    ask(workspace, "review", "accept", name)
    file = signed_by(workspace, name, keys["bob"], tmp_path / "approval")
    ask(workspace, "review", "import", str(file))
    assert allowed(workspace, name)["ignored"] == []
    second = ask(workspace, "review", "show", name)["review"]["stands"]["hunks"][1]["id"]
    ask(workspace, "review", "reject", name, "--hunk", second, "--reason", "no")
    found = ask(workspace, "review", "allowed", name, code=APPROVAL)
    assert found["ignored"] == ["The approval of bob is stale: it is of something else."]
    assert "stale: the files of" in refused(workspace, file)
    ask(workspace, "review", "accept", name, "--hunk", second)
    assert allowed(workspace, name)["approvals"] == ["ann", "bob"]
    trusted(workspace, named_policy(keys, rules, "never = ['*.key2']"))
    found = ask(workspace, "review", "allowed", name, code=APPROVAL)
    assert found["ignored"] == ["The approval of bob is stale: it is of something else."]
    assert found["approvals"] == ["ann"]
    assert "stale: the rules of" in refused(workspace, file)


def test_who_is_not_named_cannot_approve(
    workspace: Workspace, name: str, keys: dict[str, Path]
) -> None:
    trusted(workspace, f"[approvers.bob]\nkeys = ['{public(keys['bob'])}']\n")
    ask(workspace, "review", "accept", name)
    said = ask(workspace, "review", "approve", name, code=APPROVAL)
    assert "is none of the approvers" in said["message"]
    assert missing(workspace, name) == ["anything: a.py needs an approval."]


def test_what_is_never_written_stays_so_whoever_approves(workspace: Workspace) -> None:
    paths = (".git/config", ".workbench/x", "k.pem", "workbench-policy.toml")
    name = propose(workspace, files=dict.fromkeys(paths, (None, b"a\n")))
    ask(workspace, "review", "accept", name)
    ask(workspace, "review", "approve", name)
    said = missing(workspace, name)
    assert [one.split(" ")[0] for one in said] == list(paths)
    assert all("is never written" in one for one in said)


def test_a_policy_with_a_mistake_allows_nothing(workspace: Workspace, name: str) -> None:
    ask(workspace, "review", "accept", name)
    write_policy(workspace, "never = 1\n")
    said = ask(workspace, "review", "allowed", name, code=ExitCode.CONFIGURATION)
    assert "workbench-policy.toml, line 1: never: Expected `array`" in said["message"]
    applied = ask(workspace, "review", "apply", name, code=ExitCode.CONFIGURATION)
    assert applied["message"] == said["message"]


def test_a_doubt_of_the_security_rules_can_ask_for_more(
    workspace: Workspace, keys: dict[str, Path]
) -> None:
    name = propose(workspace, doubts=("a.py:3: `eval` is possibly insecure (S307)",))
    rules = "[[rules]]\nname = 'danger'\nchanges = ['security']\napprovers = ['bob']\n"
    trusted(workspace, named_policy(keys, rules))
    ask(workspace, "review", "accept", name)
    assert missing(workspace, name) == ["danger: a.py needs an approval of bob."]
