"""Reading what was added to a log file, through rotation, truncation and whatever it may hold."""

from __future__ import annotations

import codecs
import gzip
import os
import stat
import zlib
from hashlib import sha256
from pathlib import Path
from typing import BinaryIO

import msgspec

CAP = 8 << 20
"""How much is read at once, and of a file that was never seen, how much from its end."""
LONGEST_LINE = 64 << 10
_HEAD = 256
_MOST_SIBLINGS = 200
_BINARY = 0.05
"""The part of NUL and control bytes from which on a file is no text."""
_CONTROLS = bytes(set(range(32)) - {7, 8, 9, 10, 12, 13, 27})
_BOMS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)


class Position(msgspec.Struct, frozen=True):
    """How far a log was read; a value that can be stored."""

    device: int = 0
    inode: int = 0
    offset: int = 0
    head: str = ""
    """A digest of how the file begins, which tells it from one written over it."""
    head_size: int = 0
    partial: bytes = b""
    """A line of which the end has not come."""
    encoding: str = "utf-8"


class Read(msgspec.Struct, frozen=True):
    """What was new in a log."""

    lines: tuple[str, ...]
    position: Position
    more: bool = False
    """There is more to read at once."""
    skipped: int = 0
    """Bytes that nobody will see: they were too many, or went with a file that is gone."""
    problem: str = ""
    """Why nothing could be read, if so."""


def read_log(path: Path, position: Position | None = None, cap: int = CAP) -> Read:
    """Return the lines that came since `position`, or those at the end of a file not seen before.

    A file that was moved away meanwhile is finished first, and be it compressed; then comes the
    one that took its place.
    """
    try:
        with _open(path) as file:
            found = os.fstat(file.fileno())
            if not stat.S_ISREG(found.st_mode):
                return Read((), position or Position(), problem=f"{path} is no plain file")
            return _read(path, file, found, position, cap)
    except OSError as problem:
        return Read((), position or Position(), problem=f"{path}: {problem.strerror}")


def _open(path: Path) -> BinaryIO:
    """Open without waiting for a pipe's other end."""
    return os.fdopen(os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_NOCTTY), "rb", buffering=0)


def _read(
    path: Path, file: BinaryIO, found: os.stat_result, position: Position | None, cap: int
) -> Read:
    if position is None or not position.inode:
        return _first(file, found, cap)
    if _is_same(file, found, position):
        return _next(file, found, position, cap)
    rest = _rest_of_old(path, position, cap)
    fresh = _beginning(file, found)
    new = _next(file, found, fresh, cap)
    lost = 0 if rest is not None else 1
    lines = (*(rest or _last(position)), *new.lines)
    return Read(lines, new.position, new.more, new.skipped + lost, new.problem)


def _is_same(file: BinaryIO, found: os.stat_result, position: Position) -> bool:
    """Say whether it is the file that was read, and no shorter than that."""
    if (found.st_dev, found.st_ino) != (position.device, position.inode):
        return False
    return found.st_size >= position.offset and _digest(file, position.head_size) == position.head


def _first(file: BinaryIO, found: os.stat_result, cap: int) -> Read:
    """Read the end of a file that was not seen before, from a whole line on."""
    position = _beginning(file, found)
    start = max(found.st_size - cap, 0)
    width = 2 if position.encoding.startswith("utf-16") else 1
    start -= start % width
    read = _next(file, found, msgspec.structs.replace(position, offset=start), cap)
    if not start:
        return read
    return msgspec.structs.replace(read, lines=read.lines[1:], skipped=start)


def _beginning(file: BinaryIO, found: os.stat_result) -> Position:
    file.seek(0)
    head = file.read(_HEAD)
    encoding = next((name for bom, name in _BOMS if head.startswith(bom)), "utf-8")
    digest = sha256(head).hexdigest()
    return Position(found.st_dev, found.st_ino, 0, digest, len(head), b"", encoding)


