"""Carrying transactions out: kept, journaled, written, ended; and what was cut off is ended."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import cached_property
from secrets import token_hex

from workbench.api import reviews
from workbench.api.caller import Caller
from workbench.api.deciding import TransactionBegan, TransactionEnded
from workbench.api.events import read_fact
from workbench.api.facts import Event
from workbench.errors import Findings, StoreError, WorkbenchError
from workbench.journal import reading
from workbench.journal.contents import Contents
from workbench.journal.journal import Journal
from workbench.review.applying.past import Done, Past, past_of
from workbench.review.applying.project import Project, Step, do_nothing
from workbench.review.applying.recovery import finish, is_written, roll_back
from workbench.review.applying.values import Kind, Move, Ready, Task
from workbench.review.applying.writing import StuckError, given_up, write
from workbench.visible import visible_line
from workbench.workspace import Workspace

_HOST = "host"
_MOST = 10_000
_TYPES = (TransactionBegan.type, TransactionEnded.type)


@dataclass(frozen=True)
class Draft:
    """A transaction that may be carried out, and what it rests on."""

    kind: Kind
    moves: tuple[Move, ...]
    sentence: str
    name: str
    made: tuple[str, ...] = ()
    gone: tuple[str, ...] = ()
    proposals: tuple[str, ...] = ()
    of: str = ""
    verified: str = ""
    policy: str = ""
    approvals: tuple[str, ...] = ()
    ready: Ready | None = None

    @cached_property
    def task(self) -> Task:
        return Task(self.name, self.moves, self.made, self.gone)

    @cached_property
    def began(self) -> TransactionBegan:
        return TransactionBegan(
            transaction=self.name,
            kind=self.kind,
            files=tuple(move.moved for move in self.moves),
            proposals=self.proposals,
            of=self.of,
            made=self.made,
            gone=self.gone,
            verified=self.verified,
            policy=self.policy,
            approvals=self.approvals,
            branch=self.ready.branch if self.ready else "",
            commit=self.ready.commit if self.ready else "",
        )

    @property
    def ended(self) -> TransactionEnded:
        began = self.began
        return TransactionEnded(
            self.name, "written", self.sentence, began.branch, commit=began.commit
        )


def new_name() -> str:
    return token_hex(4)


class Transactions:
    """All transactions of a workspace; whoever begins one holds `alone`."""

    def __init__(
        self,
        workspace: Workspace,
        journal: Journal,
        contents: Contents,
        step: Step = do_nothing,
    ) -> None:
        self.alone = asyncio.Lock()
        self._workspace = workspace
        self._journal = journal
        self._contents = contents
        self._step = step
        self._known: Past | None = None
        self._reading = asyncio.Lock()
        self._under_way: set[asyncio.Task[reviews.Written]] = set()

    def open(self) -> Project:
        """Open the project's files, as they are reached while something is written."""
        return Project(self._workspace.project, self._step)

    async def past(self) -> Past:
        async with self._reading:
            if self._known is None:
                events = await self._journal.read(reading.newest, _TYPES, _MOST)
                self._known = past_of(events)
            return self._known

    async def answered(self, caller: Caller) -> reviews.Written | None:
        """Return what came of a command that was carried out and only its answer was lost."""
        if not caller.again:
            return None
        event = await self._journal.read(reading.event_with_key, caller.key)
        fact = read_fact(event) if event else None
        if not isinstance(fact, TransactionBegan):
            return None
        done = (await self.past()).by_name[fact.transaction]
        if done.ended and done.end and done.is_written:
            return _view(done.began, done.end, done.ended)
        sentence = done.ended.sentence if done.ended else "It did not come to an end."
        raise Findings(sentence, "The project is as it was before. Do it again.")

    async def carry_out(self, draft: Draft, caller: Caller) -> reviews.Written:
        """Write all of it or nothing; once it has begun, nobody who leaves can stop it."""
        task = asyncio.create_task(self._carry_out(draft, caller), name="transaction")
        self._under_way.add(task)
        task.add_done_callback(self._under_way.discard)
        return await asyncio.shield(task)

    async def close(self) -> None:
        """Let what is under way come to its end."""
        if self._under_way:
            await asyncio.wait(self._under_way)

    async def _carry_out(self, draft: Draft, caller: Caller) -> reviews.Written:
        await asyncio.to_thread(self._keep, draft.moves)
        with await asyncio.to_thread(self.open) as project:
            begun = await self._begin(draft, caller)
            await self._write(project, draft, begun)
            end = await self._end_written(project, draft)
            self._remember(Done(draft.began, begun, draft.ended, end))
            await asyncio.to_thread(self._finish, project, draft.task)
        return _view(draft.began, end, draft.ended)

    def _finish(self, project: Project, task: Task) -> None:
        try:
            finish(project, task)
        except WorkbenchError as error:
            raise StoreError(
                f"It was written, but what was put aside is still there: {error.sentence}",
                f"{error.hint} It lies in .workbench-{task.transaction}-* beside the files.",
            ) from error

    def _keep(self, moves: Iterable[Move]) -> None:
        """Have before and after of each file on the disk before anything is written."""
        for content in {one for move in moves for one in (move.before, move.after)} - {None}:
            self._contents.keep(content or b"")

    async def _begin(self, draft: Draft, caller: Caller) -> Event:
        began = draft.began
        event = await self._journal.write(
            began,
            actor=caller.actor,
            subject=draft.name,
            key=caller.key,
            again=caller.again,
        )
        self._remember(Done(began, event, None, None))
        return event

    async def _write(self, project: Project, draft: Draft, begun: Event) -> None:
        try:
            await asyncio.to_thread(self._written, project, draft)
        except StuckError:
            raise
        except WorkbenchError as error:
            ended = TransactionEnded(draft.name, "refused", error.sentence)
            end = await self._journal.write(ended, actor=_HOST, subject=draft.name)
            self._remember(Done(draft.began, begun, ended, end))
            raise

    def _written(self, project: Project, draft: Draft) -> None:
        write(project, draft.task)
        if draft.ready:
            self._step("branch")
            try:
                self._create(draft.ready)
            except WorkbenchError as error:
                raise given_up(project, draft.task, error) from error

    async def _end_written(self, project: Project, draft: Draft) -> Event:
        try:
            return await self._journal.write(draft.ended, actor=_HOST, subject=draft.name)
        except StoreError as error:  # What nobody can write down must not have happened.
            if draft.ready:
                await asyncio.to_thread(self._withdraw, draft.ready)
            raise await asyncio.to_thread(given_up, project, draft.task, error) from error

    def _remember(self, done: Done) -> None:
        known = self._known or Past(())
        others = tuple(one for one in known.every if one.name != done.name)
        every = sorted((*others, done), key=lambda one: one.at.seq)
        self._known = replace(known, every=tuple(every))

    async def recover(self) -> None:
        """End what was left: as written if it is, else as if it had never begun.

        What somebody began who did not wait for its end is under way, and is not left.
        """
        await self.close()
        for done in (await self.past()).every:
            if done.ended is None:
                await self._recovered(done)

    async def clean(self) -> None:
        """Remove what the last transaction put aside, if nobody was left to do so."""
        past = await self.past()
        if past.every and past.every[-1].is_written:
            await asyncio.to_thread(self._clean, past.every[-1])

    async def _recovered(self, done: Done) -> None:
        task = await asyncio.to_thread(self._task, done)
        ended = await asyncio.to_thread(self._settled, done, task)
        end = await self._journal.write(ended, actor=_HOST, subject=done.name)
        self._remember(Done(done.began, done.at, ended, end))
        await self.clean()

    def _task(self, done: Done) -> Task:
        read = self._contents.read_file
        files = done.began.files
        moves = tuple(Move(f.path, read(f.before), read(f.after), f.mode) for f in files)
        return Task(done.name, moves, done.began.made, done.began.gone)

    def _settled(self, done: Done, task: Task) -> TransactionEnded:
        """Have the files, and the branch, as one of both would have them; say which."""
        began = done.began
        ready = Ready(began.branch, began.commit) if began.branch else None
        with self.open() as project:
            if is_written(project, task):
                return self._settled_written(began, ready)
            sentence = _cut_off(roll_back(project, task))
        if ready:
            sentence += self._withdrawn(ready)
        return TransactionEnded(began.transaction, "refused", sentence, is_recovered=True)

    def _withdrawn(self, ready: Ready) -> str:
        try:
            self._withdraw(ready)
        except WorkbenchError as error:
            return f" The branch {visible_line(ready.branch)} may be left: {error.sentence}"
        return ""

    def _settled_written(self, began: TransactionBegan, ready: Ready | None) -> TransactionEnded:
        sentence = "It was written; the host that did so was ended before it could say so."
        if ready:
            try:
                self._create(ready)
            except WorkbenchError as error:
                sentence, ready = f"{sentence} It was not committed: {error.sentence}", None
        branch, commit = (ready.branch, ready.commit) if ready else ("", "")
        return TransactionEnded(
            began.transaction, "written", sentence, branch, commit, is_recovered=True
        )

    def _create(self, ready: Ready) -> None:
        from workbench.review.applying.committing import create

        create(self._workspace.project, ready)

    def _withdraw(self, ready: Ready) -> None:
        from workbench.review.applying.committing import withdraw

        withdraw(self._workspace.project, ready)

    def _clean(self, done: Done) -> None:
        with self.open() as project:
            finish(project, self._task(done))


def _cut_off(left: tuple[str, ...]) -> str:
    sentence = "The host was ended in the middle of it, and the files are as they were before."
    if not left:
        return sentence
    names = ", ".join(map(visible_line, left))
    return f"{sentence} Changed since by somebody else, and left as they are: {names}."


def _view(began: TransactionBegan, end: Event, ended: TransactionEnded) -> reviews.Written:
    return reviews.Written(
        seq=end.seq,
        transaction=began.transaction,
        kind=began.kind,
        files=began.files,
        sentence=ended.sentence,
        branch=ended.branch,
        commit=ended.commit,
    )
