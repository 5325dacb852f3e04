"""Vectors on the disk by the digest of what they are of: a rebuild embeds nothing twice."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import msgspec
import numpy as np
from numpy.typing import NDArray

Vector = NDArray[np.float32]
Maker = dict[str, str | int]
"""The fields of an `Identity`."""
_DIGEST = 32


class _Read(NamedTuple):
    """What was in the files: digests by their beginnings, in order, and where their rows are."""

    beginnings: NDArray[np.uint64]
    order: NDArray[np.intp]
    rows: NDArray[np.float16]


_NOTHING = _Read(np.empty(0, np.uint64), np.empty(0, np.intp), np.empty((0, 0), np.float16))


class KnownVectors:
    """Digests in one file, vectors in another, in the same order."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._digests = folder / "digests"
        self._vectors = folder / "vectors"
        self._maker = folder / "maker.json"
        self._width = 0
        """How many numbers a vector has, as far as anybody knows."""
        self._known = self._read()

    def write(self, digests: Sequence[str], vectors: Vector) -> None:
        """Add vectors; what is all zeros is none. They are found from the next `open` on."""
        self._folder.mkdir(mode=0o700, exist_ok=True)
        self._width = vectors.shape[1]
        known = vectors.any(axis=1)
        with self._vectors.open("ab") as rows, self._digests.open("ab") as names:
            rows.write(vectors[known].astype(np.float16).tobytes())
            names.write(
                b"".join(bytes.fromhex(digests[at]) for at in np.flatnonzero(known).tolist())
            )

    def open(self) -> None:
        self._known = self._read()

    def note_maker(self, maker: Maker) -> None:
        """Remember who made them all."""
        self._folder.mkdir(mode=0o700, exist_ok=True)
        self._maker.write_bytes(msgspec.json.encode(maker))

    def keep_only_of(self, maker: Maker) -> None:
        """Remove what somebody else made, or nobody knows who."""
        if self._noted() != maker:
            self.remove()

    def get(self, digest: str) -> Vector | None:
        """Return the vector of what has this digest."""
        known = self._known
        wanted = np.frombuffer(bytes.fromhex(digest)[:8], ">u8")[0]
        at = int(np.searchsorted(known.beginnings, wanted))
        if at == len(known.beginnings) or known.beginnings[at] != wanted:
            return None
        vector: Vector = known.rows[known.order[at]].astype(np.float32)
        return vector

    def remove(self) -> None:
        shutil.rmtree(self._folder, ignore_errors=True)
        self._known = self._read()

    def _noted(self) -> Maker:
        try:
            return msgspec.json.decode(self._maker.read_bytes(), type=Maker)
        except (OSError, msgspec.MsgspecError):
            return {}

    def _read(self) -> _Read:
        """Read the beginnings of the digests, which tell millions of texts apart."""
        width = int(self._noted().get("dimensions", self._width))
        if not width or not self._digests.exists():
            return _NOTHING
        count = min(
            self._digests.stat().st_size // _DIGEST,
            self._vectors.stat().st_size // (2 * width),
        )
        if not count:
            return _NOTHING
        names = np.memmap(self._digests, ">u8", "r", shape=(count, _DIGEST // 8))[:, 0]
        order = np.argsort(names, kind="stable")
        rows = np.memmap(self._vectors, np.float16, "r", shape=(count, width))
        return _Read(names[order].astype(np.uint64), order, rows)
