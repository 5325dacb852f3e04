"""Words that are broken at the width, whatever their roles, and tables of such words."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from rich.cells import cell_len

from widgets.code import folded
from widgets.ink import BLANK, Piece, Role, Row, Rows, cells, cut_row, width_of

_UNITS = re.compile(
    "\n| +|[^ \n\u2e80-\ua4cf\uac00-\ud7af\uf900-\ufaff\uff01-\uff60]+"
    "|[\u2e80-\ua4cf\uac00-\ud7af\uf900-\ufaff\uff01-\uff60]"
)
"""Line ends, blanks, words, and the characters between which a line may end anywhere."""
_STARTS_NO_LINE = frozenset("、。，．：；？！）」』】》〉")  # noqa: RUF001 - East Asian marks
_LEAST_ROOM = 8
_GAP = 3
_LEAST_COLUMN = 3


@dataclass(frozen=True)
class Prose:
    """Words, and what stands before their first row and before the others."""

    pieces: Row
    first: Row = BLANK
    rest: Row = BLANK

    def rows(self, width: int) -> Rows:
        return broken(self.pieces, width, self.first, self.rest)


@dataclass(frozen=True)
class Line:
    """One row that is drawn from end to end."""

    lead: Row = BLANK

    def rows(self, width: int) -> Rows:
        return ((*self.lead, ("─" * max(1, width - width_of(self.lead)), Role.DIM)),)


@dataclass(frozen=True)
class Table:
    """Cells in columns; what does not fit into its column goes on below."""

    rows_of_cells: tuple[tuple[Row, ...], ...]
    """The first one is the head."""
    aligned: tuple[str, ...]
    lead: Row = BLANK

    def rows(self, width: int) -> Rows:
        room = max(_LEAST_ROOM, width - width_of(self.lead))
        widths = _columns(self.rows_of_cells, room)
        rows: list[Row] = []
        for number, cells_ in enumerate(self.rows_of_cells):
            rows += (((*self.lead, *row)) for row in self._one(cells_, widths))
            if number == 0:
                drawn = (" " * _GAP).join("─" * each for each in widths)
                rows.append((*self.lead, (drawn, Role.DIM)))
        return tuple(cut_row(row, width) for row in rows)

    def _one(self, cells_: Sequence[Row], widths: Sequence[int]) -> Iterator[Row]:
        """Draw one row of cells, as tall as its tallest."""
        columns = [broken(cell, each) for cell, each in zip(cells_, widths, strict=True)]
        for y in range(max(map(len, columns), default=0)):
            row: list[Piece] = []
            for rows, each, aligned in zip(columns, widths, self.aligned, strict=True):
                row += _placed(rows[y] if y < len(rows) else BLANK, each, aligned)
                row.append((" " * _GAP, Role.PLAIN))
            yield tuple(row[:-1])


def broken(pieces: Row, width: int, first: Row = BLANK, rest: Row = BLANK) -> Rows:
    """Break pieces between words into rows of at most `width` cells, each after its lead."""
    room = max(_LEAST_ROOM, width - max(width_of(first), width_of(rest)))
    lines = _lines(pieces, room)
    return tuple((*(rest if number else first), *line) for number, line in enumerate(lines))


def _lines(pieces: Row, room: int) -> list[Row]:
    """Break greedily; a word may have several roles, one that is too long is cut."""
    lines: list[Row] = []
    line: list[Piece] = []
    used = 0
    blank: Piece | None = None
    for word in _words(pieces):
        text = word[0][0]
        if text == "\n":
            lines.append(tuple(line))
            line, used, blank = [], 0, None
            continue
        if text[0] == " ":
            blank = word[0] if line else None
            continue
        size = sum(cells(part) for part, _ in word)
        gap = len(blank[0]) if blank else 0
        if line and used + gap + size > room:
            taken = [] if blank or text not in _STARTS_NO_LINE else _take_last(line)
            lines.append(tuple(line))
            line, used, gap, blank = taken, width_of(tuple(taken)), 0, None
        if blank:
            _add(line, blank)
        if size > room:
            *whole, last = folded(tuple(word), room)
            lines += whole
            line, size = list(last), width_of(last)
        else:
            for piece in word:
                _add(line, piece)
        used, blank = used + gap + size, None
    return [*lines, tuple(line)]


def _take_last(line: list[Piece]) -> list[Piece]:
    """Take the last character of a line, so that no mark stands at the beginning of the next."""
    text, role = line[-1]
    if len(text) < 2:
        return []
    line[-1] = (text[:-1], role)
    return [(text[-1], role)]


def _add(line: list[Piece], piece: Piece) -> None:
    """Put a piece at the end of a line; neighbours of one role are one."""
    if line and line[-1][1] is piece[1]:
        line[-1] = (line[-1][0] + piece[0], piece[1])
    else:
        line.append(piece)


def _words(pieces: Row) -> Iterator[list[Piece]]:
    """Yield words, blanks and line ends; a word goes on where the next piece has no blank."""
    word: list[Piece] = []
    for text, role in pieces:
        for unit in _UNITS.findall(text):
            is_word = unit[0] not in " \n" and not _stands_alone(unit)
            if is_word and (not word or not _stands_alone(word[-1][0])):
                word.append((unit, role))
                continue
            if word:
                yield word
            word = [(unit, role)]
            if unit[0] in " \n" or not is_word:
                yield word
                word = []
    if word:
        yield word


def _stands_alone(unit: str) -> bool:
    return len(unit) == 1 and not unit.isascii() and cell_len(unit) > 1


def _columns(rows: Sequence[Sequence[Row]], room: int) -> list[int]:
    """Give each column what it needs, or its share of what there is."""
    needed = [max(map(width_of, column), default=0) or 1 for column in zip(*rows, strict=True)]
    room -= _GAP * (len(needed) - 1)
    while sum(needed) > room and max(needed) > _LEAST_COLUMN:
        widest = max(range(len(needed)), key=lambda at: needed[at])
        second = max((each for at, each in enumerate(needed) if at != widest), default=0)
        over = sum(needed) - room
        needed[widest] = max(
            _LEAST_COLUMN, needed[widest] - max(1, min(over, needed[widest] - second))
        )
    return needed


def _placed(row: Row, width: int, aligned: str) -> list[Piece]:
    gap = max(0, width - width_of(row))
    left = {"right": gap, "center": gap // 2}.get(aligned, 0)
    return [(" " * left, Role.PLAIN), *row, (" " * (gap - left), Role.PLAIN)]
