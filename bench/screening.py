"""How many candidates the screening lane tries: plain tests, tests with fixtures, a package."""

from __future__ import annotations

import shutil
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from bench.harness import Row, at_least, sample, told
from bench.home import Unmeasured
from workbench.healing.candidate import Candidate, candidate
from workbench.healing.searching.lane import Lane
from workbench.sandbox.interpreter import find_interpreter
from workbench.sandbox.plan import Plan
from workbench.sandbox.policy import Policy
from workbench.sandbox.pool import Pool
from workbench.sandbox.snapshot import Store
from workbench.splice import Edit

_ROUNDS = 3
_IN_FLIGHT, _BATCH = 256, 64
_PATIENCE = 60.0
_MODULES = 50
_CODE = '''
def merge(a, b):
    """Merge two sorted lists."""
    result = []
    i = 0
    j = 0
    while i < len(a) and j < len(b):
        if a[i] <= b[j]:
            result.append(a[i])
            i += 1
        else:
            result.append(b[j])
            j += 1
    result.extend(a[i:] or b[j+1:])
    return result


def mergesort(items):
    if len(items) <= 1:
        return items
    middle = len(items) // 2
    left = mergesort(items[:middle])
    right = mergesort(items[middle:])
    return merge(left, right)
'''
_TESTS = """
import pytest
from {module} import merge, mergesort


@pytest.mark.parametrize("items, wanted", [
    ([], []),
    ([1], [1]),
    ([2, 1], [1, 2]),
    ([3, 1, 2], [1, 2, 3]),
    ([5, 4, 3, 2, 1], [1, 2, 3, 4, 5]),
    (list(range(20, 0, -1)), list(range(1, 21))),
])
def test_sort(items, wanted{fixture}):
    assert mergesort(items) == wanted


def test_merge():
    assert merge([1], [2]) == [1, 2]
"""
_FAULT = "b[j+1:]"
Files = Mapping[str, str]


def measure() -> list[Row]:
    """Count candidates by the seconds that host and box compute, as if both had one core alone."""
    plain, fixtures, package = _plain(""), _plain(", tmp_path"), _package()
    exchanged = [_exchanged(plain, "sorting.py", _FAULT, f"b[{n}+j:]") for n in range(1, 3000)]
    constants = [
        _exchanged(package, "pkg/sorting.py", "LIMIT = 0", f"LIMIT = {n}") for n in range(1, 60)
    ]
    return [
        _row("plain functions", plain, exchanged, 1500),
        _row("tests that need fixtures of pytest", fixtures, exchanged[:500], 60),
        _row(f"a constant in a package of {_MODULES} modules", package, constants, 20),
        told("the baseline of seven tests", sample(_openings(plain), "s")),
    ]


def _row(what: str, files: Files, candidates: list[Candidate], goal: float) -> Row:
    rates = sample((_rate(files, candidates) for _ in range(_ROUNDS)), "/s")
    return at_least(f"candidates screened, {what}", rates, goal)


def _openings(files: Files) -> Iterator[float]:
    for _ in range(_ROUNDS):
        began = time.perf_counter()
        with _lane(files):
            yield time.perf_counter() - began


def _rate(files: Files, candidates: list[Candidate]) -> float:
    with _lane(files) as idle:
        pass
    with _lane(files) as lane:
        began = time.process_time()
        _try(lane, candidates)
        host = time.process_time() - began
    return len(candidates) / (host + _computed(lane) - _computed(idle))


def _computed(lane: Lane) -> float:
    """Return how long the box computed in all."""
    if lane._result is None:
        raise Unmeasured("the lane has not ended")
    return lane._result.cpu


def _try(lane: Lane, candidates: list[Candidate]) -> None:
    waiting, done, at = 0, 0, 0
    until = time.monotonic() + _PATIENCE
    while done < len(candidates):
        while at < len(candidates) and waiting < _IN_FLIGHT:
            batch = list(enumerate(candidates))[at : at + _BATCH]
            lane.submit(batch)
            at, waiting = at + len(batch), waiting + len(batch)
        found = len(lane.collect(1.0))
        done, waiting = done + found, waiting - found
        if time.monotonic() > until:
            raise Unmeasured(f"{done} of {len(candidates)} verdicts came")


def _plain(fixture: str) -> Files:
    tests = _TESTS.format(module="sorting", fixture=fixture)
    return {"sorting.py": _CODE, "test_sorting.py": tests}


def _package() -> Files:
    modules = {
        f"pkg/m{n}.py": "import json\nimport re\n\nfrom . import sorting\n" + 4 * _CODE
        for n in range(_MODULES)
    }
    imports = "".join(f"from . import m{n}\n" for n in range(_MODULES))
    tests = _TESTS.format(module="pkg.sorting", fixture="")
    sorting = f"LIMIT = 0\n{_CODE}"
    return {
        **modules,
        "pkg/__init__.py": imports,
        "pkg/sorting.py": sorting,
        "test_sorting.py": tests,
    }


def _exchanged(files: Files, path: str, old: str, new: str) -> Candidate:
    start = files[path].index(old)
    return candidate(path, [Edit(start, start + len(old), new)], "bench:exchange", 0.1)


@contextmanager
def _lane(files: Files) -> Iterator[Lane]:
    folder = Path(tempfile.mkdtemp(prefix="wb-bench-"))
    try:
        project = folder / "project"
        for name, text in files.items():
            (project / name).parent.mkdir(parents=True, exist_ok=True)
            (project / name).write_text(text, encoding="utf-8")
        with Store(folder / "store") as store, Pool("namespaces", 2) as pool:
            layer = store.materialise(store.take(project))
            interpreter = find_interpreter(project, sys.executable, {}, folder)
            plan = Plan(interpreter, str(store.trees), str(project))
            policy = Policy(wall_seconds=90, cpu_seconds=90)
            with Lane.open(pool, plan, policy, layer) as lane:
                yield lane
    finally:
        shutil.rmtree(folder)
