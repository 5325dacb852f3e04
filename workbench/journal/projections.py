"""Projections: tables folded from the journal, thrown away and rebuilt at will."""

from __future__ import annotations

from dataclasses import dataclass

import duckdb


@dataclass(frozen=True)
class Projection:
    """A table and the rule that folds the events of a range, `$after` to `$upto`, into it."""

    name: str
    version: int
    """Raised when the rule changes: the table is then rebuilt."""
    table: str
    fold: str


ACTIVITY = Projection(
    name="activity",
    version=1,
    table="CREATE TABLE activity (type VARCHAR, minute TIMESTAMP, count BIGINT, last TIMESTAMP)",
    fold="""
        MERGE INTO activity USING (
            SELECT type, date_trunc('minute', time) AS minute, count(*) AS count, max(time) AS last
            FROM journal WHERE seq > $after AND seq <= $upto GROUP BY ALL
        ) AS new ON activity.type = new.type AND activity.minute = new.minute
        WHEN MATCHED THEN UPDATE SET count = activity.count + new.count,
            last = greatest(activity.last, new.last)
        WHEN NOT MATCHED THEN INSERT VALUES (new.type, new.minute, new.count, new.last)
    """,
)

RUNS = Projection(
    name="runs",
    version=1,
    table="CREATE TABLE runs (seq BIGINT, started TIMESTAMP, clean BOOLEAN)",
    fold="""
        MERGE INTO runs USING (
            WITH bounds AS (
                SELECT seq, time, type FROM journal
                WHERE seq > $after AND seq <= $upto AND type IN ('host.started', 'host.stopped')
                UNION ALL
                SELECT seq, started, 'host.started' FROM runs
                WHERE seq = (SELECT max(seq) FROM runs) AND NOT clean
            ), paired AS (
                SELECT seq, time, type, lead(type) OVER (ORDER BY seq) AS next FROM bounds
            )
            SELECT seq, time, next IS NOT DISTINCT FROM 'host.stopped' AS clean
            FROM paired WHERE type = 'host.started'
        ) AS new ON runs.seq = new.seq
        WHEN MATCHED THEN UPDATE SET clean = new.clean
        WHEN NOT MATCHED THEN INSERT VALUES (new.seq, new.time, new.clean)
    """,
)

PROJECTIONS = (ACTIVITY, RUNS)


def catch_up(connection: duckdb.DuckDBPyConnection, upto: int) -> None:
    """Fold what each projection has not seen yet; one whose rule changed is rebuilt."""
    seen = dict(_watermarks(connection))
    behind = [p for p in PROJECTIONS if seen.get((p.name, p.version), -1) < upto]
    if not behind:
        return
    connection.execute("BEGIN")
    try:
        for projection in behind:
            _advance(connection, projection, seen.get((projection.name, projection.version)), upto)
        connection.execute("COMMIT")
    except duckdb.Error:
        connection.execute("ROLLBACK")
        raise


def _watermarks(
    connection: duckdb.DuckDBPyConnection,
) -> list[tuple[tuple[str, int], int]]:
    rows = connection.execute("SELECT name, version, upto FROM projection").fetchall()
    return [((str(name), int(version)), int(upto)) for name, version, upto in rows]


def _advance(
    connection: duckdb.DuckDBPyConnection, projection: Projection, after: int | None, upto: int
) -> None:
    if after is None:
        connection.execute(f"DROP TABLE IF EXISTS {projection.name}")
        connection.execute(projection.table)
    connection.execute(projection.fold, {"after": after or 0, "upto": upto})
    connection.execute("DELETE FROM projection WHERE name = ?", [projection.name])
    connection.execute(
        "INSERT INTO projection VALUES (?, ?, ?)", [projection.name, projection.version, upto]
    )
