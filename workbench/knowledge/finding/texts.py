"""Pieces by their numbers, in a file that one look brings each of them from.

LanceDB keeps them too and is what this is made from; to fetch ten rows takes it many times longer.
"""

from __future__ import annotations

import os
import zlib
from collections.abc import Iterable, Mapping
from pathlib import Path

import msgspec
import numpy as np
from numpy.typing import NDArray

from workbench.knowledge.values import Piece

_PLACE = np.dtype([("start", "<u8"), ("length", "<u4"), ("sum", "<u4")])
_LEAST = 4096
_QUICK = 1
_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(Piece).decode


class Texts:
    """Compressed pieces one after the other, and where each begins."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(mode=0o700, exist_ok=True)
        flags = os.O_RDWR | os.O_CREAT | os.O_CLOEXEC
        self._content = os.open(folder / "pieces", flags | os.O_APPEND, 0o600)
        self._index = os.open(folder / "places", flags, 0o600)
        self._folder = folder
        self._places = self._mapped()
        self._end = os.fstat(self._content).st_size

    def put(self, pieces: Mapping[int, Piece]) -> None:
        """Write pieces; what has the number of another takes its place."""
        if not pieces:
            return
        self._make_room(max(pieces) + 1)
        packed = [zlib.compress(_encode(piece), _QUICK) for piece in pieces.values()]
        written, whole = 0, b"".join(packed)
        while written < len(whole):
            written += os.write(self._content, memoryview(whole)[written:])
        start = self._end
        for number, content in zip(pieces, packed, strict=True):
            self._places[number] = (start, len(content), zlib.crc32(content))
            start += len(content)
        self._end = start

    def get(self, numbers: Iterable[int]) -> dict[int, Piece]:
        """Return the pieces that are there and whole."""
        found = ((number, self._one(number)) for number in numbers)
        return {number: piece for number, piece in found if piece is not None}

    @property
    def size(self) -> int:
        """All numbers are below it."""
        return len(self._places)

    def unknown(self, numbers: NDArray[np.uint32]) -> NDArray[np.uint32]:
        """Return those that are not there."""
        known = np.zeros(len(numbers), np.bool_)
        there = numbers < len(self._places)
        places = self._places[numbers[there]]
        known[there] = (places["length"] > 0) & (places["start"] + places["length"] <= self._end)
        return numbers[~known]

    def flush(self) -> None:
        os.fdatasync(self._content)
        self._places.flush()

    def close(self) -> None:
        self._places.flush()
        os.close(self._content)
        os.close(self._index)

    def _one(self, number: int) -> Piece | None:
        if number >= len(self._places):
            return None
        start, length, expected = self._places[number].item()
        content = os.pread(self._content, length, start) if length else b""
        if not content or zlib.crc32(content) != expected:
            return None
        return _decode(zlib.decompress(content))

    def _make_room(self, rows: int) -> None:
        if rows > len(self._places):
            more = max(rows, _LEAST, len(self._places) * 5 // 4)
            os.ftruncate(self._index, more * _PLACE.itemsize)
            self._places = self._mapped()

    def _mapped(self) -> np.memmap[tuple[int], np.dtype[np.void]]:
        rows = os.fstat(self._index).st_size // _PLACE.itemsize
        if not rows:
            os.ftruncate(self._index, _LEAST * _PLACE.itemsize)
            rows = _LEAST
        return np.memmap(self._folder / "places", _PLACE, "r+", shape=(rows,))
