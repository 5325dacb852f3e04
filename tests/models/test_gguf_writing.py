"""What we write as a GGUF is what the package of that name reads, and our own reader."""

from __future__ import annotations

from io import BytesIO
from pathlib import Path

import gguf
import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from local_models.gguf import read_header
from local_models.gguf.writing import Said, Tensor, write

_Array = npt.NDArray[np.float16 | np.float32]
_VALUES = st.one_of(
    st.booleans(),
    st.integers(0, 2**32 - 1),
    st.floats(width=32, allow_nan=False),
    st.text(),
    st.lists(st.text(), min_size=1),
    st.lists(st.integers(-(2**31), 2**31 - 1), min_size=1),
)
_KEYS = st.from_regex(r"[a-z]{1,9}(\.[a-z]{1,9}){1,3}", fullmatch=True).filter(
    lambda key: not key.startswith("general.")
)


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("written") / "model.gguf"


@settings(deadline=None, max_examples=60)
@given(
    said=st.dictionaries(_KEYS, _VALUES, max_size=6),
    shapes=st.lists(st.lists(st.integers(1, 7), min_size=1, max_size=4), min_size=1, max_size=5),
)
def test_what_is_written_is_read_by_the_package(
    path: Path, said: dict[str, Said], shapes: list[list[int]]
) -> None:
    arrays = [_array(number, shape) for number, shape in enumerate(shapes)]
    with path.open("wb") as file:
        write(file, {"general.architecture": "bert"} | said, _tensors(arrays))
    found = gguf.GGUFReader(path)
    assert {key: found.fields[key].contents() for key in said} == said
    for number, (array, tensor) in enumerate(zip(arrays, found.tensors, strict=True)):
        assert tensor.name == f"tensor.{number}"
        assert tensor.tensor_type.name == _kind(array)
        assert np.array_equal(tensor.data, array)
    assert read_header(path).parameters == sum(array.size for array in arrays)


def test_content_of_another_size_is_refused() -> None:
    tensor = Tensor("short", "F32", (2, 3), lambda: b"1234")
    with pytest.raises(ValueError, match="short has 4 bytes instead of 24"):
        write(BytesIO(), {}, [tensor])


def _array(number: int, shape: list[int]) -> _Array:
    type_ = np.float16 if number % 2 else np.float32
    return np.random.default_rng(number).normal(size=shape).astype(type_)


def _kind(array: _Array) -> str:
    return {2: "F16", 4: "F32"}[array.itemsize]


def _tensors(arrays: list[_Array]) -> list[Tensor]:
    return [
        Tensor(f"tensor.{number}", _kind(array), array.shape, array.tobytes)
        for number, array in enumerate(arrays)
    ]
