"""Whatever is in a file, the header reader says what is wrong with it, and reads little."""

from __future__ import annotations

from pathlib import Path
from struct import pack

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from local_models.gguf import Header, read_header
from tests.models.headers import like_qwen, model, numbers, said, tensor
from tests.models.tiny import write_tiny
from workbench.errors import ModelError

ABSURD = (0, 1, 7, 2**16, 2**31 - 1, 2**31, 2**32 - 1, 2**40, 2**62, 2**63, 2**64 - 1)
SEEDS = (
    model(),
    like_qwen(40),
    model(
        [said("general.architecture", "llama"), numbers("llama.attention.head_count", [1, 2])],
        [tensor("a", [32, 2]), tensor("b", [64], 8, 256)],
        bytes(512),
    ),
)


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("fuzzed") / "model.gguf"


@given(content=st.binary(max_size=300))
@settings(max_examples=400, deadline=None)
def test_any_bytes(file: Path, content: bytes) -> None:
    read(file, content)
    read(file, b"GGUF" + pack("<I", 3) + content)


@given(
    seed=st.sampled_from(SEEDS),
    changes=st.lists(st.tuples(st.integers(0, 2**16), st.integers(0, 255)), max_size=8),
    absurd=st.tuples(st.integers(4, 2**16), st.sampled_from(ABSURD)),
    cut=st.integers(0, 2**16),
)
@settings(max_examples=1500, deadline=None)
def test_good_files_gone_bad(
    file: Path, seed: bytes, changes: list[tuple[int, int]], absurd: tuple[int, int], cut: int
) -> None:
    """Bytes change, an absurd number takes a place, the end is cut off."""
    content = bytearray(seed)
    for position, byte in changes:
        content[position % len(content)] = byte
    place = absurd[0] % len(content)
    content[place : place + 8] = pack("<Q", absurd[1])
    read(file, bytes(content[: cut % (2 * len(content))]))


def test_each_byte_of_a_header_turned(tmp_path: Path) -> None:
    """Not by chance but all of them, in a file that llama.cpp would load."""
    path = write_tiny(tmp_path / "tiny.gguf")
    whole = path.read_bytes()
    outcomes = {read(path, _turned(whole, place)) is None for place in range(0, 8000, 3)}
    assert outcomes == {True, False}


def _turned(whole: bytes, place: int) -> bytes:
    return whole[:place] + bytes([whole[place] ^ (1 << place % 8)]) + whole[place + 1 :]


def read(path: Path, content: bytes) -> Header | None:
    """Read the file; anything but a header and a ModelError ends the test."""
    path.write_bytes(content)
    try:
        found = read_header(path)
    except ModelError:
        return None
    assert found.file_size == len(content)
    assert found.weights <= len(content)
    assert len(found.heads_kv) <= 4096
    return found
