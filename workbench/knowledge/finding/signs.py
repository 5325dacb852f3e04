"""Vectors as bits: on which side of the middle each of their numbers lies.

Vectors that are near to each other differ in few bits, and bits are counted twenty times sooner
than vectors are multiplied. So bits choose who is compared, and vectors say how near they are.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Signs = NDArray[np.uint64]
"""A column for each vector, 64 of its bits in each row."""
Vectors = NDArray[np.float32]
_AT_ONCE = 16_384
"""So many columns at a time stay in the processor's cache."""
_WORD = 8


def signs_of(vectors: Vectors, middle: Vectors) -> Signs:
    packed = np.packbits(vectors > middle, axis=1)
    whole = np.zeros((len(packed), -(-packed.shape[1] // _WORD) * _WORD), np.uint8)
    whole[:, : packed.shape[1]] = packed
    return np.ascontiguousarray(whole.view(np.uint64).T)


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
