"""A unified diff by lines: numbers, marks and colours, made only for the lines in sight."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from itertools import accumulate
from typing import NamedTuple

from rich.cells import cell_len

from widgets.ink import BLANK, Piece, Role, Row
from workbench.visible import visible_line

_HUNK = re.compile(r"@@ -(\d+)(?:,(\d+))? \+(\d+)(?:,(\d+))? @@")
_TAB = 4
_LEAST_ROOM = 8
_LEAST_ALIKE = 0.3
"""Of two lines that have less in common, no part is picked out."""
_WHOLE = {" ": Role.PLAIN, "+": Role.ADDED, "-": Role.REMOVED}
_PARTS = {"+": Role.ADDED_PART, "-": Role.REMOVED_PART}


class Line(NamedTuple):
    """One line: its mark, its text without the mark, its number in the file."""

    mark: str
    """A blank, + or -; @ for the head of a hunk, f for that of a file, i for a remark."""
    text: str
    number: int = 0


class Swap(NamedTuple):
    """As many lines that went, and the lines that came in their place."""

    gone: int
    come: int
    end: int


class Difference:
    """A diff that was read once and can be laid out for any width."""

    def __init__(self, text: str) -> None:
        self.lines = tuple(_lines(text))
        self._swaps = tuple(_swaps(self.lines))
        self.added = sum(line.mark == "+" for line in self.lines)
        self.removed = sum(line.mark == "-" for line in self.lines)
        most = max((line.number for line in self.lines), default=0)
        self.digits = len(str(most))
        self._layout: tuple[int, Layout] | None = None

    def laid_out(self, width: int) -> Layout:
        """Return the rows for a width; those for the last one are kept."""
        if self._layout is None or self._layout[0] != width:
            self._layout = width, Layout(self, width)
        return self._layout[1]

    def partner(self, index: int) -> Line | None:
        """Return the line that this one came from or became, if there is one."""
        at = bisect_right(self._swaps, index, key=lambda swap: swap.gone) - 1
        if at < 0 or index >= self._swaps[at].end:
            return None
        gone, come, _ = self._swaps[at]
        return self.lines[index + (come - gone if index < come else gone - come)]


class Layout:
    """The rows of a diff at one width; a line that is too long goes on in the next row."""

    def __init__(self, difference: Difference, width: int) -> None:
        self._difference = difference
        self._room = max(_LEAST_ROOM, width - difference.digits - 2)
        heights = [self._height(line) for line in difference.lines]
        self.count = sum(heights)
        self._starts = None if self.count == len(heights) else [0, *accumulate(heights)]

    def row(self, index: int) -> Row:
        """Draw one row."""
        at, part = index, 0
        if self._starts:
            at = bisect_right(self._starts, index) - 1
            part = index - self._starts[at]
        line = self._difference.lines[at]
        row = folded(self._pieces(at), self._room)[part]
        number = str(line.number) if line.number and not part else ""
        return (*_gutter(line, number, self._difference.digits), *row)

    def _height(self, line: Line) -> int:
        text = line.text
        if len(text) <= self._room and text.isascii() and text.isprintable():
            return 1
        return len(folded(((_shown(text), Role.PLAIN),), self._room))

    def _pieces(self, index: int) -> Row:
        line = self._difference.lines[index]
        if line.mark not in _WHOLE:
            role = {"f": Role.STRONG, "@": Role.ACCENT}.get(line.mark, Role.DIM)
            return ((_shown(line.text), role),)
        start, end = changed(line, self._difference.partner(index))
        whole = _WHOLE[line.mark]
        parts = (line.text[:start], line.text[start:end], line.text[end:])
        return _joined(parts, (whole, _PARTS.get(line.mark, whole), whole))


def changed(line: Line, partner: Line | None) -> tuple[int, int]:
    """Return which part differs from the line's partner; none where nearly all does."""
    if partner is None:
        return 0, 0
    shorter = min(len(line.text), len(partner.text))
    start = _alike(line.text, partner.text)
    tail = min(_alike(line.text[::-1], partner.text[::-1]), shorter - start)
    if start + tail < _LEAST_ALIKE * shorter:
        return 0, 0
    return start, len(line.text) - tail


