"""Vectors made small: as bits, on which side of the middle each number lies, and as bytes.

Vectors that are near to each other differ in few bits, and bits are counted twenty times sooner
than vectors are multiplied. So bits choose whose bytes are compared, and bytes whose vectors are.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Signs = NDArray[np.uint64]
"""A column for each vector, 64 of its bits in each row."""
Codes = NDArray[np.int8]
"""A row for each vector."""
Vectors = NDArray[np.float32]
Numbers = NDArray[np.uint32]
Mask = NDArray[np.bool_]
_AT_ONCE = 16_384
"""So many columns at a time stay in the processor's cache."""
_WORD = 8
_LARGEST = 127


class Near(NamedTuple):
    """Pieces, and about how similar they are."""

    numbers: Numbers
    similar: Vectors


@dataclass(frozen=True)
class Scale:
    """How vectors are made small."""

    middle: Vectors
    step: float
    """What one of a byte stands for."""

    @classmethod
    def of(cls, sample: Vectors) -> Scale:
        return cls(sample.mean(axis=0), max(1e-9, float(np.abs(sample).max()) / _LARGEST))

    def signs(self, vectors: Vectors) -> Signs:
        packed = np.packbits(vectors > self.middle, axis=1)
        whole = np.zeros((len(packed), -(-packed.shape[1] // _WORD) * _WORD), np.uint8)
        whole[:, : packed.shape[1]] = packed
        return np.ascontiguousarray(whole.view(np.uint64).T)

    def codes(self, vectors: Vectors) -> Codes:
        rounded = np.rint(vectors / np.float32(self.step))
        codes: Codes = np.clip(rounded, -_LARGEST, _LARGEST).astype(np.int8)
        return codes


@dataclass(frozen=True)
class Small:
    """Pieces with their vectors made small, all in one order."""

    numbers: Numbers
    signs: Signs
    codes: Codes

    def near(self, asked: Vectors, scale: Scale, at: NDArray[np.intp]) -> Near:
        """Compare what lies at certain places by its bytes."""
        rows = self.codes[at].astype(np.float32)
        return Near(self.numbers[at], rows @ (asked * np.float32(scale.step)))


def chosen(
    numbers: Numbers, signs: Signs, asked: Signs, allowed: Mask, most: int
) -> NDArray[np.intp]:
    """Return where the allowed pieces are whose signs differ least."""
    counts = differing(signs, asked)
    wanted = allowed.take(numbers, mode="clip")
    wanted &= numbers < len(allowed)  # Others came meanwhile.
    counts[~wanted] = np.iinfo(np.uint16).max
    found = fewest(counts, most)
    return found[wanted[found]]


def differing(signs: Signs, asked: Signs) -> NDArray[np.uint16]:
    """Return in how many bits each column differs from the one that is asked about."""
    found = np.empty(signs.shape[1], np.uint16)
    for start in range(0, len(found), _AT_ONCE):
        counts = np.bitwise_count(signs[:, start : start + _AT_ONCE] ^ asked)
        np.add.reduce(counts, axis=0, dtype=np.uint16, out=found[start : start + _AT_ONCE])
    return found


def fewest(counts: NDArray[np.uint16], most: int) -> NDArray[np.intp]:
    """Return where the smallest counts are, so many: of those that are alike, the first."""
    if len(counts) <= most:
        return np.arange(len(counts))
    limit = np.searchsorted(np.cumsum(np.bincount(counts)), most)
    fewer, alike = np.flatnonzero(counts < limit), np.flatnonzero(counts == limit)
    return np.concatenate([fewer, alike[: most - len(fewer)]])
