"""A repair put to the proof from the command line: what holds, what does not, what is written."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.command_line import ask, call
from workbench.errors import ExitCode
from workbench.workspace import Workspace

BUGGY = "def add(a, b):\n    return a - b\n"
FIXED = "def add(a, b):\n    return a + b\n"
ALWAYS_EQUAL = (
    "class Yes(int):\n    __eq__ = lambda a, b: True\n    __hash__ = int.__hash__\n\n"
    "def add(a, b):\n    return Yes(0)\n"
)
TESTS = (
    "from calc import add\n\ndef test_add():\n    assert add(2, 3) == 5\n\n"
    "def test_nothing():\n    assert add(0, 0) == 0\n"
)


@pytest.fixture
def project(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> Workspace:
    monkeypatch.setenv("WORKBENCH_SANDBOX_ENGINE", "namespaces")
    (workspace.project / "tests").mkdir()
    (workspace.project / "calc.py").write_text(BUGGY)
    (workspace.project / "tests" / "test_calc.py").write_text(TESTS)
    return workspace


def changed(workspace: Workspace, **files: str | None) -> Path:
    """Return a copy of the project in which these files are others."""
    copy = workspace.project.parent / "copy"
    shutil.copytree(workspace.project, copy, ignore=shutil.ignore_patterns(".workbench"))
    for name, content in files.items():
        path = copy / f"{name.replace('__', '/')}.py"
        if content is None:
            path.unlink()
        else:
            path.write_text(content)
    return copy


def prove(workspace: Workspace, folder: Path, *args: str, code: ExitCode) -> dict[str, Any]:
    done = call(workspace, "sandbox", "prove", "--json", str(folder), *args, code=code)
    envelope: dict[str, Any] = json.loads(done.stdout)
    return envelope


def test_what_holds_is_accepted_and_written_down(project: Workspace) -> None:
    proof = prove(project, changed(project, calc=FIXED), code=ExitCode.OK)
    assert proof["accepted"]
    assert proof["guards"] == {"tests/test_calc.py::test_add": "split"}
    (event,) = ask(project, "journal", "tail", "--type", "sandbox.proved")["events"]
    assert json.loads(event["payload"])["verdict"] == proof["verdict"]
    assert (project.project / "calc.py").read_text() == BUGGY


def test_the_same_proof_has_the_same_name(project: Workspace) -> None:
    copy = changed(project, calc=FIXED)
    first, second = (prove(project, copy, code=ExitCode.OK)["verdict"] for _ in range(2))
    assert first == second


def test_what_only_looks_right_is_refused(project: Workspace) -> None:
    proof = prove(project, changed(project, calc=ALWAYS_EQUAL), code=ExitCode.FINDINGS)
    assert [code for code, _ in proof["reasons"]] == ["twins"]


def test_what_changes_a_test_is_not_even_tried(project: Workspace) -> None:
    easier = TESTS.replace("== 5", "== -1")
    proof = prove(project, changed(project, tests__test_calc=easier), code=ExitCode.FINDINGS)
    assert proof["circumstances"] == 0
    assert proof["reasons"]


def test_what_breaks_another_test_is_refused(project: Workspace) -> None:
    broken = "def add(a, b):\n    return 5\n"
    proof = prove(project, changed(project, calc=broken), code=ExitCode.FINDINGS)
    assert "broken" in [code for code, _ in proof["reasons"]]


def test_a_test_that_does_not_fail_cannot_be_repaired(project: Workspace) -> None:
    copy = changed(project, calc=FIXED)
    args = ("--failing", "tests/test_calc.py::test_nothing")
    proof = prove(project, copy, *args, code=ExitCode.FINDINGS)
    assert "not-failing" in [code for code, _ in proof["reasons"]]


def test_a_project_without_failures_has_nothing_to_prove(project: Workspace) -> None:
    (project.project / "calc.py").write_text(FIXED)
    done = call(project, "sandbox", "prove", str(changed(project)), code=ExitCode.USAGE)
    assert "fails no test" in done.stderr


def test_a_link_in_the_place_of_a_file_is_no_repair(project: Workspace) -> None:
    copy = changed(project)
    (copy / "calc.py").unlink()
    (copy / "calc.py").symlink_to("/etc/passwd")
    done = call(project, "sandbox", "prove", str(copy), code=ExitCode.USAGE)
    assert "calc.py is a link" in done.stderr


def test_a_folder_that_is_not_there(project: Workspace) -> None:
    done = call(project, "sandbox", "prove", "no/such/folder", code=ExitCode.USAGE)
    assert "There is no folder" in done.stderr
