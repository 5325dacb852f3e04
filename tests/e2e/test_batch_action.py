"""The GitHub action and the hook: their files parse, and their script does as it says."""

from __future__ import annotations

import base64
import gzip
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.e2e.batches import MENDED, OUTPUTS, PLAN, digests, make_project
from workbench.errors import ExitCode
from workbench.workspace import Workspace

CHECKOUT = Path(__file__).parents[2]
PROGRAM = Path(sys.executable).with_name("workbench")
PINNED = re.compile(r"[\w./-]+@[0-9a-f]{40}|<owner>/workbench@<commit>")
EXAMPLES = re.findall(r"```yaml\n(.*?)```", (CHECKOUT / "docs" / "batch.md").read_text(), re.DOTALL)
GH = '#!/bin/sh\nprintf "%s\\n" "$@" >"$RECORDED/arguments"\ncat >"$RECORDED/input"\n'


def read_yaml(text: str) -> Any:  # noqa: ANN401 - whatever YAML holds
    return yaml.safe_load(text)


def action() -> dict[str, Any]:
    read: dict[str, Any] = read_yaml((CHECKOUT / "action.yml").read_text())
    return read


def steps_of(document: Any) -> list[dict[str, Any]]:  # noqa: ANN401 - as above
    """Return all steps of an action or a workflow."""
    jobs = document.get("jobs", {}).values()
    inside = document.get("runs", {}).get("steps", [])
    return [*inside, *(step for job in jobs for step in job.get("steps", []))]


def test_the_action_says_what_it_takes_and_gives() -> None:
    read = action()
    assert read["runs"]["using"] == "composite"
    for one in (*read["inputs"].values(), *read["outputs"].values()):
        assert one["description"]
    assert all(step["shell"] == "bash" for step in steps_of(read))


def test_inputs_never_become_text_of_a_script() -> None:
    for step in steps_of(action()):
        assert "${{" not in step["run"]
        assert re.fullmatch(r'"\$GITHUB_ACTION_PATH/tools/action" \w+', step["run"])


@pytest.mark.parametrize("text", EXAMPLES)
def test_examples_parse_and_take_nothing_that_is_not_pinned(text: str) -> None:
    document = read_yaml(text)
    uses = [step["uses"] for step in steps_of(document) if "uses" in step] if document else []
    assert all(PINNED.fullmatch(one) for one in uses)


def test_there_are_examples_for_the_action_and_the_hook() -> None:
    read = [read_yaml(text) for text in EXAMPLES]
    given = [step.get("with", {}) for one in read for step in steps_of(one)]
    known = set(action()["inputs"])
    ours = [names for names in map(set, given) if "plan" in names]
    assert ours
    assert all(names <= known for names in ours)
    assert any("repos" in one for one in read)


def test_the_hook_is_as_pre_commit_wants_it(workspace: Workspace) -> None:
    manifest = CHECKOUT / ".pre-commit-hooks.yaml"
    program = [sys.executable, "-m", "pre_commit", "validate-manifest", str(manifest)]
    subprocess.run(program, cwd=workspace.project, check=True)
    (hook,) = read_yaml(manifest.read_text())
    assert re.search(hook["files"], "tests/test_sums.py")
    assert not re.search(hook["files"], "sums.py")


@pytest.fixture
def project(workspace: Workspace, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Workspace:
    monkeypatch.setenv("WORKBENCH_SANDBOX_ENGINE", "namespaces")
    monkeypatch.setenv("RUNNER_TEMP", str(tmp_path))
    monkeypatch.setenv("GITHUB_OUTPUT", str(tmp_path / "output"))
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(tmp_path / "summary.md"))
    monkeypatch.setenv("WORKBENCH_PROGRAM", str(PROGRAM))
    make_project(workspace)
    return workspace


def act(workspace: Workspace, what: str, **environ: str) -> subprocess.CompletedProcess[str]:
    """Run the action's script where its step would, with the environment that it has there."""
    return subprocess.run(
        [str(CHECKOUT / "tools" / "action"), what],
        cwd=workspace.project,
        env=os.environ | environ,
        capture_output=True,
        encoding="utf-8",
        check=False,
    )


