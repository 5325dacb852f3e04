"""A journal of a million events: how soon the host is ready, answers, and what memory it takes."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from typing import Any

from bench.events import EVENTS, RARE, fill
from bench.harness import Row, Sample, sample, told, under
from bench.home import host_of, workspace
from bench.keys import open_interface
from bench.process import proportional, resident
from bench.terminal import Terminal
from workbench.api import owner
from workbench.api.client import Client
from workbench.api.commands import ReadActivity, ReadEvents, ReadStatus, VerifyJournal
from workbench.api.shapes import Command
from workbench.workspace import Workspace

_STARTS = 7
_QUERIES = 200
_SEARCHES = 9
_AT_REST = 3.0
_SCROLLING = ("G", *"kkkk", "g", *"\x04" * 60, *"\x06" * 60)
_MB = 1e-6


def measure() -> list[Row]:
    """Fill a journal, then start its host, ask it and look at it."""
    with workspace() as made:
        fill(made)
        rows = [under("The host is ready", _ready(made), 1000)]
        fresh = _memory_of_host(made)
        asked = asyncio.run(_ask(made))
        shown = _show(made)
        return [*rows, *asked, *shown, *_host_rows(fresh, _memory_of_host(made))]


def _ready(workspace: Workspace) -> Sample:
    """Start the host some times; the last one stays."""
    return sample([_start(workspace) for _ in range(_STARTS)], "ms", 1000)


def _start(workspace: Workspace) -> float:
    owner.stop(workspace)
    began = time.monotonic()
    asyncio.run(owner.start(workspace))
    return time.monotonic() - began


async def _ask(workspace: Workspace) -> list[Row]:
    async with Client(workspace, "bench") as client:
        first = await _time(client, ReadStatus(), 1)
        tail = await _time(client, ReadEvents(limit=100), _QUERIES)
        deep = await _time(client, ReadEvents(limit=100, before=EVENTS // 2), _QUERIES)
        common, rare = [await _search(client, text) for text in ("suite", RARE)]
        activity = await _time(client, ReadActivity(), _SEARCHES)
        verify = await _time(client, VerifyJournal(), 1)
    return [
        under("The newest 100 events, through the socket", tail, 5),
        told("100 events from the middle", deep),
        told("The newest 100 with a word that most have", common),
        told("All with a word that three have", rare),
        told("First status: every projection built anew", first),
        told("Events by type and minute", activity),
        told("The whole hash chain verified", verify),
    ]


async def _search(client: Client, text: str) -> Sample:
    return await _time(client, ReadEvents(limit=100, text=text), _SEARCHES)


async def _time(client: Client, command: Command[Any], times: int) -> Sample:
    waits = []
    for _ in range(times):
        began = time.monotonic()
        await client.call(command)
        waits.append(time.monotonic() - began)
    return sample(waits, "ms", 1000)


def _show(workspace: Workspace) -> list[Row]:
    """Open Metrics and scroll far, from end to end."""
    with open_interface(workspace) as terminal:
        terminal.press("5")
        terminal.wait_for("note.written", "process")
        _scroll(terminal, _SCROLLING)
        memory = sample([resident(terminal.pid)], "MB", _MB)
        shared = sample([proportional(terminal.pid)], "MB", _MB)
    beside = f"what it shares counted by part: {shared.text}"
    return [under("Memory of the interface, Metrics shown and scrolled", memory, 60, beside)]


def _scroll(terminal: Terminal, keys: Sequence[str]) -> None:
    for key in keys:
        terminal.press(key)
        terminal.settle(0.05)
    terminal.settle(1.0)


def _memory_of_host(workspace: Workspace) -> Sample:
    time.sleep(_AT_REST)
    return sample([resident(host_of(workspace))], "MB", _MB)


def _host_rows(fresh: Sample, used: Sample) -> list[Row]:
    return [
        told("Memory of a host that was just started", fresh),
        under("Memory of the host, idle after all of the above", used, 250),
    ]
