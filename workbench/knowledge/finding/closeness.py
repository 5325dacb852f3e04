"""Vectors by the number of a piece, in a file beside LanceDB's that can be looked into at once.

LanceDB finds what is near in a million; this tells how near any given piece is, and looks at all
of a few thousand.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from local_models.embedder.backend import DIMENSIONS

Vector = NDArray[np.float32]
_LEAST = 4096
_AT_ONCE = 16_384


class _Whole(NamedTuple):
    """Vectors that were read and widened once."""

    changes: int
    numbers: NDArray[np.uint32]
    vectors: Vector


_NONE = _Whole(-1, np.empty(0, np.uint32), np.empty((0, 0), np.float32))


class Closeness:
    """Half-precision vectors in a file that grows; a row of zeros is one that is not known."""

    def __init__(self, path: Path, width: int = DIMENSIONS) -> None:
        self._path = path
        self._width = width
        self._file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        self._rows = self._mapped()
        self._whole = _NONE
        self.changes = 0
        """Grows with each vector that comes."""

    def put(self, numbers: NDArray[np.uint32], vectors: Vector) -> None:
        if not len(numbers):
            return
        self._make_room(int(numbers.max()) + 1)
        self._rows[numbers] = vectors
        self.changes += 1

    def get(self, numbers: NDArray[np.uint32]) -> Vector:
        """Return vectors as they are, zeros where there is none."""
        rows = np.zeros((len(numbers), self._width), np.float32)
        there = numbers < len(self._rows)
        rows[there] = self._rows[numbers[there]]
        return rows

    def similar(self, vector: Vector, numbers: NDArray[np.uint32]) -> Vector:
        """Return how similar each of these pieces is."""
        starts = range(0, len(numbers), _AT_ONCE)
        found = [self.get(numbers[start : start + _AT_ONCE]) @ vector for start in starts]
        return np.concatenate(found) if found else np.empty(0, np.float32)

    def similar_of_few(self, vector: Vector, numbers: NDArray[np.uint32]) -> Vector:
        """Return how similar each of a few thousand is, which are asked about again and again."""
        known = self._whole
        if known.changes != self.changes or not np.array_equal(known.numbers, numbers):
            known = self._whole = _Whole(self.changes, numbers, self.get(numbers))
        similar: Vector = known.vectors @ vector
        return similar

    def unknown(self, numbers: NDArray[np.uint32]) -> NDArray[np.uint32]:
        """Return those of which there is no vector."""
        known = np.zeros(len(numbers), np.bool_)
        there = numbers < len(self._rows)
        known[there] = self._rows[numbers[there], :8].any(axis=1)
        return numbers[~known]

    def flush(self) -> None:
        self._rows.flush()

    def widen(self, width: int) -> None:
        """Forget all, and take vectors of so many numbers from now on."""
        os.ftruncate(self._file, 0)
        self._width = width
        self._rows = self._mapped()
        self._whole = _NONE
        self.changes += 1

    def close(self) -> None:
        self._rows.flush()
        os.close(self._file)

    def _make_room(self, rows: int) -> None:
        if rows > len(self._rows):
            os.ftruncate(self._file, max(rows, _LEAST, len(self._rows) * 5 // 4) * self._row)
            self._rows = self._mapped()

    @property
    def _row(self) -> int:
        return self._width * 2

    def _mapped(self) -> np.memmap[tuple[int, int], np.dtype[np.float16]]:
        rows = os.fstat(self._file).st_size // self._row
        if not rows:
            os.ftruncate(self._file, _LEAST * self._row)
            rows = _LEAST
        return np.memmap(self._path, np.float16, "r+", shape=(rows, self._width))
