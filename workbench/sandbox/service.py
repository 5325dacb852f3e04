"""The sandbox as a service of the host: chooses the engine, runs jobs, can end any of them."""

from __future__ import annotations

import asyncio
from contextlib import closing, suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Protocol

from msgspec.structs import replace

from workbench.api import commands, views
from workbench.api.facts import Event, Fact
from workbench.errors import Interrupted, SandboxError
from workbench.sandbox import daemon, preparing, telling, terms
from workbench.sandbox.box import Box
from workbench.sandbox.choice import ENGINES, Choice, Finding, choose, load, refuse, try_engine
from workbench.sandbox.engines import docker, landlock
from workbench.sandbox.installed import plugins_of
from workbench.sandbox.interpreter import find_interpreter
from workbench.sandbox.job import Job, Pytest, Result, Status
from workbench.sandbox.plan import Plan
from workbench.sandbox.pool import Handle, Pool
from workbench.sandbox.preload import Preload
from workbench.sandbox.proof.prove import Verdict
from workbench.sandbox.proving import Repair, Workshop, prove, read_change
from workbench.sandbox.running import Abandoned, Jobs, Running, heeding
from workbench.sandbox.snapshot import Store
from workbench.sandbox.telling import Account
from workbench.sandbox.versions import versions
from workbench.workspace import Workspace

_Key = tuple[str, str, str]
_CANCELLED = Result(Status.KILLED, "it was cancelled")
_CLOSING_PATIENCE = 5.0
_MANY_TREES = 16


class Record(Protocol):
    """Writes a fact into the journal, for whoever asked."""

    async def __call__(self, fact: Fact, *, subject: str = "", key: str = "") -> Event: ...


@dataclass(frozen=True)
class Asker:
    """Who asked, how to write down what came of it, and under which key."""

    actor: str
    key: str
    record: Record


