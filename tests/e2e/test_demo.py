"""The demo: a small project with a planted bug, copied and healed."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from tests.e2e.command_line import WORKBENCH, ask, call
from tests.e2e.sums import digests
from workbench.errors import ExitCode
from workbench.shipped import data_file
from workbench.workspace import Workspace, name_workspace


@pytest.fixture
def demo(workspace: Workspace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Workspace:
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setenv("WORKBENCH_SANDBOX_ENGINE", "namespaces")
    return name_workspace(Path(ask(workspace, "demo", "--only-copy")["folder"]))


def test_it_is_copied_each_time_to_a_folder_of_its_own(demo: Workspace, tmp_path: Path) -> None:
    assert demo.project.is_relative_to(tmp_path)
    assert sorted(digests(demo.project).values()) == sorted(digests(data_file("demo")).values())
    other = Path(ask(demo, "demo", "--only-copy")["folder"])
    assert other != demo.project


def test_its_bug_is_found_and_the_repair_is_right(demo: Workspace) -> None:
    before = digests(demo.project)
    healed = ask(demo, "heal", "--budget", "30")
    first = healed["proposals"][0]
    assert first["diff"].endswith(
        "-    return one.start < other.end and other.start <= one.end\n"
        "+    return one.start < other.end and other.start < one.end\n"
    )
    assert digests(demo.project) == before
    call(demo, "host", "stop")


def test_where_nothing_can_be_written_it_says_so(workspace: Workspace) -> None:
    ended = subprocess.run(
        ["prlimit", "--fsize=0", *WORKBENCH, "demo", "--only-copy"],
        cwd=workspace.project,
        capture_output=True,
        text=True,
        check=False,
    )
    assert ended.returncode == ExitCode.STORE
    assert "The demo cannot be copied" in ended.stderr
