"""Finds the pieces that are near to a vector: those that are laid out, and what came since."""

from __future__ import annotations

import threading
from pathlib import Path

import numpy as np

from workbench.knowledge.finding import layout
from workbench.knowledge.finding.closeness import Closeness
from workbench.knowledge.finding.layout import Layout
from workbench.knowledge.finding.signs import Mask, Near, Numbers, Small, Vectors, chosen

WORTH_IT = 5_000
"""Fewer vectors are compared one by one."""
_GROWN = 0.1
"""So large a part may have come since before all is laid out anew."""
_COMPARED = 2_000
"""Of so many that differ in the fewest bits the bytes are compared."""
_LEAST_OF_TAIL = 500
"""And no fewer of what came since: what is asked about may be what was just read."""
_LEAST_EXACT = 50
"""Of as many as are wanted, and no fewer than these, the vectors are compared whole."""
_LEAST = 1_024


class Nearness:
    """All vectors made small; `vectors.f16` holds them whole."""

    def __init__(self, folder: Path, closeness: Closeness) -> None:
        folder.mkdir(mode=0o700, exist_ok=True)
        self._folder = folder
        self._closeness = closeness
        self._layout = layout.read(folder, closeness.width)
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
        return int(self._laid.max()) + 1 if len(self._laid) else 0

    @property
    def wants_laying(self) -> bool:
        return self._size >= max(WORTH_IT, _GROWN * len(self._laid))

    @property
    def is_quick(self) -> bool:
        """Whether there is a layout; without one all vectors are compared."""
        return self._layout is not None

    @property
    def came(self) -> int:
        """How many came since the layout was made."""
        return self._size

    def catch_up(self, living: Numbers) -> None:
        """Take in the living pieces that are not laid out."""
        laid = np.zeros(max(self.end, int(living.max(initial=0)) + 1), np.bool_)
        laid[self._laid] = True
        self._enter(living[~laid[living]])

    def put(self, numbers: Numbers, vectors: Vectors) -> None:
        """Take in what came; a row of zeros is no vector."""
        known = vectors.any(axis=1)
        self._add(numbers[known], vectors[known])

    def near(self, vector: Vectors, allowed: Mask, share: float, most: int) -> Near:
        """Return the allowed pieces among which the nearest are, with how similar they are."""
        if self._layout is None:
            return self._exact(vector, np.flatnonzero(allowed).astype(np.uint32))
        laid = self._layout.near(vector, allowed, share, _COMPARED)
        tail = self._near_in_tail(self._layout, vector, allowed)
        numbers = np.concatenate([laid.numbers, tail.numbers])
        similar = np.concatenate([laid.similar, tail.similar])
        exact = max(_LEAST_EXACT, most)
        if len(numbers) > exact:
            numbers = numbers[np.argpartition(-similar, exact)[:exact]]
        return self._exact(vector, np.unique(numbers))

    def laid(self, living: Numbers) -> Layout | None:
        """Lay out all that lives and has a vector; a thread may do it while others look."""
        with self._laying:
            return layout.lay(self._folder, living, self._closeness.get, self._check)

    def take(self, made: Layout | None, came_before: int) -> None:
        """Look into another layout from now on, and beside it at what came while it was made."""
        since = self._tail.numbers[came_before : self._size].copy()
        self._layout = made
        self._begin_tail()
        self._enter(since)

    def forget(self) -> None:
        """Vectors of another width come from now on."""
        layout.remove(self._folder)
        self._layout = None
        self._begin_tail()

    @property
    def _laid(self) -> Numbers:
        return self._layout.small.numbers if self._layout else np.empty(0, np.uint32)

    def _near_in_tail(self, laid: Layout, vector: Vectors, allowed: Mask) -> Near:
        tail, size = self._tail, self._size
        asked = laid.scale.signs(vector[None])
        compared = max(_LEAST_OF_TAIL, _COMPARED * size // max(1, len(self._laid)))
        at = chosen(tail.numbers[:size], tail.signs[:, :size], asked, allowed, compared)
        return tail.near(vector, laid.scale, at)

    def _exact(self, vector: Vectors, numbers: Numbers) -> Near:
        return Near(numbers, self._closeness.similar(vector, numbers))

    def _check(self) -> None:
        if self._is_closed:
            raise InterruptedError("The index was closed while it was laid out.")

    def _begin_tail(self) -> None:
        self._tail, self._size = self._room(_LEAST), 0

    def _room(self, count: int) -> Small:
        """Return room for so many; before the first layout only for their numbers."""
        width = 0 if self._layout is None else self._closeness.width
        signs = np.empty((-(-width // 64), count), np.uint64)
        return Small(np.empty(count, np.uint32), signs, np.empty((count, width), np.int8))

    def _enter(self, numbers: Numbers) -> None:
        for at in range(0, len(numbers), _LEAST):
            some = numbers[at : at + _LEAST]
            self.put(some, self._closeness.get(some))

    def _add(self, numbers: Numbers, vectors: Vectors) -> None:
        end = self._size + len(numbers)
        if end > len(self._tail.numbers):
            more = max(end, 2 * len(self._tail.numbers)) - len(self._tail.numbers)
            self._tail = _joined(self._tail, self._room(more))
        self._tail.numbers[self._size : end] = numbers
        if self._layout is not None:
            scale = self._layout.scale
            self._tail.signs[:, self._size : end] = scale.signs(vectors)
            self._tail.codes[self._size : end] = scale.codes(vectors)
        self._size = end


def _joined(first: Small, second: Small) -> Small:
    return Small(
        np.concatenate([first.numbers, second.numbers]),
        np.concatenate([first.signs, second.signs], axis=1),
        np.concatenate([first.codes, second.codes]),
    )
