"""Several lines of text being written: a value with its history, and how it is drawn."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Callable
from functools import lru_cache

from rich.cells import cell_len

from widgets.canvas import Canvas
from widgets.ink import Piece, Role, Row, Rows, cut_row
from widgets.prompt import Typed, typed_at_end
from workbench.visible import visible_line

Change = Callable[[Typed], Typed]

_MOST_STEPS = 500
_WORD_ON_THE_LEFT = re.compile(r"\w+\W*\Z|\W+\Z")
_WORD_ON_THE_RIGHT = re.compile(r"\W*\w+|\W+")
_MARK = "> "
_LEAST_ROOM = 8


class Manuscript:
    """A text being written, and what it was before."""

    def __init__(self) -> None:
        self.typed = Typed()
        self._before: list[Typed] = []
        self._after: list[Typed] = []
        self._is_within_word = False

    @property
    def text(self) -> str:
        return self.typed.text

    def change(self, change: Change) -> None:
        """Change the text or move in it; letters of a word are undone together."""
        old, new = self.typed, change(self.typed)
        self.typed = new
        if new.text == old.text:
            self._is_within_word = False
            return
        grown = new.text[old.at : new.at] if len(new.text) == len(old.text) + 1 else ""
        is_letter = len(grown) == 1 and grown.isalnum()
        if not (is_letter and self._is_within_word):
            self._before = [*self._before[-_MOST_STEPS:], old]
        self._is_within_word = is_letter
        self._after.clear()

    def put(self, text: str) -> None:
        """Put another text in its place."""
        self.change(lambda _: typed_at_end(text))

    def undo(self) -> bool:
        return self._turn_back(self._before, self._after)

    def redo(self) -> bool:
        return self._turn_back(self._after, self._before)

    def _turn_back(self, source: list[Typed], target: list[Typed]) -> bool:
        if not source:
            return False
        target.append(self.typed)
        self.typed, self._is_within_word = source.pop(), False
        return True


def line_home(typed: Typed) -> Typed:
    return Typed(typed.text, typed.text.rfind("\n", 0, typed.at) + 1)


def line_end(typed: Typed) -> Typed:
    end = typed.text.find("\n", typed.at)
    return Typed(typed.text, len(typed.text) if end < 0 else end)


def word_left(typed: Typed) -> Typed:
    before = typed.text[: typed.at]
    return Typed(typed.text, len(_WORD_ON_THE_LEFT.sub("", before)))


def word_right(typed: Typed) -> Typed:
    found = _WORD_ON_THE_RIGHT.match(typed.text, typed.at)
    return Typed(typed.text, found.end() if found else typed.at)


def delete_word(typed: Typed) -> Typed:
    start = word_left(typed).at
    return Typed(typed.text[:start] + typed.text[typed.at :], start)


def delete_to_home(typed: Typed) -> Typed:
    """Delete what is on the left in the line; at its start the line end before it."""
    start = line_home(typed).at
    start = max(0, start - 1) if start == typed.at else start
    return Typed(typed.text[:start] + typed.text[typed.at :], start)


def delete_to_end(typed: Typed) -> Typed:
    """Delete what is on the right in the line; at its end the line end."""
    end = line_end(typed).at
    end = min(len(typed.text), end + 1) if end == typed.at else end
    return Typed(typed.text[: typed.at] + typed.text[end:], typed.at)


def moved_by_rows(typed: Typed, steps: int, width: int) -> Typed | None:
    """Move up or down by rows as they are drawn; None at the edge."""
    starts = row_starts(typed.text, width)
    row = _row_of(starts, typed.at)
    wanted = row + steps
    if not 0 <= wanted < len(starts):
        return None
    column = cell_len(_shown(typed.text[starts[row] : typed.at]))
    end = starts[wanted + 1] - 1 if wanted + 1 < len(starts) else len(typed.text)
    at, used = starts[wanted], 0
    while at < end and used < column:
        used += cell_len(_shown(typed.text[at]))
        at += 1
    return Typed(typed.text, at)


def row_starts(text: str, width: int) -> list[int]:
    """Return where each row begins, as the text is drawn."""
    starts: list[int] = []
    at = 0
    for line in text.split("\n"):
        starts += [at + each for each in _breaks(line, width)]
        at += len(line) + 1
    return starts


@lru_cache(maxsize=2048)
def _breaks(line: str, width: int) -> tuple[int, ...]:
    """Return where the rows of a line begin: after a blank where there is one."""
    if line.isascii() and line.isprintable() and len(line) < width:
        return (0,)
    sizes = [cell_len(_shown(each)) for each in line]
    starts, start, used = [0], 0, 0
    for at, size in enumerate(sizes):
        used += size
        if used < width or at == start:
            continue
        blank = line.rfind(" ", start, at)
        start = blank + 1 if blank > start else at
        starts.append(start)
        used = sum(sizes[start : at + 1])
    return tuple(starts)


def _row_of(starts: list[int], at: int) -> int:
    return bisect_right(starts, at) - 1


def _shown(text: str) -> str:
    return visible_line(text)


class Writing(Canvas):
    """Draws a manuscript, as tall as it needs and may be; the cursor does not blink."""

    def __init__(self, manuscript: Manuscript, id: str | None = None) -> None:  # noqa: A002 - Textual's name
        super().__init__(id)
        self._manuscript = manuscript
        self._top = 0

    @property
    def room(self) -> int:
        """So many cells a row has for text."""
        return max(_LEAST_ROOM, self.size.width - len(_MARK) - 1)

    def draw(self, width: int, most: int, *, active: bool, hint: str) -> int:
        """Draw the text with its cursor, or a hint; return how tall it is."""
        if not active and not self._manuscript.text:
            self.show((cut_row(((f" {hint}", Role.DIM),), width),))
            return 1
        rows = manuscript_rows(
            self._manuscript.typed, max(_LEAST_ROOM, width - len(_MARK) - 1), active
        )
        height = max(1, min(most, len(rows)))
        at = _row_of(row_starts(self._manuscript.text, self.room), self._manuscript.typed.at)
        self._top = max(at - height + 1, min(self._top, at, len(rows) - height))
        shown = rows[self._top : self._top + height]
        self.show(tuple(cut_row(row, width) for row in shown), at_once=True)
        return height


def manuscript_rows(typed: Typed, room: int, active: bool) -> Rows:
    """Draw all rows; the mark stands before the first one."""
    starts = row_starts(typed.text, room)
    ends = [*starts[1:], len(typed.text) + 1]
    at = _row_of(starts, typed.at) if active else -1
    rows: list[Row] = []
    for number, (start, end) in enumerate(zip(starts, ends, strict=True)):
        lead: Piece = (" " + _MARK if number == 0 else "   ", Role.KEY if active else Role.DIM)
        text = typed.text[start:end].rstrip("\n")
        if number != at:
            rows.append((lead, (_shown(text), Role.PLAIN)))
            continue
        column = typed.at - start
        under = _shown(text[column : column + 1]) or " "
        rows.append(
            (
                lead,
                (_shown(text[:column]), Role.PLAIN),
                (under, Role.ACTIVE),
                (_shown(text[column + 1 :]), Role.PLAIN),
            )
        )
    return tuple(rows)
