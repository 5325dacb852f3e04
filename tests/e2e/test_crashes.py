"""Programs that crash, of every Python that is here, and what is kept of them."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.e2e.crashing import kept, make_project, run, script
from workbench.healing.crashes.reading import read_crashes
from workbench.healing.crashes.reproducing import as_tests, reproduction
from workbench.sandbox.job import Script
from workbench.workspace import Workspace

SITE = Path(__file__).parents[2] / "workbench" / "healing" / "crashes" / "site"
INSTALLED = sorted(Path.home().glob(".pyenv/versions/*/bin/python"))


@pytest.fixture
def project(workspace: Workspace) -> Path:
    return make_project(workspace)


def version(python: Path) -> tuple[int, ...]:
    return tuple(int(part) for part in python.parts[-3].split(".") if part.isdigit())


PYTHONS = [one for one in INSTALLED if version(one) >= (3, 9)] or [Path(sys.executable)]
OLD = [one for one in INSTALLED if version(one) < (3, 9)]


def text_of(project: Path) -> str:
    files = (project / ".workbench/crashes").iterdir()
    return "".join(file.read_text(encoding="utf-8") for file in files)


@pytest.mark.parametrize("python", PYTHONS, ids=lambda path: path.parts[-3])
def test_a_crash_is_kept_with_its_values(project: Path, python: Path) -> None:
    ended = run(project, str(python), "main.py")
    assert ended.returncode == 1
    assert "ZeroDivisionError" in ended.stderr
    (crash,) = kept(project)
    assert (crash.how, crash.exit, crash.summary) == (
        "uncaught",
        1,
        "ZeroDivisionError: division by zero",
    )
    assert crash.frames[-1].locals == {"values": "[]", "scale": "1"}
    assert [(one.file, one.ours) for one in crash.frames[-1:]] == [("pkg/calc.py", True)]
    assert reproduction(crash) == Script(("python", "main.py"))
    raised = crash.exception
    assert raised is not None
    assert raised.frames[-1].function == "mean"
    assert "hunter2" not in text_of(project)


@pytest.mark.skipif(not OLD, reason="no Python before 3.9 is here")
@pytest.mark.parametrize("python", OLD, ids=lambda path: path.parts[-3])
def test_of_an_older_python_what_it_printed_is_kept(project: Path, python: Path) -> None:
    (project / "old.py").write_text("def f(x):\n    return {}[x]\nf('a')\n", encoding="utf-8")
    ended = run(project, str(python), "old.py")
    assert ended.stderr.count("Traceback") == 1
    (crash,) = kept(project)
    assert (crash.how, crash.exit, crash.summary) == ("exit", 1, "KeyError: 'a'")
    assert [(one.function, one.ours) for one in crash.frames] == [("<module>", True), ("f", True)]


def test_a_program_that_does_not_parse(project: Path) -> None:
    script(project, "x = 1\ndef broken(:\n")
    (crash,) = kept(project)
    place = crash.frames[-1]
    assert (crash.raised[0].kind, place.file, place.line) == ("SyntaxError", "script.py", 2)


def test_a_program_sees_next_to_nothing_of_it(project: Path) -> None:
    probe = (
        "import json, os, sys; held = [int(one) for one in os.listdir('/proc/self/fd')];"
        "print(json.dumps([sys.path, sys.argv, sys.mark, sys.modules['sitecustomize'].__file__,"
        " max(one for one in held if one < 200)]))"
    )
    (project / "mine").mkdir()
    (project / "mine/sitecustomize.py").write_text("import sys; sys.mark = 1\n", encoding="utf-8")
    environ = {"PYTHONPATH": str(project / "mine")}
    bare = subprocess.run(
        [sys.executable, "-c", probe, "a"],
        cwd=project,
        env={**os.environ, **environ},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        check=True,
    )
    watched = run(project, sys.executable, "-c", probe, "a", environ=environ)
    assert json.loads(watched.stdout) == json.loads(bare.stdout)


def test_threads_and_logged_errors_and_loops(project: Path) -> None:
    script(
        project,
        "import asyncio, logging, threading\n"
        "def work(items): return items['x']\n"
        "thread = threading.Thread(target=work, args=({},), name='worker')\n"
        "thread.start(); thread.join()\n"
        "try: int('no')\n"
        "except ValueError: logging.getLogger('app').exception('it failed')\n"
        "async def main():\n"
        "    asyncio.get_running_loop().call_soon(lambda: [][0])\n"
        "    await asyncio.sleep(0.01)\n"
        "asyncio.run(main())\n",
    )
    found = {(crash.how, crash.raised[0].kind) for crash in kept(project)}
    assert found == {("thread", "KeyError"), ("logged", "ValueError"), ("logged", "IndexError")}
    (thread,) = (crash for crash in kept(project) if crash.how == "thread")
    assert thread.thread == "worker"


def test_a_hook_of_the_program_does_not_hide_the_crash(project: Path) -> None:
    ended = script(project, "import sys\nsys.excepthook = lambda *_: print('mine')\n{}['x']\n")
    assert ended.stdout == "mine\n"
    (crash,) = kept(project)
    assert (crash.how, crash.summary) == ("uncaught", "KeyError: 'x'")


def test_fatal_signals_leave_a_traceback(project: Path) -> None:
    ended = script(project, "import ctypes\ndef bad():\n    ctypes.string_at(0)\nbad()\n")
    assert ended.returncode == -signal.SIGSEGV
    (crash,) = kept(project)
    assert (crash.how, crash.signal) == ("signal", signal.SIGSEGV)
    assert [(one.file, one.function) for one in crash.frames][-1][1] in ("string_at", "bad")
    assert ("script.py", "bad") in [(one.file, one.function) for one in crash.frames]


def test_crashes_of_workers_are_kept(project: Path) -> None:
    script(
        project,
        "import multiprocessing as mp\n"
        "def work(n): return 1 // n\n"
        "if __name__ == '__main__':\n"
        "    context = mp.get_context('spawn')\n"
        "    process = context.Process(target=work, args=(0,))\n"
        "    process.start(); process.join()\n"
        "    raise SystemExit(process.exitcode)\n",
    )
    assert all(crash.how == "exit" or crash.raised for crash in kept(project))


def test_the_same_crash_many_times_is_one_file_that_counts(project: Path) -> None:
    (project / "service.py").write_text(
        "import logging, sys\n"
        "from workbench.healing.crashes.hook import install\n"
        "install()\n"
        "for _ in range(5000):\n"
        "    try: [].pop()\n"
        "    except IndexError: logging.exception('again')\n",
        encoding="utf-8",
    )
    subprocess.run(
        [sys.executable, "service.py"],
        cwd=project,
        stderr=subprocess.DEVNULL,
        check=True,
    )
    (crash,) = kept(project)
    assert (crash.how, crash.summary) == ("logged", "IndexError: pop from empty list")


def test_a_service_needs_no_more_than_the_hook(project: Path, tmp_path: Path) -> None:
    service = "from workbench_hook import install\ninstall('there')\n1 / 0\n"
    for python in PYTHONS:
        ended = subprocess.run(
            [python, "-c", service],
            cwd=tmp_path,
            env={"PYTHONPATH": str(SITE), "PATH": os.environ["PATH"]},
            capture_output=True,
            encoding="utf-8",
            check=False,
        )
        assert "ZeroDivisionError" in ended.stderr
        assert "workbench" not in ended.stderr
    found = read_crashes(tmp_path / "there", project)
    assert len(found.crashes) == len(PYTHONS)


@pytest.mark.parametrize("place", ["/proc/nowhere", "/dev/null/x", "/dev/full"])
def test_a_folder_that_cannot_be_written_harms_nobody(project: Path, place: str) -> None:
    program = "from workbench_hook import install\ninstall()\nprint('fine')\n1 / 0\n"
    ended = subprocess.run(
        [sys.executable, "-c", program],
        cwd=project,
        env={"PYTHONPATH": str(SITE), "WBCRASH_FOLDER": place},
        capture_output=True,
        encoding="utf-8",
        check=False,
    )
    assert (ended.stdout, ended.returncode) == ("fine\n", 1)
    assert ended.stderr.count("Traceback") == 1


def test_values_that_fight_back(project: Path) -> None:
    hostile = """\
