"""Copying a large file so that it can be interrupted at any byte and gone on with later."""

from __future__ import annotations

import errno
import fcntl
import hashlib
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from local_models.registry.hashing import CHUNK, hash_on
from local_models.registry.sizes import gigabytes
from local_models.registry.values import Progress, Stamp
from workbench.errors import ModelError, StoreError
from workbench.visible import visible_line

STRIDE = 16 * CHUNK
"""After each of these the copy is brought to the disk before anything more is written."""
_SPARE = 64 * 1024 * 1024


def copy(source: Path, partial: Path, progress: Progress) -> str:
    """Bring `partial` up to all of `source`; return the SHA-256 of both."""
    try:
        with _reading(source) as taken, writing(partial) as given:
            return _copy(source, taken, partial, given, progress)
    except OSError as error:
        raise _explained(source, partial, error) from error


def refuse_without_space(folder: Path, size: int) -> None:
    """Refuse what the disk cannot take, before any of it is written."""
    free = shutil.disk_usage(folder).free
    if size + _SPARE > free:
        raise StoreError(
            f"{gigabytes(size)} do not fit: the disk of {folder} has {gigabytes(free)} left.",
            "Make room; a file that is on another disk can stay there with `models add --link`.",
        )


def _copy(source: Path, taken: int, partial: Path, given: int, progress: Progress) -> str:
    before = Stamp.of(source)
    digest = hashlib.sha256()
    start = surely_written(os.fstat(given).st_size)
    refuse_without_space(partial.parent, before.size - start)
    os.ftruncate(given, start)
    hash_on(digest, given, start, progress, before.size)
    os.lseek(taken, start, os.SEEK_SET)
    for done, data in _pieces(taken, start, before.size):
        digest.update(data)
        write_all(given, data, done)
        progress(done, before.size)
    os.fsync(given)
    if Stamp.of(source) != before or os.fstat(given).st_size != before.size:
        raise ModelError(
            f"{visible_line(source.name)} was changed while it was copied.", "Add it again."
        )
    return digest.hexdigest()


def surely_written(size: int) -> int:
    """Return how much of an interrupted copy is on the disk: a stride begins when the last is."""
    return max(0, (size - 1) // STRIDE * STRIDE)


def _pieces(descriptor: int, start: int, size: int) -> Iterator[tuple[int, memoryview]]:
    """Yield what is in a file from `start` on, and where each piece ends; none crosses a stride.

    It ends at `size`, or a file that grows while it is read would never end.
    """
    buffer = memoryview(bytearray(CHUNK))
    done = start
    while done < size:
        most = min(CHUNK, STRIDE - done % STRIDE, size - done)
        got = os.readv(descriptor, [buffer[:most]])
        if not got:
            return
        done += got
        yield done, buffer[:got]


def write_all(descriptor: int, data: memoryview, done: int) -> None:
    """Write what ends at `done`, and bring it to the disk where a stride ends."""
    while data:
        data = data[os.write(descriptor, data) :]
    if not done % STRIDE:
        os.fdatasync(descriptor)


@contextmanager
def _reading(path: Path) -> Iterator[int]:
    descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        yield descriptor
    finally:
        os.close(descriptor)


@contextmanager
def writing(path: Path) -> Iterator[int]:
    """Hold the copy: of two that write the same, the second is told."""
    way = os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW
    descriptor = os.open(path, way, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield descriptor
    finally:
        os.close(descriptor)


def _explained(source: Path, partial: Path, error: OSError) -> StoreError | ModelError:
    if isinstance(error, BlockingIOError):
        return StoreError(
            f"{visible_line(source.name)} is being copied already.", "Wait for it to end."
        )
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return StoreError(
            f"The disk of {partial.parent} is full; what was copied is kept.",
            "Make room and call the same command again: it goes on from there.",
        )
    return ModelError(
        f"{visible_line(source.name)} could not be copied: {error.strerror}; "
        "what was copied is kept.",
        "Is its disk still plugged in? The same command goes on where this one stopped.",
    )