def test_the_hook_runs_the_tests_that_changed(project: Workspace) -> None:
    (project.project / "sums.py").write_text(MENDED)
    (project.project / "tests" / "test_red.py").write_text("def test_red():\n    assert 0\n")
    (hook,) = read_yaml((CHECKOUT / ".pre-commit-hooks.yaml").read_text())
    words = [PROGRAM, *hook["entry"].split()[1:], *hook["args"], "tests/test_sums.py"]
    before = digests(project.project)
    done = subprocess.run(words, cwd=project.project, check=False, capture_output=True, text=True)
    assert done.returncode == ExitCode.OK, done.stdout + done.stderr
    assert "2 passed" in done.stdout
    assert digests(project.project) == before
    gone = subprocess.run(
        [*words, "gone.py"], cwd=project.project, check=False, capture_output=True
    )
    assert gone.returncode == ExitCode.USAGE


def test_the_action_tells_what_the_batch_ended_with(project: Workspace, tmp_path: Path) -> None:
    output = tmp_path / "output"
    (project.project / "plan.toml").write_text(PLAN)
    done = act(project, "run", WORKBENCH_PLAN="plan.toml", WORKBENCH_SET="\nhost.idle_seconds=1\n")
    assert done.returncode == ExitCode.APPROVAL, done.stderr
    assert output.read_text() == "exit-code=6\n"
    assert "waits for approval" in (tmp_path / "summary.md").read_text()
    told = act(project, "run", WORKBENCH_PLAN="plan.toml", WORKBENCH_WAITING_FAILS="false")
    assert told.returncode == 0
    assert output.read_text() == "exit-code=6\n" * 2


@pytest.mark.parametrize("plan", ["$(touch owned).toml", "--help", "; touch owned", "a\nb"])
def test_what_comes_as_input_is_never_run(project: Workspace, plan: str) -> None:
    done = act(project, "run", WORKBENCH_PLAN=plan, WORKBENCH_SET="")
    assert done.returncode == ExitCode.USAGE
    assert not (project.project / "owned").exists()
    set_ = act(project, "run", WORKBENCH_SET="$(touch owned)=1\n")
    assert set_.returncode == ExitCode.CONFIGURATION
    assert not (project.project / "owned").exists()


def test_the_report_is_uploaded_as_code_scanning_takes_it(
    project: Workspace, tmp_path: Path
) -> None:
    gh = tmp_path / "bin" / "gh"
    gh.parent.mkdir()
    gh.write_text(GH)
    gh.chmod(0o755)
    report = project.project / "reports" / "workbench.sarif"
    report.parent.mkdir()
    report.write_bytes(b'{"version": "2.1.0"}')
    environ = {
        "PATH": f"{gh.parent}:{os.environ['PATH']}",
        "RECORDED": str(tmp_path),
        "GITHUB_REPOSITORY": "o/r",
        "GITHUB_SHA": "abc",
        "GITHUB_REF": "refs/heads/main",
        "WORKBENCH_SARIF": "reports/workbench.sarif",
    }
    assert act(project, "upload", **environ).returncode == 0
    sent = gzip.decompress(base64.b64decode((tmp_path / "input").read_bytes()))
    assert sent == report.read_bytes()
    words = (tmp_path / "arguments").read_text().split("\n")
    assert "/repos/o/r/code-scanning/sarifs" in words
    assert {"commit_sha=abc", "ref=refs/heads/main", "sarif=@-"} <= set(words)
    shutil.rmtree(report.parent)
    left_out = act(project, "upload", **environ)
    assert left_out.returncode == 0
    assert "::warning::" in left_out.stdout


def test_outputs_that_the_action_uploads_are_those_of_the_plan_that_ships() -> None:
    shipped = (CHECKOUT / "configs" / "plans" / "ci.toml").read_text()
    assert OUTPUTS.strip() in shipped
