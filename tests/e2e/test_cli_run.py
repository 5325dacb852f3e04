"""Programs under `workbench run`: their exit, output, signals and terminal are theirs."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.e2e.command_line import read_all
from tests.e2e.crashing import RUN, kept, make_project, run, script
from workbench.workspace import Workspace


@pytest.fixture
def project(workspace: Workspace) -> Path:
    return make_project(workspace)


def test_its_exit_is_passed_on(project: Path) -> None:
    assert run(project, "sh", "-c", "exit 7").returncode == 7
    assert run(project, "sh", "-c", "exit 0").returncode == 0
    assert run(project, "sh", "-c", "kill -SEGV $$").returncode == -signal.SIGSEGV
    seven, segv = kept(project)
    assert (seven.how, seven.exit, seven.command) == ("exit", 7, ("sh", "-c", "exit 7"))
    assert (segv.how, segv.signal) == ("signal", signal.SIGSEGV)


def test_what_somebody_ended_is_no_crash(project: Path) -> None:
    assert run(project, "sh", "-c", "kill -TERM $$").returncode == -signal.SIGTERM
    assert script(project, "raise KeyboardInterrupt").returncode == -signal.SIGINT
    assert script(project, "import sys; sys.exit(0)").returncode == 0
    assert kept(project) == ()
    assert not list((project / ".workbench/crashes").glob("*"))


def test_its_output_is_its_own(project: Path) -> None:
    ended = run(project, "sh", "-c", "echo out; echo err >&2; exit 3")
    assert ended.stdout == "out\n"
    assert ended.stderr.startswith("err\n")
    (crash,) = kept(project)
    assert crash.stderr == "err\n"


def test_as_json_the_result_alone_is_on_stdout(project: Path) -> None:
    ended = run(project, sys.executable, "main.py", json_=True)
    told = json.loads(ended.stdout)
    assert (told["ok"], told["exit_code"], ended.returncode) == (False, 1, 1)
    assert told["crashes"][0]["raised"][0]["kind"] == "ZeroDivisionError"


def test_a_program_that_is_not_there(project: Path) -> None:
    ended = run(project, "no-such-program")
    assert (ended.returncode, "no program" in ended.stderr) == (2, True)


def test_a_script_without_a_first_line_is_run_by_a_shell(project: Path) -> None:
    file = project / "plain"
    file.write_text("echo from a shell $1\n", encoding="utf-8")
    file.chmod(0o755)
    assert run(project, "./plain", "x").stdout == "from a shell x\n"


def test_signals_go_on_to_the_program(project: Path) -> None:
    program = (
        "import signal, sys, time\n"
        "signal.signal(signal.SIGTERM, lambda *_: sys.exit(42))\n"
        "print('ready', flush=True)\n"
        "time.sleep(60)\n"
    )
    (project / "waits.py").write_text(program, encoding="utf-8")
    for way, expected in ((signal.SIGTERM, 42), (signal.SIGINT, -signal.SIGINT)):
        process = subprocess.Popen(
            [*RUN, "--", sys.executable, "waits.py"],
            cwd=project,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        )
        assert process.stdout is not None
        assert process.stdout.readline() == b"ready\n"
        process.send_signal(way)
        assert process.wait(30) == expected
        process.stdout.close()


def test_a_reader_that_leaves_is_met_by_the_program(project: Path) -> None:
    """A pipe in between must not hide that nobody reads standard error any more."""
    noisy = "while :; do echo noise >&2 || exit 9; done"
    process = subprocess.Popen(
        [*RUN, "--", "sh", "-c", noisy],
        cwd=project,
        stderr=subprocess.PIPE,
    )
    assert process.stderr is not None
    process.stderr.readline()
    process.stderr.close()
    assert process.wait(30) != 0


def test_what_it_leaves_in_the_background_can_go_on_writing(project: Path) -> None:
    ended = run(project, "sh", "-c", "(sleep 1; echo late >&2) & echo early >&2")
    assert "early" in ended.stderr
    assert "late" in ended.stderr


def test_on_a_terminal_the_program_has_the_terminal(project: Path) -> None:
    probe = (
        "import os; print([os.isatty(one) for one in range(3)], os.tcgetpgrp(0) == os.getpgrp())"
    )
    ours, theirs = os.openpty()
    process = subprocess.Popen(
        [sys.executable, "-c", TERMINAL, *RUN, "--", sys.executable, "-c", probe],
        cwd=project,
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        start_new_session=True,
    )
    os.close(theirs)
    assert "[True, True, True] True" in read_all(ours)
    assert process.wait(30) == 0


TERMINAL = """\
import fcntl, os, sys, termios
fcntl.ioctl(0, termios.TIOCSCTTY, 0)
os.execvp(sys.argv[1], sys.argv[1:])
"""
