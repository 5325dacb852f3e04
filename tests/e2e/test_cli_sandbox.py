"""The sandbox as people and programs meet it: nothing that is run there reaches anything."""

from __future__ import annotations

import errno
import os
import signal
import subprocess
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.boxing import FAILED, ask_with, boxes_of, events, run
from tests.e2e.command_line import WORKBENCH, ask, call
from workbench.errors import ExitCode
from workbench.workspace import Workspace

PASSING = "def test_one():\n    assert True\n"
FAILING = "def test_two():\n    assert [1] == [2]\n"


@pytest.fixture(autouse=True)
def engine(monkeypatch: pytest.MonkeyPatch) -> None:
    """Take what needs nothing but the kernel; every engine is tested in a ring of its own."""
    monkeypatch.setenv("WORKBENCH_SANDBOX_ENGINE", "namespaces")


def printed(envelope: dict[str, Any]) -> str:
    text: str = envelope["output"]["head"] + envelope["output"]["tail"]
    return text


def test_status_tells_what_boxes_are_made_of_and_finds_out_once(workspace: Workspace) -> None:
    told = ask(workspace, "sandbox", "status")
    assert (told["engine"], told["level"], told["jobs"]) == ("namespaces", "full", [])
    assert [found["holds"] for found in told["findings"]] == [True]
    assert told["versions"]["kernel"] == os.uname().release
    assert {"Landlock", "bubblewrap", "Docker"} < set(told["versions"])
    assert Path(told["interpreter"]["executable"]).exists()
    said = call(workspace, "sandbox", "status").stdout
    assert "namespaces (full)" in said
    assert len(events(workspace, "sandbox.chosen")) == 1


def test_every_engine_proves_itself_again_when_asked(workspace: Workspace) -> None:
    told = ask(workspace, "sandbox", "test")
    assert [found["engine"] for found in told["findings"]] == [
        "docker",
        "namespaces",
        "bubblewrap",
        "landlock",
    ]
    assert all(found["sentence"] for found in told["findings"])
    (only,) = ask(workspace, "sandbox", "test", "namespaces")["findings"]
    assert (only["engine"], only["holds"]) == ("namespaces", True)
    assert len(events(workspace, "sandbox.chosen")) == 2


def test_pytest_over_a_project_that_passes_and_one_that_does_not(workspace: Workspace) -> None:
    (workspace.project / "test_one.py").write_text(PASSING)
    told = run(workspace, options=("--pytest",))
    assert (told["status"], told["tests"]) == ("ok", {"passed": 1})
    (workspace.project / "test_two.py").write_text(FAILING)
    told = run(workspace, "-q", options=("--pytest",), code=ExitCode.FINDINGS)
    assert (told["status"], told["exit"]) == ("failed", 1)
    assert told["tests"] == {"passed": 1, "failed": 1}
    said = call(workspace, "sandbox", "run", "--pytest", code=ExitCode.FINDINGS)
    assert "assert [1] == [2]" in said.stdout
    assert "1 passed, 1 failed" in said.stderr
    told = run(workspace, "test_one.py::test_one", options=("--pytest",))
    assert told["tests"] == {"passed": 1}
    assert list(workspace.project.glob("__pycache__")) == []


def test_a_snippet_from_a_file_and_from_standard_input(workspace: Workspace) -> None:
    (workspace.project / "module.py").write_text("VALUE = 41\n")
    snippet = workspace.project.parent / "snippet.py"
    snippet.write_text("import module, sys\nprint(module.VALUE + int(sys.argv[1]))\n")
    told = run(workspace, str(snippet), "1", options=("--python",))
    assert (told["kind"], printed(told)) == ("snippet", "42\n")
    said = subprocess.run(
        [*WORKBENCH, "sandbox", "run", "--python", "-"],
        cwd=workspace.project,
        input="print('typed')",
        capture_output=True,
        encoding="utf-8",
        check=True,
    )
    assert said.stdout == "typed\n"
    told = run(workspace, "nowhere.py", options=("--python",), code=ExitCode.USAGE)
    assert "nowhere.py" in told["message"]
    run(workspace, code=ExitCode.USAGE)


