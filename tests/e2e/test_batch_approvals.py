"""Approvals that are given elsewhere: a batch exports, a person signs, another batch applies."""

from __future__ import annotations

import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.approving import make_key, public, write_policy
from tests.e2e.batches import BUGGY, LIMITS, MENDED, OUTPUTS, STEPS, batch, make_project
from tests.e2e.command_line import ask, call
from workbench.errors import ExitCode
from workbench.workspace import Workspace, name_workspace

EXPORT = LIMITS + OUTPUTS + STEPS + '[[step]]\ndo = "review-export"\nto = "reports/review"\n'
APPLY = (
    EXPORT
    + '[[step]]\ndo = "apply-approved"\napprovals = ["approvals"]\n'
    + '[[step]]\ndo = "test"\n'
)


@dataclass(frozen=True)
class Site:
    """Two checkouts of a project, and what was exported from the first."""

    here: Workspace
    elsewhere: Workspace
    statement: Path
    keys: dict[str, Path]

    @property
    def approvals(self) -> Path:
        return self.elsewhere.project / "approvals"

    @property
    def source(self) -> str:
        return (self.elsewhere.project / "sums.py").read_text()


@pytest.fixture
def site(workspace: Workspace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Site:
    monkeypatch.setenv("WORKBENCH_SANDBOX_ENGINE", "namespaces")
    keys = {name: make_key(tmp_path, name) for name in ("ann", "eve")}
    make_project(workspace, plan=EXPORT)
    (workspace.project / "apply.toml").write_text(APPLY)
    (workspace.project / ".gitignore").write_text("/approvals/\n/reports/\n")
    write_policy(workspace, f"[approvers.ann]\nkeys = ['{public(keys['ann'])}']\n")
    copy = shutil.copytree(workspace.project, tmp_path / "other" / "project")
    elsewhere = name_workspace(Path(copy))
    (elsewhere.project / "approvals").mkdir()
    (elsewhere.project / "plan.toml").write_text(EXPORT)
    for one in (workspace, elsewhere):
        call(one, "trust", "--yes")
    batch(workspace, code=ExitCode.APPROVAL)
    (statement,) = (workspace.project / "reports" / "review").glob("*.statement")
    return Site(workspace, elsewhere, statement, keys)


def sign(site: Site, who: str, file: Path) -> None:
    """Sign with stock OpenSSH, and carry statement and signature over."""
    key = str(site.keys[who])
    command = ["ssh-keygen", "-q", "-Y", "sign", "-n", "workbench", "-f", key, str(file)]
    subprocess.run(command, check=True, capture_output=True)
    for name in (file.name, f"{file.name}.sig"):
        shutil.copy(file.with_name(name), site.approvals)


def apply(site: Site, code: ExitCode) -> dict[str, Any]:
    done = call(site.elsewhere, "batch", "apply.toml", code=code)
    events = ask(site.elsewhere, "journal", "tail", "-n", "200")["events"]
    return {"said": done.stdout, "events": events}


def test_what_was_signed_elsewhere_is_applied_and_nothing_before(site: Site) -> None:
    told = apply(site, ExitCode.APPROVAL)
    assert "No approval was found to act on." in str(told["said"])
    assert site.source == BUGGY
    sign(site, "ann", site.statement)
    told = apply(site, ExitCode.OK)
    assert "1 repair applied." in str(told["said"])
    assert site.source == MENDED
    assert (site.here.project / "sums.py").read_text() == BUGGY
    call(site.elsewhere, "undo")
    assert site.source == BUGGY


def test_what_is_not_signed_by_the_right_person_over_exactly_this(site: Site) -> None:
    text = site.statement.read_text()
    changed, unsigned, unknown = (
        site.statement.with_name(f"{name}.statement") for name in ("changed", "unsigned", "unknown")
    )
    for file in (changed, unsigned, unknown):
        file.write_text(text)
    sign(site, "ann", changed)
    sign(site, "eve", unknown)
    (site.approvals / changed.name).write_text(text.replace("sums.py", "sumz.py"))
    shutil.copy(unsigned, site.approvals)
    told = apply(site, ExitCode.APPROVAL)
    said = str(told["said"])
    assert "0 repairs applied." in said
    assert "changed.statement: This is not a statement" in said
    assert "unsigned.statement holds no signature" in said
    assert "unknown.statement: " in said
    assert site.source == BUGGY
    assert not [one for one in told["events"] if one["type"].startswith("transaction.")]
