"""The journal: one writer with group commit, many readers, each command written once."""

from __future__ import annotations

import asyncio
import time
from collections import OrderedDict, deque
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import islice
from typing import Concatenate, ParamSpec, TypeVar

import duckdb

from workbench.api.facts import Event, Fact
from workbench.errors import StoreError
from workbench.journal import projections, reading, store
from workbench.journal.chain import GENESIS, Draft, chained, draft
from workbench.workspace import Workspace

P = ParamSpec("P")
T = TypeVar("T")

_RECENT = 2048
_BATCH = 500
_KEYS = 50_000
_SIBLING_PATIENCE = 0.0015
_REST_AFTER = 1.0
_CHECKPOINT_BYTES = 1024 * 1024
_EPOCH = datetime(1970, 1, 1)  # noqa: DTZ001 - DuckDB's TIMESTAMP is UTC without saying so


@dataclass(frozen=True)
class _Waiting:
    """A draft in the queue, and who waits for it."""

    draft: Draft
    written: asyncio.Future[Event]


class Journal:
    """The append-only record. Its methods belong to the event loop; DuckDB works in threads."""

    def __init__(self, workspace: Workspace) -> None:
        self.head = 0
        self.identity = ""
        """The hash of the first event: it tells this journal from any other."""
        self.failure: StoreError | None = None
        """Why nothing can be written any more."""
        self._workspace = workspace
        self._writer = ThreadPoolExecutor(1, "journal-writer")
        self._readers = ThreadPoolExecutor(2, "journal-reader")
        self._queue: list[_Waiting] = []
        self._siblings = 0
        """How many were written together last."""
        self._gathered = asyncio.Event()
        """As many wait for the next commit."""
        self._committing: asyncio.Task[None] | None = None
        self._by_key: OrderedDict[str, asyncio.Future[Event]] = OrderedDict()
        self._recent: deque[Event] = deque(maxlen=_RECENT)
        self._news: asyncio.Future[None] | None = None
        self._rest: asyncio.TimerHandle | None = None

    async def open(self) -> store.Damage | None:
        """Open the file; return what was wrong with it, if anything."""
        return await self._in_writer(self._open)

    async def close(self) -> None:
        """Commit what waits, fold the log into the file, and let go."""
        if self._rest:
            self._rest.cancel()
        while self._committing is not None:
            await asyncio.wait([self._committing])
        await asyncio.get_running_loop().run_in_executor(None, self._readers.shutdown)
        await self._in_writer(self._close)
        self._writer.shutdown()

    async def write(
        self, fact: Fact, *, actor: str, subject: str = "", key: str = "", again: bool = False
    ) -> Event:
        """Write `fact`, once under `key`, and return its event when it is durable."""
        new = draft(fact, actor=actor, subject=subject, key=key)
        if again and key not in self._by_key:
            earlier = await self.read(reading.event_with_key, key)
            if earlier is not None:
                return earlier
        return await asyncio.shield(self._by_key.get(key) or self._enqueue(new))

    async def read(
        self,
        question: Callable[Concatenate[duckdb.DuckDBPyConnection, P], T],
        *args: P.args,
        **kwargs: P.kwargs,
    ) -> T:
        """Ask the journal beside its writer."""
        return await self._in_thread(
            self._readers, lambda: self._ask_with_cursor(lambda c: question(c, *args, **kwargs))
        )

    async def read_projected(
        self,
        question: Callable[Concatenate[duckdb.DuckDBPyConnection, P], T],
        *args: P.args,
        **kwargs: P.kwargs,
    ) -> T:
        """Ask the projections, brought up to date first."""

        def ask() -> T:
            projections.catch_up(self._connection, self._last)
            return question(self._connection, *args, **kwargs)

        return await self._in_thread(self._writer, ask)

    async def after(self, seq: int) -> tuple[Event, ...]:
        """Wait until there are events after `seq` and return the next of them, in order."""
        while self.head <= seq:
            if self._news is None:
                self._news = asyncio.get_running_loop().create_future()
            await asyncio.shield(self._news)
        if self._recent and self._recent[0].seq <= seq + 1:
            start = seq + 1 - self._recent[0].seq
            return tuple(islice(self._recent, start, start + _BATCH))
        return await self.read(reading.events_after, seq)

    def _enqueue(self, new: Draft) -> asyncio.Future[Event]:
        if self.failure:
            raise self.failure
        written: asyncio.Future[Event] = asyncio.get_running_loop().create_future()
        if new.key:
            self._remember(new.key, written)
        self._queue.append(_Waiting(new, written))
        if len(self._queue) >= self._siblings:
            self._gathered.set()
        if self._committing is None:
            self._committing = asyncio.create_task(self._commit_all(), name="group commit")
        return written

    def _remember(self, key: str, written: asyncio.Future[Event]) -> None:
        self._by_key[key] = written
        if len(self._by_key) > _KEYS:
            self._by_key.popitem(last=False)

    async def _commit_all(self) -> None:
        """Commit what gathered while the commit before was under way, until nothing waits."""
        try:
            while self._queue:
                await self._wait_for_siblings()
                group, self._queue = self._queue, []
                self._siblings = len(group)
                await self._commit_group(group)
        finally:
            self._committing = None
        self._rest_later()

    async def _wait_for_siblings(self) -> None:
        """Who waited for the last commit is likely to write again at once: share the next one."""
        if len(self._queue) < self._siblings:
            self._gathered.clear()
            with suppress(TimeoutError):
                await asyncio.wait_for(self._gathered.wait(), _SIBLING_PATIENCE)

    async def _commit_group(self, group: list[_Waiting]) -> None:
        try:
            events = await self._in_thread(
                self._writer, lambda: self._commit([waiting.draft for waiting in group])
            )
        except StoreError as error:
            self._fail(error, group)
            return
        for waiting, event in zip(group, events, strict=True):
            waiting.written.set_result(event)
        self._publish(events)

    def _fail(self, error: StoreError, group: list[_Waiting]) -> None:
        """After a failed commit DuckDB's state is unknown: only opening the file anew tells it."""
        self.failure = error
        for waiting in (*group, *self._queue):
            self._by_key.pop(waiting.draft.key, None)
            waiting.written.set_exception(error)
        self._queue = []

    def _publish(self, events: list[Event]) -> None:
        self._recent.extend(events)
        self.head = events[-1].seq
        self.identity = self.identity or events[0].hash
        if self._news is not None:
            self._news.set_result(None)
            self._news = None

    def _rest_later(self) -> None:
        if self._rest:
            self._rest.cancel()
        loop = asyncio.get_running_loop()
        self._rest = loop.call_later(_REST_AFTER, self._writer.submit, self._checkpoint)

    async def _in_writer(self, work: Callable[[], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._writer, work)

    async def _in_thread(self, threads: ThreadPoolExecutor, work: Callable[[], T]) -> T:
        try:
            return await asyncio.get_running_loop().run_in_executor(threads, work)
        except duckdb.Error as error:
            raise store.unusable(self._workspace.journal_file, error) from error

    # What follows runs in the threads.

    def _open(self) -> store.Damage | None:
        self._connection, damage = store.open_store(self._workspace)
        self._appender = self._connection.appender("journal")
        """Flushing it commits, in two thirds of the time that an INSERT takes."""
        self._last, self._last_hash = store.head_of(self._connection)
        self._last_time = 0
        self._mark = store.HeadMark(self._workspace)
        self.head = self._last
        self.identity = reading.first_hash(self._connection)
        return damage

    def _close(self) -> None:
        self._mark.close()
        del self._appender
        self._connection.close()

    def _commit(self, drafts: list[Draft]) -> list[Event]:
        events = self._chain(drafts)
        for event in events:
            self._appender.append_row(*_row(event))
        self._appender.flush()
        self._mark.write(events[-1].seq)
        self._last, self._last_hash = events[-1].seq, events[-1].hash
        return events

    def _chain(self, drafts: list[Draft]) -> list[Event]:
        events: list[Event] = []
        previous = self._last_hash or GENESIS
        self._last_time = max(time.time_ns() // 1000, self._last_time)
        for seq, new in enumerate(drafts, self._last + 1):
            events.append(chained(new, seq=seq, time=self._last_time, previous=previous))
            previous = events[-1].hash
        return events

    def _checkpoint(self) -> None:
        log = store.log_of(self._workspace.journal_file)
        if log.exists() and log.stat().st_size > _CHECKPOINT_BYTES:
            self._connection.execute("CHECKPOINT")

    def _ask_with_cursor(self, question: Callable[[duckdb.DuckDBPyConnection], T]) -> T:
        cursor = self._connection.cursor()
        try:
            return question(cursor)
        finally:
            cursor.close()


def _row(event: Event) -> tuple[int | str | datetime, ...]:
    return (
        event.seq,
        _EPOCH + timedelta(microseconds=event.time),
        event.actor,
        event.subject,
        event.type,
        event.version,
        event.key,
        event.payload,
        event.hash,
    )