class Service:
    """Everything is made on first use, and nothing is ever run without an engine that holds."""

    def __init__(self, workspace: Workspace, redact: telling.Redact) -> None:
        self._workspace = workspace
        self._redact = redact
        self.jobs = Jobs()
        self._store = Store(workspace.folder / "snapshots")
        self._preload = Preload(self._store)
        self._choices: dict[_Key, Choice] = {}
        self._choosing = asyncio.Lock()
        self._pools: dict[str, Pool] = {}
        self._tasks: set[asyncio.Task[views.JobResult]] = set()

    @property
    def store(self) -> Store:
        """The snapshots of the project."""
        return self._store

    async def close(self) -> None:
        """End every job and every box."""
        self.jobs.stop_all()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        closing = asyncio.get_running_loop().run_in_executor(None, self._close)
        await asyncio.wait({closing}, timeout=_CLOSING_PATIENCE)
        self._close_pools()

    def _close(self) -> None:
        self._close_pools()
        self.jobs.close()
        self._store.close()

    def _close_pools(self) -> None:
        for pool in self._pools.values():
            pool.close()

    async def clean(self) -> None:
        """Remove what a workbench that was killed left behind."""
        await self.jobs.beside(_sweep)
        if len(self._trees()) > _MANY_TREES:
            await self.jobs.beside(self._store.sweep)

    async def read(self, command: commands.ReadSandbox, asker: Asker) -> views.Sandbox:
        """Tell how the sandbox is; which engine it is, is found out at most once."""
        plan, choice = await self._found(command.terms, asker)
        return await self._view(command.terms, plan, choice, choice.findings)

    async def examine(self, command: commands.ExamineSandbox, asker: Asker) -> views.Sandbox:
        """Choose anew, and let the other engines prove themselves as well, or only one."""
        plan = await self.jobs.beside(lambda: self._plan(command.terms))
        choice = await self._choose(command.terms, plan, asker, anew=True)
        wanted = (command.engine,) if command.engine else ENGINES
        findings = await self.jobs.beside(lambda: _try(wanted, choice, plan))
        return await self._view(command.terms, plan, choice, findings)

    async def cancel(self, command: commands.CancelJob) -> views.Cancelled:
        self.jobs.cancel(command.job)
        return views.Cancelled(command.job)

    async def prepare(self, command: commands.PrepareSandbox, asker: Asker) -> views.Prepared:
        """Have images and a box ready before they are needed."""
        done = []
        if command.load:
            done.append(await self.jobs.beside(lambda: preparing.take_in(Path(command.load))))
        plan, choice = await self._found(command.terms, asker)
        if command.save:
            done.append(await self.jobs.beside(lambda: preparing.save(plan, Path(command.save))))
        _able(choice)
        done.append(await self.jobs.beside(lambda: self._warm(choice.engine, plan)))
        return views.Prepared(choice.engine, tuple(done))

    def _warm(self, engine: str, plan: Plan) -> str:
        """Have a box ready; Docker's images are made on the way."""
        preload = self._preload.of(self._store.take(self._workspace.project))
        self._pool(engine).warm(_equipped(plan, preload))
        imports = f"; it imports what is installed of {', '.join(preload)}" if preload else ""
        return f"A box of {engine} is warm{imports}."

    async def run(self, command: commands.RunInSandbox, asker: Asker) -> views.JobResult:
        """Run a job; if nobody waits for it any more it is ended, and still written down."""
        work = terms.work_of(command.work)
        policy = terms.policy_of(command.terms)
        job = self.jobs.begin(terms.kind_of(work), terms.title_of(work), asker.actor)
        account = Account(job.name, Job(work, cwd=command.cwd), policy)
        task = asyncio.create_task(self._carry(job, account, command.terms, asker))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        try:
            return await asyncio.shield(task)
        except asyncio.CancelledError:
            job.wanted = False
            self.jobs.stop(job)
            raise

    async def _carry(
        self, job: Running, account: Account, asked: commands.Terms, asker: Asker
    ) -> views.JobResult:
        try:
            account, result = await self._do(job, account, asked, asker)
        finally:
            self.jobs.end(job)
        key = asker.key if job.wanted else ""
        return await self.write_down(account, result, asker, key)

    async def write_down(
        self, account: Account, result: Result, asker: Asker, key: str = ""
    ) -> views.JobResult:
        """Have the journal keep, without secrets, how a job ended; all are written down here."""
        tested = await self.jobs.beside(lambda: telling.tested(account.job, result))
        fact = await self.jobs.beside(
            lambda: telling.ran(account, result, tested, redact=self._redact)
        )
        event = await asker.record(fact, subject=account.name, key=key)
        return views.JobResult(event.seq, fact, telling.printed(result.output), tested.cases)

    async def _do(
        self, job: Running, account: Account, asked: commands.Terms, asker: Asker
    ) -> tuple[Account, Result]:
        """Return what became of the job, and all that was known about it when it ended."""
        try:
            plan = await self.jobs.help(job, lambda: self._plan(asked))
            account = replace(account, interpreter=plan.interpreter.executable)
            job.stage = "snapshot"
            account, preload = await self.jobs.help(job, partial(self._lay, account))
            plan, account = _equipped(plan, preload), _with_plugins(account, plan)
            choice = await heeding(job, self._choose(asked, plan, asker))
            account = replace(account, choice=choice)
            if not choice.engine:
                return account, _refused(choice)
            job.stage = "waiting"
            result = await self.jobs.work(job, partial(self._run, account, plan, job.handle))
        except Abandoned:
            return account, _CANCELLED
        if result.status is Status.ERROR and result.exit is None:
            self._choices.pop(_key(asked, plan), None)  # The engine must prove itself again.
        return account, result

    def _lay(self, account: Account) -> tuple[Account, tuple[str, ...]]:
        """Take a snapshot and lay it under the job; say what its runner may import before."""
        snapshot = self._store.take(self._workspace.project)
        cwd = terms.folder_of(account.job.cwd, snapshot.entries)
        layer = self._store.materialise(snapshot)
        laid = replace(account.job, tree=layer.tree, edits=layer.edits, cwd=cwd)
        account = replace(account, job=laid, snapshot=snapshot.digest)
        return account, self._preload.of(snapshot)

    def _run(self, account: Account, plan: Plan, handle: Handle) -> Result:
        pool = self._pool(account.choice.engine)
        try:
            return pool.run(plan, account.job, account.policy, handle=handle)
        except SandboxError as error:
            return Result(Status.ERROR, f"{error.sentence} {error.hint}".strip(), clean=False)
        except OSError as error:
            return Result(Status.ERROR, f"no box could be opened: {error}", clean=False)

    async def prove(self, command: commands.ProveRepair, asker: Asker) -> views.Proof:
        """Put a repair to the proof; if nobody waits for it any more it is given up."""
        job = self.jobs.begin("proof", command.folder, asker.actor)
        try:
            verdict = await self._prove(job, command, asker)
        except Abandoned:
            raise Interrupted("The proof was cancelled.") from None
        except asyncio.CancelledError:
            self.jobs.stop(job)
            raise
        finally:
            self.jobs.end(job)
        event = await asker.record(
            fact := telling.proved(job.name, verdict), subject=job.name, key=asker.key
        )
        return views.Proof(event.seq, fact)

    async def _prove(self, job: Running, asked: commands.ProveRepair, asker: Asker) -> Verdict:
        shop = await self.workshop(job, asked.terms, asker)
        folder = Path(asked.folder)
        reading = partial(read_change, shop.snapshot, self._store, folder)
        change = await self.jobs.help(job, reading)
        repair = Repair(change, asked.failing, asked.arguments)
        return await self.jobs.work(job, partial(prove, shop, repair, job.handle))

    async def workshop(self, job: Running, asked: commands.Terms, asker: Asker) -> Workshop:
        """Take a snapshot and have ready what it takes to work on it."""
        plan = await self.jobs.help(job, lambda: self._plan(asked))
        job.stage = "snapshot"
        snapshot = await self.jobs.help(job, partial(self._store.take, self._workspace.project))
        plan = _equipped(plan, self._preload.of(snapshot))
        choice = _able(await heeding(job, self._choose(asked, plan, asker)))
        pool, policy = self._pool(choice.engine), terms.policy_of(asked)
        return Workshop(pool, plan, policy, choice.level, self._store, snapshot)

    async def require(self, asked: commands.Terms, asker: Asker) -> None:
        """Refuse where nothing could be run, be it for want of an engine or of an interpreter."""
        _, choice = await self._found(asked, asker)
        _able(choice)

    async def _found(self, asked: commands.Terms, asker: Asker) -> tuple[Plan, Choice]:
        plan = await self.jobs.beside(lambda: self._plan(asked))
        return plan, await self._choose(asked, plan, asker)

    def _trees(self) -> list[Path]:
        return list(self._store.trees.glob("*"))

    def _plan(self, asked: commands.Terms) -> Plan:
        project = self._workspace.project
        wanted = asked.interpreter
        interpreter = find_interpreter(project, wanted, asked.shell, Path.home())
        self._store.trees.mkdir(parents=True, exist_ok=True)
        return Plan(interpreter, str(self._store.trees), str(project), asked.network)

    def _pool(self, engine: str) -> Pool:
        return self._pools.setdefault(engine, Pool(engine, self.jobs.width))

    def _adopt(self, engine: str, box: Box) -> None:
        self._pool(engine).adopt(box)

    async def _choose(
        self, asked: commands.Terms, plan: Plan, asker: Asker, *, anew: bool = False
    ) -> Choice:
        key = _key(asked, plan)
        async with self._choosing:
            if anew or key not in self._choices:
                minimum = terms.minimum_of(asked)
                wanted = asked.engine
                keep = self._adopt if plan.preload else None
                choice = await self.jobs.beside(lambda: choose(plan, wanted, minimum, keep))
                self._choices[key] = choice
                await asker.record(telling.chosen(choice, plan, asked.minimum))
            return self._choices[key]

    async def _view(
        self,
        asked: commands.Terms,
        plan: Plan,
        choice: Choice,
        findings: tuple[Finding, ...],
    ) -> views.Sandbox:
        interpreter = plan.interpreter
        return views.Sandbox(
            engine=choice.engine,
            level=terms.name_of(choice.level),
            findings=tuple(map(telling.finding, findings)),
            minimum=asked.minimum,
            interpreter=views.Interpreter(
                interpreter.executable,
                interpreter.version,
                interpreter.origin,
                interpreter.skipped,
            ),
            versions=await self.jobs.beside(versions),
            boxes=self.jobs.width,
            jobs=self.jobs.views,
        )


