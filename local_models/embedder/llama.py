"""MiniLM in llama.cpp, in a worker's process: the same vectors, out of our own tokens."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

import numpy as np

from local_models.embedder.weights import Vector
from local_models.worker.direct import Direct
from local_models.worker.grouping import grouped
from local_models.worker.protocol import Load

_LONGEST = 512
TOGETHER = 256
"""Tokens: more of them at once cost more, since each looks at those of all texts of a batch."""


class Llama:
    """A worker with the model; short texts go in together."""

    def __init__(self, path: Path) -> None:
        asked = Load(0, str(path), context=_LONGEST, embedding=True, together=TOGETHER)
        self._worker = Direct(asked, path.with_suffix(".log"))

    def each(self, texts: Iterable[Sequence[int]]) -> Iterator[Vector]:
        """Yield the mean of what the last layer makes of each text, its length one."""
        for group in grouped(texts, TOGETHER):
            for vector in self._worker.embed(tuple(map(tuple, group))):
                yield np.frombuffer(vector, np.dtype("<f4")).astype(np.float32)

    def cpu_seconds(self) -> float:
        """Return what the worker has computed so far, and what this thread has."""
        return self._worker.cpu_seconds() + time.thread_time()

    def close(self) -> None:
        """End the worker."""
        self._worker.close()
