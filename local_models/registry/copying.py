"""Copying a large file so that it can be interrupted at any byte and gone on with later."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator
from pathlib import Path

from local_models.registry import partials
from local_models.registry.hashing import CHUNK, hash_on
from local_models.registry.partials import Partial
from local_models.registry.values import Progress, Stamp
from workbench.errors import ModelError
from workbench.visible import visible_line


def copy(source: Path, partial: Partial, progress: Progress) -> str:
    """Bring `partial` up to all of `source`; return the SHA-256 of both."""
    with (
        partials.explained(partial.path.parent, source.name),
        source.open("rb", buffering=0) as file,
    ):
        before = Stamp.of(source)
        digest = hashlib.sha256()
        start = partial.go_on(before.size)
        os.lseek(partial.descriptor, 0, os.SEEK_SET)
        hash_on(digest, partial.descriptor, start, progress, before.size)
        os.lseek(file.fileno(), start, os.SEEK_SET)
        for done, data in _pieces(file.fileno(), start, before.size):
            digest.update(data)
            partial.write(data, done)
            progress(done, before.size)
        os.fsync(partial.descriptor)
        if Stamp.of(source) != before or partial.size != before.size:
            raise ModelError(
                f"{visible_line(source.name)} was changed while it was copied.", "Add it again."
            )
    return digest.hexdigest()


def _pieces(descriptor: int, start: int, size: int) -> Iterator[tuple[int, memoryview]]:
    """Yield what is in a file from `start` on, and where each piece ends; none crosses a stride.

    It ends at `size`, or a file that grows while it is read would never end.
    """
    buffer = memoryview(bytearray(CHUNK))
    done = start
    while done < size:
        most = min(CHUNK, partials.STRIDE - done % partials.STRIDE, size - done)
        got = os.readv(descriptor, [buffer[:most]])
        if not got:
            return
        done += got
        yield done, buffer[:got]
