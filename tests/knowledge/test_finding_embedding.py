"""Embedding in processes of its own: the same vectors, cancelled at once, started again once."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import AsyncIterator
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from local_models.embedder.backend import open_embedder
from local_models.embedder.pool import BATCH, Pool
from tests.models.minilm import FOLDER, needs_files
from workbench.errors import ModelError
from workbench.knowledge.embedding import Embedding, Remembered
from workbench.knowledge.finding.batching import Batched
from workbench.knowledge.known_vectors import KnownVectors

TEXTS = [f"Text number {number}, кошка 猫" for number in range(2 * BATCH + 3)]


@pytest.fixture
async def pool() -> AsyncIterator[Pool]:
    made = Pool(FOLDER, processes=1, backend="numpy")
    yield made
    await made.close()


def children() -> list[int]:
    """Return the processes that this one started and that live."""
    found = Path(f"/proc/self/task/{os.getpid()}/children").read_text().split()
    return [int(pid) for pid in found]


@needs_files
async def test_a_process_makes_the_same_vectors(pool: Pool) -> None:
    made = await pool.embed(TEXTS)
    here = await asyncio.to_thread(open_embedder(FOLDER, backend="numpy").embed, TEXTS)
    np.testing.assert_allclose(made, here, atol=1e-6)
    assert (await pool.embed([])).shape == (0, 384)


@needs_files
async def test_processes_are_polite_and_go_home(pool: Pool) -> None:
    before = set(children())
    await pool.embed(TEXTS[:1])
    (pid,) = set(children()) - before
    assert os.getpriority(os.PRIO_PROCESS, pid) > os.getpriority(os.PRIO_PROCESS, 0)
    await pool.close()
    assert set(children()) == before


@needs_files
async def test_what_is_given_up_makes_room_at_once(pool: Pool) -> None:
    await pool.embed(TEXTS[:1])
    long = asyncio.create_task(pool.embed(["word " * 300] * 40 * BATCH))
    await asyncio.sleep(0.3)
    long.cancel()
    with pytest.raises(asyncio.CancelledError):
        await long
    await asyncio.wait_for(pool.embed(TEXTS[:2]), 20)


@needs_files
async def test_a_process_that_dies_is_started_again(pool: Pool) -> None:
    before = set(children())
    first = await pool.embed(TEXTS[:2])
    (pid,) = set(children()) - before
    os.kill(pid, signal.SIGKILL)
    np.testing.assert_allclose(await pool.embed(TEXTS[:2]), first, atol=1e-6)


async def test_without_files_it_says_what_is_missing(tmp_path: Path) -> None:
    pool = Pool(tmp_path / "nothing", processes=1)
    with pytest.raises(ModelError, match="embedder"):
        await pool.embed(["text"])
    await pool.close()
    embedding = Embedding(tmp_path / "nothing")
    assert await embedding.open() is None
    assert "install-default" in embedding.why


@needs_files
async def test_a_text_is_embedded_once(monkeypatch: pytest.MonkeyPatch) -> None:
    embedding, asked = Embedding(FOLDER), list[str]()

    async def embed(texts: list[str]) -> NDArray[np.float32]:
        asked.extend(texts)
        return np.full((len(texts), 384), len(asked), np.float32)

    monkeypatch.setattr(embedding, "_embed", embed)
    first = await embedding.passages(["a", "b", "a"], ["A", "B", "A"])
    again = await embedding.passages(["b", "c"], ["B", "C"])
    assert asked == ["A", "B", "C"]
    assert np.array_equal(first[0], first[2])
    assert np.array_equal(again[0], first[1])


def test_what_was_used_last_is_remembered() -> None:
    known = Remembered(2)
    for key in "ab":
        known.keep(key, np.zeros(1, np.float32))
    known.get("a")
    known.keep("c", np.zeros(1, np.float32))
    assert [key for key in "abc" if known.get(key) is not None] == ["a", "c"]


def test_known_vectors_are_found_by_digest(tmp_path: Path) -> None:
    digests = [f"{number:064x}"[::-1] for number in range(50)]
    vectors = np.random.default_rng(1).standard_normal((50, 384)).astype(np.float32)
    vectors[7] = 0
    known = KnownVectors(tmp_path / "known")
    known.write(digests, vectors)
    known.open()
    found = known.get(digests[30])
    assert found is not None
    np.testing.assert_allclose(found, vectors[30], atol=1e-2)
    assert known.get(digests[7]) is None
    assert known.get("f" * 64) is None
    known.remove()
    assert known.get(digests[30]) is None


async def test_look_ups_of_one_moment_are_one_query() -> None:
    asked: list[list[int]] = []

    async def look_up(keys: object) -> dict[int, str]:
        asked.append(list(keys))  # type: ignore[call-overload]
        return {key: str(key) for key in asked[-1] if key < 5}

    batched = Batched(look_up, 3)
    found = await asyncio.gather(batched.get([1, 2]), batched.get([2, 3]), batched.get([9]))
    assert list(found) == [{1: "1", 2: "2"}, {2: "2", 3: "3"}, {}]
    assert asked == [[1, 2, 3, 9]]
    await batched.get([1, 2, 3])
    assert len(asked) == 1
    await batched.get([4])
    await batched.get([1])
    assert asked[1:] == [[4], [1]]
