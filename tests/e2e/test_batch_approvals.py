"""Approvals that are given elsewhere: a batch exports, a person signs, another batch applies."""

from __future__ import annotations

import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

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


def sign(site: Site, who: str) -> Path:
    """Sign with stock OpenSSH, and carry statement and signature over."""
    key = str(site.keys[who])
    command = ["ssh-keygen", "-q", "-Y", "sign", "-n", "workbench", "-f", key, str(site.statement)]
    subprocess.run(command, check=True, capture_output=True)
    for name in (site.statement.name, f"{site.statement.name}.sig"):
        shutil.copy(site.statement.with_name(name), site.approvals)
    return site.approvals / site.statement.name


def apply(site: Site, code: ExitCode) -> dict[str, object]:
    done = call(site.elsewhere, "batch", "apply.toml", code=code)
    assert done.stdout
    told: dict[str, object] = ask(site.elsewhere, "journal", "tail", "-n", "200")
    return {"said": done.stdout, "events": told["events"]}


def test_what_was_signed_elsewhere_is_applied(site: Site) -> None:
    sign(site, "ann")
    told = apply(site, ExitCode.OK)
    assert "1 repair applied." in str(told["said"])
    assert site.source == MENDED
    assert (site.here.project / "sums.py").read_text() == BUGGY
    call(site.elsewhere, "undo")
    assert site.source == BUGGY


def test_nothing_is_applied_without_an_approval(site: Site) -> None:
    told = apply(site, ExitCode.APPROVAL)
    assert "No approval was found to act on." in str(told["said"])
    assert site.source == BUGGY


def test_a_key_that_nobody_knows(site: Site) -> None:
    sign(site, "eve")
    told = apply(site, ExitCode.APPROVAL)
    assert "0 repairs applied." in str(told["said"])
    assert site.source == BUGGY


@pytest.mark.parametrize("what", ["changed", "unsigned", "another"])
def test_an_approval_of_something_else(site: Site, what: str) -> None:
    file = sign(site, "ann")
    if what == "changed":
        file.write_text(file.read_text().replace("sums.py", "sumz.py"))
    if what == "unsigned":
        file.with_name(f"{file.name}.sig").unlink()
    if what == "another":
        plus = BUGGY.replace("discount / 100", "discount / 10")
        (site.elsewhere.project / "sums.py").write_text(plus)
    before = site.source
    told = apply(site, ExitCode.APPROVAL)
    assert "0 repairs applied." in str(told["said"])
    assert site.source == before
    assert not [one for one in told["events"] if one["type"].startswith("transaction.")]  # type: ignore[attr-defined]
