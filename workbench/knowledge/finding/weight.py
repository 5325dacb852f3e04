"""How much an index takes on the disk."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from pathlib import Path

_EVERY = 5.0


class Weight:
    """What a folder takes, looked up now and then."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._weighed, self._bytes = -_EVERY, 0

    @property
    def bytes(self) -> int:
        if time.monotonic() - self._weighed >= _EVERY:
            self._weighed = time.monotonic()
            self._bytes = sum(map(_size, _files(self._folder)))
        return self._bytes


def _files(folder: Path) -> Iterator[str]:
    """Yield the files below a folder; what goes while they are listed is left out."""
    for inner, _, names in os.walk(folder):
        yield from (os.path.join(inner, name) for name in names)  # noqa: PTH118 - many, often


def _size(path: str) -> int:
    try:
        return os.lstat(path).st_size
    except OSError:  # It went while we looked: LanceDB puts files together.
        return 0
