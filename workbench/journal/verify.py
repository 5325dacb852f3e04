"""Verifying the hash chain: recomputed by DuckDB a range at a time, beside the writer."""

from __future__ import annotations

import duckdb

from workbench.api.views import Verdict
from workbench.journal.chain import GENESIS, HASH_IN_SQL
from workbench.journal.store import head_of

_RANGE = 100_000
_FIRST_BROKEN = f"""
WITH linked AS (
    SELECT *, lag(hash, 1, $genesis) OVER (ORDER BY seq) AS previous,
        lag(seq, 1, $genesis_seq) OVER (ORDER BY seq) AS before
    FROM journal WHERE seq >= $first AND seq <= $last
)
SELECT min(seq) FROM linked
WHERE seq > $after AND (hash <> {HASH_IN_SQL} OR seq <> before + 1)
"""


def verify(connection: duckdb.DuckDBPyConnection) -> Verdict:
    """Recompute every hash up to the head; name the first event that does not hold."""
    head, head_hash = head_of(connection)
    for after in range(0, head, _RANGE):
        broken = _first_broken(connection, after, min(after + _RANGE, head))
        if broken is not None:
            sentence = f"Event {broken} does not follow from the one before it."
            return Verdict(False, head, head_hash, broken, sentence)
    extra = _count(connection) - head
    if extra:
        return Verdict(False, head, head_hash, 0, f"There are {extra} rows that are no events.")
    return Verdict(True, head, head_hash, None, f"All {head:,} events follow from one another.")


def _first_broken(connection: duckdb.DuckDBPyConnection, after: int, last: int) -> int | None:
    """Check one range; the event before it is read along, for its hash."""
    values = {
        "first": after,
        "last": last,
        "after": after,
        "genesis": GENESIS,
        "genesis_seq": after,
    }
    ((broken,),) = connection.execute(_FIRST_BROKEN, values).fetchall()
    return None if broken is None else int(broken)


def _count(connection: duckdb.DuckDBPyConnection) -> int:
    ((count,),) = connection.execute("SELECT count(*) FROM journal").fetchall()
    return int(count)
