"""From failing tests to proven proposals: reproduce, search, rank, prove."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

import msgspec

from workbench.api.events import FailureFound, ProposalMade
from workbench.healing.budget import Budget
from workbench.healing.dossier import CUT, Dossier, TestRun
from workbench.healing.judging.choosing import Chosen
from workbench.healing.past import Archive, looked_at
from workbench.healing.proposing import Place, contents, keep, proposal
from workbench.healing.ranking.order import Weights
from workbench.healing.readying import Readying
from workbench.healing.recalling import Meet, Met, met_never
from workbench.healing.reproduce import Case, found, open_case
from workbench.healing.searching.adviser import Ask
from workbench.healing.searching.lane import Lane
from workbench.healing.searching.remembered import Notebook
from workbench.healing.searching.search import Progress, Search
from workbench.healing.seeking import Known, Seeking
from workbench.healing.watching.board import Turned
from workbench.journal.contents import Contents
from workbench.sandbox.installed import plugins_of
from workbench.sandbox.pool import Handle
from workbench.sandbox.proof.opening import Seen, open_prover
from workbench.sandbox.proof.prove import Prover, Verdict
from workbench.sandbox.proving import Workshop
from workbench.sandbox.snapshots.values import Layer
from workbench.workspace import Workspace

_MOST_PROPOSALS = 5
_START, _AROUND = 0.4, 1.5
"""How long pytest takes to begin, and how much longer a test takes with all that is around it."""
_GRACE = 60.0
"""The lane is ended when it is not needed any more; its own limit is only a net."""
_RAN_OUT = " The time ran out before the candidates did, so the same need not be found again."
Tell = Callable[[str, Progress], None]
Offer = Callable[[ProposalMade], ProposalMade | None]
"""Is given a repair that holds; returns it as it is offered, or nothing if it is not."""


@dataclass(frozen=True)
class Asked:
    """Which failures, and for how long."""

    search: str
    """Names this search."""
    tests: tuple[str, ...]
    seconds: float
    weights: Weights = field(default_factory=Weights)
    """What counts how much in the order of what is found."""
    candidates: int = 0
    """Try so many, and look at no clock: then the same is found again. 0 leaves it to the clock."""
    seed: int = 0
    """Breaks ties among candidates."""
    refused: frozenset[str] = frozenset()
    """The hunks that people rejected: nothing that has one of them is proposed."""


@dataclass(frozen=True)
class Kept:
    """What is kept from one search to the next."""

    notebook: Notebook
    archive: Archive
    contents: Contents

    @classmethod
    def of(cls, workspace: Workspace) -> Kept:
        folder = workspace.folder
        return cls(Notebook(folder / "searches"), Archive(folder), Contents(workspace.contents))


@dataclass(frozen=True)
class Healed:
    """What became of it."""

    outcome: str
    sentence: str
    failing: tuple[str, ...] = ()
    failures: tuple[FailureFound, ...] = ()
    proposals: tuple[ProposalMade, ...] = ()
    tried: int = 0
    plausible: int = 0
    seconds: float = 0.0


def heal(
    shop: Workshop,
    asked: Asked,
    kept: Kept,
    handle: Handle,
    tell: Tell,
    *,
    meet: Meet = met_never,
    offer: Offer = lambda one: one,
    advise: Ask | None = None,
) -> Healed:
    """Search for repairs of what fails; each is offered as soon as it holds."""
    budget = Budget(asked.seconds, asked.candidates)
    healed = _Healing(shop, asked, kept, handle, tell, meet, offer, budget, advise).run()
    sentence = healed.sentence + (_RAN_OUT if budget.ran_out else "")
    return replace(healed, sentence=sentence, seconds=budget.spent)


@dataclass
class _Healing:
    shop: Workshop
    asked: Asked
    kept: Kept
    handle: Handle
    tell: Tell
    meet: Meet
    offer: Offer
    budget: Budget
    advise: Ask | None

    def run(self) -> Healed:
        layer = self.shop.store.materialise(self.shop.snapshot)
        with self._lane(layer) as lane:
            self.budget.once = _once(lane.runs)
            case = open_case(self.shop, lane.runs)
            before, turned = self._remember(lane)
            failures = self._failures(lane)
            earlier = self.meet(Met(self.shop.snapshot.digest, failures, turned))
            dossier = replace(_steady(case.dossier, lane), before=before, earlier=earlier)
            if ended := _nothing_to_do(dossier, failures):
                return ended
            case = replace(case, dossier=dossier)
            readying = Readying(self._prover(dossier))
            chosen, searched = self._seeking(case, lane, readying).chosen()
        proposals = self._proposals(readying.prover(), case, chosen)
        return Healed(
            outcome="repaired" if proposals else "unrepaired",
            sentence=_sentence(proposals, searched, chosen),
            failing=tuple(run.id for run in dossier.failing),
            failures=failures,
            proposals=proposals,
            tried=searched.tried,
            plausible=len(searched.plausible),
        )

    def _remember(self, lane: Lane) -> tuple[Mapping[str, str], tuple[Turned, ...]]:
        """Note what the tests did; return what was there when those that fail passed last."""
        snapshot, store = self.shop.snapshot, self.shop.store
        past = self.kept.archive.read()
        outlines = self.kept.archive.outlines(looked_at(lane.runs), snapshot, store)
        after, turned = past.after(lane.runs, snapshot, outlines)
        self.kept.archive.write(after)
        return past.before(lane.failing, snapshot, store), turned

    def _failures(self, lane: Lane) -> tuple[FailureFound, ...]:
        sometimes = [run for run in lane.runs if run.id in lane.flaky]
        digest = self.shop.snapshot.digest
        return (
            *(found(run, digest, steady=True) for run in lane.failing),
            *(found(run, digest, steady=False) for run in sometimes),
        )

    def _lane(self, layer: Layer) -> Lane:
        """Open a lane that lasts as long as the search may."""
        plugins = plugins_of(self.shop.plan.interpreter.site_packages)
        longest = self.asked.seconds + _GRACE
        policy = msgspec.structs.replace(
            self.shop.policy, wall_seconds=longest, cpu_seconds=longest * 2
        )
        return Lane.open(
            self.shop.pool,
            self.shop.plan,
            policy,
            layer,
            self.asked.tests,
            plugins=plugins,
            handle=self.handle.part(),
            is_counted=bool(self.asked.candidates),
        )

    def _seeking(self, case: Case, lane: Lane, readying: Readying) -> Seeking:
        under = f"{self.shop.plan.interpreter.executable} {self.asked.tests}"
        known = Known(self.kept.notebook, under, self.asked.weights, self.asked.refused)

        def heed(progress: Progress) -> None:
            self.tell("searching", progress)
            if progress.plausible:
                readying.begin()

        wanted = lambda: not self.handle.is_cancelled  # noqa: E731 - it is asked again and again
        return Seeking(case, lane, known, self.budget, heed, wanted, self.asked.seed, self.advise)

    def _prover(self, dossier: Dossier) -> Prover:
        return open_prover(
            self.shop.pool,
            self.shop.plan,
            self.shop.policy,
            level=self.shop.level,
            store=self.shop.store,
            snapshot=self.shop.snapshot,
            arguments=self.asked.tests,
            endless=tuple(run.id for run in dossier.runs if run.outcome == CUT),
            seen=_seen(dossier),
            handle=self.handle,
        )

    def _proposals(
        self, prover: Prover, case: Case, chosen: Sequence[Chosen]
    ) -> tuple[ProposalMade, ...]:
        made: list[ProposalMade] = []
        for one, verdict in self._proven(prover, case, chosen):
            place = Place(self.asked.search, len(made) + 1, self.budget.spent)
            keep(self.kept.contents, case, one.candidate)
            offered = self.offer(proposal(case, one, verdict, place))
            made += [offered] if offered else []
            if len(made) == _MOST_PROPOSALS:
                break
        return tuple(made)

    def _proven(
        self, prover: Prover, case: Case, chosen: Sequence[Chosen]
    ) -> Iterator[tuple[Chosen, Verdict]]:
        """Yield what holds; at least one is put to the proof, however late it is."""
        for number, one in enumerate(chosen):
            if number and not self.budget.has_another_proof():
                return
            verdict = prover.prove(contents(case, one.candidate), one.turned)
            if verdict.accepted:
                yield one, verdict


def _once(runs: Sequence[TestRun]) -> float:
    """Return about how long a run takes of all tests that end, from what each took by itself."""
    return _START + _AROUND * sum(run.seconds for run in runs if run.outcome != CUT)


def _seen(dossier: Dossier) -> Seen:
    """Return what the lane saw: the proof sees the same or does not believe it."""
    files = (*dossier.tests, *(run.id.partition("::")[0] for run in dossier.runs))
    return Seen(tuple(dict.fromkeys(files)), frozenset(run.id for run in dossier.failing))


def _nothing_to_do(dossier: Dossier, failures: Sequence[FailureFound]) -> Healed | None:
    if not dossier.runs:
        return Healed("no-tests", "There are no tests, so nothing tells what is right.")
    if not failures:
        return Healed("green", f"All {len(dossier.runs):,} tests pass.")
    if not any(one.steady for one in failures):
        sentence = "The tests fail only sometimes, so no repair of theirs could be proven."
        return Healed("flaky", sentence, failures=tuple(failures))
    return None


def _steady(dossier: Dossier, lane: Lane) -> Dossier:
    """Leave out what fails only sometimes."""
    return replace(dossier, runs=tuple(run for run in dossier.runs if run.id not in lane.flaky))


def _sentence(proposals: Sequence[ProposalMade], searched: Search, chosen: Sequence[Chosen]) -> str:
    defects = [f"{type(one).__name__}: {one}" for one in searched.defects]
    failed = f" {len(defects)} rules failed, such as {defects[0]}." if defects else ""
    return _found(proposals, searched, chosen) + failed


def _found(proposals: Sequence[ProposalMade], searched: Search, chosen: Sequence[Chosen]) -> str:
    if proposals:
        count = "One repair holds" if len(proposals) == 1 else f"{len(proposals)} repairs hold"
        return f"{count}, of {searched.tried:,} that were tried."
    if searched.plausible:
        why = "none held in the proof" if chosen else "each is likelier wrong than right"
        return f"{len(searched.plausible)} repairs passed the tests, and {why}."
    return f"No repair was found among {searched.tried:,} that were tried."
