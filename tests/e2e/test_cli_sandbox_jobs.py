"""Jobs in the sandbox as a host has them: listed, cancelled, ended with their face."""

from __future__ import annotations

import json
import signal
import subprocess
import time
from collections.abc import Callable
from typing import Any, TypeVar

import msgspec
import pytest

from tests.e2e.boxing import FAILED, boxes_of, events, run
from tests.e2e.command_line import WORKBENCH, ask, call
from tests.e2e.faces import client, talk
from workbench import settings
from workbench.api import commands, messages, owner
from workbench.errors import ExitCode
from workbench.workspace import Workspace

T = TypeVar("T")
ENDLESS = ("python", "-c", "import time; print('begun', flush=True); time.sleep(60)")


@pytest.fixture(autouse=True)
def engine(monkeypatch: pytest.MonkeyPatch) -> None:
    """Take what needs nothing but the kernel; every engine is tested in a ring of its own."""
    monkeypatch.setenv("WORKBENCH_SANDBOX_ENGINE", "namespaces")


def start(workspace: Workspace, *args: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [*WORKBENCH, "sandbox", "run", "--", *args],
        cwd=workspace.project,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        encoding="utf-8",
    )


def until(found: Callable[[], T]) -> T:
    """Wait until there is something; the time limit of the test is the only one."""
    while not (answer := found()):
        time.sleep(0.05)
    return answer


def running(workspace: Workspace) -> list[dict[str, Any]]:
    jobs = ask(workspace, "sandbox", "status")["jobs"]
    return [job for job in jobs if job["stage"] == "running"]


def test_what_ran_is_in_the_journal(workspace: Workspace) -> None:
    told = run(workspace, "sh", "-c", "seq 10000; exit 3", code=FAILED)
    (chosen,) = events(workspace, "sandbox.chosen")
    assert (chosen["engine"], chosen["level"]) == ("namespaces", "full")
    event = ask(workspace, "journal", "show", str(told["seq"]))["event"]
    assert event["actor"].endswith("/command line")
    assert event["subject"] == told["job"]
    ran = json.loads(event["payload"])
    assert (ran["kind"], ran["status"], ran["exit"]) == ("script", "failed", 3)
    assert ran["title"] == "sh -c seq 10000; exit 3"
    assert ran["interpreter"] == chosen["interpreter"]
    assert all(len(ran[name]) == 64 for name in ("policy", "digest", "snapshot"))
    assert ran["output"]["head"].startswith("1\n2\n3\n")
    assert ran["output"]["tail"].endswith("9999\n10000\n")
    assert len(ran["output"]["head"] + ran["output"]["tail"]) <= 4096
    assert ran["output"]["total"] == sum(len(f"{number}\n") for number in range(1, 10_001))
    again = run(workspace, "sh", "-c", "seq 10000; exit 3", code=FAILED)
    assert again["job"] != told["job"]
    assert [again[name] for name in ("policy", "digest", "snapshot")] == [
        told[name] for name in ("policy", "digest", "snapshot")
    ]
    (workspace.project / "new.py").write_text("")
    assert run(workspace, "true")["snapshot"] != told["snapshot"]


def test_a_job_is_listed_and_cancelled_from_another_process(workspace: Workspace) -> None:
    process = start(workspace, *ENDLESS)
    (job,) = until(lambda: running(workspace))
    assert (job["kind"], job["actor"].rpartition("/")[2]) == ("script", "command line")
    assert job["id"] in call(workspace, "sandbox", "status").stdout
    call(workspace, "sandbox", "cancel", job["id"])
    _, err = process.communicate(timeout=30)
    assert process.returncode == ExitCode.TERMINATED
    assert "it was cancelled" in err
    call(workspace, "sandbox", "cancel", job["id"], code=ExitCode.USAGE)
    assert running(workspace) == []


def test_a_job_that_waits_for_its_turn_is_cancelled_too(workspace: Workspace) -> None:
    width = ask(workspace, "sandbox", "status")["boxes"]
    ahead = [start(workspace, *ENDLESS) for _ in range(width)]
    until(lambda: len(running(workspace)) == width)
    behind = start(workspace, "true")
    (waiting,) = until(
        lambda: [
            job
            for job in ask(workspace, "sandbox", "status")["jobs"]
            if job["title"] == "true" and job["stage"] == "waiting"
        ]
    )
    call(workspace, "sandbox", "cancel", waiting["id"])
    _, said = behind.communicate(timeout=30)
    assert (behind.returncode, "it was cancelled" in said) == (ExitCode.TERMINATED, True)
    for process in ahead:
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=30)
    call(workspace, "host", "stop")
    assert boxes_of(workspace) == []


def test_an_interrupt_ends_the_job_with_its_face(workspace: Workspace) -> None:
    process = start(workspace, *ENDLESS)
    until(lambda: running(workspace))
    process.send_signal(signal.SIGINT)
    _, said = process.communicate(timeout=30)
    assert (process.returncode, said) == (ExitCode.INTERRUPTED, "workbench: Interrupted.\n")
    (ran,) = until(lambda: events(workspace, "sandbox.ran"))
    assert (ran["status"], ran["reason"]) == ("killed", "it was cancelled")
    assert running(workspace) == []


def test_a_face_that_is_killed_takes_its_job_with_it(workspace: Workspace) -> None:
    process = start(workspace, *ENDLESS)
    until(lambda: running(workspace))
    process.kill()
    process.communicate()
    (ran,) = until(lambda: events(workspace, "sandbox.ran"))
    assert ran["status"] == "killed"


@pytest.mark.parametrize("force", [(), ("--force",)])
def test_no_box_outlives_its_host(workspace: Workspace, force: tuple[str, ...]) -> None:
    process = start(workspace, *ENDLESS)
    until(lambda: running(workspace))
    assert boxes_of(workspace)
    process.send_signal(signal.SIGSTOP)
    call(workspace, "host", "stop", *force)
    until(lambda: not boxes_of(workspace))
    process.kill()
    process.communicate()
    run(workspace, "true")


async def test_a_job_is_run_once_under_its_key(workspace: Workspace) -> None:
    terms = commands.Terms.of(settings.load(workspace).sandbox, {})
    command = commands.RunInSandbox(commands.Script(("sh", "-c", "echo $$")), terms)
    async with client(workspace) as face:
        first = await face.call(command, key="mine")
    raw = msgspec.Raw(msgspec.msgpack.encode(command))
    answer = await talk(workspace, messages.Request(1, "mine", True, raw))
    assert isinstance(answer, messages.Reply)
    assert msgspec.msgpack.decode(answer.result)["seq"] == first.seq
    owner.stop(workspace)
