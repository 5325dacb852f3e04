"""A box of our own namespaces: the three kinds of jobs, in every Python that a project may have."""

from __future__ import annotations

import threading
import time
import venv
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.sandbox.interpreters import SUPPORTED, interpreter_of
from workbench.sandbox.box import Box
from workbench.sandbox.choice import load
from workbench.sandbox.interpreter import find_interpreter
from workbench.sandbox.job import Direct, File, Job, Pytest, Script, Snippet, Status
from workbench.sandbox.plan import Plan
from workbench.sandbox.policy import Policy
from workbench.sandbox.pool import Handle, Pool
from workbench.sandbox.proof.bench import as_run
from workbench.sandbox.proof.outcomes import Reading, read
from workbench.sandbox.snapshots.objects import hand_over

POLICY = Policy(wall_seconds=20)
PROJECT = {
    "calc.py": File(b"def add(a, b):\n    return a + b\n"),
    "test_calc.py": File(
        b"import pytest, unittest\nfrom calc import add\n\n"
        b"def test_right():\n    assert add(1, 2) == 3\n\n"
        b"def test_wrong():\n    assert add(1, 2) == 4\n\n"
        b"def test_asks(tmp_path):\n    assert tmp_path.exists()\n\n"
        b"@pytest.mark.parametrize('n', [1, 2])\ndef test_many(n):\n    assert n\n\n"
        b"@pytest.mark.skip\ndef test_skipped():\n    pass\n\n"
        b"@pytest.mark.xfail\ndef test_xfailed():\n    assert 0\n\n"
        b"class TestOld(unittest.TestCase):\n    def test_old(self):\n"
        b"        self.assertEqual(add(1, 1), 2)\n"
    ),
}


def open_box(plan: Plan) -> Box:
    return Box(load("namespaces").open_line(plan), plan)


@pytest.fixture
def box(plan: Plan) -> Iterator[Box]:
    made = open_box(plan)
    yield made
    made.close()


@pytest.mark.parametrize("version", SUPPORTED)
def test_runs_in_the_interpreter_of_the_project(version: str, tmp_path: Path) -> None:
    interpreter = interpreter_of(version, tmp_path)
    if interpreter is None:
        pytest.skip(f"this machine has no Python {version}")
    (tmp_path / "trees").mkdir()
    made = open_box(Plan(interpreter, str(tmp_path / "trees"), str(tmp_path)))
    try:
        assert made.facts["python"].startswith(f"{version}.")
        job = Job(Pytest(("-q",)), edits=PROJECT)
        reading = read(as_run(made.run(job, POLICY)), version)
        direct = made.run(Job(Direct(("test_calc.py::test_right",)), edits=PROJECT), POLICY)
    finally:
        made.close()
    assert isinstance(reading, Reading), reading
    assert dict(reading.outcomes) == {
        "test_calc.py::test_right": "passed",
        "test_calc.py::test_wrong": "failed",
        "test_calc.py::test_asks": "passed",
        "test_calc.py::test_many[1]": "passed",
        "test_calc.py::test_many[2]": "passed",
        "test_calc.py::test_skipped": "skipped",
        "test_calc.py::test_xfailed": "xfailed",
        "test_calc.py::TestOld::test_old": "passed",
    }
    assert direct.status is Status.OK


def test_direct_says_what_it_cannot_call(box: Box) -> None:
    names = ("test_right", "test_wrong", "test_asks", "test_skipped", "TestOld::test_old", "nope")
    work = Direct(tuple(f"test_calc.py::{name}" for name in names))
    result = box.run(Job(work, edits=PROJECT), POLICY)
    import json

    told = {one["id"]: one["outcome"] for one in map(json.loads, result.records.splitlines())}
    assert list(told.values()) == [
        "passed",
        "failed",
        "unsupported",
        "unsupported",
        "passed",
        "unsupported",
    ]
    assert result.status is Status.FAILED


def test_direct_stops_at_the_first_that_does_not_pass(box: Box) -> None:
    work = Direct(("test_calc.py::test_wrong", "test_calc.py::test_right"), stop_at_first=True)
    result = box.run(Job(work, edits=PROJECT), POLICY)
    assert result.records.count(b"\n") == 1


def test_a_script_has_the_projects_python_and_its_own_exit(box: Box) -> None:
    source = "import sys; print(sys.argv[1:], sys.executable); sys.exit(3)"
    result = box.run(Job(Script(("python", "-c", source, "x"))), POLICY)
    assert (result.status, result.exit) == (Status.FAILED, 3)
    assert result.output.text == f"['x'] {box.plan.interpreter.executable}\n"


def test_a_program_that_is_not_there_is_told_like_a_shell_does(box: Box) -> None:
    result = box.run(Job(Script(("no-such-program",))), POLICY)
    assert (result.status, result.exit) == (Status.FAILED, 127)
    assert "no-such-program" in result.output.text


def test_a_snippet_has_arguments_and_sees_the_project(box: Box) -> None:
    source = "import sys, calc\nprint(calc.add(int(sys.argv[1]), 1), __name__)"
    result = box.run(Job(Snippet(source, arguments=("41",)), edits=PROJECT), POLICY)
    assert result.output.text == "42 __main__\n"


