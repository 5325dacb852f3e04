"""Which files were read before, so that what has not changed is not read again."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

import msgspec

from workbench.sandbox.snapshots.cabinet import (
    pack_numbers,
    pack_texts,
    read_file,
    unpack_numbers,
    unpack_texts,
    write_file,
)
from workbench.sandbox.snapshots.values import Entry

_GRAIN = 20_000_000
"""Nanoseconds in which a kernel may give two changes the same time."""
_COARSE_GRAIN = 2_000_000_000
"""The same for file systems that keep whole seconds, or two as FAT does."""
_SECOND = 1_000_000_000
_NUMBERS = 4


class Stamp(NamedTuple):
    """What the file system says of a file and changes when the file does."""

    size: int
    modified: int
    changed: int
    inode: int


Index = Mapping[str, tuple[Stamp, Entry]]


class _Written(msgspec.Struct, frozen=True, array_like=True):
    """Columns, since a hundred thousand small objects take long to read."""

    project: bytes
    count: int
    paths: bytes
    stamps: bytes
    hashes: bytes
    executables: bytes


def stamp_of(found: os.stat_result) -> Stamp:
    return Stamp(found.st_size, found.st_mtime_ns, found.st_ctime_ns, found.st_ino & (2**63 - 1))


def is_settled(stamp: Stamp, began: int) -> bool:
    """Say whether any change after `began` would show; if not, the file is read again next time."""
    coarse = stamp.modified % _SECOND == stamp.changed % _SECOND == 0
    grain = _COARSE_GRAIN if coarse else _GRAIN
    return max(stamp.modified, stamp.changed) < began - grain


def write_index(path: Path, project: Path, index: Index) -> None:
    entries = [entry for _, entry in index.values()]
    write_file(
        path,
        _Written(
            os.fsencode(project),
            len(index),
            pack_texts(index),
            pack_numbers(number for stamp, _ in index.values() for number in stamp),
            bytes.fromhex("".join(entry.content for entry in entries)),
            bytes(entry.kind == "executable" for entry in entries),
        ),
    )


def read_index(path: Path) -> tuple[bytes, Index]:
    """Return a project's path and what is known of it; a damaged index knows nothing."""
    written = read_file(path, _Written)
    return (b"", {}) if written is None else (written.project, dict(_unpack(written)))


def _unpack(written: _Written) -> Iterator[tuple[str, tuple[Stamp, Entry]]]:
    paths = unpack_texts(written.paths, written.count)
    numbers = unpack_numbers(written.stamps)
    stamps = map(Stamp, *(numbers[at::_NUMBERS] for at in range(_NUMBERS)))
    hexes = written.hashes.hex()
    hashes = (hexes[at : at + 64] for at in range(0, len(hexes), 64))
    rows = zip(paths, stamps, hashes, written.executables, strict=True)
    for path, stamp, content, executable in rows:
        yield path, (stamp, Entry("executable" if executable else "file", content, stamp.size))
