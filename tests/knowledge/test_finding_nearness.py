"""What is near is found among many, while more comes, goes, and is laid out anew."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from tests.knowledge.pieces import fill, find, paths
from tests.models.minilm import FOLDER, needs_files
from workbench.knowledge.finding import layout, mapping, nearness, open_index, searching
from workbench.knowledge.finding.closeness import Closeness
from workbench.knowledge.finding.index import FoundIndex
from workbench.knowledge.finding.nearness import WORTH_IT, Nearness
from workbench.knowledge.finding.signs import Mask, Numbers, Scale, Vectors, differing, fewest
from workbench.workspace import Workspace

WIDTH, BEST = 96, 10


def clouds(count: int, seed: int, off: float = 0.0) -> Vectors:
    """Return vectors of length one about forty points, all of them moved to one side."""
    random = np.random.default_rng(seed)
    centres = np.random.default_rng(1).standard_normal((40, WIDTH), np.float32) + off
    made = centres[random.integers(0, 40, count)]
    made = made + 0.7 * random.standard_normal((count, WIDTH), np.float32)
    vectors: Vectors = made / np.linalg.norm(made, axis=1, keepdims=True)
    return vectors.astype(np.float16).astype(np.float32)


def numbers(first: int, count: int) -> Numbers:
    return np.arange(first, first + count, dtype=np.uint32)


class Found:
    """Vectors with what finds them."""

    def __init__(self, folder: Path) -> None:
        self.closeness = Closeness(folder / "vectors.f16", WIDTH)
        self.nearness = Nearness(folder / "near", self.closeness)
        self.vectors = np.zeros((0, WIDTH), np.float32)

    def put(self, vectors: Vectors) -> None:
        came = numbers(len(self.vectors), len(vectors))
        self.vectors = np.concatenate([self.vectors, vectors])
        self.closeness.put(came, vectors)
        self.nearness.put(came, vectors)

    def lay_out(self, living: Numbers | None = None) -> None:
        living = numbers(0, len(self.vectors)) if living is None else living
        came = self.nearness.came
        self.nearness.take(self.nearness.laid(living), came)

    def recall(self, asked: Vectors, allowed: Mask) -> float:
        """Return how many of the ten nearest of each question are among what is near."""
        hits = 0
        for vector in asked:
            near = self.nearness.near(vector, allowed, float(allowed.mean()), BEST).numbers
            assert allowed[near].all()
            similar = np.where(allowed, self.vectors @ vector, -1)
            hits += len(np.intersect1d(np.argpartition(-similar, BEST)[:BEST], near))
        return hits / BEST / len(asked)

    def close(self) -> None:
        self.nearness.close()
        self.closeness.close()


@pytest.fixture
def found(tmp_path: Path) -> Found:
    return Found(tmp_path)


@pytest.fixture
def _many(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have groups, and look into few of them, with thousands as with a million."""
    monkeypatch.setattr(layout, "WORTH_GROUPS", 10_000)
    monkeypatch.setattr(layout, "_PER_GROUP", 250)
    monkeypatch.setattr(layout, "_COMPARED", 4_000)


def everybody(count: int) -> Mask:
    return np.ones(count, np.bool_)


@pytest.mark.parametrize("off", [0.0, 2.0])
@pytest.mark.usefixtures("_many")
def test_the_nearest_are_among_what_is_near(found: Found, off: float) -> None:
    found.put(clouds(20_000, 2, off))
    found.lay_out()
    assert (
        len(found.nearness.near(clouds(1, 3, off)[0], everybody(20_000), 1.0, BEST).numbers) < 200
    )
    assert found.recall(clouds(30, 3, off), everybody(20_000)) >= 0.98


@pytest.mark.usefixtures("_many")
def test_what_came_since_is_found_and_what_went_is_not(found: Found) -> None:
    found.put(clouds(12_000, 2))
    found.lay_out()
    found.put(clouds(3_000, 4))
    allowed = everybody(15_000)
    allowed[5_000:6_000] = False
    assert found.recall(clouds(30, 5), allowed) >= 0.98


@pytest.mark.usefixtures("_many")
def test_a_filter_that_leaves_few_looks_into_more(found: Found) -> None:
    found.put(clouds(20_000, 2))
    found.lay_out()
    allowed = np.random.default_rng(6).random(20_000) < 0.05
    assert found.recall(clouds(30, 3), allowed) >= 0.98


def test_it_is_laid_out_when_it_is_worth_it_and_when_it_has_grown(found: Found) -> None:
    found.put(clouds(WORTH_IT - 1, 2))
    assert not found.nearness.wants_laying
    found.put(clouds(1, 3))
    assert found.nearness.wants_laying
    found.lay_out()
    found.put(clouds(WORTH_IT - 1, 4))
    assert not found.nearness.wants_laying
    found.put(clouds(1, 5))
    assert found.nearness.wants_laying


def test_what_comes_while_it_is_laid_out_is_not_lost(found: Found) -> None:
    found.put(clouds(6_000, 2))
    came, living = found.nearness.came, numbers(0, 6_000)
    made = found.nearness.laid(living)
    found.put(clouds(500, 3))
    found.nearness.take(made, came)
    assert found.nearness.came == 500
    assert found.recall(clouds(20, 4), everybody(6_500)) >= 0.98


def test_pieces_without_a_vector_are_near_to_nothing(found: Found) -> None:
    found.put(np.concatenate([clouds(6_000, 2), np.zeros((100, WIDTH), np.float32)]))
    found.lay_out()
    found.put(np.zeros((100, WIDTH), np.float32))
    near = found.nearness.near(clouds(1, 3)[0], everybody(6_200), 1.0, 4_000).numbers
    assert len(near) >= 1_000
    assert near.max() < 6_000