def test_a_program_begins_where_the_call_is_made(workspace: Workspace) -> None:
    inner = workspace.project / "inner"
    inner.mkdir()
    (inner / "file").write_text("x")
    workspace.make()
    within = Workspace(inner)
    assert run(within, "pwd")["output"]["head"].endswith("/project/inner\n")
    (inner / "empty").mkdir()
    run(Workspace(inner / "empty"), "pwd", code=ExitCode.USAGE)


LIMITS = {
    "timeout": (("--wall", "0.3"), "import time; time.sleep(60)"),
    "memory": (("--set", "sandbox.memory_mb=128"), "x = [b'x' * 2**20 for _ in range(4096)]"),
    "output-limit": ((), "while True: print('x' * 65536)"),
}


def test_a_limit_ends_with_8(workspace: Workspace) -> None:
    snippet = workspace.project / "snippet.py"
    for status, (options, source) in LIMITS.items():
        snippet.write_text(source)
        told = run(workspace, str(snippet), options=("--python", *options), code=ExitCode.BUDGET)
        assert told["status"] == status
        assert told["reason"]


def test_a_program_that_fails_is_not_there_or_crashes_ends_with_1(workspace: Workspace) -> None:
    assert run(workspace, "sh", "-c", "exit 7", code=ExitCode.FINDINGS)["exit"] == 7
    assert run(workspace, "no-such-program", code=ExitCode.FINDINGS)["exit"] == 127
    told = run(workspace, "sh", "-c", "kill -SEGV $$", code=ExitCode.FINDINGS)
    assert (told["status"], told["signal"]) == ("crash", signal.SIGSEGV)


def test_what_would_steer_the_terminal_is_shown(workspace: Workspace) -> None:
    said = call(workspace, "sandbox", "run", "--", "printf", r"a\033]0;owned\007\n\t\342\200\256b")
    assert said.stdout == "a\u241b]0;owned\u2407\n\u2409\u27e8U+202E\u27e9b\n"
    assert "\x1b" not in said.stderr
    told = call(workspace, "sandbox", "run", "--", "sh", "-c", "exit 1", "\x1b[2J", code=FAILED)
    assert "\x1b" not in told.stderr + call(workspace, "sandbox", "status").stdout


def test_a_job_that_destroys_everything_leaves_the_project_as_it_is(workspace: Workspace) -> None:
    (workspace.project / "kept.py").write_text(PASSING)
    (workspace.project / "folder").mkdir()
    (workspace.project / "folder" / "kept").write_text("kept")
    script = "echo gone > kept.py; rm -rf folder kept.py; touch new; ls -A; rm -rf / 2>/dev/null"
    assert printed(run(workspace, "sh", "-c", script, code=FAILED)) == "new\n"
    assert (workspace.project / "kept.py").read_text() == PASSING
    assert (workspace.project / "folder" / "kept").read_text() == "kept"
    assert not (workspace.project / "new").exists()
    assert printed(run(workspace, "ls", "-A")) == "folder\nkept.py\n"


