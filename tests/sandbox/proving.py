"""Projects with a planted bug, the benches on which repairs of them are proved, plain runs."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import msgspec
import pytest

from tests.sandbox.interpreters import interpreter_of
from workbench.sandbox.job import Result
from workbench.sandbox.plan import Level, Plan
from workbench.sandbox.policy import Policy
from workbench.sandbox.pool import Pool
from workbench.sandbox.proof.bench import Bench, as_run
from workbench.sandbox.proof.ground import survey
from workbench.sandbox.proof.judge import Judgement, judge
from workbench.sandbox.proof.prove import Prover, Verdict
from workbench.sandbox.snapshot import Store

POLICY = Policy(wall_seconds=30, cpu_seconds=20)


class Project(msgspec.Struct, frozen=True):
    """A project whose bug makes the failing tests fail."""

    name: str
    files: Mapping[str, str]
    failing: tuple[str, ...]
    main: str
    """The module with the bug."""
    links: Mapping[str, str] = msgspec.field(default_factory=dict)

    @property
    def tests(self) -> list[str]:
        names = {path: path.rpartition("/")[2] for path in self.files}
        return [path for path, name in names.items() if name.startswith("test_")]


@dataclass
class Proving:
    """One pool and one store for all projects; what concerns a base is done once."""

    pool: Pool
    store: Store
    folder: Path
    _provers: dict[str, Prover] = field(default_factory=dict)
    _benches: dict[str, Bench] = field(default_factory=dict)

    def bench(self, project: Project) -> Bench:
        if project.name not in self._benches:
            self._benches[project.name] = self.new_bench(project)
        return self._benches[project.name]

    def new_bench(self, project: Project, policy: Policy = POLICY) -> Bench:
        """Take the project's state and return a bench over it."""
        snapshot = self.store.take(_written(project, self.folder / project.name))
        layer = self.store.materialise(snapshot)
        ground = survey(snapshot.entries, {"pytest"}, sys.stdlib_module_names, tests=project.tests)
        read = lambda path: self.store.read(snapshot, path)  # noqa: E731
        level = int(Level.FULL)
        return Bench(self.pool, self.plan, policy, level, snapshot, layer, ground, read)

    @property
    def plan(self) -> Plan:
        """Return one plan for all projects, so that they share their boxes."""
        version = f"{sys.version_info[0]}.{sys.version_info[1]}"
        interpreter = interpreter_of(version, self.folder)
        assert interpreter, "the suite itself runs in a Python that a box can have"
        return Plan(interpreter, str(self.store.trees), str(self.folder / "live"))

    def prover(self, project: Project) -> Prover:
        if project.name not in self._provers:
            self._provers[project.name] = Prover(self.bench(project))
        return self._provers[project.name]

    def prove(self, project: Project, change: Mapping[str, str | bytes | None]) -> Verdict:
        return self.prover(project).prove(as_bytes(change), project.failing)

    def plainly(self, project: Project, change: Mapping[str, str | bytes | None]) -> Result:
        """Run pytest once on the changed project: what is believed where nobody looks closer."""
        bench = self.bench(project)
        return self.pool.run(bench.plan, bench.job(as_bytes(change)), bench.policy)

    def believed(self, project: Project, result: Result) -> Judgement:
        """Judge one plain run by its records alone."""
        return judge(self.prover(project).base(), as_run(result), project.failing)


def as_bytes(change: Mapping[str, str | bytes | None]) -> dict[str, bytes | None]:
    return {path: one.encode() if isinstance(one, str) else one for path, one in change.items()}


def _written(project: Project, folder: Path) -> Path:
    folder.mkdir()
    for path, content in project.files.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(content, encoding="utf-8")
    for path, target in project.links.items():
        (folder / path).symlink_to(target)
    return folder


@contextmanager
def proving(folder: Path) -> Iterator[Proving]:
    """Open what proofs need in `folder`."""
    with Store(folder / "store") as store, Pool("namespaces", 2) as pool:
        yield Proving(pool, store, folder)


def in_groups(cases: Sequence[Any], name: str) -> list[Any]:
    """Return the cases as parameters; two workers can share them, each with boxes of its own."""
    return [
        pytest.param(case, id=case.name, marks=pytest.mark.xdist_group(f"{name}-{at % 2}"))
        for at, case in enumerate(cases)
    ]
