"""Candidates a second in the sandbox, beside a bare fork server and beside `docker run`."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from bench.harness import Row, Sample, at_least, at_most, in_turn, sample, under
from bench.home import Unmeasured
from bench.process import MIB, proportional
from workbench.errors import WorkbenchError
from workbench.sandbox.box import Box
from workbench.sandbox.choice import load
from workbench.sandbox.engines.namespaces import TREES, binds
from workbench.sandbox.interpreter import find_interpreter
from workbench.sandbox.job import Direct, Job, Pytest, Status, Work
from workbench.sandbox.plan import Plan
from workbench.sandbox.policy import Policy
from workbench.sandbox.pool import Pool
from workbench.sandbox.snapshot import Store

_ROUNDS, _PYTEST, _DIRECT = 15, 10, 40
_COLD = 5
_TEST = "test_calc.py::test_add"
_FILES = {
    "calc.py": "def add(a, b):\n    return a + b\n",
    "test_calc.py": "from calc import add\n\n\ndef test_add():\n    assert add(1, 2) == 3\n",
}
_WORKS: dict[str, Work] = {"pytest": Pytest(("-q",)), "direct": Direct((_TEST,))}
_BARE = Path(__file__).parent / "children" / "bare_fork.py"
Rate = Callable[[], float]


@dataclass(frozen=True)
class Ground:
    """A trivial project, and what is needed to run it in a box."""

    project: Path
    plan: Plan
    tree: str


def measure() -> list[Row]:
    """Compare the lanes in turns; each figure is that of one box, one candidate after the other."""
    with ExitStack() as stack:
        ground = stack.enter_context(_ground())
        idle = _idle(ground)
        bare = stack.enter_context(_bare(ground))
        ours = stack.enter_context(_box("namespaces", ground.plan))
        docker = _docker(stack, ground)
        lanes = [
            lane
            for kind, count in (("pytest", _PYTEST), ("direct", _DIRECT))
            for lane in (
                _rate(count, partial(_ask, bare, kind)),
                _rate(count, _candidate(ours, ground, kind)),
                _rate(count, _candidate(docker, ground, kind)),
            )
        ]
        rates = [sample(found, "/s") for found in in_turn(_ROUNDS, lanes)]
        return [*_lanes(rates), *_docker_run(ground, rates[4]), *_boots(ground), idle]


def _lanes(rates: list[Sample]) -> Iterator[Row]:
    """Make the rows of what was measured: bare, namespaces, Docker; pytest, then direct."""
    for what, goal, lane in (("pytest", 0.85, rates[:3]), ("direct", 0.65, rates[3:])):
        bare, ours, docker = lane
        beside = f"{ours.text} beside {bare.text}"
        yield at_least(f"isolated {what}, of a bare fork server", _ratio(ours, bare), goal, beside)
        beside = f"{docker.text} beside {ours.text}"
        yield at_least(f"warm Docker {what}, of namespaces", _ratio(docker, ours), 0.7, beside)


def _ratio(one: Sample, other: Sample) -> Sample:
    pairs = zip(one.values, other.values, strict=True)
    return sample((mine / theirs for mine, theirs in pairs), "times")


def _rate(count: int, candidate: Callable[[], object]) -> Rate:
    def rate() -> float:
        began = time.perf_counter()
        for _ in range(count):
            candidate()
        return count / (time.perf_counter() - began)

    return rate


def _candidate(box: Box, ground: Ground, kind: str) -> Callable[[], None]:
    job, policy = Job(_WORKS[kind], tree=ground.tree), Policy()

    def run() -> None:
        result = box.run(job, policy)
        if result.status is not Status.OK:
            raise Unmeasured(f"a candidate ended as {result.status}: {result.reason}")

    return run


def _docker_run(ground: Ground, direct: Sample) -> list[Row]:
    """Compare with a container for each candidate, of the same image and mounts."""
    command = _cold_command(ground)
    cold = sample((1 / _wall(command) for _ in range(_COLD)), "/s")
    times = sample((direct.median / one for one in cold.values), "times")
    beside = f"{direct.text} beside {cold.text}"
    return [at_least("isolated direct, of `docker run … pytest`", times, 100, beside)]


def _cold_command(ground: Ground) -> list[str]:
    from workbench.sandbox.daemon import connect
    from workbench.sandbox.images import prepare_skeleton

    client = connect()
    image = prepare_skeleton(client)
    client.close()
    mounts = [
        f"--mount=type=bind,source={source},target={target},readonly"
        for source, target in binds(ground.plan)
    ]
    options = ["--rm", "--network=none", "--log-driver=none", "--tmpfs=/tmp"]
    pytest = [ground.plan.interpreter.executable, "-m", "pytest", "-q", "-pno:cacheprovider"]
    where = f"--workdir={TREES}/{ground.tree}"
    return ["docker", "run", *options, *mounts, where, image, *pytest]


def _boots(ground: Ground) -> list[Row]:
    python = [ground.plan.interpreter.executable, "-c", "pass"]

    def boot() -> float:
        began = time.perf_counter()
        with _box("namespaces", ground.plan):
            return time.perf_counter() - began

    boots, bare = in_turn(_ROUNDS, [boot, lambda: _wall(python)])
    times = sample((one / other for one, other in zip(boots, bare, strict=True)), "times")
    beside = f"{sample(boots, 'ms', 1000).text} beside {sample(bare, 'ms', 1000).text}"
    return [at_most("an engine boots, of `python -c pass`", times, 20, beside)]


def _idle(ground: Ground) -> Row:
    """Measure what two warm boxes, which have each done a job, keep in memory."""
    with Pool("namespaces", 2) as pool, pool.pair(ground.plan, ground.plan) as boxes:
        for box in boxes:
            _candidate(box, ground, "direct")()
        time.sleep(0.5)
        held = sum(proportional(pid) for pid in _descendants(os.getpid()))
    return under("an idle pool of two boxes", sample([held / MIB], "MB"), 120)


def _descendants(root: int) -> set[int]:
    """Return the processes that this one and its children began."""
    parents = {
        int(path.name): int(path.joinpath("stat").read_text().rpartition(")")[2].split()[1])
        for path in Path("/proc").iterdir()
        if path.name.isdigit()
    }
    found, grown = set[int](), {root}
    while grown:
        found |= grown
        grown = {pid for pid, parent in parents.items() if parent in grown}
    return found - {root}


def _wall(command: list[str]) -> float:
    began = time.perf_counter()
    done = subprocess.run(command, capture_output=True, check=False)
    if done.returncode:
        raise Unmeasured(f"{command[0]} ended with {done.returncode}: {done.stderr[-300:]!r}")
    return time.perf_counter() - began


@contextmanager
def _ground() -> Iterator[Ground]:
    folder = Path(tempfile.mkdtemp(prefix="wb-bench-"))
    try:
        project = folder / "project"
        project.mkdir()
        for name, text in _FILES.items():
            (project / name).write_text(text, encoding="utf-8")
        with Store(folder / "store") as store:
            layer = store.materialise(store.take(project))
            interpreter = find_interpreter(project, sys.executable, {}, folder)
            yield Ground(project, Plan(interpreter, str(store.trees), str(project)), layer.tree)
    finally:
        shutil.rmtree(folder)


@contextmanager
def _box(engine: str, plan: Plan) -> Iterator[Box]:
    line = load(engine).open_line(plan)
    box = Box(line, plan)
    try:
        yield box
    finally:
        box.close()


def _docker(stack: ExitStack, ground: Ground) -> Box:
    try:
        return stack.enter_context(_box("docker", ground.plan))
    except WorkbenchError as error:
        raise Unmeasured(f"Docker: {error.sentence}") from error


@contextmanager
def _bare(ground: Ground) -> Iterator[subprocess.Popen[str]]:
    command = [ground.plan.interpreter.executable, str(_BARE), str(ground.project), _TEST]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as server:
        _expect(server, "ready")
        yield server
        server.communicate()


def _ask(server: subprocess.Popen[str], kind: str) -> None:
    if server.stdin is None:
        raise Unmeasured("the bare fork server has no input")
    server.stdin.write(f"{kind}\n")
    server.stdin.flush()
    _expect(server, "0")


def _expect(server: subprocess.Popen[str], answer: str) -> None:
    line = server.stdout.readline() if server.stdout else ""
    if line.strip() != answer:
        raise Unmeasured(f"the bare fork server said {line.strip()!r}")
