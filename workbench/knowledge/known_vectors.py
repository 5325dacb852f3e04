"""Vectors on the disk by the digest of what they are of: a rebuild embeds nothing twice."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from pathlib import Path

import msgspec
import numpy as np
from numpy.typing import NDArray

from local_models.embedder.backend import DIMENSIONS

Vector = NDArray[np.float32]
Maker = dict[str, str | int]
"""The fields of an `Identity`."""
_DIGEST = 32


class KnownVectors:
    """Digests in one file, vectors in another, in the same order."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._digests = folder / "digests"
        self._vectors = folder / "vectors"
        self._maker = folder / "maker.json"
        self._order: NDArray[np.intp] = np.empty(0, np.intp)
        self._sorted: NDArray[np.uint64] = np.empty(0, np.uint64)
        self._rows: NDArray[np.float16] = np.empty((0, DIMENSIONS), np.float16)
        self._read()

    def write(self, digests: Sequence[str], vectors: Vector) -> None:
        """Add vectors; what is all zeros is none. They are found from the next `open` on."""
        self._folder.mkdir(mode=0o700, exist_ok=True)
        known = vectors.any(axis=1)
        with self._vectors.open("ab") as rows, self._digests.open("ab") as names:
            rows.write(vectors[known].astype(np.float16).tobytes())
            names.write(
                b"".join(bytes.fromhex(digests[at]) for at in np.flatnonzero(known).tolist())
            )
        self._order = np.empty(0, np.intp)

    def open(self) -> None:
        self._read()

    def note_maker(self, maker: Maker) -> None:
        """Remember who made them all."""
        self._folder.mkdir(mode=0o700, exist_ok=True)
        self._maker.write_bytes(msgspec.json.encode(maker))

    def keep_only_of(self, maker: Maker) -> None:
        """Remove what somebody else made, or nobody knows who."""
        try:
            noted = msgspec.json.decode(self._maker.read_bytes(), type=Maker)
        except (OSError, msgspec.MsgspecError):
            noted = {}
        if noted != maker:
            self.remove()

    def get(self, digest: str) -> Vector | None:
        """Return the vector of what has this digest."""
        wanted = np.frombuffer(bytes.fromhex(digest)[:8], ">u8")[0]
        at = int(np.searchsorted(self._sorted, wanted))
        if at == len(self._sorted) or self._sorted[at] != wanted:
            return None
        vector: Vector = self._rows[self._order[at]].astype(np.float32)
        return vector

    def remove(self) -> None:
        shutil.rmtree(self._folder, ignore_errors=True)
        self._read()

    def _read(self) -> None:
        """Read the beginnings of the digests, which tell millions of texts apart."""
        if not self._digests.exists():
            self._order = np.empty(0, np.intp)
            self._sorted = np.empty(0, np.uint64)
            return
        count = min(
            self._digests.stat().st_size // _DIGEST,
            self._vectors.stat().st_size // (2 * DIMENSIONS),
        )
        if not count:
            return
        names = np.memmap(self._digests, ">u8", "r", shape=(count, _DIGEST // 8))[:, 0]
        self._order = np.argsort(names, kind="stable")
        self._sorted = names[self._order].astype(np.uint64)
        self._rows = np.memmap(self._vectors, np.float16, "r", shape=(count, DIMENSIONS))
