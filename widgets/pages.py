"""Rows by index that are made when they are seen, and blocks of them one below the other."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from itertools import accumulate
from typing import Protocol

from widgets.ink import Row, Rows


class Pages(Protocol):
    """As many rows as there are, each made when it is asked for."""

    @property
    def count(self) -> int: ...
    def row(self, index: int) -> Row: ...


class Written:
    """Rows that are there already."""

    def __init__(self, rows: Rows) -> None:
        self._rows = rows

    @property
    def count(self) -> int:
        return len(self._rows)

    def row(self, index: int) -> Row:
        return self._rows[index]


class Stack:
    """Blocks one below the other."""

    def __init__(self, parts: Sequence[Pages]) -> None:
        self._parts = [part for part in parts if part.count]
        self._starts = [0, *accumulate(part.count for part in self._parts)]

    @property
    def count(self) -> int:
        return self._starts[-1]

    def start_of(self, part: Pages) -> int:
        """Return the row that a block begins at."""
        return self._starts[next(at for at, one in enumerate(self._parts) if one is part)]

    def row(self, index: int) -> Row:
        at = bisect_right(self._starts, index) - 1
        return self._parts[at].row(index - self._starts[at])


class Indented:
    """A block that stands a little to the right."""

    def __init__(self, inner: Pages, before: Row) -> None:
        self._inner, self._before = inner, before

    @property
    def count(self) -> int:
        return self._inner.count

    def row(self, index: int) -> Row:
        return (*self._before, *self._inner.row(index))
