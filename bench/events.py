"""A million events, chained with the journal's own functions and loaded in bulk."""

from __future__ import annotations

import csv
import time
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import msgspec

from workbench.api.events import HostStarted, HostStopped, NoteWritten
from workbench.api.facts import Event, Fact
from workbench.journal import store
from workbench.journal.chain import GENESIS, chained, draft
from workbench.workspace import Workspace

EVENTS = 1_000_000
RARE = "needle"
_MICROSECONDS_BETWEEN = 2_500_000
"""So that they spread over a month."""
_RUN = 500
"""Events from one start of a host to the next."""
_EPOCH = datetime(1970, 1, 1)  # noqa: DTZ001 - as in the journal, UTC without saying so
_COPY = "COPY journal FROM '{}' (FORMAT csv, HEADER false, QUOTE '\"', NULLSTR 'NULL')"


def fill(workspace: Workspace) -> None:
    """Make the journal of `workspace` as a host that wrote every event would have left it."""
    workspace.make()
    connection, _ = store.open_store(workspace)
    file = workspace.scratch / "events.csv"
    _write(file)
    connection.execute(_COPY.format(file))
    connection.close()
    file.unlink()
    _mark(workspace)


def _mark(workspace: Workspace) -> None:
    mark = store.HeadMark(workspace)
    mark.write(EVENTS)
    mark.close()


def _write(path: Path) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file, quoting=csv.QUOTE_NONNUMERIC).writerows(map(_row, _events()))


def _events() -> Iterator[Event]:
    previous, began = GENESIS, time.time_ns() // 1000 - EVENTS * _MICROSECONDS_BETWEEN
    for seq in range(1, EVENTS + 1):
        actor, fact = _fact(seq)
        new = draft(fact, actor=actor, key=f"{seq:032x}" if actor != "host" else "")
        event = chained(new, seq=seq, time=began + seq * _MICROSECONDS_BETWEEN, previous=previous)
        previous = event.hash
        yield event


def _fact(seq: int) -> tuple[str, Fact]:
    match seq % _RUN:
        case 1:
            return "host", HostStarted("0.1.0", 4000 + seq % 999, "3.11.7")
        case 0:
            return "host", HostStopped("nobody was attached")
        case _:
            return "somebody/bench", NoteWritten(_text(seq))


def _text(seq: int) -> str:
    word = RARE if seq in (7, EVENTS // 2 + 2, EVENTS - 7) else "green"
    return f"change {seq}: the suite was red after it and {word} once it was taken back"


def _row(event: Event) -> tuple[object, ...]:
    when = (_EPOCH + timedelta(microseconds=event.time)).isoformat(" ")
    seq, _, *others = msgspec.structs.astuple(event)
    return (seq, when, *others)
