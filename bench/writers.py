"""Four processes write at once, each waiting until its row is durable: the host, and SQLite."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from statistics import median

from bench.harness import Row, Sample, in_turn, readable, sample, told
from bench.home import Unmeasured, workspace
from bench.peers import child
from workbench.api import owner

_WRITERS = 4
_ROUNDS = 7
_SECONDS = 4.0
_HEAD_START = 1.5
"""Until all four have started and connected."""
_TEXT = "the suite was red after the second change and green once it was taken back; see the log"
_ENOUGH, _FACTOR, _LONGEST = 1000, 2.3, 10


@dataclass(frozen=True)
class Round:
    """What all writers of one round had to wait for, in seconds."""

    waits: tuple[float, ...]
    seconds: float

    @property
    def rate(self) -> float:
        return len(self.waits) / self.seconds

    @property
    def longest(self) -> float:
        """The longest wait, in medians."""
        return max(self.waits) / median(self.waits)


def measure() -> list[Row]:
    """Let the host's clients, SQLite's and a bare fdatasync take turns on one disk."""
    with workspace() as made:
        asyncio.run(owner.start(made))
        project = str(made.project)
        ways: list[Callable[[], Round]] = [
            partial(_write_together, child("note_writer"), project),
            partial(_write_together, child("sqlite_writer"), project),
            partial(_sync_alone, made.project / "raw"),
        ]
        ours, sqlite, raw = in_turn(_ROUNDS, ways)
    return _rows(ours, sqlite, raw)


def _rows(ours: Sequence[Round], sqlite: Sequence[Round], raw: Sequence[Round]) -> list[Row]:
    beside = f"SQLite {_rates(sqlite).text}; bare fdatasync {_rates(raw).text}"
    longest = f"SQLite {_longest(sqlite).text}; bare fdatasync {_longest(raw).text}"
    return [
        _rate_row(_rates(ours), _rates(sqlite).median, beside),
        _longest_row(_longest(ours), longest),
        told("The median wait", _waits(ours), f"SQLite {_waits(sqlite).text}"),
        told("The longest wait of a round", _worst(ours), f"SQLite {_worst(sqlite).text}"),
    ]


def _rate_row(ours: Sample, sqlite: float, beside: str) -> Row:
    factor = ours.median / sqlite
    measured = f"{ours.text}, {factor:.1f}x SQLite"
    goal = f"at least {_ENOUGH:,} commits/s, or {_FACTOR}x SQLite (WAL, FULL)"
    met = ours.median >= _ENOUGH or factor >= _FACTOR
    return Row("Durable commits of four clients together", measured, goal, beside, met)


def _longest_row(ours: Sample, beside: str) -> Row:
    goal = f"under {readable(_LONGEST)} medians"
    met = ours.median < _LONGEST
    return Row("The longest wait of a round, in its medians", ours.text, goal, beside, met)


def _rates(rounds: Sequence[Round]) -> Sample:
    return sample([each.rate for each in rounds], "commits/s")


def _longest(rounds: Sequence[Round]) -> Sample:
    return sample([each.longest for each in rounds], "medians")


def _waits(rounds: Sequence[Round]) -> Sample:
    return sample([median(each.waits) for each in rounds], "ms", 1000)


def _worst(rounds: Sequence[Round]) -> Sample:
    return sample([max(each.waits) for each in rounds], "ms", 1000)


def _write_together(writer: Sequence[str], project: str) -> Round:
    begin = time.monotonic() + _HEAD_START
    command = [*writer, project, str(begin), str(begin + _SECONDS), _TEXT]
    writing = [subprocess.Popen(command, stdout=subprocess.PIPE) for _ in range(_WRITERS)]
    return Round(tuple(wait for process in writing for wait in _waits_of(process)), _SECONDS)


def _waits_of(process: subprocess.Popen[bytes]) -> list[float]:
    said, _ = process.communicate()
    if process.returncode:
        raise Unmeasured(f"a writer ended with {process.returncode}")
    waits: list[float] = json.loads(said)
    return waits


def _sync_alone(path: Path) -> Round:
    """Append and flush as one process, which is what the disk can do at most."""
    with path.open("ab", buffering=0) as file:
        end = time.monotonic() + 1.0
        waits = []
        while (asked := time.monotonic()) < end:
            file.write(_TEXT.encode())
            os.fdatasync(file.fileno())
            waits.append(time.monotonic() - asked)
    return Round(tuple(waits), 1.0)