class Evil:
    def __repr__(self): raise SystemExit("repr")
    def __getattr__(self, name): raise SystemExit("getattr")
    def __hash__(self): raise SystemExit("hash")
    def __eq__(self, other): raise SystemExit("eq")
    def __len__(self): raise SystemExit("len")
    __str__ = __bool__ = __repr__
class EvilList(list):
    def __iter__(self): raise SystemExit("iter")
    __getitem__ = __len__ = __repr__ = __iter__
class EvilError(Exception):
    def __str__(self): raise RuntimeError("str")
def f(evil, items, loop, big, deep, surrogate):
    raise EvilError(evil)
loop = []; loop.append(loop)
deep = []
for _ in range(5000): deep = [deep]
f(Evil(), EvilList([1]), loop, 10 ** 6000, deep, "\\ud800")
"""
    assert script(project, hostile).returncode == 1
    (crash,) = kept(project)
    shown = crash.frames[-1].locals
    assert shown["loop"].startswith("[[[[")
    assert "bits" in shown["big"]
    assert "Evil" in shown["evil"]
    assert crash.raised[0].kind == "EvilError"


def test_secrets_are_nowhere(project: Path) -> None:
    secrets = {
        "name": "correct-horse-battery",
        "aws": "AKIAIOSFODNN7EXAMPLE",
        "jwt": "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.dozjgNryP4J3jVmNHl0w5N",
        "url": "s3cr3tpw",
        "noise": "kX9v2LqP8sWn4RtYb7ZcM1dFgHj",
        "flag": "flagged-value",
        "environ": "from-the-environment",
        "header": "Tm90QVJlYWxTZWNyZXQ",
        "argument": "positional-secret",
    }
    program = f"""\
