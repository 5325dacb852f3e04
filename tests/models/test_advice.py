"""A real model is asked for repairs; this one knows nothing, so that only the way is tried."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from local_models.staff import Staff
from tests.models.staffed import SETTINGS, Circumstances
from tests.models.tiny import Tiny
from workbench.healing.advice import Advisers
from workbench.healing.drafting.inquiry import Inquiry
from workbench.healing.generators.advised import Advice
from workbench.workspace import Workspace

INQUIRY = Inquiry(("The test fails: assert 1 == 2.", "def one():\n    return 1", "x" * 3000))


def hidden(text: str) -> str:
    return text.replace("hunter2", "*")


async def test_a_model_that_knows_nothing_is_asked_and_nothing_breaks(
    tmp_path: Path, workspace: Workspace
) -> None:
    around = Circumstances(tmp_path, SETTINGS)
    around.set(context=2048)
    staff = Staff(around.means)
    around.model("tiny", Tiny(context=4096))

    async def find() -> Staff:
        return staff

    try:
        advice = await Advisers(workspace, find, hidden).ask(INQUIRY)
        assert advice is None or isinstance(advice, Advice)
        speaker = await staff.speaker("heavy")
        async with staff._seats["tiny"].worker() as worker:
            counters = await worker.stats()
        assert counters.tokens > 0, "it has said something"
        assert speaker.context == 2048
        assert staff.posts()[0].queue == ()
    finally:
        await staff.close()


async def test_a_search_that_ends_takes_its_question_out_of_the_queue(
    tmp_path: Path, workspace: Workspace
) -> None:
    around = Circumstances(tmp_path, SETTINGS)
    around.set(context=2048)
    staff = Staff(around.means)
    around.model("tiny", Tiny(context=4096))
    await staff.speaker("heavy")

    async def find() -> Staff:
        return staff

    try:
        asking = asyncio.create_task(Advisers(workspace, find, hidden).ask(INQUIRY))
        async with asyncio.timeout(20):
            while not staff.posts()[1].queue:
                await asyncio.sleep(0.002)
        (one,) = staff.posts()[1].queue
        assert (one.what, one.urgent) == ("a repair", False)
        asking.cancel()
        with pytest.raises(asyncio.CancelledError):
            await asking
        async with asyncio.timeout(20):
            while staff.posts()[1].queue:
                await asyncio.sleep(0.002)
    finally:
        await staff.close()


async def test_where_there_is_no_model_nobody_answers(tmp_path: Path, workspace: Workspace) -> None:
    staff = Staff(Circumstances(tmp_path, SETTINGS).means)

    async def find() -> Staff:
        return staff

    assert await Advisers(workspace, find, hidden).ask(INQUIRY) is None
    await staff.close()
