"""Opening a file of a stranger: below its folder, without following a link, and never for long."""

from __future__ import annotations

import os
import stat
from contextlib import ExitStack
from pathlib import PurePosixPath

from workbench.knowledge.reading.values import GONE, Unreadable

_FOLDER = os.O_PATH | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
_FILE = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC
_AT_ONCE = 1 << 20
_MIB = 1 << 20


def read_below(root: str, name: str, limit: int) -> tuple[bytes, os.stat_result]:
    """Return what a file holds and what it was when it was opened."""
    try:
        opened = _open_below(root, name)
    except OSError as error:
        raise Unreadable(_why(error)) from error
    try:
        return _read(opened, limit)
    except OSError as error:
        raise Unreadable(_why(error)) from error
    finally:
        os.close(opened)


def _open_below(root: str, name: str) -> int:
    """Walk from folder to folder, each of which must be one and no link."""
    *folders, last = _parts(name)
    with ExitStack() as stack:
        at = os.open(root, _FOLDER)
        stack.callback(os.close, at)
        for folder in folders:
            at = os.open(folder, _FOLDER, dir_fd=at)
            stack.callback(os.close, at)
        return os.open(last, _FILE, dir_fd=at)


def _parts(name: str) -> tuple[str, ...]:
    parts = PurePosixPath(name).parts
    if not parts or name.startswith("/") or ".." in parts or "\0" in name:
        raise Unreadable("its path leads elsewhere")
    return parts


def _read(opened: int, limit: int) -> tuple[bytes, os.stat_result]:
    found = os.fstat(opened)
    if not stat.S_ISREG(found.st_mode):
        raise Unreadable("it is no file")
    if found.st_size > limit:
        raise too_large(limit)
    chunks, left = [], limit + 1
    while left > 0 and (chunk := os.read(opened, min(left, _AT_ONCE))):
        chunks.append(chunk)
        left -= len(chunk)
    if left <= 0:
        raise too_large(limit)
    return b"".join(chunks), found


def too_large(limit: int) -> Unreadable:
    told = f"{limit // _MIB} MiB" if limit >= _MIB else f"{limit // 1024} KiB"
    return Unreadable(f"it is larger than {told}")


def _why(error: OSError) -> str:
    if isinstance(error, FileNotFoundError):
        return GONE
    why = os.strerror(error.errno or 0)
    return f"it cannot be read: {why[:1].lower()}{why[1:]}"