def test_the_environment_is_an_allow_list(box: Box, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("A_SECRET", "s3cret")
    policy = Policy(environment={"WANTED": "yes"})
    result = box.run(Job(Snippet("import os; print(dict(os.environ))")), policy)
    assert "'WANTED': 'yes'" in result.output.text
    assert "s3cret" not in result.output.text
    again = box.run(Job(Snippet("import os; print(dict(os.environ))")), Policy())
    assert "WANTED" not in again.output.text


def test_random_numbers_and_hashes_begin_where_the_job_says(plan: Plan) -> None:
    import msgspec

    source = "import random; print(random.random(), hash('a'))"
    printed = set()
    for seed in (0, 0, 1):
        made = open_box(msgspec.structs.replace(plan, hash_seed=seed))
        printed.add(made.run(Job(Snippet(source), seed=seed), POLICY).output.text)
        made.close()
    assert len(printed) == 2


def test_output_keeps_its_first_and_last_half(box: Box) -> None:
    policy = Policy(output=100)
    result = box.run(Job(Snippet("print('a' * 100 + 'b' * 100)")), policy)
    assert result.output.head == "a" * 50
    assert result.output.tail == "b" * 49 + "\n"
    assert result.output.total == 201


def test_records_arrive_while_the_tests_run(box: Box) -> None:
    arrived: list[bytes] = []
    result = box.run(Job(Pytest(("-q",)), edits=PROJECT), POLICY, on_records=arrived.append)
    assert b"".join(arrived) == result.records
    assert len(arrived) > 1


def test_another_order_is_the_seeds(box: Box) -> None:
    def order(seed: int | None) -> tuple[str, ...]:
        result = box.run(Job(Pytest(("-q",), shuffle=seed), edits=PROJECT), POLICY)
        reading = read(as_run(result, shuffled=seed is not None), "shuffled")
        assert isinstance(reading, Reading)
        return reading.ids

    assert order(3) == order(3) != order(None)
    assert sorted(order(3)) == sorted(order(None))


def test_cancelled_at_once_and_the_box_goes_on(plan: Plan) -> None:
    with Pool("namespaces", 2) as pool:
        handle = Handle()
        threading.Timer(0.2, handle.cancel).start()
        began = time.monotonic()
        result = pool.run(plan, Job(Script(("sleep", "60"))), POLICY, handle=handle)
        assert time.monotonic() - began < 30
        assert result.status is Status.KILLED
        assert pool.run(plan, Job(Script(("true",))), POLICY).status is Status.OK


def test_cancelled_before_it_began_it_never_begins(plan: Plan) -> None:
    with Pool("namespaces", 2) as pool:
        handle = Handle()
        handle.cancel()
        assert pool.run(plan, Job(Script(("true",))), POLICY, handle=handle).status is Status.KILLED


def test_many_jobs_side_by_side_do_not_meet(plan: Plan) -> None:
    jobs = [
        Job(Snippet(f"open('/tmp/x', 'x').write('{n}'); print(open('/tmp/x').read())"))
        for n in range(12)
    ]
    with Pool("namespaces", 2) as pool, ThreadPoolExecutor(8) as threads:
        results = list(threads.map(lambda job: pool.run(plan, job, POLICY), jobs))
    assert [result.output.text for result in results] == [f"{n}\n" for n in range(12)]


def test_a_box_whose_runner_died_is_an_error_and_is_replaced(plan: Plan) -> None:
    with Pool("namespaces", 2) as pool:
        box = pool.open(plan)
        box.close()
        assert box.run(Job(Script(("true",))), POLICY).status is Status.ERROR
        assert pool.run(plan, Job(Script(("true",))), POLICY).status is Status.OK


def test_what_is_installed_in_place_is_found_in_the_snapshot(tmp_path: Path) -> None:
    live, environment = tmp_path / "live", tmp_path / "environment"
    for folder in (live / "src", tmp_path / "trees"):
        folder.mkdir(parents=True)
    (live / "src" / "mine.py").write_text("state = 'live'\n")
    venv.create(environment, symlinks=True)
    (packages,) = environment.glob("lib/python3.*/site-packages")
    (packages / "mine.pth").write_text(f"{live}/src\n")
    interpreter = find_interpreter(live, str(environment), {}, tmp_path)
    made = open_box(Plan(interpreter, str(tmp_path / "trees"), str(live)))
    edits = {"src/mine.py": File(b"state = 'snapshot'\n")}
    result = made.run(Job(Snippet("import mine; print(mine.state)"), edits=edits), POLICY)
    made.close()
    assert result.output.text == "snapshot\n"


def test_preload_that_fails_is_told_and_does_no_harm(plan: Plan) -> None:
    import msgspec

    made = open_box(msgspec.structs.replace(plan, preload=("decimal", "no_such_module")))
    assert made.facts["missing"] == ["no_such_module"]
    source = "import sys; print('decimal' in sys.modules)"
    assert made.run(Job(Snippet(source)), POLICY).output.text == "True\n"
    made.close()


def test_jobs_of_other_trees_and_folders_follow_each_other(plan: Plan, tmp_path: Path) -> None:
    for name in ("one", "two"):
        laid = tmp_path / "trees" / name
        laid.mkdir()
        (laid / "name").write_text(name)
        hand_over(laid, 0o755)
        hand_over(laid / "name", 0o644)
    made = open_box(plan)
    source = "import os; print(os.getcwd(), open('name').read()); open('name', 'a').write('!')"
    order = [("one", "a"), ("one", "a"), ("one", "a"), ("one", "b"), ("two", "b"), ("one", "a")]
    for tree, folder in order * 2:
        result = made.run(Job(Snippet(source), tree=tree, folder=folder), POLICY)
        assert result.output.text == f"/work/{folder} {tree}\n"
    made.close()
