"""A split run: the tests in one box, the repaired modules in another, plain values between."""

from __future__ import annotations

import threading
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import PurePosixPath

from msgspec.structs import replace

from workbench.sandbox.box import Box
from workbench.sandbox.job import Job, Pytest, Result, Serve, Status
from workbench.sandbox.plan import Plan
from workbench.sandbox.policy import Policy
from workbench.sandbox.pool import Handle, Pool
from workbench.sandbox.runner.split import READY

_PATIENCE = 20.0


@dataclass(frozen=True, slots=True)
class Cut:
    """Where a project is cut in two: the modules of the other half, and where it finds them."""

    modules: Mapping[str, str]
    roots: tuple[str, ...]


def cut_at(paths: Collection[str], files: Collection[str]) -> Cut | None:
    """Return how to cut the project at the modules `paths`; None if one is no module."""
    modules: dict[str, str] = {}
    roots: dict[str, None] = {}
    for path in map(PurePosixPath, sorted(paths)):
        if path.suffix != ".py" or not path.stem.isidentifier():
            return None
        root = _root(path, files)
        name = path.relative_to(root).with_suffix("")
        package = str(path.parent) if path.name == "__init__.py" else ""
        modules[".".join((name.parent if package else name).parts)] = package
        roots[str(root)] = None
    return Cut(modules, (*roots, ".", "src")) if "" not in modules else None


def _root(path: PurePosixPath, files: Collection[str]) -> PurePosixPath:
    """Return the folder from which the module is imported: the one above its outermost package."""
    folder = path.parent
    while folder.parts and str(folder / "__init__.py") in files:
        folder = folder.parent
    return folder


@dataclass(frozen=True, slots=True)
class Halves:
    """A run of tests, the same with the repair, and where the two are cut apart."""

    tests: Job
    repaired: Job
    cut: Cut
    beside: Plan
    """Of the box with the repair: one that is warm for the other circumstances will do."""


def run_split(pool: Pool, plan: Plan, policy: Policy, halves: Halves, handle: Handle) -> Result:
    """Run the tests of one half against the modules of the other; return what the tests did."""
    work = halves.tests.work
    if not isinstance(work, Pytest):
        raise TypeError("only pytest can be split")
    work = replace(work, split=halves.cut.modules)
    tests = replace(halves.tests, work=work)
    repaired = replace(halves.repaired, work=Serve(halves.cut.roots))
    with pool.pair(plan, halves.beside) as (here, there):
        if not handle.begin(here):
            return Result(Status.KILLED, "it was cancelled")
        try:
            return _Talk(here, there).run(tests, repaired, policy)
        finally:
            handle.end()


class _Talk:
    """Two boxes that talk to each other through us."""

    def __init__(self, here: Box, there: Box) -> None:
        self._here = here
        self._there = there
        self._ready = threading.Event()
        self._greeting = b""
        self._over = False
        self._left = False
        """The half with the repair ended of its own will before the tests did."""

    def run(self, tests: Job, repaired: Job, policy: Policy) -> Result:
        serving = threading.Thread(target=self._serve, args=(repaired, policy))
        serving.start()
        try:
            if not self._ready.wait(_PATIENCE) or self._over:
                return Result(Status.ERROR, "the repaired module could not be served")
            result = self._here.run(tests, policy, on_peer=self._there.tell_peer)
            if self._left:
                return Result(Status.CRASH, "the repaired module ended its process")
            return result
        finally:
            if not self._over:
                self._there.cancel()
            serving.join()

    def _serve(self, repaired: Job, policy: Policy) -> None:
        try:
            result = self._there.run(repaired, policy, on_peer=self._hear)
            self._left = result.status in {Status.OK, Status.FAILED, Status.CRASH}
        finally:
            self._over = True
            if self._ready.is_set():
                self._here.cancel()
            self._ready.set()

    def _hear(self, data: bytes) -> None:
        """Pass on what the repaired half says, after its greeting."""
        if not self._ready.is_set():
            self._greeting += data
            if len(self._greeting) < len(READY):
                return
            data = self._greeting[len(READY) :]
            self._ready.set()
        if data:
            self._here.tell_peer(data)
