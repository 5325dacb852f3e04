"""The queue of a model at work: people first, background work after, all of it visible."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from local_models.worker.client import Worker
from local_models.worker.problems import WorkerError
from local_models.worker.protocol import Load, Piece
from local_models.worker.scheduling import Errand, Schedule
from local_models.worker.supervisor import Supervisor
from tests.models.workers import greedy, model

LONG = "the rain in the reign on another road " * 20


@asynccontextmanager
async def _scheduled(folder: Path) -> AsyncIterator[tuple[Schedule, Supervisor]]:
    asked = Load(0, str(model(folder)), context=2048)
    supervisor = Supervisor("tiny", lambda: Worker.start(asked, folder / "worker.log"))
    try:
        yield Schedule(supervisor.use), supervisor
    finally:
        await supervisor.retire()


def _states(schedule: Schedule) -> list[tuple[str, str]]:
    return [(entry.what, entry.state) for entry in schedule.entries]


async def _collect(errand: Errand, done: list[str], name: str) -> str:
    text = await errand.text()
    done.append(name)
    return text


async def test_a_person_goes_ahead_of_background_work(tmp_path: Path) -> None:
    async with _scheduled(tmp_path) as (schedule, _):
        alone = await schedule.ask(greedy(LONG, most=300), "person", "alone").text()
        work = schedule.ask(greedy(LONG, most=300), "background", "summaries")
        pieces: list[str] = []
        between: list[str] = []
        async for told in work:
            if not isinstance(told, Piece):
                continue
            pieces.append(told.text)
            if told.tokens == 5:
                errand = schedule.ask(greedy("hello"), "person", "a question")
                assert _states(schedule) == [("a question", "running"), ("summaries", "paused")]
                between.append(await errand.text())
                assert errand.ended
                assert errand.ended.tokens
        assert work.ended
        assert "".join(pieces) + work.ended.text == alone
        assert between
        assert schedule.entries == ()


async def test_one_is_worked_on_and_the_others_wait_in_order(tmp_path: Path) -> None:
    async with _scheduled(tmp_path) as (schedule, _):
        done: list[str] = []
        asked = [("b1", "background"), ("b2", "background"), ("p1", "person"), ("p2", "person")]
        errands = [
            schedule.ask(
                greedy(name, most=40), "person" if kind == "person" else "background", name
            )
            for name, kind in asked
        ]
        assert _states(schedule) == [
            ("p1", "running"),
            ("p2", "waiting"),
            ("b1", "paused"),
            ("b2", "waiting"),
        ]
        names = [name for name, _ in asked]
        await asyncio.gather(*map(_collect, errands, [done] * 4, names))
        assert done == ["p1", "p2", "b1", "b2"]


async def test_each_entry_can_be_cancelled(tmp_path: Path) -> None:
    async with _scheduled(tmp_path) as (schedule, _):
        running = schedule.ask(greedy(LONG, most=900), "background", "running")
        async for told in running:
            if isinstance(told, Piece):
                break
        person = schedule.ask(greedy(LONG, most=900), "person", "person")
        waiting = schedule.ask(greedy("never"), "background", "waiting")
        for errand in (waiting, running):
            schedule.cancel(errand.id)
            schedule.cancel(errand.id)
        await running.text()
        assert await waiting.text() == ""
        assert waiting.ended is None
        assert running.ended
        assert running.ended.reason == "cancelled"
        async with person:
            assert ("person", "running") in _states(schedule)
        await person.text()
        assert person.ended
        assert person.ended.reason in {"cancelled", "end"}
        assert schedule.entries == ()


async def test_what_waits_outlives_a_worker_that_dies(tmp_path: Path) -> None:
    async with _scheduled(tmp_path) as (schedule, supervisor):
        doomed = schedule.ask(greedy(LONG, most=900), "person", "doomed")
        waiting = schedule.ask(greedy("hello"), "person", "waiting")
        await anext(aiter(doomed))
        os.kill((await supervisor.use()).pid, signal.SIGKILL)
        with pytest.raises(WorkerError, match="SIGKILL"):
            await doomed.text()
        assert await waiting.text() is not None
        assert waiting.ended
        assert supervisor.health.failures == 1
        assert schedule.entries == ()


async def test_a_model_that_cannot_be_loaded_fails_each_request(tmp_path: Path) -> None:
    asked = Load(0, str(tmp_path / "none.gguf"))
    supervisor = Supervisor("none", lambda: Worker.start(asked, tmp_path / "worker.log"))
    schedule = Schedule(supervisor.use)
    errands = [schedule.ask(greedy("hello"), "person", "a question") for _ in range(3)]
    for errand in errands:
        with pytest.raises(WorkerError, match="cannot be read"):
            await errand.text()
    assert schedule.entries == ()
