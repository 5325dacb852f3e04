"""What changes in files, by rows that are made when they are seen: hunks, remarks, warnings."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import accumulate
from typing import NamedTuple

from widgets.changes import HEAD, Heights, Shape, Split, Text, Unified
from widgets.code import WHOLE, Words, differing, drawn, folded, height
from widgets.ink import BLANK, Piece, Role, Row, cut_row, outside, width_of, wrap
from workbench.api.reviews import Hunk, Reviewed, Said, Standings
from workbench.visible import visible_line

LEAST_FOR_SPLIT = 150
_LEAST_ROOM = 8
_GUTTER = 5
_STATES: dict[str, tuple[str, Role]] = {
    "undecided": ("[ ]", Role.PLAIN),
    "accepted": ("[x]", Role.GOOD),
    "rejected": ("[-]", Role.BAD),
}
_NO_HUNK = Hunk("", "", ())


class Spot(NamedTuple):
    """What a row is about: lines by their places, and the hunk that is nearest to them."""

    path: str
    places: tuple[int, ...]
    hunk: str


class Marks:
    """The hunks of a file, by place."""

    def __init__(self, hunks: Iterable[Hunk]) -> None:
        self.hunks = tuple(hunks)
        spans = sorted((*span, one) for one in self.hunks for span in one.spans)
        self._starts = [start for start, _, _ in spans]
        self._ends = [(end, hunk) for _, end, hunk in spans]

    def at(self, place: int) -> Hunk | None:
        """Return the hunk that a line belongs to."""
        at = bisect_right(self._starts, place) - 1
        return self._ends[at][1] if at >= 0 and place < self._ends[at][0] else None

    def nearest(self, place: int) -> Hunk | None:
        """Return the hunk of a line, or the next one, or else the last."""
        if not self._ends:
            return None
        at = bisect_right(self._starts, place) - 1
        behind = at < 0 or place >= self._ends[at][0]
        return self._ends[min(at + behind, len(self._ends) - 1)][1]


class Difference:
    """The files of a review that was read; how they lie depends on width and standing."""

    def __init__(self, files: Iterable[Reviewed]) -> None:
        self.texts = [Text(file) for file in files]
        self.digits = max((text.digits for text in self.texts), default=1)
        self.added = sum(text.added for text in self.texts)
        self.removed = sum(text.removed for text in self.texts)
        self._bodies: tuple[tuple[int, bool], list[Body]] | None = None

    @property
    def count(self) -> int:
        """How many lines are shown of the files, heads of sections included."""
        return sum(text.count for text in self.texts)

    def laid_out(self, stands: Standings, width: int, *, split: bool) -> Layout:
        """Return the rows; how the lines lie at the last width is kept."""
        if self._bodies is None or self._bodies[0] != (width, split):
            bodies = [Body(text, self.digits, width, split=split) for text in self.texts]
            self._bodies = (width, split), bodies
        return Layout(self._bodies[1], stands, width)


class Body:
    """The lines of a file at one width."""

    def __init__(self, text: Text, digits: int, width: int, *, split: bool) -> None:
        self.text, self._digits, self._split = text, digits, split
        self.shape: Shape = Split(text) if split else Unified(text)
        half = (width - _GUTTER - 3) // 2
        self.room = max(_LEAST_ROOM, (half if split else width - _GUTTER) - digits - 2)
        tall: dict[int, int] = {}
        for item, line in enumerate(text.lines):
            if (lines := height(line, self.room)) > 1:
                row = self.shape.row_of(item)
                tall[row] = max(lines, tall.get(row, 1))
        self.tall: Mapping[int, int] = tall

    def row(self, row: int, part: int, mark: Row) -> Row:
        """Draw one part of a row."""
        left, right = self.shape.items(row)
        if self.text.marks[max(left, right)] == HEAD:
            return ((" " * _GUTTER, Role.PLAIN), (self.text.head(left), Role.ACCENT))
        if not self._split:
            return ((" ", Role.PLAIN), *mark, *self._half(left, part))
        both = (*self._half(left, part), (" │ ", Role.DIM), *self._half(right, part, new=True))
        return ((" ", Role.PLAIN), *mark, *both)

    def _half(self, item: int, part: int, *, new: bool = False) -> Row:
        """Draw what stands on one side, to its full width."""
        if item < 0:
            return ((" " * (self._digits + 2 + self.room), Role.PLAIN),)
        mark = self.text.marks[item]
        rows = folded(self._line(item), self.room)
        row = rows[part] if part < len(rows) else BLANK
        old, after = self.text.numbers(item)
        number = old if mark == "-" or (self._split and not new) else after
        known = "" if part or self.text.is_marker(item) else str(number)
        sign = mark if part < len(rows) else " "
        return (
            (f"{known:>{self._digits}} ", Role.DIM),
            (sign, WHOLE[mark]),
            *row,
            (" " * max(0, self.room - width_of(row)), WHOLE[mark]),
        )

    def _line(self, item: int) -> Row:
        text = self.text
        if text.is_marker(item):
            return (("the file is new" if text.file.is_new else "the file goes", Role.DIM),)
        return drawn(text.lines[item], text.marks[item], self._words(item), text.inked(item))

    def _words(self, item: int) -> Words:
        partner = self.text.partner(item)
        if partner is None:
            return ()
        gone, come = sorted((item, partner))
        return differing(self.text.lines[gone], self.text.lines[come])[item == come]


class Block:
    """A file: its head, what is odd about it, its lines, and under them what was said of them."""

    def __init__(self, body: Body, marks: Marks, remarks: Sequence[Said], width: int) -> None:
        self.body, self.marks, self._width = body, marks, width
        self._decided = sum(one.state != "undecided" for one in marks.hunks)
        self._head = (*self._warnings(), *self._adrift(remarks))
        self._notes = self._noted(remarks)
        rows = sorted({*body.tall, *self._notes})
        more = [(row, body.tall.get(row, 1) - 1 + len(self._notes.get(row, ()))) for row in rows]
        self._heights = Heights(body.shape.count, more)
        self.count = 1 + len(self._head) + self._heights.total

    @property
    def path(self) -> str:
        return self.body.text.file.path

    def row(self, index: int, current: str) -> Row:
        if index == 0:
            return cut_row(self._title(), self._width)
        if index <= len(self._head):
            return self._head[index - 1]
        row, part = self._heights.find(index - 1 - len(self._head))
        own = self.body.tall.get(row, 1)
        if part >= own:
            return self._notes[row][part - own]
        return self.body.row(row, part, self._mark(row, part, current))

    def spot(self, index: int) -> Spot:
        """Say what a row is about."""
        index = min(index, self.count - 1)
        row = self._heights.find(max(0, index - 1 - len(self._head)))[0]
        text, items = self.body.text, self.body.shape.items(row)
        is_line = index > len(self._head) and text.marks[max(items)] != HEAD
        places = tuple(text.place(item) for item in dict.fromkeys(items) if item >= 0)
        found = self.marks.nearest(places[0]) if places else None
        for place in places:
            found = self.marks.at(place) or found
        return Spot(self.path, places if is_line else (), (found or _NO_HUNK).id)

    def ink(self, index: int) -> bool:
        """Find the colours of a row; tell whether that was still to do."""
        row = self._heights.find(max(0, index - 1 - len(self._head)))[0]
        body = self.body
        return any(body.text.ink(item) for item in body.shape.items(row) if item >= 0)

    def row_of(self, place: int) -> int:
        """Return the row of the line at a place."""
        row = self.body.shape.row_of(self.body.text.item(place))
        return 1 + len(self._head) + self._heights.start(row)

    def _title(self) -> Row:
        file, text = self.body.text.file, self.body.text
        hunks = len(self.marks.hunks)
        decided = f"{self._decided} of {hunks} decided" if hunks > 1 else ""
        told: list[Piece] = [(" ▪ ", Role.ACCENT), outside(file.path, Role.STRONG)]
        told += [(f"  +{text.added:,}", Role.GOOD), (f" -{text.removed:,}", Role.BAD)]
        return (*told, (f"  {decided}", Role.DIM))

    def _warnings(self) -> Iterator[Row]:
        for warning in self.body.text.file.warnings:
            for line in wrap(visible_line(warning), max(_LEAST_ROOM, self._width - 5)):
                yield ((" " * 3, Role.PLAIN), (f"! {line}", Role.WARN))

    def _adrift(self, remarks: Iterable[Said]) -> Iterator[Row]:
        for one in remarks:
            if one.is_adrift:
                yield from self._said(
                    one, f"on what is gone ({one.line.strip()}) " * bool(one.line)
                )

    def _noted(self, remarks: Iterable[Said]) -> dict[int, tuple[Row, ...]]:
        """Return what stands under rows: missing ends of lines, decisions, remarks."""
        text = self.body.text
        notes: dict[int, list[Row]] = {}
        for place in text.file.unended:
            notes.setdefault(self._shown_at(place), []).append(_UNENDED)
        lasts = {one.id: one.spans[-1][1] - 1 for one in self.marks.hunks if one.spans}
        for hunk in self.marks.hunks:
            if told := _decision(hunk):
                notes.setdefault(self._shown_at(lasts[hunk.id]), []).append(told)
        for one in remarks:
            if not one.is_adrift:
                place = one.place if one.place >= 0 else lasts[one.hunk]
                notes.setdefault(self._shown_at(place), []).extend(self._said(one))
        return {row: tuple(some) for row, some in notes.items() if row >= 0}

    def _shown_at(self, place: int) -> int:
        """Return the row of a line, or -1 where it is not shown."""
        text = self.body.text
        item = text.item(place) if text.file.sections else -1
        return self.body.shape.row_of(item) if item >= 0 and text.place(item) == place else -1

    def _said(self, one: Said, about: str = "") -> Iterator[Row]:
        room = max(_LEAST_ROOM, self._width - _GUTTER - 3)
        mark = "» "
        for line in wrap(visible_line(f"{about}{one.by}: {one.text}"), room):
            yield ((" " * _GUTTER, Role.PLAIN), (mark, Role.ACCENT), (line, Role.ACCENT))
            mark = "  "

    def _mark(self, row: int, part: int, current: str) -> Row:
        """Draw how the hunk of a row stands: in full beside its first line, a bar beside others."""
        text = self.body.text
        places = [text.place(item) for item in self.body.shape.items(row) if item >= 0]
        hunk = next(filter(None, map(self.marks.at, places)), None)
        if hunk is None:
            return (("    ", Role.PLAIN),)
        if part == 0 and hunk.spans[0][0] in places:
            sign, role = _STATES[hunk.state]
            return (
                (f"{sign} ", Role.STRONG if hunk.id == current and role is Role.PLAIN else role),
            )
        bar = " ┃  " if hunk.id == current else " │  "
        return ((bar, Role.ACCENT if hunk.id == current else Role.DIM),)


_UNENDED: Row = ((" " * _GUTTER, Role.PLAIN), ("\\ No newline at end of file", Role.DIM))


def _decision(hunk: Hunk) -> Row:
    """Say what the mark of a hunk does not."""
    why = f"rejected by {hunk.by or 'you'}: {hunk.reason}" if hunk.state == "rejected" else ""
    edited = "edited by hand, so the proof does not cover it" if hunk.is_edited else ""
    told = "; ".join(filter(None, (why, edited)))
    if not told:
        return BLANK
    role = Role.BAD if why else Role.WARN
    return ((" " * _GUTTER, Role.PLAIN), ("» ", role), outside(told, role))


class Layout:
    """All files, one below the other; `current` is the hunk that the cursor is in."""

    def __init__(self, bodies: Sequence[Body], stands: Standings, width: int) -> None:
        hunks: dict[str, list[Hunk]] = {}
        for hunk in stands.hunks:
            hunks.setdefault(hunk.path, []).append(hunk)
        homes = {hunk.id: hunk.path for hunk in stands.hunks}
        first = bodies[0].text.file.path if bodies else ""
        said: dict[str, list[Said]] = {}
        for one in stands.remarks:
            said.setdefault(homes.get(one.hunk, first), []).append(one)
        paths = [body.text.file.path for body in bodies]
        self.blocks = [
            Block(body, Marks(hunks.get(path, ())), said.get(path, ()), width)
            for body, path in zip(bodies, paths, strict=True)
        ]
        self._starts = [0, *accumulate(block.count for block in self.blocks)]
        self.current = ""

    @property
    def count(self) -> int:
        return self._starts[-1]

    def row(self, index: int) -> Row:
        at = bisect_right(self._starts, index) - 1
        return self.blocks[at].row(index - self._starts[at], self.current)

    def spot(self, index: int) -> Spot | None:
        """Say what a row is about; before the first file it is that file."""
        if not self.blocks:
            return None
        at = max(0, min(bisect_right(self._starts, index), len(self.blocks)) - 1)
        return self.blocks[at].spot(max(0, index - self._starts[at]))

    def ink(self, rows: Iterable[int]) -> Iterator[bool]:
        """Find the colours of rows one by one; each tells whether that was still to do."""
        for index in rows:
            if 0 <= index < self.count:
                at = bisect_right(self._starts, index) - 1
                yield self.blocks[at].ink(index - self._starts[at])

    def line_at(self, index: int) -> tuple[str, int]:
        """Return the file of a row, and the number of its line after the change."""
        spot = self.spot(index)
        if spot is None or not spot.places:
            return (spot.path if spot else "", 1)
        text = next(block.body.text for block in self.blocks if block.path == spot.path)
        return spot.path, max(1, text.numbers(text.item(spot.places[-1]))[1])

    def row_of(self, path: str, place: int | None = None) -> int:
        """Return the row of a line, or of the head of a file."""
        at = next((n for n, block in enumerate(self.blocks) if block.path == path), 0)
        return self._starts[at] + (0 if place is None else self.blocks[at].row_of(place))