def _next(file: BinaryIO, found: os.stat_result, position: Position, cap: int) -> Read:
    """Read on from a position in the same file."""
    file.seek(position.offset)
    data = file.read(cap)
    offset = position.offset + len(data)
    more = offset < found.st_size
    if _is_binary(data, position.encoding):
        after = msgspec.structs.replace(position, offset=offset, partial=b"")
        return Read((), after, more, len(data), "it holds no text")
    lines, partial, cut = _split(position.partial + data, position.encoding)
    head = (position.head, position.head_size)
    if position.head_size < _HEAD:
        size = min(offset, _HEAD)
        head = (_digest(file, size), size)
    after = Position(
        position.device, position.inode, offset, *head, partial=partial, encoding=position.encoding
    )
    return Read(lines, after, more, cut)


def _split(data: bytes, encoding: str) -> tuple[tuple[str, ...], bytes, int]:
    """Return whole lines, the beginning of the next, and how many bytes of it were given up."""
    newline = "\n".encode(encoding)
    end = _last_newline(data, newline)
    whole, partial = data[:end], data[end:]
    cut = max(len(partial) - LONGEST_LINE, 0)
    text = whole.decode(encoding, "backslashreplace").removeprefix("\ufeff")
    lines = text.split("\n")[:-1]
    return tuple(line.rstrip("\r")[:LONGEST_LINE] for line in lines), partial[:LONGEST_LINE], cut


def _last_newline(data: bytes, newline: bytes) -> int:
    """Return where the last whole line ends; in UTF-16 only every other byte can begin one."""
    at = len(data)
    while (at := data.rfind(newline, 0, at)) >= 0:
        if at % len(newline) == 0:
            return at + len(newline)
    return 0


def _is_binary(data: bytes, encoding: str) -> bool:
    if encoding != "utf-8" or not data:
        return False
    sample = data[: 64 << 10]
    return len(sample) - len(sample.translate(None, _CONTROLS)) > _BINARY * len(sample)


def _digest(file: BinaryIO, size: int) -> str:
    file.seek(0)
    return sha256(file.read(size)).hexdigest()


def _last(position: Position) -> tuple[str, ...]:
    """Return the line whose end will never come."""
    text = position.partial.decode(position.encoding, "backslashreplace")
    return (text,) if text else ()


def _rest_of_old(path: Path, position: Position, cap: int) -> tuple[str, ...] | None:
    """Return what was added to a file before it was moved away; None where it cannot be found."""
    for sibling in _siblings(path):
        try:
            data = _rest_in(sibling, position, cap)
        except (OSError, EOFError, zlib.error):  # It is being compressed, or no such file at all.
            continue
        if data is not None:
            lines, partial, _ = _split(position.partial + data, position.encoding)
            after = msgspec.structs.replace(position, partial=partial)
            return (*lines, *_last(after))
    return None


def _rest_in(sibling: Path, position: Position, cap: int) -> bytes | None:
    with _open(sibling) as file:
        found = os.fstat(file.fileno())
        if not stat.S_ISREG(found.st_mode):
            return None
        if sibling.suffix == ".gz":
            with gzip.open(file) as inner:
                return _rest_of(inner, position, cap)  # type: ignore[arg-type]
        return _rest_of(file, position, cap)


def _rest_of(file: BinaryIO, position: Position, cap: int) -> bytes | None:
    """Return what follows in a file that begins like the one that was read and is as long."""
    head = file.read(position.head_size)
    if sha256(head).hexdigest() != position.head or not position.head_size:
        return None
    file.seek(position.offset)
    return file.read(cap) if file.tell() == position.offset else None


def _siblings(path: Path) -> list[Path]:
    """Return files that rotation may have made of a log, the youngest first."""
    stem = path.name.removesuffix(path.suffix)
    with os.scandir(path.parent) as entries:
        found = [
            (entry.stat(follow_symlinks=False).st_mtime, Path(entry.path))
            for entry in entries
            if entry.name != path.name and entry.name.startswith(stem)
        ]
    return [one for _, one in sorted(found, reverse=True)[:_MOST_SIBLINGS]]
