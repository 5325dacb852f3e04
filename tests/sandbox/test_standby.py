"""The processes that are forked ahead of their jobs: nobody meets them, and they may die."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.sandbox.users import Pair
from workbench.sandbox.box import Box
from workbench.sandbox.choice import load
from workbench.sandbox.engines import landlock
from workbench.sandbox.interpreter import find_interpreter
from workbench.sandbox.job import File, Job, Result, Script, Snippet, Status
from workbench.sandbox.plan import RUNNER, Plan, lent_packages
from workbench.sandbox.policy import Policy
from workbench.sandbox.runner.cells import Cell, Dying

POLICY = Policy(wall_seconds=20)
HELLO = Job(Snippet("print('hello')"))
_PATIENCE = 20.0
OPEN = """
import json, os
found = {}
for name in os.listdir("/proc/self/fd"):
    try:
        found[int(name)] = os.readlink(f"/proc/self/fd/{name}")
    except FileNotFoundError:
        pass  # It was what listed them.
print(json.dumps(found))
"""
ATTACK = """
import ctypes, json, os, signal, time
libc = ctypes.CDLL(None, use_errno=True)
seen = sorted(int(name) for name in os.listdir("/proc") if name.isdigit())
open("/tmp/ready", "w").close()
time.sleep(0.5)
reached = []
for pid in range(2, 5000):
    if pid != os.getpid():
        for attempt in (lambda: os.kill(pid, 9), lambda: os.pidfd_open(pid)):
            try:
                attempt()
                reached.append(pid)
            except OSError:
                pass
        if libc.ptrace(16, pid, 0, 0) == 0:
            reached.append(pid)
try:
    os.kill(-1, signal.SIGKILL)
except ProcessLookupError:
    pass
