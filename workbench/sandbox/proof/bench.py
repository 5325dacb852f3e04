"""Where proofs are made: the jobs of a proof, and the circumstances under which they run."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from hashlib import sha256

import msgspec

from workbench.sandbox.job import File, Job, Pytest, Result
from workbench.sandbox.plan import Plan
from workbench.sandbox.policy import Policy
from workbench.sandbox.pool import Abandoned, Handle, Pool
from workbench.sandbox.proof import gate
from workbench.sandbox.proof.ground import Ground, Touch
from workbench.sandbox.proof.outcomes import Run
from workbench.sandbox.proof.places import object_to_place
from workbench.sandbox.proof.records import parse_records
from workbench.sandbox.proof.tested import known_tests
from workbench.sandbox.snapshots.values import Layer, Snapshot
from workbench.splice import parses

_CODE = (".py", ".pyc", ".pyo", ".pyi")


@dataclass(frozen=True, slots=True)
class Circumstances:
    """What an honest repair does not depend on."""

    hash_seed: int = 0
    shuffle: int | None = None
    folder: str = "project"


ORDINARY = Circumstances()
OTHER = Circumstances(1, 7, "checkout")
"""All that may be different at once."""
APART = (Circumstances(1, None, "p"), Circumstances(0, 7, "p"))
"""The same apart, for projects of which not all may be different."""


@dataclass(frozen=True)
class Bench:
    """Where proofs are made: boxes, limits, and one state of the project."""

    pool: Pool
    plan: Plan
    policy: Policy
    level: int
    snapshot: Snapshot
    layer: Layer
    ground: Ground
    read: Callable[[str], bytes]
    """The content of a path of the snapshot."""
    arguments: tuple[str, ...] = ()
    """What pytest is told, such as which tests to run."""
    endless: tuple[str, ...] = ()
    """Tests that do not end on the base; it is not waited for them there."""
    seen: frozenset[str] = frozenset()
    """Tests that have been seen to fail on the base."""
    plugins: tuple[str, ...] = ()
    handle: Handle = field(default_factory=Handle)
    """Ends whatever is under way."""

    @cached_property
    def protected(self) -> tuple[str, ...]:
        """Return the files that no repair may touch: they are read-only in the box."""
        paths = self.snapshot.entries
        return tuple(path for path in paths if self._is_forbidden(path))

    def _is_forbidden(self, path: str) -> bool:
        return object_to_place(Touch(path, b"", None, {}, self.ground)) is not None

    def job(
        self,
        change: gate.Change,
        at: Circumstances = ORDINARY,
        tests: Mapping[str, str] | None = None,
    ) -> Job:
        """Return a full run of the tests with `change`, and with other test files if need be."""
        edits = dict(self.layer.edits)
        edits |= {path: self._file(path, content) for path, content in change.items()}
        edits |= {path: File(text.encode()) for path, text in (tests or {}).items()}
        return Job(
            self._work(at.shuffle, change),
            tree=self.layer.tree,
            edits=edits,
            protected=self.protected,
            folder=at.folder,
            seed=at.hash_seed,
        )

    def _work(self, shuffle: int | None, change: gate.Change) -> Pytest:
        """Return what pytest is to do; a repair has all the time there is to end."""
        endless = () if change else self.endless
        return Pytest(self.arguments, self.plugins, shuffle, endless=endless, brief=True)

    def tests_half(self, change: gate.Change) -> Job:
        """Return the tests' half of a split run: the other has the change."""
        return msgspec.structs.replace(self.job({}), work=self._work(None, change))

    def job_without_tests(self, change: gate.Change) -> Job:
        """Return the same where no test can be read: what it expects is not to be found there."""
        job = self.job(change)
        hidden = {path: None for path in self.protected if path.endswith(_CODE)}
        return msgspec.structs.replace(job, edits=dict(job.edits) | hidden, protected=())

    @cached_property
    def known(self) -> Mapping[str, bool]:
        """Return the test functions that the sources define, with whether they may be skipped."""
        if self.arguments:
            return {}  # They may choose among the tests.
        found: dict[str, bool] = {}
        for path in sorted(self.ground.tests):
            text = self.read(path).decode("utf-8", "replace")
            found |= known_tests(path, text) if parses(text) else {}
        return found

    def _file(self, path: str, content: bytes | None) -> File | None:
        entry = self.snapshot.entries.get(path)
        executable = entry is not None and entry.kind == "executable"
        return None if content is None else File(content, executable)

    def run(self, job: Job, at: Circumstances = ORDINARY, policy: Policy | None = None) -> Run:
        result = self.pool.run(self.plan_at(at), job, policy or self.policy, handle=self.handle)
        return self.heeded(as_run(result, shuffled=at.shuffle is not None))

    def plan_at(self, at: Circumstances) -> Plan:
        return msgspec.structs.replace(self.plan, hash_seed=at.hash_seed)

    def heeded(self, run: Run) -> Run:
        """Return a run, unless it only ended because nobody wants it any more."""
        if self.handle.is_cancelled:
            raise Abandoned
        return run


def as_run(result: Result, *, shuffled: bool = False) -> Run:
    """Return the result of a pytest job as the judge wants it."""
    return Run(
        status=result.status,
        exit=result.exit,
        stream=parse_records(result.records, result.nonce),
        shuffled=shuffled,
        output=sha256(result.output.text.encode()).hexdigest(),
    )