import os, sys
def login(user, password, opts):
    raise RuntimeError("cannot log in with " + password + " and " + os.environ["DB_PASSWORD"])
class Client:
    def __init__(self, api_key): self.api_key, self.name = api_key, "visible-name"
client = Client({secrets["argument"]!r})
config = {{"auth": {{"token": {secrets["noise"]!r}}}, "url": "postgres://me:{secrets["url"]}@db/x"}}
line = "id {secrets["aws"]} and {secrets["jwt"]}"
header = "Authorization: Bearer {secrets["header"]}"
pem = "-----BEGIN RSA PRIVATE KEY-----\\nMIIEowIBAAKCAQEA\\n-----END RSA PRIVATE KEY-----"
login("visible-user", {secrets["name"]!r}, config)
"""
    environ = {"DB_PASSWORD": secrets["environ"]}
    script(project, program, "--api-token", secrets["flag"], environ=environ)
    text = text_of(project)
    assert not [name for name, secret in secrets.items() if secret in text]
    assert "MIIEow" not in text
    assert "visible-user" in text
    assert "visible-name" in text
    assert "DB_PASSWORD" in text


def test_a_test_made_from_a_crash_fails_as_the_program_did(project: Path) -> None:
    run(project, sys.executable, "main.py", "1", "x")
    run(project, sys.executable, "-m", "main")
    for crash in kept(project):
        made = list(as_tests(crash))
        assert made
        for test in made:
            assert run_test(project, test.text) == crash.raised[0].kind


def run_test(project: Path, text: str) -> str:
    """Run a test, which is our own text over our own project, and return what it raised."""
    file = project / "test_made.py"
    file.write_text(text, encoding="utf-8")
    ended = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "--tb=line", file.name],
        cwd=project,
        capture_output=True,
        encoding="utf-8",
        check=False,
    )
    assert ended.returncode == 1, ended.stdout
    return ended.stdout.split("Error", 1)[0].split()[-1].rpartition(":")[2] + "Error"
