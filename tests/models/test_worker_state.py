"""States of sequences: kept over a restart, checked before they are trusted, under a cap."""

from __future__ import annotations

import os
import resource
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from local_models.worker.prefixes import common
from local_models.worker.problems import WorkerError
from local_models.worker.protocol import Text
from local_models.worker.state import StateStore
from tests.models.workers import DIGEST, greedy, working
from tests.rooms import little_room

LONG = "the rain in the reign on another road " * 20
SHAPE = "q8_0:1"


def _store(
    folder: Path, model: str = DIGEST, shape: str = SHAPE, most: int = 1 << 20
) -> StateStore:
    return StateStore(folder, model, shape, most)


async def test_a_prompt_need_not_be_read_again_after_a_restart(tmp_path: Path) -> None:
    async with working(tmp_path) as worker:
        fresh = await worker.generate(greedy(LONG)).text()
        saved = await worker.save()
        assert saved.tokens
        assert saved.bytes
    async with working(tmp_path) as worker:
        stream = worker.generate(greedy(LONG))
        assert await stream.text() == fresh
        assert stream.ended
        assert stream.ended.reused_tokens == stream.ended.prompt_tokens - 1
    async with working(tmp_path) as worker:
        count = len(await worker.tokenize(Text(LONG)))
        assert await worker.restore(Text(LONG)) == count - 1
        assert await worker.restore(Text("something else")) == 0


async def test_a_state_that_was_damaged_is_not_believed(tmp_path: Path) -> None:
    async with working(tmp_path) as worker:
        fresh = await worker.generate(greedy(LONG)).text()
        await worker.save()
    (file,) = (tmp_path / "states").iterdir()
    data = bytearray(file.read_bytes())
    data[-1000] ^= 1
    file.write_bytes(data)
    async with working(tmp_path) as worker:
        stream = worker.generate(greedy(LONG))
        assert await stream.text() == fresh
        assert stream.ended
        assert stream.ended.reused_tokens == 0
    assert not file.exists()


async def test_a_full_disk_ends_nothing(tmp_path: Path) -> None:
    async with working(tmp_path) as worker:
        await worker.generate(greedy(LONG)).text()
        resource.prlimit(worker.pid, resource.RLIMIT_FSIZE, (10_000, 10_000))
        with pytest.raises(WorkerError) as failed:
            await worker.save()
        assert failed.value.kind == "disk"
        assert "Nothing is lost" in failed.value.hint
        assert not any((tmp_path / "states").iterdir())
        assert await worker.generate(greedy(LONG)).text() is not None


def test_what_cannot_be_written_leaves_no_half(tmp_path: Path) -> None:
    store = _store(tmp_path)
    with little_room(5000), pytest.raises(WorkerError, match="File too large"):
        store.save((1, 2, 3), bytes(50_000))
    assert not any(tmp_path.iterdir())
    assert store.load((1, 2, 3)) is None


def test_the_longest_beginning_is_taken(tmp_path: Path) -> None:
    store = _store(tmp_path)
    for size in (2, 4, 6):
        store.save(tuple(range(size)), bytes([size]))
    assert store.longest((0, 1, 2, 3, 9)) == 4
    kept = _store(tmp_path).load((0, 1, 2, 3, 4, 5, 6, 7))
    assert kept
    assert (kept.tokens, kept.state) == ((0, 1, 2, 3, 4, 5), b"\x06")


def test_states_of_others_are_not_taken(tmp_path: Path) -> None:
    _store(tmp_path).save((1, 2), b"state")
    assert _store(tmp_path, model="e" * 64).longest((1, 2)) == 0
    assert _store(tmp_path, model=DIGEST[:-1] + "e").longest((1, 2)) == 0
    assert _store(tmp_path, shape="f16:1").load((1, 2)) is None
    assert _store(tmp_path).longest((1, 2)) == 2


def test_the_oldest_make_room(tmp_path: Path) -> None:
    store = _store(tmp_path, most=3000)
    for number in range(4):
        store.save((number,), bytes(1200))
        (path,) = (one for one in tmp_path.iterdir() if one.stat().st_mtime_ns > 10**18)
        os.utime(path, (number, number))
    assert [store.longest((number,)) for number in range(4)] == [0, 0, 1, 1]
    assert sum(path.stat().st_size for path in tmp_path.iterdir()) <= 3000
    with pytest.raises(WorkerError, match="are allowed"):
        store.save((9,), bytes(3000))
    assert store.longest((3,)) == 1


@given(st.integers(0, 10_000), st.integers(0, 255))
def test_no_change_of_a_file_is_believed(
    tmp_path_factory: pytest.TempPathFactory, at: int, byte: int
) -> None:
    folder = tmp_path_factory.mktemp("states")
    tokens, state = tuple(range(50)), bytes(range(200))
    _store(folder).save(tokens, state)
    (path,) = folder.iterdir()
    data = bytearray(path.read_bytes())
    data[at % len(data)] = byte
    path.write_bytes(data)
    kept = _store(folder).load(tokens)
    assert kept is None or (kept.tokens, kept.state) == (tokens, state)
    for cut in (0, 3, 11, len(data) // 2, len(data) - 1):
        path.write_bytes(data[:cut])
        assert _store(folder).load(tokens) is None


@given(st.lists(st.integers(0, 2)), st.lists(st.integers(0, 2)))
def test_what_two_have_in_common_is_their_longest_equal_beginning(
    one: list[int], other: list[int]
) -> None:
    size = common(one, other)
    assert one[:size] == other[:size]
    assert size in (len(one), len(other)) or one[size] != other[size]
