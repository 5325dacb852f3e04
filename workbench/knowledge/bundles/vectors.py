"""Vectors that travel with a source: by the digests of their texts, for the same embedder alone."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from hashlib import sha256

import msgspec
import numpy as np
from numpy.typing import NDArray

from workbench.knowledge.bundles.manifest import refuse

Vectors = NDArray[np.float32]
_DIGEST = 32
_LENGTH = (0.9, 1.1)
"""Embedders make vectors of length one; rounding changes that a little."""


def maker_of(identity: Mapping[str, str | int]) -> str:
    """Return in a line who made vectors: another weight, tokenizer or rounding is another maker."""
    told = msgspec.json.encode(dict(identity), order="deterministic")
    return f"{identity['model']} {sha256(told).hexdigest()}"


def packed(vectors: Mapping[str, Vectors]) -> bytes:
    """Return vectors as rows of a digest and halves of floats, in the order of the digests."""
    return b"".join(
        bytes.fromhex(digest) + vectors[digest].astype("<f2").tobytes()
        for digest in sorted(vectors)
    )


def unpacked(data: bytes, dimensions: int) -> tuple[Sequence[str], Vectors]:
    """Return the rows of a stranger: what is no vector of length one refuses the bundle."""
    size = _DIGEST + 2 * dimensions
    if dimensions <= 0 or len(data) % size:
        raise refuse("its vectors are cut off")
    rows = np.frombuffer(data, np.uint8).reshape(-1, size)
    vectors = rows[:, _DIGEST:].copy().view("<f2").astype(np.float32)
    lengths = np.linalg.norm(vectors, axis=1)
    if not (np.isfinite(lengths).all() and _are_near_one(lengths)):
        raise refuse("its vectors are none")
    return tuple(_digests(rows)), vectors


def _are_near_one(lengths: NDArray[np.float32]) -> bool:
    least, most = _LENGTH
    return bool(((lengths > least) & (lengths < most)).all())


def _digests(rows: NDArray[np.uint8]) -> Iterator[str]:
    yield from (row[:_DIGEST].tobytes().hex() for row in rows)
