"""The lines of a file that changes, and how they lie in rows: one or two beside each other."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from functools import cached_property
from itertools import accumulate, chain
from typing import NamedTuple, Protocol

from widgets.colours import Inked, coloured, is_loaded
from workbench.api.reviews import Reviewed

_RUN = re.compile("[-+]+")
_SWAP = re.compile(r"(-+)(\++)")
_AT_A_TIME = 16
"""So many lines are given colours together."""
_COUNTED = 512
_MOST_COLOURED = 256
HEAD = "@"
"""The mark of what stands before each section."""


class Text:
    """The lines of a file, section after section, each behind a head; counted from 0 as items."""

    def __init__(self, file: Reviewed) -> None:
        self.file = file
        self.marks = "".join(HEAD + one.marks for one in file.sections)
        self.lines = list(chain.from_iterable(("", *one.lines) for one in file.sections))
        lengths = (len(one.marks) + 1 for one in file.sections)
        self._heads = [0, *accumulate(lengths)]
        self.added = self.marks.count("+") - (file.is_new and self.is_marker(1))
        self.removed = self.marks.count("-") - (file.is_gone and self.is_marker(1))
        self._inked: dict[int, dict[int, Inked]] = {}

    @property
    def count(self) -> int:
        return len(self.marks)

    @cached_property
    def digits(self) -> int:
        ends = (max(self.numbers(end - 1)) for end in self._heads[1:])
        return len(str(max(ends, default=0)))

    @cached_property
    def _swaps(self) -> tuple[list[int], list[int]]:
        """Where as many lines come as went before them, and how many."""
        same = [one for one in _SWAP.finditer(self.marks) if len(one[1]) == len(one[2])]
        return [one.start() for one in same], [len(one[1]) for one in same]

    def is_marker(self, item: int) -> bool:
        """Tell whether it is no line of the file, but says that the file comes or goes."""
        is_whole = self.file.is_new or self.file.is_gone
        return is_whole and item == 1 and self.file.sections[0].at == 0 and not self.lines[1]

    def place(self, item: int) -> int:
        """Return the place in the script; that of a head is the one after it."""
        at = self._section(item)
        return self.file.sections[at].at + max(0, item - self._heads[at] - 1)

    def item(self, place: int) -> int:
        """Return where the line at a place stands, or the end of what is shown before it."""
        at = max(0, bisect_right(self.file.sections, place, key=lambda one: one.at) - 1)
        section = self.file.sections[at]
        return self._heads[at] + 1 + min(place - section.at, len(section.marks) - 1)

    def numbers(self, item: int) -> tuple[int, int]:
        """Return the numbers of a line before and after."""
        at = self._section(item)
        section, start = self.file.sections[at], self._heads[at] + 1
        length = max(0, item - start)
        come = self._before("+", start + length) - self._before("+", start)
        gone = self._before("-", start + length) - self._before("-", start)
        none = int(length > 0 and self.is_marker(start))
        return section.old + length - come - none, section.new + length - gone - none

    def _before(self, mark: str, item: int) -> int:
        """Return how many lines of a mark stand before an item."""
        whole = item // _COUNTED
        return self._sums[mark][whole] + self.marks.count(mark, whole * _COUNTED, item)

    @cached_property
    def _sums(self) -> dict[str, list[int]]:
        """How many lines of a mark stand before every so many items."""
        starts = range(0, self.count, _COUNTED)
        counts = {m: [self.marks.count(m, one, one + _COUNTED) for one in starts] for m in "+-"}
        return {mark: [0, *accumulate(some)] for mark, some in counts.items()}

    def head(self, item: int) -> str:
        """Return what a unified diff writes before a section."""
        section = self.file.sections[self._section(item)]
        gone, come, stay = (section.marks.count(mark) for mark in "-+ ")
        return f"@@ -{section.old},{gone + stay} +{section.new},{come + stay} @@"

    def partner(self, item: int) -> int | None:
        """Return the line that this one came from or became, if there is one."""
        starts, lengths = self._swaps
        at = bisect_right(starts, item) - 1
        if at < 0 or item >= starts[at] + 2 * lengths[at]:
            return None
        return item + (lengths[at] if item < starts[at] + lengths[at] else -lengths[at])

    def inked(self, item: int) -> Inked:
        """Return the colours of a line, as far as they were found."""
        return self._inked.get(item // _AT_A_TIME, {}).get(item, ())

    def ink(self, item: int) -> bool:
        """Find the colours of a line and those around it; tell whether that was still to do."""
        part = item // _AT_A_TIME
        if part in self._inked or not is_loaded(self.file.path):
            return False
        if len(self._inked) >= _MOST_COLOURED:
            self._inked.clear()
        self._inked[part] = dict(self._coloured(part * _AT_A_TIME))
        return True

    def _coloured(self, start: int) -> Iterator[tuple[int, Inked]]:
        """Read what was before and what is after each for itself: together they are no source."""
        items = range(start, min(start + _AT_A_TIME, self.count))
        for ours, theirs in (("-", "+"), ("+ ", "-")):
            if any(self.marks[item] in ours for item in items):
                side = [item for item in items if self.marks[item] != theirs]
                found = coloured(self.file.path, [self.lines[item] for item in side])
                pairs = zip(side, found, strict=True)
                yield from (pair for pair in pairs if self.marks[pair[0]] in ours)

    def _section(self, item: int) -> int:
        return max(0, min(bisect_right(self._heads, item), len(self._heads) - 1) - 1)


class Shape(Protocol):
    """How items lie in rows."""

    @property
    def count(self) -> int: ...
    def items(self, row: int) -> tuple[int, int]:
        """Return what lies on the left and on the right of a row, -1 where nothing does."""
        ...

    def row_of(self, item: int) -> int: ...


class Unified:
    """Each item has a row of its own."""

    def __init__(self, text: Text) -> None:
        self.count = text.count

    def items(self, row: int) -> tuple[int, int]:
        return row, row

    def row_of(self, item: int) -> int:
        return item


class Run(NamedTuple):
    """Items that go or come side by side, from a row on."""

    row: int
    item: int
    gone: int
    come: int

    @property
    def height(self) -> int:
        return max(self.gone, self.come)


class Split:
    """What goes lies on the left and what comes on the right; what stays is on both sides."""

    def __init__(self, text: Text) -> None:
        self._runs = [Run(0, 0, 0, 0), *_runs(text.marks)]
        self._rows = [run.row for run in self._runs]
        self._items = [run.item for run in self._runs]
        last = self._runs[-1]
        self.count = last.row + last.height + text.count - last.item - last.gone - last.come

    def items(self, row: int) -> tuple[int, int]:
        run = self._runs[bisect_right(self._rows, row) - 1]
        at = row - run.row
        if at >= run.height:
            item = run.item + run.gone + run.come + at - run.height
            return item, item
        gone = run.item + at if at < run.gone else -1
        return gone, run.item + run.gone + at if at < run.come else -1

    def row_of(self, item: int) -> int:
        run = self._runs[bisect_right(self._items, item) - 1]
        at = item - run.item
        if at < run.gone:
            return run.row + at
        if at < run.gone + run.come:
            return run.row + at - run.gone
        return run.row + run.height + at - run.gone - run.come


def _runs(marks: str) -> Iterator[Run]:
    spare = 0
    for found in _RUN.finditer(marks):
        gone, come = found[0].count("-"), found[0].count("+")
        run = Run(found.start() - spare, found.start(), gone, come)
        spare += gone + come - run.height
        yield run


class Heights:
    """How high each row is; nearly all are one line high, so only the others are kept."""

    def __init__(self, count: int, more: Sequence[tuple[int, int]]) -> None:
        self._tall = [row for row, _ in more]
        self._sums = [0, *accumulate(extra for _, extra in more)]
        self._starts = [row + self._sums[at] for at, row in enumerate(self._tall)]
        self.total = count + self._sums[-1]

    def start(self, row: int) -> int:
        """Return the line that a row begins at."""
        return row + self._sums[bisect_right(self._tall, row - 1)]

    def find(self, line: int) -> tuple[int, int]:
        """Return which row a line belongs to, and which part of that it is."""
        at = bisect_right(self._starts, line) - 1
        if at < 0:
            return line, 0
        part, extra = line - self._starts[at], self._sums[at + 1] - self._sums[at]
        if part <= extra:
            return self._tall[at], part
        return self._tall[at] + part - extra, 0
