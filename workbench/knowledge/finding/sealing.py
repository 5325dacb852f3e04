"""Sheaves of the word index as folders: written whole or not at all, looked into where they lie."""

from __future__ import annotations

import os
import shutil
import zlib
from collections.abc import Iterator, Sequence
from pathlib import Path
from secrets import token_hex
from typing import IO, Any

import msgspec
import numpy as np
from numpy.typing import NDArray

from workbench.knowledge.finding.mapping import mapped
from workbench.knowledge.finding.postings import TERM, Sheaf
from workbench.knowledge.finding.words import VERSION

_KINDS: dict[str, str] = {
    "terms": TERM,
    "starts": "<u8",
    "pieces": "<u4",
    "counts": "u1",
    "numbers": "<u4",
    "lengths": "<u2",
}
_SEAL = "seal.json"
_POSTINGS_AT_ONCE = 1 << 20
_BUFFER = 1 << 20


class Damaged(Exception):
    """A sheaf is not what it was sealed as; it is made again."""


class _Seal(msgspec.Struct, frozen=True):
    """What a sheaf was when it was written."""

    version: str
    sizes: dict[str, int]
    sums: dict[str, int]


class _Writer:
    """A folder that becomes a sheaf when all its arrays are on the disk."""

    def __init__(self, folder: Path) -> None:
        self._final = folder
        self._making = folder.with_name(f".{folder.name}")
        self._making.mkdir(mode=0o700)
        self._files: dict[str, IO[bytes]] = {
            name: (self._making / name).open("wb", _BUFFER) for name in _KINDS
        }
        self._sums = dict.fromkeys(_KINDS, 0)

    def write(self, name: str, values: NDArray[np.generic]) -> None:
        content = np.ascontiguousarray(values, _KINDS[name]).view(np.uint8).data
        self._sums[name] = zlib.crc32(content, self._sums[name])
        self._files[name].write(content)

    def seal(self) -> None:
        sizes = {}
        for name, file in self._files.items():
            file.flush()
            os.fsync(file.fileno())
            sizes[name] = file.tell()
            file.close()
        seal = msgspec.json.encode(_Seal(VERSION, sizes, self._sums))
        with (self._making / _SEAL).open("wb") as file:
            file.write(seal)
            file.flush()
            os.fsync(file.fileno())
        self._making.rename(self._final)


def write(sheaf: Sheaf, parent: Path) -> Sheaf:
    """Write a sheaf into a folder of its own, and return it as it lies there."""
    folder = _new(parent)
    writer = _Writer(folder)
    for name in _KINDS:
        writer.write(name, getattr(sheaf, name))
    writer.seal()
    return read(folder)


def read(folder: Path) -> Sheaf:
    """Return a sheaf without reading it; refuse one of another version or without all its bytes."""
    seal = _seal(folder)
    for name, size in seal.sizes.items():
        if not (folder / name).is_file() or (folder / name).stat().st_size != size:
            raise Damaged(f"{name} of {folder.name} is not as long as it was")
    arrays: dict[str, Any] = {name: _mapped(folder / name, kind) for name, kind in _KINDS.items()}
    return Sheaf(**arrays, folder=str(folder))


def check(folder: Path) -> None:
    """Read a sheaf whole, and refuse it if a byte is another."""
    seal = _seal(folder)
    for name, expected in seal.sums.items():
        found = 0
        with (folder / name).open("rb") as file:
            while content := file.read(_BUFFER):
                found = zlib.crc32(content, found)
        if found != expected:
            raise Damaged(f"{name} of {folder.name} has other contents than it had")


def found(parent: Path) -> list[Sheaf]:
    """Return the sheaves that lie in a folder, the largest first; remove what is none."""
    whole = []
    for folder in parent.iterdir():
        try:
            whole.append(read(folder))
        except (Damaged, OSError):
            shutil.rmtree(folder, ignore_errors=True)
    return sorted(whole, key=lambda sheaf: -len(sheaf.numbers))


def merge(sheaves: Sequence[Sheaf], alive: NDArray[np.bool_], parent: Path) -> Sheaf:
    """Write several sheaves as one without the dead; later sheaves have greater numbers.

    It goes through the terms bit by bit, so that the memory it takes does not grow with them.
    """
    folder = _new(parent)
    writer = _Writer(folder)
    total = 0
    writer.write("starts", np.zeros(1, np.uint64))
    for terms in _chunks(sheaves):
        total = _merge_terms(writer, sheaves, alive, terms, total)
    for sheaf in sheaves:
        living = alive[sheaf.numbers]
        writer.write("numbers", sheaf.numbers[living])
        writer.write("lengths", sheaf.lengths[living])
    writer.seal()
    return read(folder)


def _merge_terms(
    writer: _Writer,
    sheaves: Sequence[Sheaf],
    alive: NDArray[np.bool_],
    terms: NDArray[np.bytes_],
    total: int,
) -> int:
    """Write what the sheaves have of terms that follow each other; return how much there is."""
    places, pieces, counts = [], [], []
    for sheaf in sheaves:
        first, last = (
            int(np.searchsorted(sheaf.terms, terms[0])),
            int(np.searchsorted(sheaf.terms, terms[-1], "right")),
        )
        bounds = sheaf.starts[first : last + 1].astype(np.int64)
        own = sheaf.pieces[bounds[0] : bounds[-1]]
        living = alive[own]
        at = np.searchsorted(terms, sheaf.terms[first:last]).astype(np.uint32)
        places.append(np.repeat(at, np.diff(bounds))[living])
        pieces.append(own[living])
        counts.append(sheaf.counts[bounds[0] : bounds[-1]][living])
    place = np.concatenate(places)
    order = np.argsort(place, kind="stable")
    sizes = np.bincount(place, minlength=len(terms))
    used = sizes > 0
    ends = total + np.cumsum(sizes[used])
    writer.write("terms", terms[used])
    writer.write("starts", ends.astype(np.uint64))
    writer.write("pieces", np.concatenate(pieces)[order])
    writer.write("counts", np.concatenate(counts)[order])
    return int(ends[-1]) if len(ends) else total


def _chunks(sheaves: Sequence[Sheaf]) -> Iterator[NDArray[np.bytes_]]:
    """Yield all terms in order, so many at a time that what has them can be held in memory."""
    terms = np.unique(np.concatenate([sheaf.terms for sheaf in sheaves]))
    sizes = np.zeros(len(terms), np.int64)
    for sheaf in sheaves:
        starts = sheaf.starts.astype(np.int64)
        sizes[np.searchsorted(terms, sheaf.terms)] += starts[1:] - starts[:-1]
    steps = np.flatnonzero(np.diff(np.cumsum(sizes) // _POSTINGS_AT_ONCE)) + 1
    return (one for one in np.split(terms, steps) if len(one))


def _seal(folder: Path) -> _Seal:
    try:
        seal = msgspec.json.decode((folder / _SEAL).read_bytes(), type=_Seal)
    except (OSError, msgspec.MsgspecError) as error:
        raise Damaged(f"{folder.name} has no seal") from error
    if seal.version != VERSION or seal.sizes.keys() != _KINDS.keys():
        raise Damaged(f"{folder.name} was written by another version")
    return seal


def _mapped(path: Path, kind: str) -> NDArray[np.generic]:
    if not path.stat().st_size:
        return np.empty(0, kind)
    return mapped(path, kind)


def _new(parent: Path) -> Path:
    return parent / token_hex(8)
