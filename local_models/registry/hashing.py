"""SHA-256 of files that are large, with progress; and who a file is, by a few samples of it."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from local_models.registry.values import Progress, Stamp
from workbench.errors import ModelError
from workbench.visible import visible_line

CHUNK = 4 * 1024 * 1024
_BEGINNING = 1024 * 1024
_SAMPLE = 16 * 1024
_SAMPLES = 64


def sha256_of(path: Path, progress: Progress) -> tuple[str, Stamp]:
    """Return the hash of a file and the stamp that it had all the while."""
    with _readable(path) as descriptor:
        before = Stamp.of(path)
        digest = hashlib.sha256()
        hash_on(digest, descriptor, before.size, progress, before.size)
        after = Stamp.of(path)
    if before != after:
        raise ModelError(
            f"{visible_line(path.name)} was changed while it was read.", "Try again when it rests."
        )
    return digest.hexdigest(), after


def hash_on(
    digest: hashlib._Hash, descriptor: int, count: int, progress: Progress, total: int
) -> None:
    """Feed the next `count` bytes of a file to `digest`."""
    buffer = memoryview(bytearray(CHUNK))
    done = 0
    while done < count:
        got = os.readv(descriptor, [buffer[: min(CHUNK, count - done)]])
        if not got:
            return
        digest.update(buffer[:got])
        done += got
        progress(done, total)


def fingerprint(path: Path) -> str:
    """Tell a file from others by its size, its beginning and samples from all of it."""
    with _readable(path) as descriptor:
        size = os.fstat(descriptor).st_size
        digest = hashlib.sha256(b"%d" % size)
        digest.update(os.pread(descriptor, _BEGINNING, 0))
        for number in range(1, _SAMPLES + 1):
            place = max(0, size - _SAMPLE) * number // _SAMPLES
            digest.update(os.pread(descriptor, _SAMPLE, place))
    return digest.hexdigest()[:20]


@contextmanager
def _readable(path: Path) -> Iterator[int]:
    try:
        with path.open("rb", buffering=0) as file:
            yield file.fileno()
    except OSError as error:
        raise ModelError(
            f"{visible_line(str(path))} cannot be read: {error.strerror}.",
            "Is the file there? Is its disk still plugged in?",
        ) from error
