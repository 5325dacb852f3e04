"""Projects in a screening lane: what their tests do, and what candidates make of them."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from workbench.healing.candidate import Candidate, candidate
from workbench.healing.searching.lane import Lane
from workbench.healing.verdict import Verdict
from workbench.sandbox.interpreter import find_interpreter
from workbench.sandbox.plan import Plan
from workbench.sandbox.policy import Policy
from workbench.sandbox.pool import Pool
from workbench.sandbox.snapshot import Store
from workbench.splice import Edit

POLICY = Policy(wall_seconds=120, cpu_seconds=120)
Files = Mapping[str, str | bytes]


def replaced(files: Files, path: str, old: str, new: str) -> Candidate:
    """Exchange a piece of a file that occurs once."""
    text = files[path]
    data = text.encode() if isinstance(text, str) else text
    start = data.index(old.encode())
    return candidate(path, [Edit(start, start + len(old.encode()), new)], "test:replace", 0.1)


def inserted(path: str, at: int, new: str) -> Candidate:
    return candidate(path, [Edit(at, at, new)], "test:insert", 0.1)


def together(*candidates: Candidate) -> Candidate:
    changes = tuple(sorted(change for one in candidates for change in one.changes))
    return Candidate(changes, "test:together", 0.1)


@contextmanager
def lane_of(
    folder: Path, files: Files, *arguments: str, python: str = sys.executable
) -> Iterator[Lane]:
    project = folder / "screened"
    for name, content in files.items():
        place = project / name
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(content.encode() if isinstance(content, str) else content)
    with Store(folder / "store") as store, Pool("namespaces", 2) as pool:
        layer = store.materialise(store.take(project))
        interpreter = find_interpreter(project, python, {}, folder)
        plan = Plan(interpreter, str(store.trees), str(project))
        with Lane.open(pool, plan, POLICY, layer, arguments) as lane:
            yield lane


def tried(lane: Lane, *candidates: Candidate, cuts: int = 0) -> list[Verdict]:
    """Return the verdicts in the order of the candidates."""
    lane.submit(list(enumerate(candidates)), cuts=cuts)
    found: dict[int, Verdict] = {}
    until = time.monotonic() + 60
    while len(found) < len(candidates):
        assert time.monotonic() < until, f"no verdict on some of {candidates}"
        found |= {verdict.number: verdict for verdict in lane.collect(1.0)}
    return [found[number] for number in range(len(candidates))]


def states(lane: Lane, *candidates: Candidate) -> list[str]:
    return [verdict.state for verdict in tried(lane, *candidates)]
