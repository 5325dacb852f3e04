"""The proof protocol: what a repair must pass before anybody may call it verified.

The verdict is computed out here. Nothing that ran in a box is believed but the records of pristine
tests, and those only as far as three questions agree: do the tests pass, under several
circumstances; do they pass when the repair is in another process; do they fail when they must.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from functools import cached_property, partial
from hashlib import sha256
from math import inf
from pathlib import Path
from threading import Thread
from typing import Literal

import msgspec

from workbench.errors import SandboxError
from workbench.sandbox.plan import RUNNER
from workbench.sandbox.policy import Policy
from workbench.sandbox.proof import gate
from workbench.sandbox.proof.across import Across, Pair, compare
from workbench.sandbox.proof.bench import APART, ORDINARY, OTHER, Bench, Circumstances, as_run
from workbench.sandbox.proof.halves import Cut, Halves, cut_at, run_split
from workbench.sandbox.proof.judge import Judgement, judge_all
from workbench.sandbox.proof.outcomes import BAD, Reading, Reason, Run, listed, read
from workbench.sandbox.proof.trial import Trial, Twinned, twin_rounds
from workbench.sandbox.snapshots.values import Snapshot

Guard = Literal["split", "twins", "none"]


_LEAST, _TIMES = 3.0, 4.0
"""What takes so many seconds, and so much longer than a plain run, does not end."""


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
    arguments: tuple[str, ...]
    plugins: tuple[str, ...]
    under: tuple[str, str]
    """The versions of Python and pytest."""
    engine: str
    level: int
    interpreter: str
    policy: str
    harness: str
    """All code that the proof trusts, inside a box and out here."""

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


class Prover:
    """Makes the proofs over one state of a project; what concerns the base is done once."""

    def __init__(self, bench: Bench) -> None:
        self._bench = bench
        self._bases: dict[Circumstances, Run] = {}
        self._base_splits: dict[tuple[tuple[str, str], ...], Run] = {}
        self._warming: Thread | None = None
        self._once = inf
        """How long all tests of the base take at least."""
        self._is_barren = False
        """Twins do not come to an end on the base: nobody waits for them again."""

    def warm(self) -> None:
        """Begin to have a box for the other circumstances ready."""
        if self._warming is None:
            self._warming = Thread(target=self._get_ready, name="warming", daemon=True)
            self._warming.start()

    def _get_ready(self) -> None:
        with suppress(SandboxError):  # Whoever needs the box then is told why.
            self._bench.pool.warm(self._bench.plan_at(OTHER))

    def base(self, at: Circumstances = ORDINARY) -> Run:
        """Run the tests on the base, under the same harness as every repair."""
        if at not in self._bases:
            began = time.monotonic()
            self._bases[at] = self._bench.run(self._bench.job({}, at), at)
            self._once = min(self._once, time.monotonic() - began)
        return self._bases[at]

    def prove(self, change: gate.Change, failing: Sequence[str]) -> Verdict:
        """Say whether `change` makes the failing tests pass and nothing else fail."""
        before = {path: self._bench.read(path) for path in change if self._holds(path)}
        objections = gate.objections(self._bench.ground, change, before)
        if objections:
            reasons = (Reason(one.code, _said(one)) for one in objections)
            return self._verdict(change, failing, _Tried(tuple(reasons)))
        if unsteady := self._unsteady(failing):
            return self._verdict(change, failing, _Tried((unsteady,)))
        return self._try(change, tuple(failing))

    @cached_property
    def _base_again(self) -> Run:
        return self._bench.run(self._bench.job({}))

    def _unsteady(self, failing: Sequence[str]) -> Reason | None:
        """Refuse where a failing test fails only sometimes: nothing can be proved of it."""
        first = read(self.base(), "The base")
        if not isinstance(first, Reading):
            return None  # The judge says why nothing can be read.
        names = _named(first.outcomes, failing)
        if self._is_seen(names, first):
            return None
        second = read(self._base_again, "The base")
        if not isinstance(second, Reading):
            return None  # As above.
        differing = [name for name in names if first.outcomes[name] != second.outcomes.get(name)]
        sentence = f"The base fails them only sometimes: {listed(differing)}."
        return Reason("flaky", sentence) if differing else None

    def _is_seen(self, names: Sequence[str], first: Reading) -> bool:
        """Tell whether they fail as they did when they were seen to."""
        seen = self._bench.seen
        return bool(names) and all(one in seen and first.outcomes[one] in BAD for one in names)

    def _holds(self, path: str) -> bool:
        entry = self._bench.snapshot.entries.get(path)
        return entry is not None and entry.kind != "link"

    def _try(self, change: gate.Change, failing: tuple[str, ...]) -> Verdict:
        judgement, run, count = self._repeated(change, failing)
        tried = _Tried(judgement.reasons, judgement.outcomes, count)
        if judgement.accepted:
            targets = _named(judgement.outcomes, failing)
            guards, reasons = self._guarded(change, run, targets)
            tried = replace(tried, reasons=reasons, guards=guards)
        return self._verdict(change, failing, tried)

    def _repeated(
        self, change: gate.Change, failing: tuple[str, ...]
    ) -> tuple[Judgement, Run, int]:
        """Run under ordinary circumstances, then under the others in which the base is the same."""
        bench, known = self._bench, self._bench.known
        run = bench.run(bench.job(change))
        judgement = judge_all(self.base(), [run], failing, known)
        count = 1
        for at in self._others if judgement.accepted else ():
            again = bench.run(bench.job(change, at), at)
            judgement = judge_all(self.base(), [run, again], failing, known)
            count += 1
            if not judgement.accepted:
                break
        return judgement, run, count

    @cached_property
    def _others(self) -> tuple[Circumstances, ...]:
        """Return under what to repeat: as before if all else makes a difference to the base."""
        if self._warming:
            self._warming.join()
        return tuple(self._steady()) or (ORDINARY,)

    def _steady(self) -> Iterator[Circumstances]:
        """Yield the circumstances that make no difference to the base."""
        if self._makes_no_difference(OTHER):
            yield OTHER
        else:
            yield from filter(self._makes_no_difference, APART)

    def _makes_no_difference(self, at: Circumstances) -> bool:
        ordinary, other = read(self.base(), "The base"), read(self.base(at), "The base")
        if not isinstance(ordinary, Reading) or not isinstance(other, Reading):
            return False
        return ordinary.outcomes == other.outcomes

    def _guarded(
        self, change: gate.Change, run: Run, targets: Sequence[str]
    ) -> tuple[dict[str, Guard], tuple[Reason, ...]]:
        """Ask again in ways that a repair which only fakes success does not survive."""
        across = self._across(change, run)
        guards: dict[str, Guard] = {
            name: "split" if name in across.passed else "none" for name in targets
        }
        if across.reasons or not across.open:
            return guards, across.reasons
        twinned = self._twinned(change, run)
        guards |= {
            name: "twins" for name in targets if guards[name] == "none" and name in twinned.names
        }
        return guards, twinned.reasons

    def _across(self, change: gate.Change, run: Run) -> Across:
        """Ask whether the tests pass against the repair in another process.

        Where the base does not end, its other half would not either, and nothing can be compared.
        """
        if self._bench.endless:
            return Across()
        cut = cut_at(change, self._bench.snapshot.with_changes(change).entries)
        if cut is None:
            return Across()
        base = Pair(self.base(), self._base_split(cut))
        if not isinstance(read(base.split, "The base, split"), Reading):
            return Across()  # With nothing to hold it against, a second one tells nothing.
        return compare(base, Pair(run, self._split(change, cut)))

    def _base_split(self, cut: Cut) -> Run:
        key = tuple(sorted(cut.modules.items()))
        if key not in self._base_splits:
            self._base_splits[key] = self._split({}, cut)
        return self._base_splits[key]

    def _split(self, change: gate.Change, cut: Cut) -> Run:
        bench = self._bench
        repaired = bench.job_without_tests(change)
        halves = Halves(bench.tests_half(change), repaired, cut, bench.plan_at(OTHER))
        result = run_split(bench.pool, bench.plan, self._patient, halves, bench.handle)
        return bench.heeded(as_run(result))

    @property
    def _patient(self) -> Policy:
        """Return the limits of runs that cannot be known to end."""
        longest = min(self._bench.policy.wall_seconds, _LEAST + _TIMES * self._once)
        return msgspec.structs.replace(self._bench.policy, wall_seconds=longest)

    def _twinned(self, change: gate.Change, run: Run) -> Twinned:
        bench = self._bench
        reading = read(run, "The repair")
        if self._is_barren or not isinstance(reading, Reading):
            return Twinned((), ())
        files = dict.fromkeys(name.partition("::")[0] for name in reading.ids)
        sources = {path: bench.read(path) for path in files if self._holds(path)}
        trial = Trial(sources, reading.ids, run)

        def tried(change: gate.Change, tests: Mapping[str, str]) -> Run:
            return bench.run(bench.job(change, tests=tests), policy=self._patient)

        splits = self._base_splits.values()
        is_doubtful = any(not isinstance(read(one, "The base"), Reading) for one in splits)
        found = twin_rounds(
            trial, partial(tried, change), partial(tried, {}), is_doubtful=is_doubtful
        )
        self._is_barren = found.is_barren
        return found

    @property
    def _versions(self) -> tuple[str, str]:
        reading = read(self._bases[ORDINARY], "The base") if ORDINARY in self._bases else None
        return reading.harness if isinstance(reading, Reading) else ("", "")

    def _verdict(self, change: gate.Change, failing: Sequence[str], tried: _Tried) -> Verdict:
        bench = self._bench
        return Verdict(
            accepted=not tried.reasons,
            reasons=tuple((one.code, one.sentence) for one in tried.reasons),
            base=bench.snapshot.digest,
            result=_result(bench.snapshot, change),
            change={path: _hash(content) for path, content in sorted(change.items())},
            failing=tuple(sorted(set(failing))),
            outcomes=dict(tried.outcomes),
            guards=dict(tried.guards),
            circumstances=tried.count,
            arguments=bench.arguments,
            plugins=bench.plugins,
            under=self._versions,
            engine=bench.pool.engine,
            level=bench.level,
            interpreter=f"{bench.plan.interpreter.executable} {bench.plan.interpreter.version}",
            policy=bench.policy.digest,
            harness=harness(),
        )


def _said(objection: gate.Objection) -> str:
    return ": ".join(filter(None, (objection.path, objection.sentence)))


def _named(outcomes: Iterable[str], failing: Sequence[str]) -> list[str]:
    """Return the tests that the failing ones stand for: a file stands for all its tests."""
    return [
        name
        for name in outcomes
        if any(name == one or name.startswith((f"{one}::", f"{one}/")) for one in failing)
    ]


def _result(snapshot: Snapshot, change: gate.Change) -> str:
    try:
        return snapshot.with_changes(change).digest
    except (KeyError, ValueError):
        return ""  # No project can be in such a state, which the gate has said.


def _hash(content: bytes | None) -> str:
    return "" if content is None else sha256(content).hexdigest()


def harness() -> str:
    """Return the digest of all code that a proof trusts."""
    sources = (*sorted(RUNNER.glob("*.py")), *sorted(Path(__file__).parent.glob("*.py")))
    return sha256(b"\0".join(_sealed(source) for source in sources)).hexdigest()


def _sealed(source: Path) -> bytes:
    return f"{source.name}\0{_hash(source.read_bytes())}".encode()