def test_nothing_of_ours_is_in_its_environment_or_reach(
    workspace: Workspace, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SECRET_TOKEN", "canary-1")
    (home / ".netrc").write_text("canary-2")
    (home / ".netrc").chmod(0o644)
    script = f"env; cat {home}/.netrc; cat {workspace.folder}/host.lock; cat /proc/1/environ"
    told = run(workspace, "sh", "-c", script, code=FAILED)
    assert "HOME=/tmp" in printed(told)
    assert "canary" not in printed(told)
    assert str(workspace.project) not in printed(told).replace("cat: ", "").partition(":")[0]
    given = ("--set", "sandbox.environment.WANTED=given")
    assert printed(run(workspace, "sh", "-c", "echo $WANTED", options=given)) == "given\n"
    odd = ("--set", "sandbox.environment.A=B=given")
    assert printed(run(workspace, "sh", "-c", "echo $A", options=odd)) == "B=given\n"


def test_the_network_is_a_loopback_of_its_own_or_none(workspace: Workspace) -> None:
    source = (
        "import socket; made = socket.create_server(('127.0.0.1', 0));"
        "print(socket.socket().connect_ex(made.getsockname()))"
    )
    assert printed(run(workspace, "python", "-c", source)) == "0\n"
    without = printed(run(workspace, "python", "-c", source, options=("--no-network",)))
    assert without == f"{errno.ENETUNREACH}\n"


def test_a_project_cannot_weaken_its_own_sandbox(workspace: Workspace) -> None:
    workspace.settings_file.write_text(
        '[sandbox]\nwall_seconds = 3600\ninterpreter = "/project/evil"\n'
        'network = "none"\n[sandbox.environment]\nA = "b"\n'
    )
    shown = call(workspace, "config", "show")
    assert "sandbox.wall_seconds = 60.0" in shown.stdout
    said = call(workspace, "sandbox", "run", "--", "true").stderr
    for name in ("wall_seconds", "interpreter", "network", "environment.A"):
        assert f"sandbox.{name}" in said


def test_a_level_that_is_not_met_is_refused_with_5(workspace: Workspace) -> None:
    weak = ("--set", "sandbox.engine=landlock", "--set", "sandbox.minimum=full")
    told = run(workspace, "true", options=weak, code=ExitCode.SANDBOX)
    assert "strong enough" in told["message"]
    told = ask_with(workspace, ("sandbox", "status", "--json", *weak), ExitCode.SANDBOX)
    assert (told["engine"], told["level"]) == ("", "none")
    assert (
        "none is strong enough" in call(workspace, *weak, "sandbox", "status", code=_REFUSED).stdout
    )
    (ran,) = events(workspace, "sandbox.ran")
    assert (ran["status"], ran["engine"]) == ("refused", "")
    run(workspace, "true")


_REFUSED = ExitCode.SANDBOX


def test_a_program_called_bwrap_is_not_taken_for_bubblewrap(
    workspace: Workspace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fake, trace = tmp_path / "bin" / "bwrap", tmp_path / "trace"
    fake.parent.mkdir()
    fake.write_text(f"#!/bin/sh\ntouch {trace}\n")
    fake.chmod(0o755)
    monkeypatch.setenv("PATH", f"{fake.parent}:{os.environ['PATH']}")
    ask(workspace, "sandbox", "status")
    call(workspace, "doctor")
    subprocess.run(
        [*WORKBENCH, "sandbox", "test", "bubblewrap"], cwd=workspace.project, check=False
    )
    assert not trace.exists()
    subprocess.run(["bwrap"], check=True)
    assert trace.exists()


def test_doctor_tells_the_level(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    checks = {one["name"]: one for one in ask(workspace, "doctor")["checks"]}
    assert (checks["sandbox"]["state"], "full" in checks["sandbox"]["sentence"]) == ("ok", True)
    assert {"docker", "bubblewrap"} < set(checks)
    assert not workspace.folder.exists()
    monkeypatch.setenv("WORKBENCH_SANDBOX_ENGINE", "landlock")
    monkeypatch.setenv("WORKBENCH_SANDBOX_MINIMUM", "full")
    told = ask(workspace, "doctor", code=ExitCode.FINDINGS)["checks"]
    (failed,) = [one for one in told if one["state"] == "fail"]
    assert failed["name"] == "sandbox"
    assert failed["mend"]


def test_a_box_is_warmed(workspace: Workspace) -> None:
    told = ask(workspace, "sandbox", "prepare")
    assert told["engine"] == "namespaces"
    assert boxes_of(workspace)
