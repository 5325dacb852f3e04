"""A project that is followed: programs that crash, and what their logs tell of."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.command_line import WORKBENCH, ask, call
from workbench.errors import ExitCode
from workbench.workspace import Workspace

CALC = """\
def mean(values):
    total = 0
    for value in values:
        total += value
    return total / len(values)


def spread(values):
    return max(values) - min(value)
"""
MAIN = """\
import sys

from calc import spread

print(spread([int(one) for one in sys.argv[1:]]))
"""
TESTS = "from calc import mean\n\n\ndef test_mean():\n    assert mean([1, 3]) == 2\n"
Told = Callable[[str], dict[str, Any]]


@pytest.fixture
def project(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> Workspace:
    monkeypatch.setenv("WORKBENCH_SANDBOX_ENGINE", "namespaces")
    (workspace.project / "tests").mkdir()
    (workspace.project / "calc.py").write_text(CALC)
    (workspace.project / "main.py").write_text(MAIN)
    (workspace.project / "tests" / "test_calc.py").write_text(TESTS)
    return workspace


def run(workspace: Workspace, *args: str, options: tuple[str, ...] = ()) -> dict[str, Any]:
    """Run a program of the project under the workbench, and return what it tells of that."""
    ended = subprocess.run(
        [*WORKBENCH, "run", "--json", *options, "--", sys.executable, *args],
        cwd=workspace.project,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        encoding="utf-8",
        check=False,
        timeout=100,
    )
    told: dict[str, Any] = json.loads(ended.stdout)
    return told


@contextmanager
def watched(workspace: Workspace, **environ: str) -> Iterator[Told]:
    """Follow a project; what is returned waits for the next fact of a type."""
    process = subprocess.Popen(
        [*WORKBENCH, "watch", "--json"],
        cwd=workspace.project,
        env={**os.environ, **environ},
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        encoding="utf-8",
    )
    assert process.stdout
    lines = iter(process.stdout)

    def wait_for(kind: str) -> dict[str, Any]:
        """Nothing may be left out that is told before: the facts come in order."""
        for line in lines:
            event = json.loads(line)["event"]
            if event["type"] == kind:
                fact: dict[str, Any] = event["fact"]
                return fact
        raise AssertionError(kind)

    try:
        yield wait_for
    finally:
        process.terminate()
        process.wait(30)
        process.stdout.close()


def files_of(project: Path) -> dict[str, bytes]:
    """Return what the project holds, but for the records of the workbench and compiled code."""
    files = (path for path in project.rglob("*") if path.is_file())
    apart = {".workbench", "__pycache__"}
    return {str(path): path.read_bytes() for path in files if not apart & {*path.parts}}


def types(workspace: Workspace) -> list[str]:
    return [one["type"] for one in ask(workspace, "journal", "tail", "-n", "200")["events"]]


def test_a_crash_is_noticed_and_its_repair_offered_with_a_test(project: Workspace) -> None:
    before = files_of(project.project)
    with watched(project) as wait_for:
        assert wait_for("search.ended")["outcome"] == "green"
        run(project, "main.py", "1", "5")
        crash = wait_for("crash.seen")
        assert (crash["kind"], crash["path"], crash["line"]) == ("NameError", "calc.py", 9)
        made = wait_for("proposal.made")
        assert "+    return max(values) - min(values)\n" in made["diff"]
        ((place, text),) = made["tests"].items()
        assert place == f"tests/test_crash_{crash['crash']}.py"
        assert "calc.spread([1, 5])" in text
        assert any("made of the crash" in doubt for doubt in made["doubts"])
        assert wait_for("search.ended")["crash"] == crash["crash"]
    assert files_of(project.project) == before
    (listed,) = ask(project, "failures", "list")["crashes"]
    assert (listed["times"], listed["proposals"][0]) == (1, made["proposal"])
    shown = ask(project, "failures", "show", crash["crash"][:6])
    assert (shown["kind"], shown["became"]) == ("NameError", listed["became"])
    assert "tests/test_crash" in call(project, "proposals", "show", made["proposal"]).stdout


def test_a_crash_is_told_once_and_one_from_before_as_well(project: Workspace) -> None:
    run(project, "main.py", "1", "5")
    for _ in range(2):
        with watched(project) as wait_for:
            wait_for("search.ended")
            run(project, "-c", "raise SystemExit(3)")
            assert wait_for("crash.seen")
            call(project, "host", "stop")
    assert types(project).count("crash.seen") == 3
    crashes = ask(project, "failures", "list")["crashes"]
    assert sorted((one["crash"]["kind"], one["times"]) for one in crashes) == [
        ("", 2),
        ("NameError", 1),
    ]


def test_a_program_that_is_run_to_be_healed(project: Workspace) -> None:
    told = run(project, "main.py", "1", "5", options=("--heal",))
    assert (told["ok"], told["exit_code"]) == (False, 1)
    assert told["healing"]["ended"]["outcome"] == "repaired"
    first = told["healing"]["proposals"][0]
    assert "+    return max(values) - min(values)\n" in first["diff"]
    patch = call(project, "proposals", "export", first["proposal"], code=ExitCode.OK).stdout
    subprocess.run(["git", "apply"], input=patch.encode(), cwd=project.project, check=True)
    assert run(project, "main.py", "1", "5", options=("--heal",))["ok"]
    assert types(project).count("crash.seen") == 1


def test_what_crashes_no_more_is_said(project: Workspace) -> None:
    crash = run(project, "main.py", "1", "5")["crashes"][0]
    (project.project / "calc.py").write_text(CALC.replace("min(value)", "min(values)"))
    with watched(project) as wait_for:
        assert wait_for("crash.seen")["file"] == crash["id"]
        ended = wait_for("search.ended")
        while not ended["crash"]:
            ended = wait_for("search.ended")
    assert (ended["outcome"], ended["sentence"]) == (
        "green",
        "What crashed does not crash any more.",
    )


def test_a_log_tells_of_tracebacks_and_of_lines_that_are_new(project: Workspace) -> None:
    log = project.project / "logs" / "app.log"
    log.parent.mkdir()
    log.write_text("".join(f"INFO served {number}\n" for number in range(2_000)))
    trouble = (
        "ERROR cannot reach the database, password=hunter2-is-long\n"
        "Traceback (most recent call last):\n"
        f'  File "{project.project}/calc.py", line 9, in spread\n'
        "    return max(values) - min(value)\n"
        "NameError: name 'value' is not defined\n"
        "INFO served 2001\n"
    )
    with watched(project, WORKBENCH_HEALING_LOGS="logs/*.log, *.err") as wait_for:
        wait_for("search.ended")
        with log.open("a") as file:
            file.write(trouble)
        found = [wait_for("log.noticed") for _ in range(2)]
    by_kind = {one["what"]: one for one in found}
    assert by_kind["traceback"]["line"] == "NameError: name 'value' is not defined"
    assert (by_kind["traceback"]["path"], by_kind["traceback"]["at"]) == ("calc.py", 9)
    assert by_kind["new"]["line"].startswith("ERROR cannot reach the database")
    assert "hunter2" not in by_kind["new"]["line"]
    assert {one["log"] for one in found} == {"logs/app.log"}
    listed = ask(project, "failures", "list")["sightings"]
    assert {one["sighting"]["sighting"] for one in listed} == {one["sighting"] for one in found}


def test_logs_outside_of_the_project_are_refused(project: Workspace) -> None:
    environ = {"WORKBENCH_HEALING_LOGS": "../*.log"}
    ended = call(project, "watch", code=ExitCode.USAGE, environ=environ)
    assert "do not lie in the project" in ended.stderr
