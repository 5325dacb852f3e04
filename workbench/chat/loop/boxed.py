"""Programs that a task runs, in the sandbox, over the project with what was drafted laid over."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import partial

import msgspec

from workbench.api.commands import Terms
from workbench.api.events import JobRan
from workbench.chat.guard import Policy, Read, decide
from workbench.errors import Interrupted
from workbench.sandbox.choice import Choice
from workbench.sandbox.installed import plugins_of
from workbench.sandbox.job import Job, Pytest, Result, Script, Status
from workbench.sandbox.plan import Level
from workbench.sandbox.pool import Abandoned
from workbench.sandbox.proving import Workshop
from workbench.sandbox.running import Running
from workbench.sandbox.service import Asker, Service
from workbench.sandbox.snapshot import Snapshot
from workbench.sandbox.telling import Account
from workbench.sandbox.terms import kind_of, title_of

Work = Script | Pytest


@dataclass(frozen=True)
class Ended:
    """What the journal keeps of a job, and more of what it printed."""

    ran: JobRan
    printed: str

    @property
    def told(self) -> str:
        """Say how it ended."""
        ran = self.ran
        tests = ", ".join(f"{count} {how}" for how, count in sorted((ran.tests or {}).items()))
        ended = f"exit status {ran.exit}" if ran.exit is not None else ran.status
        parts = [f"{ran.title}: {ended}", tests, ran.reason, ran.doubt]
        return "; ".join(filter(None, parts))

    @property
    def is_well(self) -> bool:
        return self.ran.status == Status.OK and not self.ran.exit


def work_of(argv: tuple[str, ...]) -> Work:
    """Return a run of pytest as one whose records can be read; Python is the project's own."""
    if argv[0] == "pytest":
        return Pytest(argv[1:])
    argv = ("python", *argv[1:]) if argv[0] == "python3" else argv
    if argv[:3] == ("python", "-m", "pytest"):
        return Pytest(argv[3:])
    return Script(argv)


def without_network(terms: Terms) -> Terms:
    """Return terms that no task can widen: there is no network in it, not even one of its own."""
    return msgspec.structs.replace(terms, network="none")


async def run(
    sandbox: Service,
    asker: Asker,
    terms: Terms,
    work: Work,
    change: Mapping[str, bytes],
    *,
    policy: Policy | None = None,
) -> Ended:
    """Run a program; who stops the task ends it. What a policy hides is not in the box either."""
    job = sandbox.jobs.begin(kind_of(work), title_of(work), asker.actor)
    quiet = replace(asker, key="")
    try:
        shop = await sandbox.workshop(job, without_network(terms), quiet)
        doing = partial(_run, shop, work, (change, policy), job)
        account, result = await sandbox.jobs.work(job, doing)
    except Abandoned:
        raise Interrupted("The program was cancelled.") from None
    except asyncio.CancelledError:
        sandbox.jobs.stop(job)
        raise
    finally:
        sandbox.jobs.end(job)
    told = await sandbox.write_down(account, result, asker)
    return Ended(told.ran, result.output.text)


def _run(
    shop: Workshop,
    work: Work,
    seen: tuple[Mapping[str, bytes], Policy | None],
    running: Running,
) -> tuple[Account, Result]:
    change, policy = seen
    snapshot = shop.store.extend(shop.snapshot, change) if change else shop.snapshot
    layer = shop.store.materialise(snapshot)
    if isinstance(work, Pytest):
        plugins = plugins_of(shop.plan.interpreter.site_packages)
        work = msgspec.structs.replace(work, plugins=plugins)
    edits = {**layer.edits, **dict.fromkeys(_hidden(snapshot, policy))}
    job = Job(work, tree=layer.tree, edits=edits)
    account = Account(
        running.name,
        job,
        shop.policy,
        shop.plan.interpreter.executable,
        Choice(shop.pool.engine, Level(shop.level), ()),
        snapshot.digest,
    )
    return account, shop.pool.run(shop.plan, job, shop.policy, handle=running.handle)


def _hidden(snapshot: Snapshot, policy: Policy | None) -> Iterator[str]:
    """Yield what is taken out of a box: a program could print what a tool may not read."""
    if policy is not None:
        for path in snapshot.entries:
            if not decide(policy, Read(path)).allowed:
                yield path
