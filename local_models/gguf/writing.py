"""Writes GGUF files: what a model says of itself, then its tensors, each at its place."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from struct import pack
from typing import IO, TypeAlias

from local_models.gguf.tables import BLOCKS

Said: TypeAlias = bool | int | float | str | Sequence[str] | Sequence[int]

ALIGNMENT = 32
_MAGIC, _VERSION = b"GGUF", 3
_U32, _I32, _F32, _BOOL, _STRING, _ARRAY = 4, 5, 6, 7, 8, 9
_NUMBERS = {name: number for number, (name, _, _) in BLOCKS.items()}


@dataclass(frozen=True)
class Tensor:
    """Numbers with a name; its content is made when it is written, and not kept."""

    name: str
    kind: str
    """As it is called in `BLOCKS`."""
    shape: tuple[int, ...]
    """The outermost dimension first, as numpy has it."""
    content: Callable[[], bytes]

    @property
    def size(self) -> int:
        _, elements, size = BLOCKS[_NUMBERS[self.kind]]
        return math.prod(self.shape) // elements * size


def write(into: IO[bytes], said: Mapping[str, Said], tensors: Sequence[Tensor]) -> None:
    """Write a whole file; the same is written each time."""
    head = _MAGIC + pack("<IQQ", _VERSION, len(tensors), len(said))
    head += b"".join(_text(key) + _value(value) for key, value in said.items())
    offset = 0
    for tensor in tensors:
        head += _entry(tensor, offset)
        offset += _padded(tensor.size)
    into.write(head.ljust(_padded(len(head)), b"\0"))
    for tensor in tensors:
        content = tensor.content()
        if len(content) != tensor.size:
            raise ValueError(f"{tensor.name} has {len(content)} bytes instead of {tensor.size}")
        into.write(content.ljust(_padded(tensor.size), b"\0"))


def _entry(tensor: Tensor, offset: int) -> bytes:
    sizes = pack(f"<I{len(tensor.shape)}Q", len(tensor.shape), *reversed(tensor.shape))
    return _text(tensor.name) + sizes + pack("<IQ", _NUMBERS[tensor.kind], offset)


def _value(value: Said) -> bytes:
    match value:
        case bool():
            return pack("<I?", _BOOL, value)
        case int():
            return pack("<II", _U32, value)
        case float():
            return pack("<If", _F32, value)
        case str():
            return pack("<I", _STRING) + _text(value)
        case _:
            return pack("<I", _ARRAY) + _array(value)


def _array(values: Sequence[str] | Sequence[int]) -> bytes:
    """Return what is all of one kind; what is empty is a list of texts."""
    if all(isinstance(value, str) for value in values):
        return pack("<IQ", _STRING, len(values)) + b"".join(map(_text, map(str, values)))
    return pack("<IQ", _I32, len(values)) + pack(f"<{len(values)}i", *values)


def _text(value: str) -> bytes:
    data = value.encode()
    return pack("<Q", len(data)) + data


def _padded(size: int) -> int:
    return -(-size // ALIGNMENT) * ALIGNMENT
