"""Healing from the command line: what is found, what is said, and that nothing is written."""

from __future__ import annotations

import json
import subprocess
from typing import Any

import pytest

from tests.e2e.command_line import WORKBENCH, ask, call
from tests.e2e.sums import BROKEN, BUGGY, TESTS, digests
from workbench.errors import ExitCode
from workbench.workspace import Workspace


@pytest.fixture
def project(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> Workspace:
    monkeypatch.setenv("WORKBENCH_SANDBOX_ENGINE", "namespaces")
    (workspace.project / "tests").mkdir()
    (workspace.project / "sums.py").write_text(BUGGY)
    (workspace.project / "tests" / "test_sums.py").write_text(TESTS)
    return workspace


def heal(workspace: Workspace, *args: str, code: ExitCode) -> dict[str, Any]:
    done = call(workspace, "heal", "--json", "--budget", "45", *args, code=code)
    envelope: dict[str, Any] = json.loads(done.stdout)
    return envelope


def test_a_repair_is_proposed_and_nothing_is_written(project: Workspace) -> None:
    before = digests(project.project)
    found = heal(project, code=ExitCode.OK)
    assert digests(project.project) == before
    assert found["outcome"] == "repaired"
    assert [one["test"] for one in found["failures"]] == [BROKEN]
    first = found["proposals"][0]
    assert first["rank"] == 1
    assert first["evidence"]["turned"] == [BROKEN]
    assert first["evidence"]["others"] == 1
    assert "-    return result + result * discount / 100\n" in first["diff"]
    assert "+    return result - result * discount / 100\n" in first["diff"]
    subprocess.run(["git", "apply"], input=first["diff"].encode(), cwd=project.project, check=True)
    assert heal(project, code=ExitCode.OK)["outcome"] == "green"


def test_failures_and_proposals_are_listed_shown_and_exported(project: Workspace) -> None:
    found = heal(project, code=ExitCode.OK)
    (failure,) = ask(project, "failures", "list")["failures"]
    assert failure["failure"]["test"] == BROKEN
    shown = ask(project, "failures", "show", failure["failure"]["failure"][:6])
    assert shown["test"] == BROKEN
    name = found["proposals"][0]["proposal"]
    listed = ask(project, "proposals", "list")["proposals"]
    assert listed[0]["proposal"]["proposal"] == name
    assert ask(project, "proposals", "show", name)["why"] == found["proposals"][0]["why"]
    patch = call(project, "proposals", "export", name, code=ExitCode.OK).stdout
    assert patch == found["proposals"][0]["diff"]
    call(project, "proposals", "show", "none", code=ExitCode.USAGE)


def test_what_another_process_fails_of_keeps_no_repair_from_being_found(project: Workspace) -> None:
    elsewhere = "import subprocess, sys\n\ndef test_it():\n"
    elsewhere += "    subprocess.run([sys.executable, '-c', 'import nowhere'], check=True)\n"
    (project.project / "tests" / "test_elsewhere.py").write_text(elsewhere)
    found = heal(project, code=ExitCode.OK)
    first = found["proposals"][0]
    assert first["evidence"]["turned"] == [BROKEN]
    assert "Some failing tests still fail." in first["doubts"]
    assert "result - result * discount" in first["diff"]


def test_one_test_alone(project: Workspace) -> None:
    found = heal(project, str(project.project / BROKEN), code=ExitCode.OK)
    assert found["failing"] == [BROKEN]
    green = f"{project.project}/tests/test_sums.py::test_total"
    assert heal(project, green, code=ExitCode.OK)["outcome"] == "green"


def test_no_tests_no_repairs(project: Workspace) -> None:
    (project.project / "tests" / "test_sums.py").unlink()
    assert heal(project, code=ExitCode.FINDINGS)["outcome"] == "no-tests"


def test_what_fails_only_sometimes_is_told_and_not_repaired(project: Workspace) -> None:
    flaky = "import os\n\n\ndef test_flaky():\n    assert os.urandom(1)[0] % 2\n"
    many = flaky + "".join(f"\n\ndef test_{n}():\n    test_flaky()\n" for n in range(12))
    (project.project / "tests" / "test_sums.py").write_text(many)
    found = heal(project, code=ExitCode.FINDINGS)
    assert not found["proposals"]
    assert any(not one["steady"] for one in found["failures"])


def test_there_is_no_such_target(project: Workspace) -> None:
    envelope = heal(project, "nowhere.py", code=ExitCode.USAGE)
    assert "There is no nowhere.py" in envelope["message"]


def test_a_failure_that_comes_back_brings_its_repair_first(project: Workspace) -> None:
    """The code around it has changed meanwhile; the lines that were repaired are there again."""
    first = heal(project, code=ExitCode.OK)["proposals"][0]
    sums = project.project / "sums.py"
    subprocess.run(["git", "apply"], input=first["diff"].encode(), cwd=project.project, check=True)
    assert heal(project, code=ExitCode.OK)["outcome"] == "green"
    (failure,) = ask(project, "failures", "list")["failures"]
    assert failure["proposals"][0] == first["proposal"]
    assert failure["green"] > failure["last"]
    sums.write_text("import math\n\nPI = math.pi\n" + BUGGY.replace("  # each counts", ""))
    again = heal(project, code=ExitCode.OK)["proposals"][0]
    assert again["why"].startswith("repaired this failure before: ")
    assert again["operator"] == "earlier:repair"
    told = ask(project, "failures", "list")["failures"][0]
    assert (told["times"], told["green"]) == (2, 0)
    journal = ask(project, "journal", "tail", "-n", "50")["events"]
    kinds = [one["type"] for one in journal]
    assert kinds.count("search.began") == kinds.count("search.ended") - 1
    assert kinds.count("tests.turned") == 3


def test_a_search_that_is_given_up_is_ended_in_the_journal(project: Workspace) -> None:
    hard = "def test_hard():\n    from sums import total\n\n    assert total([7], 3) == 'seven'\n"
    (project.project / "tests" / "test_hard.py").write_text(hard)
    searching = subprocess.Popen(
        [*WORKBENCH, "heal", "--json", "--budget", "600"],
        cwd=project.project,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    with searching:
        while not (begun := events(project, "search.began")):
            assert searching.poll() is None
        searching.terminate()
    while not (ended := events(project, "search.ended")):
        pass
    assert [one["subject"] for one in ended] == [one["subject"] for one in begun]
    assert '"outcome":"cancelled"' in ended[0]["payload"]


def events(workspace: Workspace, kind: str) -> list[dict[str, Any]]:
    every = ask(workspace, "journal", "tail", "-n", "200")["events"]
    return [one for one in every if one["type"] == kind]
