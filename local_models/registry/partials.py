"""Files that are not whole yet: whoever brings one further holds it, so that nobody else does."""

from __future__ import annotations

import errno
import fcntl
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from local_models.registry.sizes import gigabytes
from workbench.errors import StoreError
from workbench.visible import visible_line

STRIDE = 64 * 1024 * 1024
"""After each of these a file is brought to the disk before anything more is written."""
_BEGINNING = ".partial-"
_SPARE = 64 * 1024 * 1024
_WAY = os.O_RDWR | os.O_CLOEXEC | os.O_NOFOLLOW


@dataclass(frozen=True)
class Partial:
    """A file that is not whole yet, held by this process."""

    path: Path
    descriptor: int

    @property
    def size(self) -> int:
        return os.fstat(self.descriptor).st_size

    def go_on(self, total: int) -> int:
        """Cut off what may not be on the disk; return from where on it is to be written."""
        start = surely_written(self.size)
        _refuse_without_space(self.path.parent, total - start)
        os.ftruncate(self.descriptor, start)
        os.lseek(self.descriptor, start, os.SEEK_SET)
        return start

    def write(self, data: memoryview, done: int) -> None:
        """Write what ends at `done`, and bring it to the disk where a stride ends."""
        while data:
            data = data[os.write(self.descriptor, data) :]
        if not done % STRIDE:
            os.fdatasync(self.descriptor)


def partial_path(folder: Path, key: str) -> Path:
    return folder / f"{_BEGINNING}{key}"


def is_partial(path: Path) -> bool:
    return path.name.startswith(_BEGINNING)


@contextmanager
def held(path: Path, what: str) -> Iterator[Partial]:
    """Hold the file at `path`, made if need be, until it has its name or is left as it is."""
    with explained(path.parent, what):
        descriptor = _hold(path)
    try:
        yield Partial(path, descriptor)
    finally:
        os.close(descriptor)


@contextmanager
def explained(folder: Path, what: str) -> Iterator[None]:
    """Say what cannot be written, and that what was is kept."""
    try:
        yield
    except BlockingIOError as error:
        raise StoreError(
            f"{visible_line(what)} is being brought in already.", "Wait for the other to end."
        ) from error
    except OSError as error:
        full = error.errno in (errno.ENOSPC, errno.EDQUOT)
        why = f"the disk of {folder} is full" if full else f"{error.strerror}"
        raise StoreError(
            f"{visible_line(what)} could not be brought in: {why}; what came is kept.",
            "Make room and call the same command again: it goes on from there."
            if full
            else "Is its disk still plugged in? The same command goes on from there.",
        ) from error


def discard(path: Path) -> bool:
    """Delete a file that is not whole, unless somebody is bringing it further; tell which."""
    try:
        descriptor = _hold(path)
    except BlockingIOError:
        return False
    try:
        path.unlink()
    finally:
        os.close(descriptor)
    return True


def surely_written(size: int) -> int:
    """Return how much of an interrupted file is on the disk: a stride begins when the last is."""
    return max(0, (size - 1) // STRIDE * STRIDE)


def _hold(path: Path) -> int:
    """Return a descriptor that is locked, and still the file of that name once it is."""
    while True:
        descriptor = os.open(path, _WAY | os.O_CREAT, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            if _is_still(path, descriptor):
                return descriptor
        except BaseException:
            os.close(descriptor)
            raise
        os.close(descriptor)


def _is_still(path: Path, descriptor: int) -> bool:
    """Tell whether the file has not got its name, or been deleted, before it was locked."""
    try:
        return os.path.samestat(path.lstat(), os.fstat(descriptor))
    except FileNotFoundError:
        return False


def _refuse_without_space(folder: Path, size: int) -> None:
    """Refuse what the disk cannot take, before any of it is written."""
    free = shutil.disk_usage(folder).free
    if size + _SPARE > free:
        raise StoreError(
            f"{gigabytes(size)} do not fit: the disk of {folder} has {gigabytes(free)} left.",
            "Make room; a file that is on another disk can stay there with `models add --link`.",
        )
