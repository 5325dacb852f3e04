"""Killed at random points while four faces write: nothing acknowledged is lost or doubled."""

from __future__ import annotations

import asyncio
import os
import random
import signal
from itertools import count

import msgspec
import pytest

from workbench.api import commands, owner
from workbench.api.client import Client
from workbench.api.facts import Event
from workbench.workspace import Workspace

ROUNDS = 100
WRITERS = 4
WORK = 0.06
"""Seconds within which a round's kill strikes, counted from an acknowledged write."""


class Writer:
    """Writes numbered notes for as long as it may, and keeps what was acknowledged."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.acknowledged: dict[str, int] = {}

    async def write(self, workspace: Workspace) -> None:
        async with Client(workspace, self.name, patience=60) as face:
            for number in count():
                text = f"{self.name} {number}"
                receipt = await face.call(commands.WriteNote(text))
                self.acknowledged[text] = receipt.seq


async def kill_once(workspace: Workspace, writers: list[Writer], chance: random.Random) -> bool:
    """Kill a host at any moment after somebody was answered; say whether one was struck."""
    before = sum(len(writer.acknowledged) for writer in writers)
    while sum(len(writer.acknowledged) for writer in writers) == before:
        await asyncio.sleep(0.002)
    await asyncio.sleep(chance.uniform(0, WORK))
    held = owner.read_owner(workspace)
    if held is None or not owner.is_running(workspace):
        return False
    os.kill(held.pid, signal.SIGKILL)
    return True


async def notes_of(workspace: Workspace) -> list[Event]:
    async with Client(workspace, "auditor") as face:
        assert (await face.call(commands.VerifyJournal())).holds
        assert (await face.call(commands.ReadStatus())).notices == ()
        notes: list[Event] = []
        async for events in face.follow(0):
            notes += [event for event in events if event.type == "note.written"]
            if events[-1].seq >= (await face.call(commands.ReadStatus())).head:
                return notes
    raise AssertionError


@pytest.mark.timeout(600)
async def test_a_hundred_kills_lose_nothing_and_double_nothing(workspace: Workspace) -> None:
    chance = random.Random(20)  # noqa: S311 - the same rounds each time
    writers = [Writer(f"writer {number}") for number in range(WRITERS)]
    tasks = [asyncio.create_task(writer.write(workspace)) for writer in writers]
    kills = 0
    while kills < ROUNDS:
        kills += await kill_once(workspace, writers, chance)
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)

    notes = await notes_of(workspace)
    seqs = {msgspec.json.decode(event.payload)["text"]: event.seq for event in notes}
    assert len(seqs) == len(notes), "a note was written twice"
    for writer in writers:
        assert writer.acknowledged.items() <= seqs.items(), "an acknowledged note was lost"
        assert writer.acknowledged
