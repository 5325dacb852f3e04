"""Writes rows like the journal's straight into SQLite, each durable; prints the waits."""

import json
import sqlite3
import sys
import time
import uuid
from pathlib import Path

BUSY_SECONDS = 60
TABLE = """
CREATE TABLE IF NOT EXISTS journal (
    seq INTEGER PRIMARY KEY, time INTEGER, actor TEXT, subject TEXT, type TEXT, version INTEGER,
    key TEXT, payload TEXT, hash TEXT
)
"""
INSERT = "INSERT INTO journal VALUES (NULL, ?, 'somebody/bench', '', 'note.written', 1, ?, ?, ?)"


def write(project: str, begin: float, end: float, text: str) -> list[float]:
    """Write `text` from `begin` to `end` on the monotonic clock, a transaction a row."""
    connection = _connect(Path(project) / "journal.sqlite")
    payload, waits = json.dumps({"text": text}), []
    time.sleep(max(0.0, begin - time.monotonic()))
    while (asked := time.monotonic()) < end:
        connection.execute(INSERT, (time.time_ns() // 1000, uuid.uuid4().hex, payload, "0" * 64))
        waits.append(time.monotonic() - asked)
    return waits


def _connect(path: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(path, timeout=BUSY_SECONDS, isolation_level=None)
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = FULL")
    connection.execute(TABLE)
    return connection


PROJECT, BEGIN, END, TEXT = sys.argv[1:]
print(json.dumps(write(PROJECT, float(BEGIN), float(END), TEXT)))
