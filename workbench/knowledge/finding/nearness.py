"""Finds the pieces that are near to a vector: those that are laid out, and what came since."""

from __future__ import annotations

import threading
from pathlib import Path

import numpy as np

from workbench.knowledge.finding import layout
from workbench.knowledge.finding.closeness import Closeness
from workbench.knowledge.finding.layout import Layout, Mask, Numbers, Vectors
from workbench.knowledge.finding.signs import Signs, signs_of

WORTH_IT = 5_000
"""So many vectors are compared one by one as soon as they are laid out."""
_GROWN = 0.25
"""So large a part may have come since before all is laid out anew."""
_CANDIDATES = 1_500
"""Of so many that differ in the fewest bits the vectors are compared."""
_PER_WANTED = 5
_LEAST = 1_024


class Nearness:
    """Signs of all vectors; `vectors.f16` holds them whole."""

    def __init__(self, path: Path, closeness: Closeness) -> None:
        self._path = path
        self._closeness = closeness
        self._layout = layout.read(path, closeness.width)
        self._begin_tail()
        self._laying = threading.Lock()
        self._is_closed = False

    def close(self) -> None:
        """Wait until nobody reads vectors any more, which is soon."""
        self._is_closed = True
        with self._laying:
            pass

    @property
    def end(self) -> int:
        """All numbers that are laid out are below it."""
        laid = self._layout
        return int(laid.numbers.max()) + 1 if laid is not None and len(laid.numbers) else 0

    @property
    def wants_laying(self) -> bool:
        laid = 0 if self._layout is None else len(self._layout.numbers)
        return self._size >= max(WORTH_IT, _GROWN * laid)

    def catch_up(self, living: Numbers) -> None:
        """Take in the living pieces that are not laid out."""
        laid = np.zeros(max(self.end, int(living.max(initial=0)) + 1), np.bool_)
        if self._layout is not None:
            laid[self._layout.numbers] = True
        self._enter(living[~laid[living]])

    def put(self, numbers: Numbers, vectors: Vectors) -> None:
        """Take in what came; a row of zeros is no vector."""
        known = vectors.any(axis=1)
        self._add(numbers[known], vectors[known])

    def near(self, vector: Vectors, allowed: Mask, share: float, most: int) -> Numbers:
        """Return in ascending order the allowed pieces among which the nearest are."""
        if self._layout is None:
            return np.flatnonzero(allowed).astype(np.uint32)
        enough = max(_CANDIDATES, _PER_WANTED * most)
        asked = signs_of(vector[None], self._layout.middle)
        numbers, signs = self._numbers[: self._size], self._signs[:, : self._size]
        return np.union1d(
            self._layout.near(vector, allowed, share, enough),
            layout.chosen(numbers, signs, asked, allowed, enough),
        )

    def laid(self, living: Numbers) -> Layout | None:
        """Lay out all that lives and has a vector; a thread may do it while others look."""
        with self._laying:
            made = layout.lay(living, self._closeness.get, self._check)
            if made is not None:
                made.write(self._path)
        return made

    def take(self, made: Layout | None, came_before: int) -> None:
        """Look into another layout from now on, and beside it at what came while it was made."""
        since = self._numbers[came_before : self._size].copy()
        self._layout = made
        self._begin_tail()
        self._enter(since)

    @property
    def came(self) -> int:
        """How many came since the layout was made."""
        return self._size

    def forget(self) -> None:
        """Vectors of another width come from now on."""
        self._path.unlink(missing_ok=True)
        self._layout = None
        self._begin_tail()

    def _check(self) -> None:
        if self._is_closed:
            raise InterruptedError("The index was closed while it was laid out.")

    def _begin_tail(self) -> None:
        rows = -(-self._closeness.width // 64)
        self._numbers: Numbers = np.empty(_LEAST, np.uint32)
        self._signs: Signs = np.empty((rows, _LEAST), np.uint64)
        self._size = 0

    def _enter(self, numbers: Numbers) -> None:
        for at in range(0, len(numbers), _LEAST):
            some = numbers[at : at + _LEAST]
            self.put(some, self._closeness.get(some))

    def _add(self, numbers: Numbers, vectors: Vectors) -> None:
        end = self._size + len(numbers)
        if end > len(self._numbers):
            more = max(end, 2 * len(self._numbers)) - len(self._numbers)
            self._numbers = np.concatenate([self._numbers, np.empty(more, np.uint32)])
            empty = np.empty((len(self._signs), more), np.uint64)
            self._signs = np.concatenate([self._signs, empty], axis=1)
        self._numbers[self._size : end] = numbers
        if self._layout is not None:
            self._signs[:, self._size : end] = signs_of(vectors, self._layout.middle)
        self._size = end
