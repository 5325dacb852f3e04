"""A transcript: a page that grows at its end, and shows that end while one stands there."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from textual.events import Resize

from widgets import colours
from widgets.growing import Growing, Parts
from widgets.ink import BLANK, Row, width_of
from widgets.listing import Code, Listing
from widgets.pages import Pages, Written
from widgets.prose import Prose
from widgets.scroll import Scroll

_WIDEST_PROSE = 100
_GAP = Written((BLANK,))


class About(NamedTuple):
    """What a row is about."""

    message: str = ""
    block: int = -1
    """A block of code of the message."""
    source: int = 0
    """A source, by its number."""
    step: int = -1
    """A step of its plan."""


@dataclass(frozen=True)
class Leaf:
    """Rows that are about one thing."""

    pages: Pages
    about: About
    lead: Row = BLANK

    def row(self, index: int) -> Row:
        return (*self.lead, *self.pages.row(index))


class Roll:
    """Leaves one below the other; those at the end can be exchanged."""

    def __init__(self, leaves: Iterable[Leaf] = ()) -> None:
        self.leaves: list[Leaf] = []
        self._starts: list[int] = []
        self.extend(leaves)

    @property
    def count(self) -> int:
        return self._starts[-1] + self.leaves[-1].pages.count if self.leaves else 0

    def extend(self, leaves: Iterable[Leaf]) -> None:
        for leaf in leaves:
            self._starts.append(self.count)
            self.leaves.append(leaf)

    def keep(self, number: int) -> None:
        """Drop all but the first leaves."""
        del self.leaves[number:], self._starts[number:]

    def start_of(self, number: int) -> int:
        """Return the row that a leaf begins at, or would."""
        return self._starts[number] if number < len(self._starts) else self.count

    def row(self, index: int) -> Row:
        at = bisect_right(self._starts, index) - 1
        return self.leaves[at].row(index - self._starts[at])

    def place_of(self, row: int) -> tuple[int, int]:
        """Return the leaf of a row, and the row in it."""
        at = bisect_right(self._starts, row) - 1
        return (at, row - self._starts[at]) if at >= 0 else (0, 0)

    def row_of(self, place: tuple[int, int]) -> int:
        """Return the row at a place, or the nearest one."""
        at, within = place
        if at >= len(self.leaves):
            return max(0, self.count - 1)
        return self._starts[at] + max(0, min(within, self.leaves[at].pages.count - 1))

    def about(self, index: int) -> About:
        """Return what a row is about."""
        at = bisect_right(self._starts, index) - 1
        return self.leaves[at].about if 0 <= at < len(self.leaves) else About()

    def beside(self, index: int) -> list[Leaf]:
        """Return the leaves about the message that a row is about."""
        if not self.leaves:
            return []
        first = last = max(0, bisect_right(self._starts, index) - 1)
        message = self.leaves[first].about.message
        while first and self.leaves[first - 1].about.message == message:
            first -= 1
        while last < len(self.leaves) and self.leaves[last].about.message == message:
            last += 1
        return self.leaves[first:last]

    def starts(self) -> Iterator[tuple[int, About]]:
        """Yield the row that each leaf begins at."""
        return zip(self._starts, (one.about for one in self.leaves), strict=True)


class Text:
    """The leaves of a text in Markdown for a width; what is finished is laid once."""

    def __init__(self, growing: Growing, message: str, width: int, lead: Row) -> None:
        self.growing, self._message, self._lead = growing, message, lead
        self._room = max(8, width - width_of(lead))
        self.leaves: list[Leaf] = []
        self._settled = 0
        """So many parts are laid for good, in so many leaves:"""
        self._leaves_settled = 0
        self._codes = 0
        self._after: Parts | None = None
        self._listing: Listing | None = None
        self.lay()

    @property
    def codes(self) -> Iterator[Code]:
        for leaf in self.leaves:
            if isinstance(leaf.pages, Listing):
                yield leaf.pages.code

    def lay(self) -> tuple[int, int]:
        """Lay what has come; return the first leaf that is another one, and its first such row."""
        if self._listing:
            within = self._listing.lay()
            within = 0 if self._listing.code.is_whole else within
            first = self._leaves_settled - 1
            self._listing = None if self._listing.code.is_whole else self._listing
        else:
            within, first = 0, self._leaves_settled
        before = self.leaves[first:]
        del self.leaves[self._leaves_settled :]
        for parts in self.growing.done[self._settled :]:
            self._add(parts)
        self._settled, self._leaves_settled = len(self.growing.done), len(self.leaves)
        after, codes = self._after, self._codes
        for parts in self.growing.open:
            self._add(parts)
        self._after, self._codes = after, codes
        return _changed(before, self.leaves[first:], within, first)

    def _add(self, parts: Parts) -> None:
        if self._after and not (self._after.is_item and parts.is_item):
            self.leaves.append(Leaf(_GAP, About(self._message)))
        self._after = parts
        for part in parts.parts:
            if isinstance(part, Code):
                self._add_code(part)
            else:
                width = min(self._room, _WIDEST_PROSE) if isinstance(part, Prose) else self._room
                pages = Written(part.rows(width))
                self.leaves.append(Leaf(pages, About(self._message), self._lead))

    def _add_code(self, code: Code) -> None:
        listing = Listing(code, self._codes, self._room)
        if not code.is_whole:
            self._listing = listing
        self.leaves.append(Leaf(listing, About(self._message, self._codes), self._lead))
        self._codes += 1


def _changed(
    before: Sequence[Leaf], after: Sequence[Leaf], within: int, at: int
) -> tuple[int, int]:
    """Return the first leaf and its first row that is another one than before."""
    for number, (old, new) in enumerate(zip(before, after, strict=False), at):
        if old is new:
            if isinstance(old.pages, Listing):
                return number, within
            continue
        if not isinstance(old.pages, Written) or not isinstance(new.pages, Written):
            return number, 0
        rows = range(min(old.pages.count, new.pages.count))
        other = next((n for n in rows if old.pages.row(n) != new.pages.row(n)), len(rows))
        if other < len(rows) or old.pages.count != new.pages.count:
            return number, other
    return at + min(len(before), len(after)), 0


class Transcript(Scroll):
    """Follows what grows at the end, until one goes up; then nothing moves."""

    def __init__(self, lay: Callable[[int], Roll], id: str | None = None) -> None:  # noqa: A002 - Textual's name
        super().__init__(lay, id)
        self.roll = Roll()
        self.follows = True
        """One stands at the end, and sees what comes."""
        self._laid_for = 0
        self._counted = 0
        """So many rows there were when they grew last."""
        self._lay_roll = lay

    @property
    def here(self) -> About:
        """What the cursor is on, or else the last row."""
        return self.roll.about(self._row_here)

    @property
    def codes_here(self) -> list[Code]:
        """The blocks of code of the message that the cursor is on."""
        leaves = self.roll.beside(self._row_here)
        return [one.pages.code for one in leaves if isinstance(one.pages, Listing)]

    @property
    def _row_here(self) -> int:
        return self.count - 1 if self.cursor is None else self.cursor

    def reread(self, *, anew: bool = False) -> None:
        """Lay all for the present width; one stays where one is, or goes to the end."""
        to_end = anew or self.follows
        top, cursor = self.roll.place_of(self.top), self.roll.place_of(self.cursor or 0)
        self._laid_for = self.size.width
        self.roll = self._pages = self._lay_roll(self.size.width)
        self._drawn.clear()
        if to_end:
            self._go_to_end()
        else:
            self._place(self.roll.row_of(top))
            if self.cursor is not None:
                self.cursor = self.roll.row_of(cursor)
        self.refresh()
        self.post_message(self.Moved())

    def lengthen(self) -> None:
        """Lay all with more above it; what is in sight does not move."""
        before, top, cursor, follows = self.count, self.top, self.cursor, self.follows
        self.reread()
        more = self.count - before
        if cursor is not None:
            self.cursor = cursor + more
        if self.selects_from is not None:
            self.selects_from += more
        if not follows:
            self._place(top + more)
        self.refresh()

    def grown(self, first: int) -> None:
        """Draw the rows from `first` on again; where one follows, their end is shown."""
        for index in [one for one in self._drawn if one >= first]:
            del self._drawn[index]
        before, count, self._counted = self.top, max(self.count, self._counted), self.count
        if self.follows:
            self._go_to_end()
        if self.top != before:
            self.paint(range(self.height))
        else:
            self.paint(range(max(0, first - self.top), min(self.height, count - self.top)))

    def go_to_end(self) -> None:
        self._go_to_end()
        self.refresh()
        self.post_message(self.Moved())

    def begin_reading(self) -> None:
        """Put the cursor on the last row in sight."""
        if self.cursor is None and self.count:
            self.stand(min(self.count, self.top + self.height) - 1)

    def show_below(self) -> None:
        """Bring what stands below the cursor into sight as well, as far as that fits."""
        if self.cursor is not None:
            self.scroll_to_row(max(0, self.cursor - 1))
            self._notice()

    def stand(self, index: int | None) -> None:
        super().stand(index)
        self._notice()

    def on_resize(self, _: Resize) -> None:
        """Lay anew for another width; for another height only what is in sight changes."""
        if not self.size.width:
            return
        if self.size.width != self._laid_for:
            self.reread()
        elif self.follows:
            self.go_to_end()
        else:
            self._place(self.top)
            self.refresh()

    def _go_to_end(self) -> None:
        if self.cursor is not None:
            self.cursor = max(0, self.count - 1)
        self._place(self.count)

    def _place(self, index: int) -> None:
        super()._place(index)
        self._notice()

    def _notice(self) -> None:
        """Notice whether one stands at the end now."""
        is_last = self.cursor is None or self.cursor >= self.count - 1
        self.follows = is_last and self.top + self.height >= self.count


def uncoloured(codes: Iterable[Code]) -> list[str]:
    """Return names of files with such code, where it is not known yet how to colour them."""
    paths = {code.path for code in codes if not code.path.endswith(".txt")}
    return sorted(path for path in paths if not colours.is_loaded(path))
