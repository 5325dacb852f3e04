"""Whether what is accepted holds up in the project as it is now, found out in the sandbox.

A proof that was made over exactly this project and this change holds, and nothing needs to run.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, TypeVar

import msgspec

from workbench.api.caller import Caller
from workbench.api.commands import Terms
from workbench.errors import Findings, Interrupted
from workbench.journal.contents import Contents
from workbench.review.applying.values import Case, Proven, Verified
from workbench.review.script import hash_of
from workbench.sandbox.pool import Handle
from workbench.sandbox.proof import gate
from workbench.sandbox.proof.bench import Bench
from workbench.sandbox.proof.judge import judge
from workbench.sandbox.proof.opening import collected_files, open_bench, with_tests
from workbench.sandbox.proof.outcomes import BAD, Reading, Run, listed, read
from workbench.sandbox.proof.prove import Prover, Verdict, harness
from workbench.sandbox.proving import Workshop
from workbench.sandbox.running import Abandoned
from workbench.sandbox.service import Asker, Service
from workbench.sandbox.snapshot import Snapshot
from workbench.workspace import Workspace

T = TypeVar("T")
_MOST_KNOWN = 8
_ATTEMPTS = 3
_NO_TARGET = "not-failing"


class Looked(msgspec.Struct, frozen=True):
    """What a run of the tests showed, and everything that this rests on."""

    base: str
    result: str
    change: Mapping[str, str]
    outcomes: Mapping[str, str]
    turned: tuple[str, ...]
    proof: str
    """The digest of the proof of those that it turns; empty where it turns none."""
    engine: str
    level: int
    interpreter: str
    policy: str
    harness: str


@dataclass(frozen=True)
class _Compared:
    """Two runs of the tests, without a change and with it, and what differs."""

    base: Reading
    now: Reading

    @property
    def turned(self) -> tuple[str, ...]:
        """Return the tests that pass now and did not, and the files that can be collected now."""
        before, now = self.base.outcomes, self.now.outcomes.items()
        turned = (name for name, one in now if one == "passed" and before.get(name) in BAD)
        return (*turned, *sorted(self.base.uncollected - self.now.uncollected))

    @property
    def red(self) -> tuple[str, ...]:
        failing = (name for name, outcome in self.now.outcomes.items() if outcome in BAD)
        return (*failing, *sorted(self.now.uncollected))

    @property
    def broken(self) -> tuple[str, ...]:
        """Return the tests that passed and do not any more, those included that are gone."""
        now = self.now.outcomes
        was = self.base.outcomes.items()
        return tuple(name for name, one in was if one == "passed" and now.get(name) != "passed")


class Verifying:
    """Verifies in the boxes of the sandbox; what was found out is not found out twice."""

    def __init__(
        self,
        workspace: Workspace,
        contents: Contents,
        sandbox: Callable[[], Awaitable[Service]],
        asker: Callable[[Caller], Asker],
    ) -> None:
        self._project = workspace.project
        self._contents = contents
        self._sandbox = sandbox
        self._asker = asker
        self._runs = _Known[Run]()
        """What the tests did, by the state of the project."""
        self._verified = _Known[Verified]()

    async def __call__(
        self, case: Case, terms: Terms, caller: Caller, *, is_trial: bool = False
    ) -> Verified:
        sandbox = await self._sandbox()
        job = sandbox.jobs.begin("verification", case.title, caller.actor)
        try:
            taking = partial(sandbox.store.take, self._project)
            if not is_trial and (proven := _covering(case, await sandbox.jobs.help(job, taking))):
                return _held(proven)
            for _ in range(_ATTEMPTS):
                shop = await sandbox.workshop(job, terms, replace(self._asker(caller), key=""))
                work = partial(self._examined, shop, case, job.handle)
                verified = await sandbox.jobs.work(job, work)
                if (await sandbox.jobs.help(job, taking)).digest == shop.snapshot.digest:
                    return verified
        except Abandoned:
            raise Interrupted("The verification was cancelled.") from None
        except asyncio.CancelledError:
            sandbox.jobs.stop(job)
            raise
        finally:
            sandbox.jobs.end(job)
        raise Findings(
            "The project changes while it is verified.", "Do it again when it is at rest."
        )

    def _examined(self, shop: Workshop, case: Case, handle: Handle) -> Verified:
        key = _key(shop, case)
        found = self._verified.get(key)
        if found is None:
            found = self._examine(shop, case, handle)
            self._verified.put(key, found)
        return found

    def _examine(self, shop: Workshop, case: Case, handle: Handle) -> Verified:
        """Look what the change does to the tests, and prove it of those that it turns."""
        base = shop.store.extend(shop.snapshot, case.tests) if case.tests else shop.snapshot
        bench = replace(_bench(shop, base), handle=handle, endless=case.endless)
        if not case.change:
            return self._only_tests(shop, bench, case)
        if refused := _objected(bench, case):
            return refused
        first, now = self._both(bench, case)
        tested = with_tests(bench, collected_files(first))
        if refused := _objected(tested, case):
            return refused
        if tested.protected != bench.protected:
            now = tested.run(tested.job(case.change))
        verified = self._judged(tested, case, first, now)
        if verified.holds:  # The project that it makes is likely to be the next one.
            self._runs.put(_state(bench, base.with_changes(case.change)), now)
        return verified

    def _only_tests(self, shop: Workshop, bench: Bench, case: Case) -> Verified:
        """Look what tests do that come alone: they may fail, and change no other."""
        alone = _bench(shop, shop.snapshot)
        first = self._run(replace(alone, handle=bench.handle, endless=case.endless))
        now = self._run(bench)
        compared = _compared(first, now)
        if isinstance(compared, Verified):
            return compared
        if compared.broken:
            return _breaks(compared)
        return self._kept(bench, case, compared, "")

    def _both(self, bench: Bench, case: Case) -> tuple[Run, Run]:
        """Run the tests without and with the change, in two boxes at once where there are two."""
        with ThreadPoolExecutor(2, "verifying") as threads:
            alone = replace(bench, handle=bench.handle.part())
            base = threads.submit(self._run, alone)
            now = threads.submit(bench.run, bench.job(case.change))
            return base.result(), now.result()

    def _run(self, bench: Bench) -> Run:
        key = _state(bench, bench.snapshot)
        run = self._runs.get(key)
        if run is None:
            run = bench.run(bench.job({}))
            self._runs.put(key, run)
        return run

    def _judged(self, bench: Bench, case: Case, first: Run, now: Run) -> Verified:
        found = _compared(first, now)
        if isinstance(found, Verified):
            return found
        judgement = judge(first, now, found.turned, bench.known)
        reasons = [one.sentence for one in judgement.reasons if one.code != _NO_TARGET]
        if found.broken:
            return _breaks(found)
        if reasons:
            return _refused(" ".join(reasons), found)
        if not found.turned:
            return self._kept(bench, case, found, "")
        return self._proved(bench, case, found)

    def _proved(self, bench: Bench, case: Case, found: _Compared) -> Verified:
        """Prove the change of the tests that it turns; of all others it is known what they do."""
        narrow = replace(bench, arguments=found.turned)
        verdict = Prover(narrow).prove(case.change, found.turned)
        if not verdict.accepted:
            verdict = Prover(bench).prove(case.change, found.turned)
        self._contents.keep(msgspec.json.encode(verdict, order="deterministic"))
        if not verdict.accepted:
            return _refused(_why(verdict), found)
        return self._kept(bench, case, found, verdict.digest)

    def _kept(self, bench: Bench, case: Case, found: _Compared, proof: str) -> Verified:
        """Keep what was seen, so that whoever asks later what it rests on can read it."""
        told = msgspec.json.encode(_looked(bench, case, found, proof), order="deterministic")
        sentence = _summary(found)
        return Verified(
            True, sentence, self._contents.keep(told), found.turned, found.red, found.broken
        )


class _Known(dict[Any, T]):
    """The last few of something, by what it is of."""

    def __init__(self) -> None:
        super().__init__()

    def put(self, key: object, one: T) -> None:
        self.pop(key, None)
        self[key] = one
        while len(self) > _MOST_KNOWN:
            self.pop(next(iter(self)))


def _covering(case: Case, snapshot: Snapshot) -> Proven | None:
    """Return the proof that was made of exactly this, if there is one."""
    if len(case.proven) != 1:
        return None
    (proven,) = case.proven
    change = {path: hash_of(content) for path, content in case.change.items()}
    offered = all(proven.tests.get(path) == content for path, content in case.tests.items())
    is_same = change == proven.change and offered
    return proven if is_same and proven.base in _states(snapshot, proven) else None


def _states(snapshot: Snapshot, proven: Proven) -> tuple[str, ...]:
    """Return the digest of the project, and the one with the tests that a proof was made with."""
    if not proven.tests:
        return (snapshot.digest,)
    try:
        return snapshot.digest, snapshot.with_changes(proven.tests).digest
    except ValueError:  # No file can lie there any more.
        return (snapshot.digest,)


def _held(proven: Proven) -> Verified:
    sentence = "The proof of the proposal holds: nothing has changed since."
    return Verified(True, sentence, proven.proof, is_anew=False)


def _key(shop: Workshop, case: Case) -> tuple[object, ...]:
    rows = tuple(
        sorted((path, hash_of(one)) for path, one in {**case.change, **case.tests}.items())
    )
    where = (shop.snapshot.digest, shop.policy.digest, str(shop.plan), shop.pool.engine)
    return (*where, rows, tuple(sorted(case.tests)), case.endless)


def _state(bench: Bench, snapshot: Snapshot) -> tuple[str, ...]:
    """Return what the outcome of all tests depends on."""
    where = (bench.policy.digest, str(bench.plan), bench.pool.engine)
    return (snapshot.digest, *where, *bench.endless)


def _bench(shop: Workshop, snapshot: Snapshot) -> Bench:
    return open_bench(
        shop.pool,
        shop.plan,
        shop.policy,
        level=shop.level,
        store=shop.store,
        snapshot=snapshot,
    )


def _objected(bench: Bench, case: Case) -> Verified | None:
    """Return what the gate has against a change, if anything."""
    entries = bench.snapshot.entries
    before = {path: bench.read(path) for path in case.change if _is_file(entries.get(path))}
    found = gate.objections(bench.ground, case.change, before)
    told = [": ".join(filter(None, (one.path, one.sentence))) for one in found]
    return Verified(False, " ".join(told)) if told else None


def _is_file(entry: object) -> bool:
    return entry is not None and getattr(entry, "kind", "link") != "link"


def _compared(first: Run, now: Run) -> _Compared | Verified:
    before, after = read(first, "The project"), read(now, "The change")
    unreadable = [
        one.sentence
        for found in (before, after)
        if not isinstance(found, Reading)
        for one in found.reasons
    ]
    if isinstance(before, Reading) and isinstance(after, Reading):
        return _Compared(before, after)
    return Verified(False, " ".join(unreadable))


def _breaks(found: _Compared) -> Verified:
    return _refused(f"It breaks what passed before: {listed(found.broken)}.", found)


def _refused(sentence: str, found: _Compared) -> Verified:
    return Verified(False, sentence, "", found.turned, found.red, found.broken)


def _why(verdict: Verdict) -> str:
    return " ".join(sentence for _, sentence in verdict.reasons)


def _looked(bench: Bench, case: Case, found: _Compared, proof: str) -> Looked:
    change = {**case.change, **case.tests}
    interpreter = bench.plan.interpreter
    return Looked(
        base=bench.snapshot.digest,
        result=bench.snapshot.with_changes(case.change).digest,
        change={path: hash_of(content) for path, content in sorted(change.items())},
        outcomes=dict(found.now.outcomes),
        turned=found.turned,
        proof=proof,
        engine=bench.pool.engine,
        level=bench.level,
        interpreter=f"{interpreter.executable} {interpreter.version}",
        policy=bench.policy.digest,
        harness=harness(),
    )


def _summary(found: _Compared) -> str:
    turned = f"It turns {listed(found.turned)}" if found.turned else "It turns no test"
    red = f"; {len(found.red):,} fail still" if found.red else ""
    return f"{turned}, and breaks none{red}."