def test_it_is_the_same_when_opened_again(found: Found, tmp_path: Path) -> None:
    found.put(clouds(6_000, 2))
    found.lay_out()
    found.put(clouds(1_500, 3))
    asked, allowed = clouds(1, 4)[0], everybody(7_500)
    before = found.nearness.near(asked, allowed, 1.0, BEST)
    found.close()
    closeness = Closeness(tmp_path / "vectors.f16", WIDTH)
    again = Nearness(tmp_path / "near", closeness)
    again.catch_up(numbers(0, 7_500))
    assert again.came == 1_500
    assert again.near(asked, allowed, 1.0, BEST).numbers.tolist() == before.numbers.tolist()


@pytest.mark.parametrize("damage", ["cut", "other", "gone", "codes"])
def test_without_a_layout_all_are_compared(found: Found, tmp_path: Path, damage: str) -> None:
    found.put(clouds(6_000, 2))
    found.lay_out()
    found.close()
    path = tmp_path / "near" / "layout.npz"
    whole = path.read_bytes()
    path.write_bytes(whole[: len(whole) // 2] if damage == "cut" else whole[:-9_000] + b"x" * 9_000)
    if damage == "gone":
        path.unlink()
    if damage == "codes":
        path.write_bytes(whole)
        next(path.parent.glob("*.codes")).write_bytes(b"short")
    again = Nearness(path.parent, Closeness(tmp_path / "vectors.f16", WIDTH))
    again.catch_up(numbers(0, 6_000))
    assert again.wants_laying
    assert not again.is_quick
    assert len(again.near(clouds(1, 3)[0], everybody(6_000), 1.0, BEST).numbers) == 6_000


def test_a_layout_of_another_width_is_not_read(found: Found, tmp_path: Path) -> None:
    found.put(clouds(6_000, 2))
    found.lay_out()
    assert layout.read(tmp_path / "near", WIDTH) is not None
    assert layout.read(tmp_path / "near", WIDTH + 1) is None


def test_what_is_closed_is_not_laid_out(found: Found) -> None:
    found.put(clouds(6_000, 2))
    found.nearness.close()
    with pytest.raises(InterruptedError):
        found.nearness.laid(numbers(0, 6_000))


def test_bits_are_counted_and_the_fewest_chosen() -> None:
    vectors = np.sign(np.random.default_rng(7).standard_normal((20_000, 70), np.float32))
    signs = Scale(np.zeros(70, np.float32), 1.0).signs(vectors)
    counts = differing(signs, signs[:, 5:6])
    assert counts.tolist() == (vectors != vectors[5]).sum(axis=1).tolist()
    best = fewest(counts, 100)
    assert len(best) == 100
    assert np.sort(counts[best]).tolist() == np.sort(counts)[:100].tolist()


def test_vectors_are_put_and_got_wherever_they_lie(tmp_path: Path) -> None:
    closeness, vectors = Closeness(tmp_path / "vectors.f16", WIDTH), clouds(6, 2)
    scattered = np.array([3, 4, 9, 40_000, 40_001, 7], np.uint32)
    closeness.put(scattered, vectors)
    asked = np.array([40_001, 5, 3, 4, 90_000], np.uint32)
    nothing = np.zeros(WIDTH, np.float32)
    expected = np.array([vectors[4], nothing, vectors[0], vectors[1], nothing])
    assert np.array_equal(closeness.get(asked), expected)
    assert closeness.unknown(asked).tolist() == [5, 90_000]
    closeness.close()


def test_what_is_let_go_is_still_there(tmp_path: Path) -> None:
    path, values = tmp_path / "values", np.arange(1 << 20, dtype=np.uint32)
    path.write_bytes(values.tobytes())
    found = mapping.mapped(path, np.uint32)
    assert found.sum() == values.sum()
    before = resident_of_files()
    mapping.release(0)
    assert resident_of_files() < before - values.nbytes // 2
    assert np.array_equal(found, values)


def resident_of_files() -> int:
    return int(Path("/proc/self/statm").read_text("ascii").split()[2]) * 4096


@needs_files
async def test_an_index_that_has_a_layout_keeps_up(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(nearness, "WORTH_IT", 150)
    monkeypatch.setattr(searching, "_LOOKED_AT_ALL", 50)
    workspace = Workspace(tmp_path)
    workspace.make()
    index = await open_index(workspace, FOLDER)
    paid = {f"{at}.md": [f"Invoice {at} was paid in month {at % 12}."] for at in range(150)}
    await fill(index, paid)
    await fill(index, {"cats.md": ["Cats purr when they are content."]})
    assert laid_out(index) >= 150
    assert (await paths(index, "feline happiness"))[0] == "cats.md"
    await index.drop("s", "cats.md")
    await fill(index, {"dogs.md": ["Dogs bark at strangers."]})
    assert "cats.md" not in await paths(index, "feline happiness")
    before = await find(index, "canines warn of intruders")
    assert before[0].passage.path == "dogs.md"
    await index.close()
    again = await open_index(workspace, FOLDER)
    assert laid_out(again) >= 150
    after = await find(again, "canines warn of intruders")
    assert [(one.passage, one.reasons) for one in after] == [
        (one.passage, one.reasons) for one in before
    ]
    assert (await again.verify()).sound
    await again.rebuild()
    assert laid_out(again) == 0
    await again.close()


def laid_out(index: FoundIndex) -> int:
    return len(index._stock.nearness._laid)
