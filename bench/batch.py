"""What a batch costs over a project whose tests all pass, beside pytest alone."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

from bench.harness import Row, Sample, at_most, in_turn, sample, told
from bench.home import Unmeasured, workspace
from bench.peers import workbench_program
from workbench.shipped import config_file
from workbench.workspace import Workspace

_ROUNDS = 3
_LIMIT = 1.15
_SMALL = 4
_MODULES, _TESTS = 12, 15
_SOURCE = '''
import json
from collections import Counter
from hashlib import sha256


def records(seed, count):
    """Make records that look random and are the same each time."""
    for number in range(count):
        digest = sha256(f"{seed}:{number}".encode()).hexdigest()
        yield {"id": number, "name": digest[:8], "tags": [digest[8:10], digest[10:12]]}


def summary(seed, count):
    read = json.loads(json.dumps(list(records(seed, count))))
    tags = Counter(tag for one in read for tag in one["tags"])
    names = sorted(read, key=lambda one: (one["name"], -one["id"]))
    return {"most": tags.most_common(3), "first": names[0]["name"], "total": sum(tags.values())}
'''
_TEST = """
import pytest

from records import summary


@pytest.mark.parametrize("seed", range({count}))
def test_summary(seed):
    found = summary(seed + {module}, {work})
    assert found["total"] == 2 * {work}
    assert len(found["first"]) == 8
"""


def measure() -> list[Row]:
    """Run both from cold in turns: no host, no journal, nothing that a run before has left."""
    large = _compared(_MODULES, _TESTS, work=9_000)
    small = _compared(1, _SMALL, work=10)
    return [
        at_most("`--batch` on a green project, of pytest", _ratio(large), _LIMIT, _beside(large)),
        told(f"the same with {_SMALL} trivial tests", _ratio(small), _beside(small)),
    ]


def _compared(modules: int, tests: int, work: int) -> tuple[Sample, Sample]:
    with workspace() as made:
        _write(made.project, modules, tests, work)
        plan = str(shutil.copy(config_file("plans/ci.toml"), made.project / "ci.toml"))
        ours, theirs = in_turn(
            _ROUNDS, [partial(_cold, made, partial(_batch, made, plan)), partial(_pytest, made)]
        )
        return sample(ours, "s"), sample(theirs, "s")


def _write(project: Path, modules: int, tests: int, work: int) -> None:
    (project / "records.py").write_text(_SOURCE, encoding="utf-8")
    for module in range(modules):
        text = _TEST.format(count=tests, module=module * tests, work=work)
        (project / f"test_{module}.py").write_text(text, encoding="utf-8")


def _cold(made: Workspace, run: Callable[[], float]) -> float:
    for left in (made.folder, made.project / "reports"):
        shutil.rmtree(left, ignore_errors=True)
    return run()


def _batch(made: Workspace, plan: str) -> float:
    return _wall([workbench_program(), "--batch", plan], made.project)


def _pytest(made: Workspace) -> float:
    return _wall([sys.executable, "-m", "pytest", "-q"], made.project)


def _wall(command: list[str], project: Path) -> float:
    began = time.perf_counter()
    done = subprocess.run(command, cwd=project, env=os.environ, capture_output=True, check=False)
    if done.returncode:
        raise Unmeasured(f"{Path(command[0]).name} ended with {done.returncode}: {done.stdout!r}")
    return time.perf_counter() - began


def _ratio(pair: tuple[Sample, Sample]) -> Sample:
    rounds = zip(pair[0].values, pair[1].values, strict=True)
    return sample((ours / theirs for ours, theirs in rounds), "times")


def _beside(pair: tuple[Sample, Sample]) -> str:
    return f"{pair[0].text} beside {pair[1].text}"
