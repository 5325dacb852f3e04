"""The proof protocol: what a repair must pass before anybody may call it verified.

The verdict is computed out here. Nothing that ran in a box is believed but the records of pristine
tests, and those only as far as three questions agree: do the tests pass, under several
circumstances; do they pass when the repair is in another process; do they fail when they must.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from hashlib import sha256
from pathlib import Path
from typing import Literal

import msgspec

from workbench.sandbox.job import File, Job, Pytest, Result
from workbench.sandbox.plan import RUNNER, Plan
from workbench.sandbox.policy import Policy
from workbench.sandbox.pool import Pool
from workbench.sandbox.proof import gate
from workbench.sandbox.proof.ground import Ground, Touch
from workbench.sandbox.proof.halves import Cut, cut_at, run_split
from workbench.sandbox.proof.judge import Judgement, judge_all
from workbench.sandbox.proof.outcomes import Reading, Reason, Run, read
from workbench.sandbox.proof.places import object_to_place
from workbench.sandbox.proof.records import Refusal, parse_records
from workbench.sandbox.proof.trial import Trial, Twinned, twin_rounds
from workbench.sandbox.snapshots.values import Layer, Snapshot

Guard = Literal["split", "twins", "none"]
_UNCROSSABLE = "Uncrossable"


@dataclass(frozen=True, slots=True)
class Circumstances:
    """What an honest repair does not depend on."""

    hash_seed: int = 0
    shuffle: int | None = None
    folder: str = "project"


ORDINARY = Circumstances()
OTHERS = (Circumstances(1, None, "checkout"), Circumstances(1, 7, "p"))


class Verdict(msgspec.Struct, frozen=True):
    """What is known of a repair, and everything that this rests on."""

    accepted: bool
    reasons: tuple[tuple[str, str], ...]
    """Codes and sentences of all that speaks against it."""
    base: str
    result: str
    """The digests of the project before and after."""
    change: Mapping[str, str]
    """The digest of each changed file, empty for one that goes."""
    failing: tuple[str, ...]
    outcomes: Mapping[str, str]
    guards: Mapping[str, Guard]
    """What keeps each of the failing tests from being talked into a yes."""
    circumstances: int
    engine: str
    level: int
    interpreter: str
    policy: str
    harness: str

    @property
    def digest(self) -> str:
        """Name the verdict with everything that it rests on; the same proof has the same name."""
        return sha256(msgspec.json.encode(self, order="deterministic")).hexdigest()


@dataclass(frozen=True)
class _Tried:
    """What the runs of a repair showed."""

    reasons: tuple[Reason, ...]
    outcomes: Mapping[str, str] = field(default_factory=dict)
    count: int = 0
    guards: Mapping[str, Guard] = field(default_factory=dict)


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
    plugins: tuple[str, ...] = ()

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
            Pytest(self.arguments, self.plugins, at.shuffle),
            tree=self.layer.tree,
            edits=edits,
            protected=self.protected,
            folder=at.folder,
            seed=at.hash_seed,
        )

    def _file(self, path: str, content: bytes | None) -> File | None:
        entry = self.snapshot.entries.get(path)
        executable = entry is not None and entry.kind == "executable"
        return None if content is None else File(content, executable)

    def run(self, job: Job, at: Circumstances = ORDINARY) -> Run:
        plan = msgspec.structs.replace(self.plan, hash_seed=at.hash_seed)
        return as_run(self.pool.run(plan, job, self.policy), shuffled=at.shuffle is not None)


def as_run(result: Result, *, shuffled: bool = False) -> Run:
    """Return the result of a pytest job as the judge wants it."""
    return Run(
        status=result.status,
        exit=result.exit,
        stream=parse_records(result.records, result.nonce),
        shuffled=shuffled,
        output=sha256(result.output.text.encode()).hexdigest(),
    )


class Prover:
    """Makes the proofs over one state of a project; what concerns the base is done once."""

    def __init__(self, bench: Bench) -> None:
        self._bench = bench
        self._bases: dict[Circumstances, Run] = {}

    def base(self, at: Circumstances = ORDINARY) -> Run:
        """Run the tests on the base, under the same harness as every repair."""
        if at not in self._bases:
            self._bases[at] = self._bench.run(self._bench.job({}, at), at)
        return self._bases[at]

    def prove(self, change: gate.Change, failing: Sequence[str]) -> Verdict:
        """Say whether `change` makes the failing tests pass and nothing else fail."""
        before = {path: self._bench.read(path) for path in change if self._holds(path)}
        objections = gate.objections(self._bench.ground, change, before)
        if objections:
            reasons = tuple(Reason(one.code, f"{one.path}: {one.sentence}") for one in objections)
            return self._verdict(change, failing, _Tried(reasons))
        return self._try(change, tuple(failing))

    def _holds(self, path: str) -> bool:
        entry = self._bench.snapshot.entries.get(path)
        return entry is not None and entry.kind != "link"

    def _try(self, change: gate.Change, failing: tuple[str, ...]) -> Verdict:
        judgement, run, count = self._repeated(change, failing)
        tried = _Tried(judgement.reasons, judgement.outcomes, count)
        if judgement.accepted:
            guards, reasons = self._guarded(change, run, _targets(judgement, failing))
            tried = replace(tried, reasons=reasons, guards=guards)
        return self._verdict(change, failing, tried)

    def _repeated(
        self, change: gate.Change, failing: tuple[str, ...]
    ) -> tuple[Judgement, Run, int]:
        """Run under ordinary circumstances, then under the others in which the base is the same."""
        run = self._bench.run(self._bench.job(change))
        judgement = judge_all(self.base(), [run], failing)
        count = 1
        for at in self._steady() if judgement.accepted else ():
            again = self._bench.run(self._bench.job(change, at), at)
            judgement = judge_all(self.base(), [run, again], failing)
            count += 1
            if not judgement.accepted:
                break
        return judgement, run, count

    def _steady(self) -> Iterator[Circumstances]:
        """Yield the circumstances that make no difference to the base."""
        ordinary = read(self.base(), "The base")
        for at in OTHERS:
            other = read(self.base(at), "The base")
            if (
                isinstance(ordinary, Reading)
                and isinstance(other, Reading)
                and ordinary.outcomes == other.outcomes
            ):
                yield at

    def _guarded(
        self, change: gate.Change, run: Run, targets: Sequence[str]
    ) -> tuple[dict[str, Guard], tuple[Reason, ...]]:
        """Ask again in ways that a repair which only fakes success does not survive."""
        guards: dict[str, Guard] = dict.fromkeys(targets, "none")
        across, against = self._across(change, run, targets)
        guards |= dict.fromkeys(across, "split")
        open_ = [name for name in targets if guards[name] == "none"]
        if against or not open_:
            return guards, against
        twinned = self._twinned(change, run)
        guards |= {name: "twins" for name in open_ if name in twinned.names}
        return guards, twinned.reasons

    def _across(
        self, change: gate.Change, run: Run, targets: Sequence[str]
    ) -> tuple[list[str], tuple[Reason, ...]]:
        """Return which tests pass against the repair in another process, and which should."""
        cut = cut_at(change, self._bench.snapshot.with_changes(change).entries)
        if cut is None:
            return [], ()
        split = read(self._split(change, cut), "The split run")
        whole = read(run, "The repair")
        if not isinstance(split, Reading) or not isinstance(whole, Reading):
            return [], ()
        passed = [name for name in targets if split.outcomes.get(name) == "passed"]
        suspect = [name for name in targets if name not in passed]
        suspect = self._refuted(suspect, split, change, cut) if suspect else []
        sentence = "They pass only in one process with the repair: " + ", ".join(suspect[:3])
        return passed, (Reason("split", sentence),) if suspect else ()

    def _refuted(
        self, suspects: list[str], split: Reading, change: gate.Change, cut: Cut
    ) -> list[str]:
        """Return the tests for which a split run means something: on the base it says the same."""
        crashes = _crashes(self._split(change, cut))
        base = {path: None for path in change if path not in self._bench.snapshot.entries}
        base_split = _crashes(self._split(base, cut))
        plain = _crashes(self.base())
        return [
            name
            for name in suspects
            if name in split.outcomes
            and _UNCROSSABLE not in crashes.get(name, "")
            and name in plain
            and base_split.get(name) == plain[name]
        ]

    def _split(self, change: gate.Change, cut: Cut) -> Run:
        bench = self._bench
        tests, repaired = bench.job({}), bench.job(change)
        return as_run(
            run_split(bench.pool, bench.plan, bench.policy, tests=tests, repaired=repaired, cut=cut)
        )

    def _twinned(self, change: gate.Change, run: Run) -> Twinned:
        bench = self._bench
        reading = read(run, "The repair")
        if not isinstance(reading, Reading):
            return Twinned((), ())
        files = dict.fromkeys(name.partition("::")[0] for name in reading.ids)
        sources = {path: bench.read(path) for path in files if self._holds(path)}
        trial = Trial(sources, reading.ids, run)
        return twin_rounds(trial, lambda tests: bench.run(bench.job(change, tests=tests)))

    def _verdict(self, change: gate.Change, failing: Sequence[str], tried: _Tried) -> Verdict:
        bench = self._bench
        return Verdict(
            accepted=not tried.reasons,
            reasons=tuple((one.code, one.sentence) for one in tried.reasons),
            base=bench.snapshot.digest,
            result=_result(bench.snapshot, change),
            change={path: _hash(content) for path, content in sorted(change.items())},
            failing=tuple(sorted(failing)),
            outcomes=dict(tried.outcomes),
            guards=dict(tried.guards),
            circumstances=tried.count,
            engine=bench.pool.engine,
            level=bench.level,
            interpreter=f"{bench.plan.interpreter.executable} {bench.plan.interpreter.version}",
            policy=bench.policy.digest,
            harness=harness(),
        )


def _targets(judgement: Judgement, failing: Sequence[str]) -> list[str]:
    """Return the tests that the failing ones stand for: a file stands for all its tests."""
    return [
        name
        for name in judgement.outcomes
        if any(name == one or name.startswith((f"{one}::", f"{one}/")) for one in failing)
    ]


def _crashes(run: Run) -> dict[str, str]:
    """Return what each failing test failed with."""
    if isinstance(run.stream, Refusal):
        return {}
    reports = (one for one in run.stream.reports if one.outcome == "failed")
    return {one.id: getattr(one, "crash", "").partition(": ")[2] for one in reports}


def _result(snapshot: Snapshot, change: gate.Change) -> str:
    try:
        return snapshot.with_changes(change).digest
    except (KeyError, ValueError):
        return ""  # No project can be in such a state, which the gate has said.


def _hash(content: bytes | None) -> str:
    return "" if content is None else sha256(content).hexdigest()


def harness() -> str:
    """Return the digest of all code that a proof trusts inside a box."""
    sources = sorted(Path(RUNNER).glob("*.py"))
    return sha256(b"\0".join(source.read_bytes() for source in sources)).hexdigest()
