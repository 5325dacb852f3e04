"""Which libraries a program or a library names, read from its ELF headers.

The files come from projects: whatever is in them, reading ends, and says nothing false about
other files.
"""

from __future__ import annotations

import os
import struct
from collections.abc import Iterator
from pathlib import Path

import msgspec

_MAGIC, _LITTLE_64 = b"\x7fELF", b"\x02\x01"
_HEADER, _SEGMENT, _DYNAMIC = struct.Struct("<32xQ14xHH"), struct.Struct("<IxxxxQQQQ"), "<QQ"
_LOADED, _LINKING, _LOADER = 1, 2, 3
_END, _NEEDED, _STRINGS = 0, 1, 5
_MOST_SEGMENTS, _MOST_BYTES, _LONGEST_NAME = 128, 1 << 20, 256


class _Segment(msgspec.Struct, frozen=True):
    kind: int
    offset: int
    address: int
    size: int


def needed(path: Path) -> tuple[str, ...]:
    """Return the names of the libraries that `path` needs; none where it is no 64-bit ELF file."""
    with path.open("rb") as file:
        descriptor = file.fileno()
        if os.pread(descriptor, 6, 0) != _MAGIC + _LITTLE_64:
            return ()
        try:
            return tuple(dict.fromkeys(_names(descriptor)))
        except (struct.error, OverflowError, ValueError, OSError):
            return ()  # It is not what it says it is; the loader will not take it either.


def _names(file: int) -> Iterator[str]:
    segments = list(_segments(file))
    for segment in segments:
        if segment.kind == _LOADER:
            yield from _plain(_text(file, segment.offset).rpartition("/")[2])
        elif segment.kind == _LINKING:
            yield from _linked(file, segment, segments)


def _segments(file: int) -> Iterator[_Segment]:
    offset, size, count = _HEADER.unpack(os.pread(file, _HEADER.size, 0)[: _HEADER.size])
    for number in range(min(count, _MOST_SEGMENTS)):
        raw = os.pread(file, _SEGMENT.size, offset + number * size)
        kind, start, address, _, length = _SEGMENT.unpack(raw)
        yield _Segment(kind, start, address, length)


def _linked(file: int, segment: _Segment, segments: list[_Segment]) -> Iterator[str]:
    raw = os.pread(file, min(segment.size, _MOST_BYTES) & ~15, segment.offset)
    pairs = []
    for tag, value in struct.iter_unpack(_DYNAMIC, raw):
        if tag == _END:
            break
        pairs.append((tag, value))
    table = next((value for tag, value in pairs if tag == _STRINGS), 0)
    start = _offset(table, segments)
    for tag, value in pairs:
        if tag == _NEEDED:
            yield from _plain(_text(file, start + value))


def _offset(address: int, segments: list[_Segment]) -> int:
    for one in segments:
        if one.kind == _LOADED and one.address <= address < one.address + one.size:
            return address - one.address + one.offset
    raise ValueError(f"{address:#x} is in no segment")


def _text(file: int, offset: int) -> str:
    return os.pread(file, _LONGEST_NAME, offset).partition(b"\0")[0].decode()


def _plain(name: str) -> Iterator[str]:
    """Return a name without a folder in it, since with one it could be any file of this machine."""
    if name and "/" not in name and name not in (".", ".."):
        yield name
