"""Healing as a service of the host: searches are begun, watched and written down."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from functools import partial

from workbench.api import commands, views
from workbench.api.events import Event, SearchEnded
from workbench.errors import Interrupted
from workbench.healing.dossier import Earlier
from workbench.healing.heal import Asked, Healed, Kept, heal
from workbench.healing.recalling import REPAIRS, Met, facts_of, repaired_before
from workbench.healing.searching.search import Progress
from workbench.healing.vigil import Changed, Vigil
from workbench.healing.watching.affected import affected
from workbench.sandbox.running import Abandoned, Running
from workbench.sandbox.service import Asker
from workbench.sandbox.service import Service as Sandbox
from workbench.workspace import Workspace

Recall = Callable[..., Awaitable[tuple[Event, ...]]]
"""Reads the newest facts of some types from the journal, newest first."""
_GOES_ON = frozenset({"green", "no-tests"})
"""Where what changed breaks nothing, the rest is looked at."""


class Service:
    """All searches run in boxes of the sandbox, one worker thread each."""

    def __init__(self, sandbox: Sandbox, workspace: Workspace, recall: Recall) -> None:
        self._recall = recall
        self._kept = Kept.within(workspace.folder)
        self._project = workspace.project
        self._vigil: Vigil | None = None
        self._red: frozenset[str] | None = None
        """The failures that the watch saw last."""
        self._sandbox = sandbox
        self._searches: dict[str, views.Searching] = {}

    async def heal(self, command: commands.Heal, asker: Asker) -> views.Healing:
        """Search; if nobody waits for it any more, it is given up."""
        jobs = self._sandbox.jobs
        job = jobs.begin("search", " ".join(command.tests) or "all tests", asker.actor)
        try:
            healed, snapshot = await self._heal(job, command, asker)
        except Abandoned:
            raise Interrupted("The search was cancelled.") from None
        except asyncio.CancelledError:
            jobs.stop(job)
            raise
        finally:
            self._searches.pop(job.name, None)
            jobs.end(job)
        if asker.key or self._is_news(healed):
            return await self._written(job.name, healed, snapshot, asker)
        return views.Healing(0, _ended(job.name, healed, snapshot))

    async def watch(self, command: commands.Watch, asker: Asker) -> views.Watching:
        """Follow the project for as long as whoever asked stays, if its tests can be run at all."""
        asker = replace(asker, key="")
        await self._sandbox.require(command.terms, asker)
        if self._vigil is None or not self._vigil.view.faces:
            look = partial(self._look, command, asker)
            self._vigil = Vigil(self._project, look)
        await self._vigil.share()
        return self.watching

    @property
    def watching(self) -> views.Watching:
        return self._vigil.view if self._vigil else views.NOT_WATCHING

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

    def _is_news(self, healed: Healed) -> bool:
        """Tell whether the watch sees something that it did not see before."""
        red = frozenset(one.failure for one in healed.failures)
        before, self._red = self._red, red
        return before != red or bool(healed.proposals)

    async def _heal(self, job: Running, command: commands.Heal, asker: Asker) -> tuple[Healed, str]:
        shop = await self._sandbox.workshop(job, command.terms, asker)
        asked = Asked(job.name, command.tests, command.seconds)
        tell = partial(self._tell, job)
        loop = asyncio.get_running_loop()

        def meet(met: Met) -> tuple[Earlier, ...]:
            return asyncio.run_coroutine_threadsafe(self._meet(job.name, met, asker), loop).result()

        work = partial(heal, shop, asked, self._kept, job.handle, tell, meet=meet)
        return await self._sandbox.jobs.work(job, work), shop.snapshot.digest

    async def _meet(self, search: str, met: Met, asker: Asker) -> tuple[Earlier, ...]:
        """Write down what the tests did, and recall what repaired such failures before."""
        for fact in facts_of(search, met):
            await asker.record(fact, subject=search)
        if not met.steady:
            return ()
        return repaired_before(await self._recall(*REPAIRS), met.steady)

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

    async def _written(
        self, name: str, healed: Healed, snapshot: str, asker: Asker
    ) -> views.Healing:
        """Write down all that was found; the end of the search comes last."""
        for failure in healed.failures:
            await asker.record(failure, subject=failure.failure)
        for proposal in healed.proposals:
            await asker.record(proposal, subject=proposal.proposal)
        ended = _ended(name, healed, snapshot)
        event = await asker.record(ended, subject=name, key=asker.key)
        return views.Healing(event.seq, ended, healed.failures, healed.proposals)


def _ended(name: str, healed: Healed, snapshot: str) -> SearchEnded:
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
    )
