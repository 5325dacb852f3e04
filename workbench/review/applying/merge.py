"""Two changes of one text put together, where they touch different lines."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from workbench.review.script import cut, script

Range = tuple[int, int]


@dataclass(frozen=True)
class Conflict:
    """Both change the same lines of what they were made from; the whole file where none are named.

    Lines count from 1, and the last one belongs to the range.
    """

    lines: tuple[Range, ...] = ()

    @property
    def place(self) -> str:
        """Say where, as in `lines 3 to 5`; empty for the whole file."""
        if not self.lines:
            return ""
        told = ", ".join(str(a) if a == b else f"{a} to {b}" for a, b in self.lines)
        is_one = len(self.lines) == 1 and self.lines[0][0] == self.lines[0][1]
        return f"line {told}" if is_one else f"lines {told}"


@dataclass(frozen=True)
class _Edit:
    """Lines of the text before, and what one side has in their place."""

    start: int
    end: int
    lines: tuple[bytes, ...]

    @property
    def inserts(self) -> bool:
        return self.start == self.end

    @property
    def is_even(self) -> bool:
        """Tell whether line takes the place of line, so that it is clear what lies beside them."""
        ended = all(line.endswith(b"\n") for line in self.lines)
        return not self.inserts and ended and len(self.lines) == self.end - self.start


def merge(base: bytes | None, mine: bytes | None, theirs: bytes | None) -> bytes | Conflict | None:
    """Return the text with what both changed; None is a file that is not there."""
    if theirs in (mine, base):
        return mine
    if mine == base:
        return theirs
    if base is None or mine is None or theirs is None:
        return Conflict()
    return _merged(cut(base), _edits(base, mine), _edits(base, theirs))


def _merged(
    base: Sequence[bytes], mine: Sequence[_Edit], theirs: Sequence[_Edit]
) -> bytes | Conflict:
    clashes = {clash for one in mine for other in theirs if (clash := _clash(one, other))}
    if clashes:
        return Conflict(_joined(sorted(clashes)))
    edits = sorted({*mine, *theirs}, key=lambda edit: (edit.start, edit.end))
    return b"".join(_made(base, edits))


def _made(base: Sequence[bytes], edits: Sequence[_Edit]) -> Iterator[bytes]:
    at = 0
    for edit in edits:
        yield from base[at : edit.start]
        yield from edit.lines
        at = edit.end
    yield from base[at:]


def _edits(base: bytes, new: bytes) -> tuple[_Edit, ...]:
    """Return the runs of changes by the lines that they take the place of."""
    one = script(base, new)
    found = []
    for start, end in one.runs:
        first = one.old[start] - 1
        gone = one.marks.count("-", start, end)
        come = tuple(one.lines[at] for at in range(start, end) if one.marks[at] == "+")
        found.append(_Edit(first, first + gone, come))
    return tuple(found)


def _clash(one: _Edit, other: _Edit) -> Range | None:
    """Return the lines that both want; what only inserts may touch nothing but even edits."""
    if one == other:
        return None
    start, end = max(one.start, other.start), min(one.end, other.end)
    touches = start == end and (one.inserts or other.inserts)
    is_inside = min(one.start, other.start) < start and end < max(one.end, other.end)
    if start < end or (touches and (is_inside or not (one.is_even or other.is_even))):
        first, last = min(one.start, other.start), max(one.end, other.end)
        return first + 1, max(last, first + 1)
    return None


def _joined(ranges: Sequence[Range]) -> tuple[Range, ...]:
    found: list[Range] = []
    for start, end in ranges:
        if found and start <= found[-1][1]:
            found[-1] = (found[-1][0], max(end, found[-1][1]))
        else:
            found.append((start, end))
    return tuple(found)
