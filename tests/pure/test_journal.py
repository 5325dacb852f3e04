"""The journal: append-only, chained, written once, and its projections rebuilt by replay."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory

import duckdb
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from workbench.api.commands import ReadEvents
from workbench.api.events import HostStarted, HostStopped, NoteWritten
from workbench.api.facts import Event, Fact
from workbench.errors import StoreError, UsageError
from workbench.journal import projections, reading, store
from workbench.journal.journal import Journal
from workbench.journal.verify import verify
from workbench.workspace import Workspace

STARTED, STOPPED = HostStarted("1", 1, "3"), HostStopped("asked to")

facts = st.one_of(st.just(STARTED), st.just(STOPPED), st.builds(NoteWritten, text=st.text()))
few_and_slow = settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


@asynccontextmanager
async def opened(workspace: Workspace) -> AsyncIterator[Journal]:
    workspace.make()
    journal = Journal(workspace)
    await journal.open()
    try:
        yield journal
    finally:
        await journal.close()


@asynccontextmanager
async def fresh_journal() -> AsyncIterator[Journal]:
    with TemporaryDirectory() as folder:
        async with opened(Workspace(Path(folder))) as journal:
            yield journal


def rows_of(connection: duckdb.DuckDBPyConnection) -> list[list[tuple[object, ...]]]:
    return [
        connection.execute(f"SELECT * FROM {projection.name} ORDER BY ALL").fetchall()
        for projection in projections.PROJECTIONS
    ]


def rebuilt_rows(
    connection: duckdb.DuckDBPyConnection, head: int
) -> list[list[tuple[object, ...]]]:
    for projection in projections.PROJECTIONS:
        connection.execute(f"DROP TABLE {projection.name}")
    connection.execute("DELETE FROM projection")
    projections.catch_up(connection, head)
    return rows_of(connection)


@few_and_slow
@given(st.lists(st.lists(facts, max_size=5), max_size=5))
async def test_projections_rebuilt_by_replay_equal_the_live_ones(history: list[list[Fact]]) -> None:
    async with fresh_journal() as journal:
        for facts_at_once in history:
            await asyncio.gather(*(journal.write(fact, actor="me") for fact in facts_at_once))
            live = await journal.read_projected(rows_of)
        live = await journal.read_projected(rows_of)
        assert live == await journal.read_projected(rebuilt_rows, journal.head)


@few_and_slow
@given(st.lists(st.tuples(st.text(), st.sampled_from("abc")), max_size=20))
async def test_what_was_written_is_read_back_in_order_and_holds(
    notes: list[tuple[str, str]],
) -> None:
    async with fresh_journal() as journal:
        written = [
            await journal.write(NoteWritten(text), actor="me", subject=subject)
            for text, subject in notes
        ]
        assert [event.seq for event in written] == list(range(1, len(notes) + 1))
        assert await journal.read(reading.events_after, 0) == tuple(written)
        assert (await journal.read(verify)).holds


async def test_a_key_is_written_once_however_often_it_comes(workspace: Workspace) -> None:
    note = NoteWritten("once")
    async with opened(workspace) as journal:
        same = [journal.write(note, actor="me", key="k") for _ in range(5)]
        first, *others = await asyncio.gather(*same)
        assert all(event == first for event in others)
        assert journal.head == 1
    async with opened(workspace) as journal:
        assert await journal.write(note, actor="me", key="k", again=True) == first
        assert journal.head == 1


async def test_many_at_once_share_commits_and_get_gapless_numbers(workspace: Workspace) -> None:
    async with opened(workspace) as journal:
        writes = (journal.write(NoteWritten(str(n)), actor="me") for n in range(300))
        numbers = sorted(event.seq for event in await asyncio.gather(*writes))
        assert numbers == list(range(1, 301))
        assert (await journal.read(verify)).holds


async def test_waiting_for_events_wakes_at_the_next_commit(workspace: Workspace) -> None:
    async with opened(workspace) as journal:
        waiting = asyncio.create_task(journal.after(0))
        event = await journal.write(NoteWritten("news"), actor="me")
        assert await waiting == (event,)


async def test_events_older_than_memory_come_from_the_file(workspace: Workspace) -> None:
    async with opened(workspace) as journal:
        writes = (journal.write(NoteWritten(str(n)), actor="me") for n in range(3000))
        await asyncio.gather(*writes)
        seen: list[Event] = []
        while len(seen) < 3000:
            seen += await journal.after(len(seen))
        assert [event.seq for event in seen] == list(range(1, 3001))


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE journal SET payload = '{}' WHERE seq = 3",
        "UPDATE journal SET time = time + INTERVAL 1 SECOND WHERE seq = 3",
        "UPDATE journal SET actor = 'somebody' WHERE seq = 3",
        "UPDATE journal SET hash = repeat('0', 64) WHERE seq = 3",
        "DELETE FROM journal WHERE seq = 3",
        "DELETE FROM journal WHERE seq = 1",
        "INSERT INTO journal SELECT * FROM journal WHERE seq = 3",
        "INSERT INTO journal SELECT -1, * EXCLUDE (seq) FROM journal WHERE seq = 3",
    ],
)
async def test_tampering_is_found(workspace: Workspace, change: str) -> None:
    async with opened(workspace) as journal:
        for n in range(6):
            await journal.write(NoteWritten(str(n)), actor="me")
        assert (await journal.read(verify)).holds
        await journal.read(duckdb.DuckDBPyConnection.execute, change)
        assert not (await journal.read(verify)).holds


@pytest.mark.parametrize(
    ("wanted", "seqs", "more"),
    [
        (ReadEvents(limit=3), [9, 8, 7], True),
        (ReadEvents(before=4, limit=3), [3, 2, 1], False),
        (ReadEvents(before=1), [], False),
        (ReadEvents(text="NOTE 4"), [4], False),
        (ReadEvents(text="ME note.written", limit=2), [], False),
        (ReadEvents(text="Note.Written", limit=2), [8, 7], True),
        (ReadEvents(type="host."), [9], False),
        (ReadEvents(type="host.", text="nothing like it"), [], False),
        (ReadEvents(limit=-5), [], True),
        (ReadEvents(before=10**15, limit=1), [9], True),
    ],
)
async def test_pages(workspace: Workspace, wanted: ReadEvents, seqs: list[int], more: bool) -> None:
    async with opened(workspace) as journal:
        for n in range(1, 9):
            await journal.write(NoteWritten(f"note {n}"), actor="me")
        await journal.write(STOPPED, actor="host")
        page = await journal.read(reading.page, wanted, journal.head)
        assert ([event.seq for event in page.events], page.more) == (seqs, more)


async def test_activity_counts_by_type_and_minute(workspace: Workspace) -> None:
    async with opened(workspace) as journal:
        for fact in (STARTED, NoteWritten("a"), NoteWritten("b")):
            await journal.write(fact, actor="me")
        view = await journal.read_projected(reading.activity, 60, datetime.now(UTC))
        assert {t.type: t.count for t in view.types} == {"note.written": 2, "host.started": 1}
        assert sum(view.per_minute) == 3
        assert len(view.per_minute) == 60


async def test_a_subject_of_two_lines_is_refused(workspace: Workspace) -> None:
    async with opened(workspace) as journal:
        with pytest.raises(UsageError, match="one line"):
            await journal.write(NoteWritten("x"), actor="me", subject="two\nlines")


async def test_duckdb_is_sealed(workspace: Workspace) -> None:
    attempts = [
        "INSTALL sqlite",
        "LOAD sqlite",
        "SET enable_external_access = true",
        "SELECT * FROM read_text('/etc/hostname')",
        "COPY journal TO '/tmp/out.parquet'",
        "ATTACH '/tmp/other.duckdb'",
        "SELECT * FROM 'http://localhost/x.parquet'",
    ]
    async with opened(workspace) as journal:
        for attempt in attempts:
            with pytest.raises(StoreError):
                await journal.read(duckdb.DuckDBPyConnection.execute, attempt)


async def test_an_unfinished_run_is_counted(workspace: Workspace) -> None:
    async with opened(workspace) as journal:
        for fact in (STARTED, STOPPED, STARTED, NoteWritten("then it died"), STARTED):
            await journal.write(fact, actor="host")
        assert await journal.read_projected(reading.runs) == (3, 2)
        await journal.write(STOPPED, actor="host")
        assert await journal.read_projected(reading.runs) == (3, 1)


def test_a_migration_is_known_by_its_number(workspace: Workspace) -> None:
    workspace.make()
    connection, damage = store.open_store(workspace)
    assert damage is None
    assert store.schema_of(connection) == 1
    connection.close()
