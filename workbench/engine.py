"""The engine: opens a workspace, builds the services, carries out commands, closes."""

from __future__ import annotations

import asyncio
import os
import platform
import shutil
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from importlib import import_module
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

from workbench import __version__
from workbench.api import commands, views
from workbench.api.caller import Caller
from workbench.api.deciding import ReviewActed
from workbench.api.events import (
    FailureFound,
    HostStarted,
    HostStopped,
    JobRan,
    JournalSetAside,
    NoteWritten,
    ProposalMade,
    read_fact,
)
from workbench.api.facts import Event
from workbench.api.shapes import Command, View
from workbench.errors import UsageError, WorkbenchError
from workbench.healing import history
from workbench.journal import reading
from workbench.journal.journal import Journal
from workbench.journal.store import log_of
from workbench.journal.transfer import export
from workbench.journal.verify import verify
from workbench.review.applying.service import Applying
from workbench.review.applying.values import Case, Verified
from workbench.review.approval.desk import Desk
from workbench.review.patches import Patches
from workbench.review.service import Service as Review
from workbench.wings import Wings, redacted
from workbench.workspace import Workspace

if TYPE_CHECKING:
    from local_models.staff import Staff
    from workbench.healing.service import Service as Healing
    from workbench.review.applying.verifying import Verifying
    from workbench.sandbox.service import Asker, Service

_HOST = "host"
_MOST_RECALLED = 1_000
_MOST_DECIDED = 10_000


@dataclass(frozen=True)
class House:
    """What the engine must be told by the process that it lives in."""

    idle_seconds: float
    faces: Callable[[], tuple[views.Face, ...]]
    stop: Callable[[str], None]


Handler = Callable[[Any, Caller], Awaitable[View]]
Handlers = Mapping[type[Command[Any]], Handler]


