"""A project that a batch works on, and running one as a process of its own."""

from __future__ import annotations

import json
import subprocess
from hashlib import sha256
from pathlib import Path
from typing import Any

from tests.e2e.command_line import WORKBENCH, call
from workbench.errors import ExitCode
from workbench.workspace import Workspace

BUGGY = '''"""Sums."""


def total(prices, discount=0):
    result = 0
    for price in prices:
        result += price
    return result + result * discount / 100
'''
MENDED = BUGGY.replace("result + result *", "result - result *")
TESTS = """from sums import total


def test_total():
    assert total([10, 20]) == 30


def test_discount():
    assert total([10, 20], 10) == 27
    assert total([10, 20], 50) == 15
"""
HARD = "from sums import total\n\n\ndef test_hard():\n    assert total([7], 3) == 'seven'\n"
BROKEN = "tests/test_sums.py::test_discount"
LIMITS = "[limits]\ncandidates = 400\nseed = 1\n"
OUTPUTS = """
[outputs]
json = "reports/workbench.json"
junit = "reports/junit.xml"
sarif = "reports/workbench.sarif"
markdown = "reports/summary.md"
patches = "reports/patches"
"""
STEPS = '[[step]]\ndo = "test"\n[[step]]\ndo = "heal"\n'
PLAN = LIMITS + OUTPUTS + STEPS


def make_project(workspace: Workspace, source: str = BUGGY, plan: str = PLAN) -> None:
    folder = workspace.project
    (folder / "tests").mkdir(exist_ok=True)
    (folder / "sums.py").write_text(source)
    (folder / "tests" / "test_sums.py").write_text(TESTS)
    (folder / "plan.toml").write_text(plan)


def batch(
    workspace: Workspace, *args: str, code: ExitCode, environ: dict[str, str] | None = None
) -> dict[str, Any]:
    """Carry the plan out and return what it says, which must be what its report says too."""
    done = call(workspace, "--batch", "plan.toml", "--json", *args, code=code, environ=environ)
    (line,) = done.stdout.splitlines()
    envelope: dict[str, Any] = json.loads(line)
    assert envelope["exit_code"] == code
    if (report := workspace.project / "reports" / "workbench.json").exists():
        assert json.loads(report.read_bytes()) == envelope
    return envelope


def start(workspace: Workspace, *args: str) -> subprocess.Popen[str]:
    """Start a batch that prints its events."""
    return subprocess.Popen(
        [*WORKBENCH, "batch", "plan.toml", "--events", *args],
        cwd=workspace.project,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        encoding="utf-8",
        start_new_session=True,
    )


def read_until(process: subprocess.Popen[str], kind: str) -> dict[str, Any]:
    """Read events up to one of a kind."""
    assert process.stdout is not None
    for line in process.stdout:
        event: dict[str, Any] = json.loads(line)
        if event["event"] == kind:
            return event
    raise AssertionError(process.stderr.read() if process.stderr else "")


def digests(folder: Path) -> dict[str, str]:
    """Return what the project's files hold, but neither reports nor records of the workbench."""
    found = (path.relative_to(folder) for path in folder.rglob("*") if path.is_file())
    return {
        str(path): sha256((folder / path).read_bytes()).hexdigest()
        for path in found
        if path.parts[0] not in {".workbench", "reports", ".git"}
    }