print(json.dumps({"seen": seen, "me": os.getpid(), "reached": reached}))
"""


@contextmanager
def _opened(engine: str, folder: Path) -> Iterator[Box]:
    """Open a box in an interpreter that its jobs can read."""
    pair = Pair(engine, "root" if os.geteuid() == 0 else "user")
    pair.skip_unless_possible()
    trees = folder / "trees"
    trees.mkdir(mode=0o755)
    interpreter = find_interpreter(folder, pair.python.executable, {}, folder)
    plan = Plan(interpreter, str(trees), str(folder / "live"))
    made = Box(load(engine).open_line(plan), plan)
    try:
        yield made
    finally:
        made.close()


@pytest.fixture
def box(tmp_path: Path) -> Iterator[Box]:
    with _opened("namespaces", tmp_path) as made:
        yield made


@pytest.fixture(params=["namespaces", "landlock"])
def any_box(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Box]:
    with _opened(request.param, tmp_path) as made:
        yield made


def _status(pid: int) -> dict[str, str]:
    try:
        lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    except (FileNotFoundError, ProcessLookupError):
        return {}
    return {name: value.strip() for name, _, value in (line.partition(":") for line in lines)}


def _children(pid: int) -> list[int]:
    pids = (int(name) for name in os.listdir("/proc") if name.isdigit())
    return [one for one in pids if _status(one).get("PPid") == str(pid)]


def _descendants(pid: int) -> set[int]:
    return {pid}.union(*(_descendants(child) for child in _children(pid)))


def _first(box: Box) -> int:
    return box._line._process.pid  # type: ignore[attr-defined,no-any-return]


def _levels(pid: int) -> int:
    return len(_status(pid).get("NSpid", "").split())


def _runner(box: Box) -> int:
    """Return the runner: in own namespaces it is behind a process that only waits for it."""
    first = _first(box)
    return _children(first)[0] if box.facts["confinement"] == "namespaces" else first


def _standbys(box: Box) -> set[int]:
    """Return what the runner has waiting: in namespaces, deeper than itself."""
    runner = _runner(box)
    deep = _levels(runner) + (box.facts["confinement"] == "namespaces")
    return {pid for pid in _children(runner) if _levels(pid) == deep and _is_alive(pid)}


def _original(box: Box) -> int:
    """Return the one beside the runner that has most in memory."""
    runner = _runner(box)
    beside = [pid for pid in _children(runner) if _levels(pid) == _levels(runner)]
    return max(beside, key=lambda pid: int(_status(pid)["RssAnon"].split()[0]))


def _is_alive(pid: int) -> bool:
    return _status(pid).get("State", "Z")[0] not in "ZX"


def _is_called(pid: int, name: str) -> bool:
    return _status(pid).get("Name") == name


def _until(find: Callable[[], Any]) -> Any:
    deadline = time.monotonic() + _PATIENCE
    while not (found := find()):
        assert time.monotonic() < deadline
        time.sleep(0.01)
    return found


def _kill(pid: int) -> None:
    os.kill(pid, signal.SIGKILL)
    _until(lambda: not _is_alive(pid))


def test_one_that_died_is_replaced(any_box: Box) -> None:
    for _ in range(3):
        (waiting,) = _until(lambda: _standbys(any_box))
        _kill(waiting)
        result = any_box.run(HELLO, POLICY)
        assert (result.status, result.output.text) == (Status.OK, "hello\n"), result.reason
        assert not any_box.worn


def test_what_only_root_may_read_is_lent_to_jobs_of_other_users(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o700)
    copies = {name: str(_copied(Path(place), closed)) for name, place in lent_packages().items()}
    monkeypatch.setattr(landlock, "lent_packages", lambda: copies)
    monkeypatch.setattr(landlock, "RUNNER", _copied(RUNNER, closed))
    with _opened("landlock", tmp_path) as box:
        result = box.run(Job(Snippet("import pytest; print('lent')")), POLICY)
    assert result.output.text == "lent\n", result.reason


def _copied(package: Path, folder: Path) -> Path:
    copy = shutil.copytree if package.is_dir() else shutil.copy
    return Path(copy(package, folder / package.name))


def test_the_one_that_waits_is_the_one_that_does_the_job(any_box: Box) -> None:
    (waiting,) = _until(lambda: _standbys(any_box))
    job = threading.Thread(target=any_box.run, args=(Job(Script(("sleep", "0.5"))), POLICY))
    job.start()
    _until(lambda: _is_called(waiting, "sleep"))
    job.join()


def test_without_the_original_no_job_passes(box: Box) -> None:
    _until(lambda: _standbys(box))
    _kill(_original(box))
    last = [box.run(HELLO, POLICY) for _ in range(2)][-1]
    assert last.status is Status.ERROR
    assert "could not be started" in last.reason
    assert box.worn


@pytest.mark.parametrize("size", [1 << 10, 1 << 17, 5 << 20])
def test_a_job_may_be_larger_than_what_leads_to_it(any_box: Box, size: int) -> None:
    content = bytes(range(251)) * (size // 251)
    source = "import hashlib; print(hashlib.sha256(open('big', 'rb').read()).hexdigest())"
    result = any_box.run(Job(Snippet(source), edits={"big": File(content)}), POLICY)
    from hashlib import sha256

    assert result.output.text == sha256(content).hexdigest() + "\n", result.reason


def test_a_job_neither_sees_nor_reaches_the_one_that_waits(box: Box) -> None:
    _until(lambda: _standbys(box))
    results: list[Result] = []
    running = threading.Thread(target=lambda: results.append(box.run(Job(Snippet(ATTACK)), POLICY)))
    running.start()
    beside = _until(lambda: len(found := _standbys(box)) == 2 and found)
    running.join()
    told = json.loads(results[0].output.text)
    assert told["seen"] == [1, told["me"]]
    assert told["reached"] == []
    (survivor,) = _until(lambda: {pid for pid in beside if _is_alive(pid)})
    assert survivor in _standbys(box)
    assert box.run(HELLO, POLICY).output.text == "hello\n"


def test_nothing_waits_where_all_is_killed_together(tmp_path: Path) -> None:
    with _opened("landlock", tmp_path) as box:
        (waiting,) = _until(lambda: _standbys(box))
        running = threading.Thread(target=box.run, args=(Job(Script(("sleep", "0.5"))), POLICY))
        running.start()
        _until(lambda: _is_called(waiting, "sleep"))
        assert _children(_runner(box)) == [waiting]
        running.join()


def test_a_program_has_no_descriptor_but_the_three(any_box: Box) -> None:
    for _ in range(2):
        found = json.loads(any_box.run(Job(Script(("python", "-c", OPEN))), POLICY).output.text)
        assert sorted(map(int, found)) == [0, 1, 2]


def test_a_snippet_has_no_descriptor_but_the_three_and_its_records(any_box: Box) -> None:
    for _ in range(2):
        found = json.loads(any_box.run(Job(Snippet(OPEN)), POLICY).output.text)
        printed = {found.pop(name) for name in ("1", "2")}
        assert found.pop("0") == "/dev/null"
        (records,) = found.values()
        assert records.startswith("pipe:")
        assert records not in printed


def test_what_the_one_before_had_is_not_what_the_next_has(any_box: Box) -> None:
    source = "import os; print(os.environ.get('WANTED'), sorted(os.listdir('.')))"
    edits = {"left": File(b"")}
    policy = Policy(environment={"WANTED": "yes"})
    told = [
        any_box.run(Job(Snippet(source), edits=edits), policy).output.text,
        any_box.run(Job(Snippet(source)), POLICY).output.text,
    ]
    assert told == ["yes ['left']\n", "None []\n"]


def test_all_end_with_the_runner(any_box: Box) -> None:
    any_box.run(HELLO, POLICY)
    _until(lambda: _standbys(any_box))
    family = _descendants(_first(any_box))
    assert len(family) > 1
    any_box.close()
    _until(lambda: not any(_is_alive(pid) for pid in family))


def test_a_cell_that_has_ended_can_be_ended_again(box: Box) -> None:
    """Whether the kernel has let go of it in between is chance, so it is tried often."""
    for _ in range(300):
        assert box.run(Job(Script(("true",))), POLICY).status is Status.OK


def test_cells_that_take_long_to_end_are_waited_for_and_let_go() -> None:
    with ExitStack() as stack:
        begun = [stack.enter_context(subprocess.Popen(("sleep", "60"))) for _ in range(5)]
        dying = Dying()
        for one in begun:
            stack.callback(one.kill)
            dying.add(Cell(one.pid))
        threading.Timer(0.2, begun[0].kill).start()
        dying.bury(_PATIENCE)
        assert begun[0].wait() == -signal.SIGKILL
        dying.bury(0)
        dying.add(Cell(os.getpid()))
        with pytest.raises(OSError, match="not dead"):
            dying.bury(0)
        begun[1].kill()
        dying.bury(_PATIENCE)