class Engine:
    """One open workspace."""

    def __init__(self, workspace: Workspace, house: House) -> None:
        self.journal = Journal(workspace)
        self._workspace = workspace
        self._house = house
        self._started = time.time_ns() // 1000
        self._notices: list[str] = []
        self._review = Review(workspace, self.journal)
        desk = Desk(workspace, self.journal, self._review)
        self._applying = Applying(
            workspace, self.journal, self._review, verify=self._verify, gate=desk.gate
        )
        self._wings = Wings(workspace, self.journal, self._service, self._asker)
        self._handlers: Handlers = {
            **self._own_handlers,
            **_of_reviews(self._review, Patches(workspace, self._review), desk, self._applying),
            **self._wings.handlers,
        }
        self._verifying: Verifying | None = None
        self._sandbox: Service | None = None
        self._healing: Healing | None = None
        self._cleaning: asyncio.Task[None] | None = None

    @property
    def _own_handlers(self) -> Handlers:
        return {
            commands.WriteNote: self._write_note,
            commands.ReadStatus: self._read_status,
            commands.ReadActivity: self._read_activity,
            commands.ReadEvents: self._read_events,
            commands.ReadEvent: self._read_event,
            commands.NextEvents: self._next_events,
            commands.VerifyJournal: self._verify_journal,
            commands.ExportJournal: self._export_journal,
            commands.StopHost: self._stop_host,
            commands.ReadSandbox: self._read_sandbox,
            commands.ExamineSandbox: self._examine_sandbox,
            commands.PrepareSandbox: self._prepare_sandbox,
            commands.RunInSandbox: self._run_in_sandbox,
            commands.ProveRepair: self._prove_repair,
            commands.CancelJob: self._cancel_job,
            commands.Heal: self._heal,
            commands.Watch: self._watch,
            commands.ReadWatching: self._read_watching,
            commands.ReadSearches: self._read_searches,
            commands.ReadFailures: self._read_failures,
            commands.ReadProposals: self._read_proposals,
            commands.ReadLearned: self._read_learned,
        }

    @property
    def busy(self) -> bool:
        """Whether work goes on that nobody waits for."""
        return self._wings.busy

    async def open(self) -> None:
        """Open the stores and write down that a host began."""
        damage = await self.journal.open()
        if await self._was_killed():
            await self._recover()
            self._cleaning = asyncio.create_task(self._clean(), name="cleaning")
        await self.journal.write(
            HostStarted(__version__, os.getpid(), platform.python_version()), actor=_HOST
        )
        if damage:
            self._notices.append(damage.sentence)
            fact = JournalSetAside(str(damage.kept or ""), damage.reason)
            await self.journal.write(fact, actor=_HOST)

    async def _recover(self) -> None:
        """End what was being written; if that cannot be yet, it is tried before the next."""
        try:
            await self._applying.recover()
        except WorkbenchError as error:
            self._notices.append(f"{error.sentence} {error.hint}")

    async def close(self, reason: str) -> None:
        """Write down that the host ends, unless nothing can be written, and close the stores."""
        await self._applying.close()
        await self._wings.close()
        if self._sandbox:
            await self._sandbox.close()
        if self.journal.failure is None:
            await self.journal.write(HostStopped(reason), actor=_HOST)
        await self.journal.close()

    async def carry_out(self, command: Command[Any], caller: Caller) -> View:
        """Do what `command` says; a journal that cannot be written must be opened anew."""
        try:
            return await self._handlers[type(command)](command, caller)
        finally:
            if self.journal.failure:
                self._house.stop(self.journal.failure.sentence)

    async def _write_note(self, command: commands.WriteNote, caller: Caller) -> views.Receipt:
        if not command.text.strip():
            raise UsageError("A note without text says nothing.", "Write what is to be remembered.")
        event = await self.journal.write(
            NoteWritten(command.text),
            actor=caller.actor,
            subject=command.subject,
            key=caller.key,
            again=caller.again,
        )
        return views.Receipt(event.seq, event.time)

    async def _read_status(self, _: commands.ReadStatus, __: Caller) -> views.Status:
        runs, unclean = await self.journal.read_projected(reading.runs)
        return views.Status(
            project=str(self._workspace.project),
            pid=os.getpid(),
            version=__version__,
            python=platform.python_version(),
            started=self._started,
            memory=_memory(),
            faces=self._house.faces(),
            idle_seconds=self._house.idle_seconds,
            journal=self.journal.identity,
            head=self.journal.head,
            stores=_stores(self._workspace),
            disk_free=shutil.disk_usage(self._workspace.folder).free,
            runs=runs,
            unclean_runs=unclean - 1,  # This run has not ended yet.
            notices=tuple(self._notices),
        )

    async def _read_activity(self, command: commands.ReadActivity, _: Caller) -> views.Activity:
        minutes = max(1, min(command.minutes, 24 * 60))
        return await self.journal.read_projected(reading.activity, minutes, datetime.now(UTC))

    async def _read_events(self, command: commands.ReadEvents, _: Caller) -> views.Page:
        return await self.journal.read(reading.page, command, self.journal.head)

    async def _read_event(self, command: commands.ReadEvent, _: Caller) -> views.EventDetail:
        found = await self.journal.read(reading.event_at, command.seq)
        if found is None:
            raise UsageError(
                f"There is no event {command.seq}.",
                f"The journal holds events 1 to {self.journal.head}.",
            )
        return views.EventDetail(*found)

    async def _next_events(self, command: commands.NextEvents, _: Caller) -> views.Batch:
        return views.Batch(await self.journal.after(command.after))

    async def _verify_journal(self, _: commands.VerifyJournal, __: Caller) -> views.Verdict:
        return await self.journal.read(verify)

    async def _export_journal(self, command: commands.ExportJournal, _: Caller) -> views.Manifest:
        return await self.journal.read(export, self._workspace, Path(command.folder))

    async def _service(self) -> Service:
        """Return the sandbox, which most runs of a host never need."""
        module = await asyncio.to_thread(import_module, "workbench.sandbox.service")
        self._sandbox = self._sandbox or module.Service(self._workspace, redacted)
        return self._sandbox

    async def _clean(self) -> None:
        await (await self._service()).clean()

    async def _was_killed(self) -> bool:
        """Tell whether the host before ended without saying so."""
        last = await self.journal.read(reading.event_at, self.journal.head)
        return last is not None and last[0].type != HostStopped.type

    def _asker(self, caller: Caller) -> Asker:
        from workbench.sandbox.service import Asker

        return Asker(caller.actor, caller.key, partial(self.journal.write, actor=caller.actor))

    async def _read_sandbox(self, command: commands.ReadSandbox, caller: Caller) -> views.Sandbox:
        return await (await self._service()).read(command, self._asker(caller))

    async def _examine_sandbox(
        self, command: commands.ExamineSandbox, caller: Caller
    ) -> views.Sandbox:
        return await (await self._service()).examine(command, self._asker(caller))

    async def _prepare_sandbox(
        self, command: commands.PrepareSandbox, caller: Caller
    ) -> views.Prepared:
        return await (await self._service()).prepare(command, self._asker(caller))

    async def _run_in_sandbox(
        self, command: commands.RunInSandbox, caller: Caller
    ) -> views.JobResult:
        if earlier := await self._earlier(caller):
            return earlier
        return await (await self._service()).run(command, self._asker(caller))

    async def _prove_repair(self, command: commands.ProveRepair, caller: Caller) -> views.Proof:
        return await (await self._service()).prove(command, self._asker(caller))

    async def _earlier(self, caller: Caller) -> views.JobResult | None:
        """Return what became of the job if it has run already and only the answer was lost."""
        if not caller.again:
            return None
        event = await self.journal.read(reading.event_with_key, caller.key)
        if event is None or not isinstance(fact := read_fact(event), JobRan):
            return None
        return views.JobResult(event.seq, fact, fact.output)

    async def _healer(self) -> Healing:
        sandbox = await self._service()
        module = await asyncio.to_thread(import_module, "workbench.healing.service")
        advisers = module.Advisers(self._workspace, self._staff, redacted)
        self._healing = self._healing or module.Service(
            sandbox, self._workspace, self._recall, advisers
        )
        return self._healing

    async def _staff(self) -> Staff:
        staff: Staff = (await self._wings.models.enter()).staff
        return staff

    async def _recall(self, *types: str, limit: int = _MOST_RECALLED) -> tuple[Event, ...]:
        """Return what the journal holds of some types, newest first."""
        return await self.journal.read(reading.newest, types, limit)

    async def _verify(
        self, case: Case, asked: commands.Terms, caller: Caller, *, is_trial: bool = False
    ) -> Verified:
        module = await asyncio.to_thread(import_module, "workbench.review.applying.verifying")
        self._verifying = self._verifying or module.Verifying(
            self._workspace, self._review.contents, self._service, self._asker
        )
        return await self._verifying(case, asked, caller, is_trial=is_trial)

    async def _heal(self, command: commands.Heal, caller: Caller) -> views.Healing:
        return await (await self._healer()).heal(command, self._asker(caller))

    async def _watch(self, command: commands.Watch, caller: Caller) -> views.Watching:
        return await (await self._healer()).watch(command, self._asker(caller))

    async def _read_watching(self, _: commands.ReadWatching, __: Caller) -> views.Watching:
        return self._healing.watching if self._healing else views.NOT_WATCHING

    async def _read_searches(self, _: commands.ReadSearches, __: Caller) -> views.Searches:
        return self._healing.searches if self._healing else views.Searches(())

    async def _read_failures(self, command: commands.ReadFailures, _: Caller) -> views.Failures:
        events = await self._recall(FailureFound.type, limit=command.limit)
        recalled = [await self._recall(kind) for kind in history.SINCE]
        since = sorted(chain(*recalled), key=lambda event: -event.seq)
        return await asyncio.to_thread(history.failures, events, since)

    async def _read_proposals(self, command: commands.ReadProposals, _: Caller) -> views.Proposals:
        head, after, read = self.journal.head, command.after, self.journal.read
        events = await read(reading.newest, (ProposalMade.type,), command.limit, after)
        acts = await read(reading.newest, (ReviewActed.type,), _MOST_DECIDED, after)
        if after:  # What was decided before counts for what is made again, and the other way round.
            names = dict.fromkeys(event.subject for event in (*events, *acts))
            about = [
                [await read(reading.newest_about, kind.type, name) for name in names]
                for kind in (ProposalMade, ReviewActed)
            ]
            events, acts = (tuple(filter(None, some)) for some in about)
        found = await asyncio.to_thread(history.proposals, events, acts, diffs=command.diffs)
        return msgspec.structs.replace(found, head=head)

    async def _read_learned(self, _: commands.ReadLearned, __: Caller) -> views.Learned:
        return await (await self._healer()).learned()

    async def _cancel_job(self, command: commands.CancelJob, _: Caller) -> views.Cancelled:
        return await (await self._service()).cancel(command)

    async def _stop_host(self, _: commands.StopHost, caller: Caller) -> views.Stopping:
        self._house.stop(f"{caller.actor} asked for it")
        return views.Stopping(os.getpid())


def _stores(workspace: Workspace) -> tuple[views.Store, ...]:
    named = {
        "journal": workspace.journal_file,
        "write-ahead log": log_of(workspace.journal_file),
        "host log": workspace.log_file,
    }
    return tuple(
        views.Store(name, str(path), path.stat().st_size if path.exists() else 0)
        for name, path in named.items()
    )


def _memory() -> int:
    """Return the resident bytes of this process."""
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE")


def _of_reviews(review: Review, patches: Patches, desk: Desk, applying: Applying) -> Handlers:
    return {
        commands.ReadReview: review.read,
        commands.ActOn: review.act,
        commands.ReadPatch: patches.read,
        commands.ReadAllowed: desk.read,
        commands.Approve: desk.approve,
        commands.VerifyAudit: desk.verify,
        commands.ReadTrail: desk.trail,
        commands.ExportAudit: desk.export,
        commands.TryAccepted: applying.try_accepted,
        commands.Apply: applying.apply,
        commands.TakeBack: applying.take_back,
        commands.BringBack: applying.bring_back,
        commands.ReadTransactions: applying.read,
    }
