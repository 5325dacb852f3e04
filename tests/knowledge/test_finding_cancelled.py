"""The index when whoever waits for it is cancelled, or it is closed, in the middle of a write."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from contextlib import suppress

import pytest

from tests.knowledge.pieces import find, paths, piece
from tests.models.minilm import FOLDER, needs_files
from workbench.knowledge.embedding import Embedding
from workbench.knowledge.finding import open_index
from workbench.knowledge.finding.ending import unbroken, unless
from workbench.knowledge.finding.index import FoundIndex
from workbench.knowledge.finding.table import Table, Vectors
from workbench.knowledge.values import Piece
from workbench.workspace import Workspace

_FILES = 40


@pytest.fixture
def writing(monkeypatch: pytest.MonkeyPatch) -> asyncio.Event:
    """Return what tells that something reached the disk, while its write is still going on."""
    written, add = asyncio.Event(), Table.add

    async def add_slowly(
        table: Table, pieces: Mapping[int, Piece], vectors: Vectors | None
    ) -> None:
        await add(table, pieces, vectors)
        written.set()
        await asyncio.sleep(0.1)

    monkeypatch.setattr(Table, "add", add_slowly)
    return written


async def _put(index: FoundIndex) -> None:
    for number in range(_FILES):
        path = f"{number}.md"
        await index.put("s", path, [piece(f"word{number} and more", path, at) for at in range(9)])


async def _is_whole(index: FoundIndex) -> bool:
    checked = await index.verify()
    return checked.problems == () and checked.passages == 9 * _FILES


async def test_what_is_being_written_as_it_is_closed_is_written_once(
    workspace: Workspace, writing: asyncio.Event
) -> None:
    index = await open_index(workspace, workspace.folder / "no-embedder")
    await _put(index)
    await asyncio.wait_for(writing.wait(), 20)
    await index.close()
    index = await open_index(workspace, workspace.folder / "no-embedder")
    assert await _is_whole(index)
    assert (await paths(index, "word7"))[:9] == ["7.md"] * 9
    await index.close()


async def test_what_a_cancelled_flush_writes_is_written_once(
    index: FoundIndex, writing: asyncio.Event
) -> None:
    await _put(index)
    flushing = asyncio.create_task(index.flush())
    await asyncio.wait_for(writing.wait(), 20)
    flushing.cancel()
    with suppress(asyncio.CancelledError):
        await flushing
    assert await _is_whole(index)


async def test_an_index_with_a_number_twice_is_read_anew(workspace: Workspace) -> None:
    index = await open_index(workspace, workspace.folder / "no-embedder")
    await _put(index)
    await index.flush()
    last = index._stock.catalogue.next - 1
    await index._stock.table.add({last: piece("word39 and more", "39.md", 8)}, None)
    await index.close()
    index = await open_index(workspace, workspace.folder / "no-embedder")
    assert await index.paths("s") == {}
    await _put(index)
    assert await _is_whole(index)
    await index.close()


@needs_files
async def test_no_end_waits_for_vectors_and_they_are_made_the_next_time(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patched:
        patched.setattr(Embedding, "passages", _silent)
        index = await open_index(workspace, FOLDER)
        await index.put("s", "a.md", [piece("Cats purr when they are content.")])
        async with asyncio.timeout(20):
            await index.close()
    index = await open_index(workspace, FOLDER)
    await _until_alike(index)
    await index.close()


@needs_files
async def test_who_leaves_off_waits_for_no_vectors_and_they_are_made_after_it(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    index = await open_index(workspace, FOLDER)
    with monkeypatch.context() as patched:
        patched.setattr(Embedding, "passages", _silent)
        await index.put("s", "a.md", [piece("Cats purr when they are content.")])
        flushing = asyncio.create_task(index.flush())
        await asyncio.sleep(0.1)
        assert not flushing.done()
        async with asyncio.timeout(20):
            await asyncio.gather(index.leave_off(), flushing)
        assert (await find(index, "what purrs"))[0].reasons[0].why == "terms"
        patched.undo()
        await index.leave_off()
    await _until_alike(index)
    checked = await index.verify()
    assert (checked.problems, checked.passages) == ((), 1)
    await index.close()


async def _silent(_: Embedding, __: Sequence[str], ___: Sequence[str]) -> None:
    """Embed nothing, ever."""
    await asyncio.get_running_loop().create_future()


async def _until_alike(index: FoundIndex) -> None:
    async with asyncio.timeout(60):
        while not any(one.why == "similar" for one in (await find(index, "what purrs"))[0].reasons):
            await asyncio.sleep(0.05)


async def test_unbroken_work_ends_before_whoever_waits_for_it_is_cancelled() -> None:
    began, may_end, done = asyncio.Event(), asyncio.Event(), list[str]()

    async def work() -> None:
        began.set()
        await may_end.wait()
        done.append("work")

    async def wait() -> None:
        try:
            await unbroken(work())
        finally:
            done.append("waiting")

    waiting = asyncio.create_task(wait())
    await began.wait()
    for _ in range(3):
        waiting.cancel()
        await asyncio.sleep(0)
    assert not done
    may_end.set()
    with pytest.raises(asyncio.CancelledError):
        await waiting
    assert done == ["work", "waiting"]


async def test_unbroken_work_tells_what_it_found_or_what_went_wrong() -> None:
    async def fail() -> None:
        raise ValueError("no")

    assert await unbroken(asyncio.sleep(0, "found")) == "found"
    with pytest.raises(ValueError, match="no"):
        await unbroken(fail())


async def test_work_is_given_up_once_somebody_says_so() -> None:
    given_up, ended = asyncio.Event(), list[str]()

    async def endless() -> str:
        try:
            return str(await asyncio.get_running_loop().create_future())
        finally:
            ended.append("work")

    assert await unless(given_up, asyncio.sleep(0, "found")) == "found"
    waiting = asyncio.create_task(unless(given_up, endless()))
    await asyncio.sleep(0)
    given_up.set()
    assert await waiting is None
    await asyncio.sleep(0)
    assert ended == ["work"]
    assert await unless(given_up, endless()) is None