def _able(choice: Choice) -> Choice:
    if not choice.engine:
        raise refuse(choice)
    return choice


def _equipped(plan: Plan, preload: tuple[str, ...]) -> Plan:
    """Have the runner import what the tests do, and what pytest would load by itself."""
    plugins = plugins_of(plan.interpreter.site_packages)
    return replace(plan, preload=tuple(dict.fromkeys((*preload, *plugins))))


def _with_plugins(account: Account, plan: Plan) -> Account:
    job = account.job
    if not isinstance(job.work, Pytest):
        return account
    work = replace(job.work, plugins=plugins_of(plan.interpreter.site_packages))
    return replace(account, job=replace(job, work=work))


def _refused(choice: Choice) -> Result:
    refusal = refuse(choice)
    return Result(Status.REFUSED, f"{refusal.sentence} {refusal.hint}")


def _key(asked: commands.Terms, plan: Plan) -> _Key:
    return plan.interpreter.executable, asked.engine, asked.minimum


def _try(wanted: tuple[str, ...], choice: Choice, plan: Plan) -> tuple[Finding, ...]:
    """Return what each engine shows, those that the choice has tried as it found them."""
    known = {found.engine: found for found in choice.findings}
    return tuple(known.get(name) or try_engine(load(name), plan) for name in wanted)


def _sweep() -> None:
    """Let each engine that leaves anything outside of its processes remove it."""
    landlock.sweep()
    with suppress(SandboxError):  # Without a daemon there is no container of ours.
        client = daemon.connect()
        with closing(client), daemon.explained():
            docker.sweep(client)
