"""`workbench bundle` between two workspaces with real hosts."""

from __future__ import annotations

import shutil
import subprocess
import time
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.e2e.command_line import ask, call
from workbench.api import owner
from workbench.errors import ExitCode
from workbench.workspace import Workspace, name_workspace

needs_openssh = pytest.mark.skipif(not shutil.which("ssh-keygen"), reason="needs OpenSSH")


@pytest.fixture
def other(tmp_path: Path, runtime: Path) -> Iterator[Workspace]:
    """Return the workspace of somebody else."""
    project = tmp_path / "other"
    project.mkdir()
    there = name_workspace(project)
    yield there
    owner.stop(there, force=True)
    assert runtime.is_dir()


@pytest.fixture
def bundle(workspace: Workspace, tmp_path: Path) -> Path:
    """Return a bundle with a subject, a skill and a source."""
    project = workspace.project
    (project / "docs").mkdir()
    (project / "docs" / "lanes.md").write_text("# Lanes\nA lane screens candidates quickly.\n")
    (project / "add.py").write_text("def add(a, b):\n    return a + b\n")
    (project / "test_add.py").write_text(
        "from add import add\n\n\ndef test_add():\n    assert add(1, 2) == 3\n"
    )
    call(workspace, "subjects", "add", "asyncio", "--about", "Loops", "--doc", "docs/lanes.md")
    skill = ("Adds two numbers.", "--code", "add.py", "--test", "test_add.py")
    call(workspace, "memory", "skill", "adding", *skill)
    call(workspace, "knowledge", "add", "docs")
    _until_read(workspace, "lane screens")
    path = tmp_path / "shared.zip"
    made = ask(workspace, "bundle", "create", str(path))
    assert [one["kind"] for one in made["contents"]] == ["subject", "skill", "source"]
    return path


def _until_read(workspace: Workspace, text: str) -> str:
    """Wait until what was added is read, and return where a text is found."""
    deadline = time.monotonic() + 50
    while time.monotonic() < deadline:
        (source,) = ask(workspace, "knowledge", "list")["sources"]
        if source["state"] == "read":
            (hit, *_) = ask(workspace, "knowledge", "search", text)["hits"]
            return str(hit["passage"]["path"])
        time.sleep(0.3)
    pytest.fail(f"{text} was not read")


def test_a_bundle_is_compared_taken_in_and_taken_back(bundle: Path, other: Workspace) -> None:
    said = call(other, "bundle", "diff", str(bundle)).stdout
    assert "3 of 3 would be taken in" in said
    assert ask(other, "subjects", "list")["subjects"] == []
    taken = ask(other, "bundle", "import", str(bundle))
    assert len(taken["brought"]) == 3
    (skill,) = ask(other, "memory", "list", "--kind", "skill")["memories"]
    assert skill["outcome"] == "trusted"
    assert ask(other, "subjects", "show", "asyncio")["version"]["origin"] == taken["bundle"]
    place = _until_read(other, "lane screens")
    assert (other.project / place).exists()
    again = ask(other, "bundle", "import", str(bundle))
    assert again["brought"] == []
    undone = call(other, "bundle", "undo", "--reason", "a try").stdout
    assert taken["bundle"] in undone
    assert ask(other, "memory", "list", "--kind", "skill")["memories"] == []
    assert ask(other, "subjects", "list")["subjects"][0]["version"] == ""
    assert not (other.project / place).exists()
    assert ask(other, "knowledge", "list")["sources"] == []
    call(other, "bundle", "undo", code=ExitCode.USAGE)
    (listed,) = ask(other, "bundle", "list")["imports"]
    assert listed["undone"]


def test_where_both_differ_both_are_kept(bundle: Path, other: Workspace) -> None:
    call(other, "subjects", "add", "asyncio", "--about", "mine")
    assert "conflict" in call(other, "bundle", "diff", str(bundle)).stdout
    call(other, "bundle", "import", str(bundle))
    found = ask(other, "subjects", "versions", "asyncio")
    assert [one["is_current"] for one in found["versions"]] == [False, True]
    assert ask(other, "subjects", "show", "asyncio")["version"]["about"] == "mine"
    call(other, "bundle", "undo")
    assert ask(other, "bundle", "import", str(bundle), "--theirs")["brought"]
    assert ask(other, "subjects", "show", "asyncio")["version"]["about"] == "Loops"
    call(other, "bundle", "undo")
    assert ask(other, "subjects", "show", "asyncio")["version"]["about"] == "mine"


def test_a_skill_whose_tests_fail_is_left_out(
    workspace: Workspace, other: Workspace, tmp_path: Path
) -> None:
    (workspace.project / "test_it.py").write_text(
        "import os\n\n\ndef test_it():\n    assert os.path.exists('proof')\n"
    )
    (workspace.project / "it.py").write_text("X = 1\n")
    skill = ("memory", "skill", "cheating", "Does nothing.", "--code", "it.py")
    call(workspace, *skill, "--test", "test_it.py", code=ExitCode.FINDINGS)
    path = tmp_path / "bad.zip"
    call(workspace, "bundle", "create", str(path), "--skill", "cheating")
    (other.project / "proof").write_text("")
    said = ask(other, "bundle", "import", str(path), code=ExitCode.FINDINGS)
    assert said["brought"] == []
    assert "The skill cheating was left out" in said["refused"][0]
    assert ask(other, "memory", "list", "--kind", "skill")["memories"] == []


@needs_openssh
def test_a_signed_bundle_says_whose_it_is(
    workspace: Workspace, other: Workspace, tmp_path: Path
) -> None:
    key = tmp_path / "key"
    made = ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(key)]
    subprocess.run(made, check=True)
    call(workspace, "subjects", "add", "asyncio", "--about", "Loops")
    path = tmp_path / "signed.zip"
    call(workspace, "bundle", "create", str(path), "--sign", str(key))
    assert ask(other, "bundle", "verify", str(path))["signature"] == "unknown"
    unknown = ("bundle", "import", str(path), "--signed")
    call(other, *unknown, code=ExitCode.APPROVAL)
    public = " ".join(key.with_suffix(".pub").read_text().split()[:2])
    policy = other.project / "workbench-policy.toml"
    policy.write_text(f'[approvers.ann]\nlogins = ["ann"]\nkeys = ["{public}"]\n')
    call(other, "trust", "--yes")
    assert "signed by ann" in call(other, "bundle", "verify", str(path)).stdout
    assert ask(other, *unknown)["brought"]


def test_a_hostile_bundle_is_refused_and_nothing_is_written(
    bundle: Path, other: Workspace, tmp_path: Path
) -> None:
    with zipfile.ZipFile(bundle, "a") as packed:
        packed.writestr("../../../evil.txt", "x")
    for verb in ("verify", "diff", "import"):
        refused = ask(other, "bundle", verb, str(bundle), code=ExitCode.FINDINGS)
        assert "refused" in refused["message"]
    assert not list(tmp_path.rglob("evil.txt"))
    assert ask(other, "bundle", "list")["imports"] == []


def test_a_file_is_not_written_over(workspace: Workspace, tmp_path: Path) -> None:
    path = tmp_path / "there.zip"
    path.write_text("mine")
    call(workspace, "subjects", "add", "asyncio")
    call(workspace, "bundle", "create", str(path), code=ExitCode.USAGE)
    assert path.read_text() == "mine"
    call(workspace, "bundle", "create", str(path), "--force")
    assert zipfile.is_zipfile(path)
    nothing = ("bundle", "create", str(tmp_path / "new.zip"), "--subject", "nothing")
    call(workspace, *nothing, code=ExitCode.USAGE)
