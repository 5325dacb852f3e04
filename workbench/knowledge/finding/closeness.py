"""Vectors by the number of a piece, in a file beside LanceDB's that can be looked into at once.

It is read and written, not mapped: what was looked at would count as memory of the host.
"""

from __future__ import annotations

import os
from itertools import pairwise, repeat
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from local_models.embedder.backend import DIMENSIONS

Vector = NDArray[np.float32]
Numbers = NDArray[np.uint32]
_AT_ONCE = 16_384
_SAMPLED = 8
"""So many numbers of a vector tell whether there is one."""


class _Whole(NamedTuple):
    """Vectors that were read and widened once."""

    changes: int
    numbers: Numbers
    vectors: Vector


_NONE = _Whole(-1, np.empty(0, np.uint32), np.empty((0, 0), np.float32))


class Closeness:
    """Half-precision vectors in a file that grows; a row of zeros is one that is not known."""

    def __init__(self, path: Path, width: int = DIMENSIONS) -> None:
        self.width = width
        self._file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        self._whole = _NONE
        self.changes = 0
        """Grows with each vector that comes."""

    def put(self, numbers: Numbers, vectors: Vector) -> None:
        if not len(numbers):
            return
        rows = vectors.astype(np.float16)
        bounds = [0, *_breaks(numbers), len(numbers)]
        for first, last in pairwise(bounds):
            self._write(rows[first:last].tobytes(), int(numbers[first]) * self._row)
        self.changes += 1

    def get(self, numbers: Numbers) -> Vector:
        """Return vectors as they are, zeros where there is none."""
        rows = np.zeros((len(numbers), self.width), np.float16)
        there = numbers < self._rows
        if there.any():
            rows[there] = self._read(numbers[there])
        return rows.astype(np.float32)

    def similar(self, vector: Vector, numbers: Numbers) -> Vector:
        """Return how similar each of these pieces is."""
        starts = range(0, len(numbers), _AT_ONCE)
        found = [self.get(numbers[start : start + _AT_ONCE]) @ vector for start in starts]
        return np.concatenate(found) if found else np.empty(0, np.float32)

    def similar_of_few(self, vector: Vector, numbers: Numbers) -> Vector:
        """Return how similar each of a few thousand is, which are asked about again and again."""
        known = self._whole
        if known.changes != self.changes or not np.array_equal(known.numbers, numbers):
            known = self._whole = _Whole(self.changes, numbers, self.get(numbers))
        similar: Vector = known.vectors @ vector
        return similar

    def unknown(self, numbers: Numbers) -> Numbers:
        """Return those of which there is no vector."""
        known = np.zeros(len(numbers), np.bool_)
        there = np.flatnonzero(numbers < self._rows)
        for start in range(0, len(there), _AT_ONCE):
            some = there[start : start + _AT_ONCE]
            known[some] = self._read(numbers[some])[:, :_SAMPLED].any(axis=1)
        return numbers[~known]

    def flush(self) -> None:
        os.fdatasync(self._file)

    def widen(self, width: int) -> None:
        """Forget all, and take vectors of so many numbers from now on."""
        os.ftruncate(self._file, 0)
        self.width = width
        self._whole = _NONE
        self.changes += 1

    def close(self) -> None:
        os.close(self._file)

    def _read(self, numbers: Numbers) -> NDArray[np.float16]:
        """Read rows that are there, those that follow each other in one go."""
        breaks, row = _breaks(numbers), self._row
        starts = (numbers[[0, *breaks]].astype(np.int64) * row).tolist()
        sizes = (np.diff([0, *breaks, len(numbers)]) * row).tolist()
        content = b"".join(map(os.pread, repeat(self._file), sizes, starts))
        return np.frombuffer(content, np.float16).reshape(-1, self.width)

    def _write(self, content: bytes, at: int) -> None:
        written = 0
        while written < len(content):
            written += os.pwrite(self._file, memoryview(content)[written:], at + written)

    @property
    def _rows(self) -> int:
        return os.fstat(self._file).st_size // self._row

    @property
    def _row(self) -> int:
        return self.width * 2


def _breaks(numbers: Numbers) -> list[int]:
    """Return where a number does not follow the one before it."""
    found: list[int] = (np.flatnonzero(np.diff(numbers) != 1) + 1).tolist()
    return found
