"""How much an index takes on the disk."""

from __future__ import annotations

import time
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
            files = (path for path in self._folder.rglob("*") if path.is_file())
            self._bytes = sum(map(_size, files))
        return self._bytes


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError:  # It went while we looked: LanceDB puts files together.
        return 0
