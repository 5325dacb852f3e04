"""Reading the journal: pages, single events, sums over the projections."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import duckdb

from workbench.api.commands import ReadEvents
from workbench.api.facts import Event
from workbench.api.views import Activity, Page, TypeCount
from workbench.journal.chain import GENESIS

COLUMNS = "seq, epoch_us(time), actor, subject, type, version, key, payload, hash"
_BATCH = 500
_LARGEST_PAGE = 10_000
_BEHIND = 2**63 - 1
"""No event has so large a number."""


def events_after(connection: duckdb.DuckDBPyConnection, after: int) -> tuple[Event, ...]:
    """Return the next events after a number, in order."""
    rows = connection.execute(
        f"SELECT {COLUMNS} FROM journal WHERE seq > ? AND seq <= ? ORDER BY seq",
        [after, after + _BATCH],
    ).fetchall()
    return tuple(Event(*row) for row in rows)


def event_at(connection: duckdb.DuckDBPyConnection, seq: int) -> tuple[Event, str] | None:
    """Return an event and the hash that it is chained to."""
    rows = connection.execute(
        f"SELECT {COLUMNS} FROM journal WHERE seq >= ? AND seq <= ? ORDER BY seq", [seq - 1, seq]
    ).fetchall()
    if not rows or rows[-1][0] != seq:
        return None
    return Event(*rows[-1]), rows[0][-1] if len(rows) > 1 else GENESIS


def event_with_key(connection: duckdb.DuckDBPyConnection, key: str) -> Event | None:
    """Return the event that a command wrote under `key`."""
    rows = connection.execute(f"SELECT {COLUMNS} FROM journal WHERE key = ?", [key]).fetchall()
    return Event(*rows[0]) if rows else None


def newest(
    connection: duckdb.DuckDBPyConnection,
    types: Sequence[str],
    limit: int,
    after: int = 0,
    before: int = _BEHIND,
) -> tuple[Event, ...]:
    """Return the last events of some types between two numbers, newest first."""
    rows = connection.execute(
        f"SELECT {COLUMNS} FROM journal WHERE list_contains(?, type) AND seq > ? AND seq < ?"
        " ORDER BY seq DESC LIMIT ?",
        [list(types), after, before, max(0, min(limit, _LARGEST_PAGE))],
    ).fetchall()
    return tuple(Event(*row) for row in rows)


def newest_about(connection: duckdb.DuckDBPyConnection, type_: str, subject: str) -> Event | None:
    """Return the last event of a type about a subject."""
    rows = connection.execute(
        f"SELECT {COLUMNS} FROM journal WHERE type = ? AND subject = ? ORDER BY seq DESC LIMIT 1",
        [type_, subject],
    ).fetchall()
    return Event(*rows[0]) if rows else None


def first_about(connection: duckdb.DuckDBPyConnection, type_: str, subject: str) -> Event | None:
    """Return the first event of a type about a subject."""
    rows = connection.execute(
        f"SELECT {COLUMNS} FROM journal WHERE type = ? AND subject = ? ORDER BY seq LIMIT 1",
        [type_, subject],
    ).fetchall()
    return Event(*rows[0]) if rows else None


def of_types(
    connection: duckdb.DuckDBPyConnection, types: Sequence[str], after: int = 0
) -> tuple[Event, ...]:
    """Return all events of some types after a number, in order."""
    rows = connection.execute(
        f"SELECT {COLUMNS} FROM journal WHERE list_contains(?, type) AND seq > ? ORDER BY seq",
        [list(types), after],
    ).fetchall()
    return tuple(Event(*row) for row in rows)


def about(connection: duckdb.DuckDBPyConnection, type_: str, subject: str) -> tuple[Event, ...]:
    """Return all events of a type about a subject, in order."""
    rows = connection.execute(
        f"SELECT {COLUMNS} FROM journal WHERE type = ? AND subject = ? ORDER BY seq",
        [type_, subject],
    ).fetchall()
    return tuple(Event(*row) for row in rows)


def first_hash(connection: duckdb.DuckDBPyConnection) -> str:
    rows = connection.execute("SELECT hash FROM journal WHERE seq = 1").fetchall()
    return str(rows[0][0]) if rows else ""


def page(connection: duckdb.DuckDBPyConnection, wanted: ReadEvents, head: int) -> Page:
    """Return events newest first; one more than asked for tells whether there are older ones."""
    limit = max(0, min(wanted.limit, _LARGEST_PAGE))
    before = head + 1 if wanted.before is None else min(wanted.before, head + 1)
    where, values = _conditions(wanted, before, limit)
    rows = connection.execute(
        f"SELECT {COLUMNS} FROM journal WHERE {where} ORDER BY seq DESC LIMIT {limit + 1}", values
    ).fetchall()
    return Page(tuple(Event(*row) for row in rows[:limit]), head, len(rows) > limit)


def _conditions(wanted: ReadEvents, before: int, limit: int) -> tuple[str, list[Any]]:
    """Without a filter the numbers bound the page from both sides, which skips nearly all rows."""
    conditions: list[str] = ["seq < ?"]
    values: list[Any] = [before]
    if wanted.type:
        conditions.append("starts_with(type, ?)")
        values.append(wanted.type)
    if wanted.text:
        conditions.append("contains(lower(concat_ws(' ', type, subject, actor, payload)), ?)")
        values.append(wanted.text.lower())
    if len(conditions) == 1:
        conditions.append("seq >= ?")
        values.append(before - limit - 1)
    return " AND ".join(conditions), values


def activity(connection: duckdb.DuckDBPyConnection, minutes: int, now: datetime) -> Activity:
    """Sum the activity projection by type, and by minute up to `now`."""
    types = connection.execute(
        "SELECT type, sum(count)::BIGINT, epoch_us(max(last)) FROM activity "
        "GROUP BY type ORDER BY 2 DESC, 1"
    ).fetchall()
    until = now.astimezone(UTC).replace(second=0, microsecond=0, tzinfo=None)
    since = until - timedelta(minutes=minutes - 1)
    counted = dict(
        connection.execute(
            "SELECT minute, sum(count)::BIGINT FROM activity WHERE minute >= ? GROUP BY minute",
            [since],
        ).fetchall()
    )
    per_minute = tuple(counted.get(since + timedelta(minutes=n), 0) for n in range(minutes))
    return Activity(
        tuple(TypeCount(*row) for row in types),
        per_minute,
        int(until.replace(tzinfo=UTC).timestamp() * 1_000_000),
    )


def runs(connection: duckdb.DuckDBPyConnection) -> tuple[int, int]:
    """Return how often a host opened the workspace, and how often it did not close it."""
    rows = connection.execute("SELECT count(*), count(*) FILTER (NOT clean) FROM runs").fetchall()
    return int(rows[0][0]), int(rows[0][1])
