"""Bundles of friends and of enemies."""

from __future__ import annotations

import io
import zipfile
from hashlib import sha256
from pathlib import Path

import msgspec
import numpy as np
import pytest
from numpy.typing import NDArray

from tests.pure.bundled import everything, opened_wares, write_bundle
from tests.pure.remembered_facts import Writer, learned
from workbench.errors import Findings
from workbench.knowledge.bundles import packing, taking
from workbench.knowledge.bundles import vectors as travelling
from workbench.knowledge.bundles.gathering import Gathered
from workbench.knowledge.bundles.manifest import decode, encode
from workbench.knowledge.skills.catalogue import Crafts
from workbench.knowledge.subjects.catalogue import Catalogue


@pytest.fixture
def gathered(tmp_path: Path) -> Gathered:
    return everything(tmp_path)


@pytest.fixture
def bundle(tmp_path: Path) -> Path:
    return write_bundle(tmp_path)


def test_what_is_packed_is_found_again(bundle: Path) -> None:
    found = opened_wares(bundle)
    ((_, subject),) = found.subjects
    ((_, skill),) = found.skills
    assert (subject.name, subject.about) == ("asyncio", "Loops")
    assert {part.path for part in skill.parts} == {"SKILL.md", "add.py", "test_add.py"}


def test_what_a_skill_says_of_its_own_tests_is_not_believed(bundle: Path) -> None:
    ((_, skill),) = opened_wares(bundle).skills
    assert (skill.trial, skill.trusted) == (None, False)


def test_the_same_contents_are_the_same_bytes(gathered: Gathered, tmp_path: Path) -> None:
    paths = [tmp_path / name for name in ("one.zip", "two.zip")]
    for path in paths:
        packing.write(path, gathered.manifest, gathered.files)
    one, two = (path.read_bytes() for path in paths)
    assert one == two


def test_a_manifest_is_read_as_it_was_written(gathered: Gathered) -> None:
    assert decode(encode(gathered.manifest)) == gathered.manifest


def test_how_it_stands_to_what_is_here(bundle: Path) -> None:
    found = opened_wares(bundle)
    ((_, subject),) = found.subjects
    writer = Writer()
    mine = learned("asyncio", "9", about="mine")
    cases = {
        "new": [],
        "same": [msgspec.structs.replace(subject, edition="x")],
        "conflict": [mine],
        "older here": [msgspec.structs.replace(subject, edition="x"), mine],
    }
    for here, facts in cases.items():
        known = Catalogue().after(writer.write(*facts))
        packed = taking.compared(found, known, Crafts(), {})
        assert packed[0].here == here


def test_an_archive_in_memory_is_what_is_on_the_disk(bundle: Path) -> None:
    """No member is compressed in a way that another release of Python could not read."""
    with zipfile.ZipFile(io.BytesIO(bundle.read_bytes())) as packed:
        assert packed.testzip() is None
        assert {one.date_time for one in packed.infolist()} == {(1980, 1, 1, 0, 0, 0)}


def _vectors(count: int) -> dict[str, NDArray[np.float32]]:
    rows = np.random.default_rng(1).normal(size=(count, 384)).astype(np.float32)
    rows /= np.linalg.norm(rows, axis=1, keepdims=True)
    return {sha256(str(at).encode()).hexdigest(): row for at, row in enumerate(rows)}


def test_vectors_come_back_as_they_went() -> None:
    vectors = _vectors(50)
    digests, rows = travelling.unpacked(travelling.packed(vectors), 384)
    assert list(digests) == sorted(vectors)
    for digest, row in zip(digests, rows, strict=True):
        assert np.abs(row - vectors[digest]).max() < 1e-3
    assert travelling.packed(dict(reversed(vectors.items()))) == travelling.packed(vectors)


@pytest.mark.parametrize("value", [np.nan, np.inf, 0.0, 9.0])
def test_vectors_that_are_none_are_refused(value: float) -> None:
    vectors = _vectors(3)
    next(iter(vectors.values()))[:] = value
    with pytest.raises(Findings, match="none"):
        travelling.unpacked(travelling.packed(vectors), 384)


def test_vectors_that_are_cut_off_are_refused() -> None:
    data = travelling.packed(_vectors(3))
    for wrong in (data[:-1], data + b"x", b"x"):
        with pytest.raises(Findings, match="cut off"):
            travelling.unpacked(wrong, 384)
    with pytest.raises(Findings, match="cut off"):
        travelling.unpacked(data, 0)


def test_another_embedder_is_another_maker() -> None:
    one: dict[str, str | int] = {"model": "mini", "weights": "a", "dimensions": 384}
    assert travelling.maker_of(one) == travelling.maker_of(dict(reversed(one.items())))
    assert travelling.maker_of(one) != travelling.maker_of({**one, "weights": "b"})
