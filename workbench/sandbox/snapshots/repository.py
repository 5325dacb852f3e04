"""What git keeps beside its rules, read as data: `info/exclude` and which files are tracked.

Git itself is never run: the configuration of a hostile repository names commands that it executes.
"""

from __future__ import annotations

import os
import stat
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from hashlib import sha1, sha256
from pathlib import Path

from workbench.sandbox.ignore import LONGEST_FILE, Placed, Rules, parse

_LARGEST_INDEX = 1 << 28
_LARGEST_POINTER = 1 << 12
_HEADER = struct.Struct(">4sLL")
_STATS = 40
"""Bytes of an entry before its object id."""
_EXTENDED = 0x4000
_LAST_VERSION = 4


@dataclass(frozen=True)
class Repository:
    """A git repository, by its folder of administration if it has one."""

    folder: Path | None
    start: int
    """Where paths in it begin within the paths that are asked for."""

    def rules(self) -> tuple[Placed, ...]:
        """Return the rules of `info/exclude`, which all others outweigh."""
        if self.folder is None:
            return ()
        text = read_bounded(_common(self.folder) / "info" / "exclude", LONGEST_FILE)
        return (Placed(parse(text), self.start),) if text else ()

    def tracks(self, path: bytes, *, folder: bool) -> bool:
        """Say whether git tracks it, or something in it, so that no rule hides it."""
        known = self._folders if folder else self._files
        return path[self.start :] in known

    @cached_property
    def _files(self) -> frozenset[bytes]:
        content = read_bounded(self.folder / "index", _LARGEST_INDEX) if self.folder else None
        try:
            return frozenset(tracked_paths(content or b""))
        except (IndexError, ValueError, struct.error):
            return frozenset()  # A damaged index tracks nothing that could be known.

    @cached_property
    def _folders(self) -> frozenset[bytes]:
        found: set[bytes] = set()
        for path in self._files:
            above = path.rpartition(b"/")[0]
            while above and above not in found:
                found.add(above)
                above = above.rpartition(b"/")[0]
        return frozenset(found)


def repository_at(top: Path, start: int) -> Repository | None:
    """Return the repository whose top is the folder `top`, if it is one."""
    mark = top / ".git"
    try:
        found = mark.lstat()
    except OSError:
        return None
    if stat.S_ISREG(found.st_mode):
        return Repository(_pointed_at(mark), start)
    return Repository(mark, start)


def own_rules(name: str, folder: int) -> Rules | None:
    """Read a file of rules in an open folder; like git, not through a link."""
    text = _read_bounded(name, LONGEST_FILE, folder, os.O_NOFOLLOW)
    return parse(text) if text else None


def read_bounded(path: Path, limit: int) -> bytes | None:
    """Read a regular file of at most `limit` bytes; what is no such file is not there."""
    return _read_bounded(os.fspath(path), limit, None, 0)


def tracked_paths(index: bytes) -> Iterator[bytes]:
    """Return the paths in a `.git/index` of version 2, 3 or 4."""
    if not index:
        return
    magic, version, count = _HEADER.unpack_from(index)
    if magic != b"DIRC" or version > _LAST_VERSION:
        raise ValueError("no index that is known")
    identity = _STATS + _hash_size(index)
    at, path = _HEADER.size, b""
    for _ in range(count):
        flags = index[at + identity] << 8
        start = at + identity + (4 if flags & _EXTENDED else 2)
        if version == _LAST_VERSION:
            cut, start = _read_varint(index, start)
            end = index.index(b"\0", start)
            path, at = path[: len(path) - cut] + index[start:end], end + 1
        else:
            end = index.index(b"\0", start)
            path, at = index[start:end], at + (end - at + 8) // 8 * 8
        yield path


def _hash_size(index: bytes) -> int:
    """Tell by the checksum at the end; it is left out, all zeros, only with SHA-1 by default."""
    long = sha256().digest_size
    is_long = sha256(index[:-long]).digest() == index[-long:]
    return long if is_long else sha1(usedforsecurity=False).digest_size


def _read_varint(content: bytes, at: int) -> tuple[int, int]:
    value = content[at] & 0x7F
    while content[at] & 0x80:
        at += 1
        value = (value + 1 << 7) | (content[at] & 0x7F)
    return value, at + 1


def _pointed_at(mark: Path) -> Path | None:
    """Follow the `.git` file of a worktree or a submodule."""
    text = read_bounded(mark, _LARGEST_POINTER) or b""
    if not text.startswith(b"gitdir: ") or b"\0" in text:
        return None
    return mark.parent / os.fsdecode(text.removeprefix(b"gitdir: ").rstrip(b"\n"))


def _common(folder: Path) -> Path:
    """Return where a worktree shares `info/` with its repository."""
    text = read_bounded(folder / "commondir", _LARGEST_POINTER)
    return folder / os.fsdecode(text.rstrip(b"\n")) if text and b"\0" not in text else folder


def _read_bounded(path: str, limit: int, folder: int | None, flags: int) -> bytes | None:
    try:
        opened = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_NOCTTY | flags, dir_fd=folder)
    except OSError:
        return None
    with os.fdopen(opened, "rb", buffering=0) as file:
        found = os.fstat(opened)
        if not stat.S_ISREG(found.st_mode) or found.st_size > limit:
            return None
        try:
            return file.read(limit)
        except OSError:
            return None
