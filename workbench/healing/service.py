"""Healing as a service of the host: searches are begun, watched and written down."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from functools import partial

import msgspec

from workbench.api import commands, views
from workbench.api.deciding import ReviewActed
from workbench.api.events import CrashSeen, ProposalMade, SearchBegan, SearchEnded, read_fact
from workbench.api.facts import Event, Fact
from workbench.errors import Interrupted, UsageError
from workbench.healing import teaching
from workbench.healing.advice import Advisers as Advisers  # noqa: PLC0414 - for who makes it
from workbench.healing.attending import Asks, Attention
from workbench.healing.crashes.reading import read_crashes
from workbench.healing.crashes.telling import heal_crash, seen
from workbench.healing.crashes.testing import name_of
from workbench.healing.crashes.values import Crash
from workbench.healing.dossier import Earlier
from workbench.healing.heal import Asked, Healed, Kept, heal
from workbench.healing.logs.telling import checked
from workbench.healing.ranking.order import Weights
from workbench.healing.recalling import REPAIRS, Met, facts_of, repaired_before
from workbench.healing.refusing import refused
from workbench.healing.searching.search import Progress
from workbench.healing.vigil import Changed, Vigil
from workbench.healing.watching.affected import affected
from workbench.sandbox.running import Abandoned, Running
from workbench.sandbox.service import Asker
from workbench.sandbox.service import Service as Sandbox
from workbench.visible import visible_line
from workbench.workspace import Workspace

Recall = Callable[..., Awaitable[tuple[Event, ...]]]
"""Reads the newest facts of some types from the journal, newest first."""
_MOST_COUNTED = 10_000
_GOES_ON = frozenset({"green", "no-tests"})
"""Where what changed breaks nothing, the rest is looked at."""


class Service:
    """All searches run in boxes of the sandbox, one worker thread each."""

    def __init__(
        self,
        sandbox: Sandbox,
        workspace: Workspace,
        recall: Recall,
        advisers: Advisers | None = None,
    ) -> None:
        self._recall = recall
        self._advisers = advisers
        self._workspace = workspace
        self._attention: Attention | None = None
        self._told: set[str] | None = None
        """The files of crashes that were written down, once that is known."""
        self._telling = asyncio.Lock()
        self._begun = set[str]()
        """The searches of which it is written down that they began."""
        self._worth = set[str]()
        """The searches that are written down: they find what was not known."""
        self._kept = Kept.of(workspace)
        self._project = workspace.project
        self._vigil: Vigil | None = None
        self._red: frozenset[str] | None = None
        """The failures that the watch saw last."""
        self._sandbox = sandbox
        self._searches: dict[str, views.Searching] = {}
        self._taught = (0, Weights())
        """What was learned from the decisions up to that event."""

    async def heal(self, command: commands.Heal, asker: Asker) -> views.Healing:
        """Search; if nobody waits for it any more, it is given up."""
        jobs = self._sandbox.jobs
        crash = await self._crash(command.crash, asker) if command.crash else None
        title = crash.summary if crash else " ".join(command.tests) or "all tests"
        job = jobs.begin("search", title, asker.actor)
        try:
            healed, snapshot = await self._heal(job, command, crash, asker)
        except Abandoned:
            await self._give_up(job, crash, asker)
            raise Interrupted("The search was cancelled.") from None
        except asyncio.CancelledError:
            jobs.stop(job)
            await self._give_up(job, crash, asker)
            raise
        finally:
            self._searches.pop(job.name, None)
            self._begun.discard(job.name)
            jobs.end(job)
        ended = _ended(job.name, healed, snapshot, name_of(crash) if crash else "")
        if self._is_worth(job.name) or asker.key or crash or healed.proposals:
            event = await asker.record(ended, subject=ended.search, key=asker.key)
            return views.Healing(event.seq, ended, healed.failures, healed.proposals)
        return views.Healing(0, ended)

    async def _crash(self, file: str, asker: Asker) -> Crash:
        """Read a crash that a program left, and write it down unless that was done."""
        found = await asyncio.to_thread(
            read_crashes, self._workspace.folder / "crashes", self._project
        )
        crash = next((one for one in found.crashes if one.id == file), None)
        if crash is None:
            raise UsageError(
                f"There is no crash {visible_line(file)}.", "It may have been removed."
            )
        await self._tell_crash(crash, asker)
        return crash

    async def _tell_crash(self, crash: Crash, asker: Asker) -> bool:
        """Write a crash down unless that was done, by whichever host; say whether it was news."""
        async with self._telling:
            if self._told is None:
                facts = [read_fact(event) for event in await self._recall(CrashSeen.type)]
                self._told = {fact.file for fact in facts if isinstance(fact, CrashSeen)}
            if crash.id in self._told:
                return False
            self._told.add(crash.id)
        await asker.record(seen(crash), subject=crash.id)
        return True

    async def _give_up(self, job: Running, crash: Crash | None, asker: Asker) -> None:
        """Write down that a search ends that had begun."""
        self._worth.discard(job.name)
        if job.name in self._begun:
            healed = Healed("cancelled", "The search was cancelled.")
            ended = _ended(job.name, healed, "", name_of(crash) if crash else "")
            await asker.record(ended, subject=job.name)

    async def watch(self, command: commands.Watch, asker: Asker) -> views.Watching:
        """Follow the project for as long as whoever asked stays, if its tests can be run at all."""
        asker = replace(asker, key="")
        logs = checked(command.logs)
        await self._sandbox.require(command.terms, asker)
        if self._vigil is None or not self._vigil.view.faces:
            look = partial(self._look, command, asker)
            self._attention = self._attentive(command, logs, asker)
            self._vigil = Vigil(self._project, look, self._attention.follow)
        await self._vigil.share()
        return self.watching

    def _attentive(self, command: commands.Watch, logs: tuple[str, ...], asker: Asker) -> Attention:
        async def write(fact: Fact, subject: str) -> None:
            await asker.record(fact, subject=subject)

        async def tell(crash: Crash) -> bool:
            return await self._tell_crash(crash, asker)

        async def repair(crash: Crash) -> None:
            wanted = commands.Heal(command.terms, (), command.seconds, crash.id)
            await self.heal(wanted, asker)

        return Attention(self._workspace, logs, Asks(write, tell, repair))

    @property
    def watching(self) -> views.Watching:
        if not (self._vigil and self._attention):
            return views.NOT_WATCHING
        view = self._vigil.view
        return msgspec.structs.replace(view, trouble=view.trouble or self._attention.trouble)

    async def _look(self, command: commands.Watch, asker: Asker, changed: Changed) -> None:
        """Look first at what the changes can touch, and then at all the rest."""
        first = await asyncio.to_thread(self._touched, changed)
        for tests in dict.fromkeys([first, ()]):
            healing = await self.heal(commands.Heal(command.terms, tests, command.seconds), asker)
            if healing.ended.outcome not in _GOES_ON:
                return

    def _touched(self, changed: Changed) -> tuple[str, ...]:
        """Return the tests that changes can touch; none if that is all of them, or unknown."""
        known = self._kept.archive.read().known
        store = self._sandbox.store
        snapshot = store.take(self._project)
        paths = [path for path in snapshot.entries if path.endswith(".py")]
        plan = affected(changed, known, self._kept.archive.outlines(paths, snapshot, store))
        files = (*plan.collect, *(test.partition("::")[0] for test in plan.touched))
        first = tuple(dict.fromkeys(path for path in files if path in snapshot.entries))
        return first if plan.rest else ()

    def _is_worth(self, search: str) -> bool:
        is_worth = search in self._worth
        self._worth.discard(search)
        return is_worth

    def _is_news(self, met: Met) -> bool:
        """Tell whether the watch sees something that it did not see before."""
        red = frozenset(one.failure for one in met.failures)
        before, self._red = self._red, red
        return before != red

    async def _heal(
        self, job: Running, command: commands.Heal, crash: Crash | None, asker: Asker
    ) -> tuple[Healed, str]:
        shop = await self._sandbox.workshop(job, command.terms, asker)
        asked = Asked(
            job.name,
            command.tests,
            command.seconds,
            await self._weights(),
            command.candidates,
            command.seed,
            refused(await self._recall(ReviewActed.type, limit=_MOST_COUNTED)),
        )
        tell = partial(self._tell, job)
        loop = asyncio.get_running_loop()

        def meet(met: Met) -> tuple[Earlier, ...]:
            is_wanted = bool(asker.key or crash) or self._is_news(met)
            told = self._meet(job.name, met, name_of(crash) if crash else "", asker, is_wanted)
            return asyncio.run_coroutine_threadsafe(told, loop).result()

        def offer(one: ProposalMade) -> ProposalMade:
            told = asker.record(one, subject=one.proposal)
            asyncio.run_coroutine_threadsafe(told, loop).result()
            return one

        advise = self._advisers.from_thread(loop) if self._advisers else None
        how = partial(heal_crash, crash=crash) if crash else heal
        told = partial(how, meet=meet, offer=offer, advise=advise)
        work = partial(told, shop, asked, self._kept, job.handle, tell)
        return await self._sandbox.jobs.work(job, work), shop.snapshot.digest

    async def _meet(
        self, search: str, met: Met, crash: str, asker: Asker, is_wanted: bool
    ) -> tuple[Earlier, ...]:
        """Write down what the tests did, and recall what repaired such failures before."""
        if is_wanted:
            self._worth.add(search)
        for failure in met.failures if is_wanted else ():
            await asker.record(failure, subject=failure.failure)
        for fact in facts_of(search, met, crash):
            await asker.record(fact, subject=search)
            if isinstance(fact, SearchBegan):
                self._begun.add(search)
        if not met.steady:
            return ()
        decisions = await self._recall(ReviewActed.type)
        return repaired_before(await self._recall(*REPAIRS), met.steady, decisions)

    async def _weights(self) -> Weights:
        """Return what counts how much in this project, by what was decided about proposals."""
        decisions = await self._recall(ReviewActed.type, limit=teaching.MOST_DECISIONS)
        if not decisions:
            return Weights()
        newest, taught = self._taught
        if newest != decisions[0].seq:
            made = await self._recall(ProposalMade.type, limit=teaching.MOST_PROPOSALS)
            taught = await asyncio.to_thread(teaching.weights, made, decisions)
            self._taught = decisions[0].seq, taught
        return taught

    async def learned(self) -> views.Learned:
        """Tell what was decided about proposals, and what that taught."""
        made = await self._recall(ProposalMade.type, limit=_MOST_COUNTED)
        decisions = await self._recall(ReviewActed.type, limit=_MOST_COUNTED)
        return await asyncio.to_thread(teaching.learned, made, decisions)

    def _tell(self, job: Running, stage: str, progress: Progress) -> None:
        job.stage = f"{stage}: {progress.tried:,} tried"
        self._searches[job.name] = views.Searching(
            job=job.name,
            stage=stage,
            tried=progress.tried,
            alive=progress.partial,
            plausible=progress.plausible,
            best=progress.best,
            seconds=progress.seconds,
        )

    @property
    def searches(self) -> views.Searches:
        return views.Searches(tuple(self._searches.values()))


def _ended(name: str, healed: Healed, snapshot: str, crash: str) -> SearchEnded:
    return SearchEnded(
        search=name,
        outcome=healed.outcome,
        sentence=healed.sentence,
        failing=healed.failing,
        failures=tuple(one.failure for one in healed.failures),
        proposals=tuple(one.proposal for one in healed.proposals),
        tried=healed.tried,
        plausible=healed.plausible,
        seconds=round(healed.seconds, 3),
        snapshot=snapshot,
        crash=crash,
    )
