"""Reads safetensors: a header in JSON, checked and bounded, and arrays that stay in the file."""

from __future__ import annotations

import math
import mmap
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
from numpy.typing import NDArray

from workbench.errors import ModelError
from workbench.visible import visible_line

_LENGTH = 8
_LONGEST_HEADER = 1 << 20
_MOST_DIMENSIONS = 8
_KINDS = {"F32": "<f4", "F16": "<f2", "F64": "<f8", "I64": "<i8", "I32": "<i4", "U8": "u1"}
_METADATA = "__metadata__"
_HINT = "It may be cut off or damaged: install it again."

Array = NDArray[Any]


class _Entry(msgspec.Struct, frozen=True):
    dtype: str
    shape: tuple[int, ...]
    data_offsets: tuple[int, int]


def read(path: Path) -> Mapping[str, Array]:
    """Return the arrays of a file by name; they are read-only and read when they are touched."""
    try:
        with path.open("rb") as file:
            content = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
    except FileNotFoundError:
        raise ModelError(f"There is no file {path}.", "Install it again.") from None
    except (OSError, ValueError) as error:  # An empty file cannot be mapped.
        raise ModelError(f"{path} cannot be read: {error}.", _HINT) from error
    try:
        return _arrays(content)
    except _Malformed as problem:
        raise ModelError(f"{path} is no safetensors file: {problem}.", _HINT) from problem


class _Malformed(Exception):
    """The text says what is wrong."""


def _arrays(content: mmap.mmap) -> dict[str, Array]:
    start, header = _header(content)
    room = len(content) - start
    _refuse_overlap(header)
    return {name: _array(content, start, room, name, entry) for name, entry in header.items()}


def _header(content: mmap.mmap) -> tuple[int, dict[str, _Entry]]:
    length = int.from_bytes(content[:_LENGTH], "little")
    start = _LENGTH + length
    if length > _LONGEST_HEADER:
        raise _Malformed(f"its header would be {length} bytes long")
    if start > len(content):
        raise _Malformed("it ends within its header")
    try:
        raw = msgspec.json.decode(content[_LENGTH:start], type=dict[str, msgspec.Raw])
        raw.pop(_METADATA, None)
        return start, {name: msgspec.json.decode(raw[name], type=_Entry) for name in raw}
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise _Malformed(f"its header cannot be understood ({error})") from error


def _refuse_overlap(header: dict[str, _Entry]) -> None:
    end = 0
    for offsets in sorted(entry.data_offsets for entry in header.values()):
        if offsets[0] != end:
            raise _Malformed("its arrays overlap or have gaps between them")
        end = offsets[1]


def _array(content: mmap.mmap, start: int, room: int, name: str, entry: _Entry) -> Array:
    shown = visible_line(name[:100])
    begin, end = entry.data_offsets
    kind = _KINDS.get(entry.dtype)
    if kind is None:
        raise _Malformed(f"{shown} is of a kind that is not known")
    if len(entry.shape) > _MOST_DIMENSIONS or min(entry.shape, default=0) < 0:
        raise _Malformed(f"{shown} has no possible shape")
    count = math.prod(entry.shape)
    if end > room:
        raise _Malformed(f"it ends within {shown}")
    if count * np.dtype(kind).itemsize != end - begin:
        raise _Malformed(f"{shown} has not as many bytes as its shape needs")
    return np.frombuffer(content, kind, count, start + begin).reshape(entry.shape)