def folded(pieces: Row, width: int) -> list[Row]:
    """Break a line of code wherever the width ends: blanks in code count."""
    rows: list[Row] = []
    row: list[Piece] = []
    room = width
    for text, role in pieces:
        rest = text
        while rest:
            head, rest = _split(rest, room, whole_row=not row)
            if head:
                row.append((head, role))
                room -= cell_len(head)
            if rest:
                rows.append(tuple(row))
                row, room = [], width
    return [*rows, tuple(row)]


def _split(text: str, room: int, *, whole_row: bool) -> tuple[str, str]:
    """Cut off what fits; a character wider than a whole row stands there alone."""
    if text.isascii():
        return text[:room], text[room:]
    used = at = 0
    for at, character in enumerate(text):  # noqa: B007 - where it ended counts
        used += cell_len(character)
        if used > room:
            break
    else:
        return text, ""
    at = max(at, 1) if whole_row else at
    return text[:at], text[at:]


def _gutter(line: Line, number: str, digits: int) -> Row:
    if line.mark not in _WHOLE:
        return BLANK
    return ((f"{number:>{digits}} ", Role.DIM), (line.mark, _WHOLE[line.mark]))


def _joined(parts: tuple[str, str, str], roles: tuple[Role, Role, Role]) -> Row:
    """Make the parts visible, tabs reaching to their stops over the whole line."""
    row: list[Piece] = []
    column = 0
    for part, role in zip(parts, roles, strict=True):
        if part:
            shown = _shown(part, column)
            column += cell_len(shown)
            row.append((shown, role))
    return tuple(row)


def _shown(text: str, column: int = 0) -> str:
    """Return a line made visible; a tab is seen, and reaches to its stop."""
    if text.isascii() and text.isprintable():
        return text
    first, *others = text.split("\t")
    shown = visible_line(first)
    for part in others:
        gap = _TAB - (column + cell_len(shown)) % _TAB
        shown += visible_line("\t") + " " * (gap - 1) + visible_line(part)
    return shown


def _alike(one: str, other: str) -> int:
    """Return how many characters are the same at the beginning."""
    pairs = enumerate(zip(one, other, strict=False))
    return next((at for at, (mine, its) in pairs if mine != its), min(len(one), len(other)))


def _lines(text: str) -> Iterator[Line]:
    """Read the diff; inside a hunk its counts say what is a line, whatever it looks like."""
    old = new = old_left = new_left = 0
    for whole in text.removesuffix("\n").split("\n") if text else ():
        mark, rest = whole[:1] or " ", whole[1:]
        if mark == "\\":
            yield Line("i", whole)
        elif mark in " +-" and (old_left or new_left):
            yield Line(mark, rest, old if mark == "-" else new)
            old, old_left = (old, old_left) if mark == "+" else (old + 1, old_left - 1)
            new, new_left = (new, new_left) if mark == "-" else (new + 1, new_left - 1)
        elif found := _HUNK.match(whole):
            old, new = int(found[1]), int(found[3])
            old_left, new_left = int(found[2] or 1), int(found[4] or 1)
            yield Line("@", whole)
        else:
            yield Line("f", whole)


def _swaps(lines: Sequence[Line]) -> Iterator[Swap]:
    """Find where lines went and as many came."""
    at = 0
    while at < len(lines):
        come = _run(lines, at, "-")
        end = _run(lines, come, "+")
        if at < come and come - at == end - come:
            yield Swap(at, come, end)
        at = max(end, at + 1)


def _run(lines: Sequence[Line], start: int, mark: str) -> int:
    """Return where the lines end that have a mark, from `start` on."""
    end = start
    while end < len(lines) and lines[end].mark == mark:
        end += 1
    return end
