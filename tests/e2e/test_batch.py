"""Batches over a real project in a real sandbox: what they find, say, write and leave alone."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import time
from pathlib import Path

import pytest

from tests.e2e.batches import (
    BROKEN,
    HARD,
    LIMITS,
    MENDED,
    OUTPUTS,
    PLAN,
    STEPS,
    batch,
    digests,
    make_project,
    read_until,
    start,
)
from tests.e2e.command_line import ask, call
from workbench.api import owner
from workbench.errors import ExitCode
from workbench.workspace import Workspace, name_workspace

UNLIMITED = PLAN.replace("candidates = 400\nseed = 1", "seconds = 600")
REPORTS = ("workbench.json", "junit.xml", "workbench.sarif", "summary.md", "patches")


@pytest.fixture
def project(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> Workspace:
    monkeypatch.setenv("WORKBENCH_SANDBOX_ENGINE", "namespaces")
    monkeypatch.delenv("GITHUB_STEP_SUMMARY", raising=False)
    make_project(workspace)
    return workspace


def left_running(workspace: Workspace) -> list[str]:
    """Return the processes that name the project, in their arguments or as their folder."""
    found = []
    for place in Path("/proc").glob("[0-9]*"):
        try:
            words = (place / "cmdline").read_bytes()
            folder = str((place / "cwd").readlink())
        except OSError:
            continue
        if str(workspace.project) in folder + words.decode(errors="replace"):
            found.append(f"{place.name} {words!r}")
    return found


def test_green(project: Workspace) -> None:
    (project.project / "sums.py").write_text(MENDED)
    before = digests(project.project)
    told = batch(project, code=ExitCode.OK)
    assert [step["outcome"] for step in told["steps"]] == ["passed", "skipped"]
    assert [one["outcome"] for one in told["tests"]] == ["passed", "passed"]
    assert digests(project.project) == before
    assert sorted(path.name for path in (project.project / "reports").iterdir()) == sorted(
        [*REPORTS, ".gitignore"]
    )
    assert not owner.is_running(project)
    assert not left_running(project)


def test_red_with_a_repair_waits_for_a_person(project: Workspace) -> None:
    before = digests(project.project)
    told = batch(project, code=ExitCode.APPROVAL)
    assert digests(project.project) == before
    assert told["message"] == "1 repair waits for approval."
    assert [one["test"] for one in told["failures"]] == [BROKEN]
    (proposal,) = told["proposals"]
    assert proposal["standing"] == "waiting"
    reports = project.project / "reports"
    (patch,) = (reports / "patches").glob("*.patch")
    assert patch.name == f"0001-{proposal['proposal']}.patch"
    assert patch.read_text() == proposal["patch"]
    subprocess.run(["git", "apply", str(patch)], cwd=project.project, check=True)
    assert (project.project / "sums.py").read_text() == MENDED
    batch(project, code=ExitCode.OK)
    assert not list((reports / "patches").glob("*.patch"))
    (kept,) = ask(project, "proposals", "list")["proposals"]
    assert kept["state"] == "waiting"


def test_two_runs_say_the_same_byte_for_byte(project: Workspace, tmp_path: Path) -> None:
    """The project lies elsewhere the second time, and nothing is known of the first."""
    plan = (
        PLAN + '[[step]]\ndo = "quality"\n[[step]]\ndo = "review-export"\nto = "reports/review"\n'
    )
    make_project(project, plan=plan)
    other = name_workspace(Path(shutil.copytree(project.project, tmp_path / "another" / "place")))
    for workspace in (project, other):
        batch(workspace, code=ExitCode.APPROVAL)
    ours, theirs = (contents(one.project / "reports") for one in (project, other))
    assert ours == theirs
    assert {name.partition("/")[0] for name in ours} == {*REPORTS, "review", ".gitignore"}
    assert all(str(project.project).encode() not in data for data in ours.values())


def contents(folder: Path) -> dict[str, bytes]:
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file()
    }


def test_what_cannot_be_repaired(project: Workspace) -> None:
    (project.project / "sums.py").write_text(MENDED)
    (project.project / "tests" / "test_hard.py").write_text(HARD)
    told = batch(project, code=ExitCode.FINDINGS)
    assert [step["outcome"] for step in told["steps"]] == ["failed", "failed"]
    assert not told["proposals"]
    assert [one["test"] for one in told["failures"]] == ["tests/test_hard.py::test_hard"]


@pytest.mark.parametrize(
    ("number", "code"),
    [(signal.SIGINT, ExitCode.INTERRUPTED), (signal.SIGTERM, ExitCode.TERMINATED)],
)
def test_cancelled_in_the_middle(
    project: Workspace, number: signal.Signals, code: ExitCode
) -> None:
    """What was found up to there is reported, and nothing is left running."""
    (project.project / "tests" / "test_hard.py").write_text(HARD)
    (project.project / "plan.toml").write_text(UNLIMITED)
    with start(project) as process:
        read_until(process, "search.began")
        process.send_signal(number)
        last = read_until(process, "batch.ended")
    assert process.returncode == last["exit_code"] == code
    assert [step["outcome"] for step in last["steps"]] == ["failed", "stopped"]
    assert {one["test"] for one in last["failures"]} == {BROKEN, "tests/test_hard.py::test_hard"}
    report = json.loads((project.project / "reports" / "workbench.json").read_bytes())
    assert report["stopped"] == code.name.lower()
    assert not list((project.project / "reports").glob(".*.*"))
    assert not owner.is_running(project)
    assert not left_running(project)
    events = ask(project, "journal", "tail", "-n", "50")["events"]
    assert '"outcome":"cancelled"' in next(
        one["payload"] for one in events if one["type"] == "search.ended"
    )


def test_ctrl_c_reaches_the_boxes_too(project: Workspace) -> None:
    """A terminal sends it to every process of the group."""
    (project.project / "tests" / "test_hard.py").write_text(HARD)
    (project.project / "plan.toml").write_text(UNLIMITED)
    with start(project) as process:
        read_until(process, "search.began")
        os.killpg(process.pid, signal.SIGINT)
        last = read_until(process, "batch.ended")
        assert process.stderr is not None
        assert "Traceback" not in process.stderr.read()
    assert process.returncode == last["exit_code"] == ExitCode.INTERRUPTED
    assert not left_running(project)


def test_a_batch_that_is_killed_leaves_nothing_in_the_way(project: Workspace) -> None:
    (project.project / "tests" / "test_hard.py").write_text(HARD)
    (project.project / "plan.toml").write_text(UNLIMITED)
    with start(project) as process:
        read_until(process, "search.began")
        process.kill()
    deadline = time.monotonic() + 20
    while left_running(project):
        assert time.monotonic() < deadline
        time.sleep(0.1)
    assert not (project.project / "reports").exists()
    (project.project / "tests" / "test_hard.py").unlink()
    batch(project, code=ExitCode.APPROVAL)


def test_the_time_runs_out(project: Workspace) -> None:
    slow = "import time\n\n\ndef test_slow():\n    time.sleep(30)\n"
    (project.project / "tests" / "test_slow.py").write_text(slow)
    (project.project / "plan.toml").write_text("[limits]\nseconds = 2\n" + OUTPUTS + STEPS)
    told = batch(project, code=ExitCode.BUDGET)
    assert [step["outcome"] for step in told["steps"]] == ["stopped", "skipped"]


def test_a_limit_of_the_sandbox_is_met(project: Workspace) -> None:
    slow = "import time\n\n\ndef test_slow():\n    time.sleep(30)\n"
    (project.project / "tests" / "test_slow.py").write_text(slow)
    (project.project / "plan.toml").write_text("[limits]\njob_seconds = 1\n" + OUTPUTS + STEPS)
    told = batch(project, code=ExitCode.BUDGET)
    assert [step["outcome"] for step in told["steps"]] == ["failed", "skipped"]
    assert "limits.job_seconds" in told["hint"]
    slow = slow.replace("30", "1.5")
    (project.project / "tests" / "test_slow.py").write_text(slow)
    told = batch(project, "--set", "sandbox.wall_seconds=60", code=ExitCode.APPROVAL)
    assert told["steps"][0]["message"] == "1 of 3 tests fail."


def test_nothing_to_make_boxes_of(project: Workspace, tmp_path: Path) -> None:
    environ = {
        "WORKBENCH_SANDBOX_ENGINE": "docker",
        "DOCKER_HOST": f"unix://{tmp_path}/nothing.sock",
    }
    told = batch(project, code=ExitCode.SANDBOX, environ=environ)
    assert "No sandbox is strong enough" in told["message"]
    assert [step["outcome"] for step in told["steps"]] == ["failed", "skipped"]
    junit = (project.project / "reports" / "junit.xml").read_text()
    assert 'errors="1"' in junit


def test_a_host_is_there_already(project: Workspace) -> None:
    call(project, "host", "start")
    before = owner.read_owner(project)
    assert before is not None
    batch(project, code=ExitCode.APPROVAL)
    assert owner.read_owner(project) == before
    events = ask(project, "journal", "tail", "-n", "50")["events"]
    actors = {one["actor"].partition("/")[2] for one in events if one["type"] == "proposal.made"}
    assert actors == {"batch"}
    assert [one["type"] for one in events].count("host.started") == 1


def test_somebody_looks_on_while_a_batch_works_alone(project: Workspace) -> None:
    (project.project / "tests" / "test_hard.py").write_text(HARD)
    (project.project / "plan.toml").write_text(UNLIMITED)
    with start(project) as process:
        read_until(process, "search.began")
        status = ask(project, "host", "status")
        assert status["pid"] == process.pid
        call(project, "host", "stop")
        last = read_until(process, "batch.ended")
    assert last["exit_code"] == process.returncode == ExitCode.TERMINATED


def test_the_summary_is_added_where_github_shows_it(project: Workspace, tmp_path: Path) -> None:
    (project.project / "sums.py").write_text(MENDED)
    summary = tmp_path / "summary.md"
    summary.write_text("before\n")
    batch(project, code=ExitCode.OK, environ={"GITHUB_STEP_SUMMARY": str(summary)})
    report = (project.project / "reports" / "summary.md").read_text()
    assert summary.read_text() == "before\n" + report
    gone = {"GITHUB_STEP_SUMMARY": str(tmp_path / "none" / "x")}
    call(project, "batch", "plan.toml", code=ExitCode.STORE, environ=gone)


def test_limits_of_quality(project: Workspace) -> None:
    quality = '[[step]]\ndo = "quality"\ncomplexity = 2\nfindings = 0\n'
    (project.project / "plan.toml").write_text(OUTPUTS + quality)
    (project.project / "ignored").mkdir()
    (project.project / ".gitignore").write_text("ignored/\n")
    (project.project / "ignored" / "bad.py").write_text("eval(input())\n")
    (project.project / "bad.py").write_text("eval(input())\n")
    told = batch(project, code=ExitCode.FINDINGS)
    assert "test_discount in tests/test_sums.py has 3 ways through it, over 2." in told["message"]
    assert "ruff finds 1, more than 0." in told["message"]
    assert [one["path"] for one in told["findings"]] == ["bad.py"]
    relaxed = quality.replace("complexity = 2", "complexity = 9").replace("= 0", "= 1")
    (project.project / "plan.toml").write_text(OUTPUTS + relaxed)
    batch(project, code=ExitCode.OK)


def test_a_plan_is_checked_or_refused(project: Workspace) -> None:
    assert ask(project, "batch", "--check", "plan.toml")["steps"] == ["test", "heal"]
    assert not (project.project / ".workbench" / "journal.duckdb").exists()
    (project.project / "plan.toml").write_text(LIMITS + STEPS + "[[step]]\ndo = 'learn'\n")
    told = ask(project, "batch", "plan.toml", code=ExitCode.CONFIGURATION)
    assert "plan.toml:9: step 3.do: learn is not there yet" in told["message"]
    call(project, "batch", code=ExitCode.USAGE)
    call(project, "batch", "gone.toml", code=ExitCode.USAGE)
    call(project, "batch", "plan.toml", "--events", "--json", code=ExitCode.USAGE)


def test_whoever_reads_events_may_leave(project: Workspace) -> None:
    with start(project) as process:
        read_until(process, "step.began")
        assert process.stdout is not None
        process.stdout.close()
        assert process.wait(60) == ExitCode.APPROVAL
    assert (project.project / "reports" / "workbench.json").exists()


def test_giving_up_does_not_wait_for_what_is_measured(project: Workspace) -> None:
    """Radon takes its time over so many files, and runs beside."""
    text = "def f(x):\n" + "    if x:\n        x = x + 1\n" * 300 + "    return x\n"
    for number in range(400):
        (project.project / f"file_{number}.py").write_text(text)
    (project.project / "plan.toml").write_text(OUTPUTS + '[[step]]\ndo = "quality"\n')
    with start(project) as process:
        read_until(process, "step.began")
        time.sleep(1)
        process.terminate()
        last = read_until(process, "batch.ended")
        assert process.wait(20) == last["exit_code"] == ExitCode.TERMINATED
    assert last["steps"][0]["outcome"] == "stopped"
