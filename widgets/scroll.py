"""Pages to read, of which only the rows in sight are ever made."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from contextlib import AbstractContextManager, nullcontext

from textual.events import Click, MouseScrollDown, MouseScrollUp, Resize
from textual.geometry import Region
from textual.message import Message
from textual.strip import Strip
from textual.timer import Timer

from widgets.canvas import Canvas
from widgets.ink import BLANK, Role, Row, cut_row
from widgets.pages import Pages, Written

Lay = Callable[[int], Pages]
"""Give the pages, for a width."""

_WHEEL = 3
_MOST_DRAWN = 500
_KEPT = (Role.ADDED_PART, Role.REMOVED_PART, Role.FOUND)
"""What differs and what was found is seen under the cursor as well."""
_AT_REST = 0.1
_BETWEEN_RESTS = 0.01
_AROUND = 3
"""So many rows stay in sight above and below the cursor."""


class Scroll(Canvas):
    """Shows the rows from `top` on, whatever their number."""

    class Moved(Message):
        """Other rows are in sight."""

    def __init__(self, lay: Lay, id: str | None = None) -> None:  # noqa: A002 - Textual's name
        super().__init__(id)
        self._lay = lay
        self._pages: Pages = Written(())
        self._drawn: dict[int, Strip] = {}
        self.top = 0
        self.cursor: int | None = None
        """The row that keys are about, where they are about one."""
        self.selects_from: int | None = None
        """Where a selection began."""
        self.at_rest: Callable[[Iterable[int]], bool] = lambda _: False
        """Does something for rows while nothing moves; tells whether there was something to do."""
        self._rest_due: Timer | None = None
        self.keeping: Callable[[], AbstractContextManager[None]] = nullcontext
        """Keeps the cursor on what it is on, while the rows are made anew."""

    @property
    def selected(self) -> range:
        """The rows from where a selection began to the cursor."""
        if self.cursor is None:
            return range(0)
        other = self.cursor if self.selects_from is None else min(self.selects_from, self.count - 1)
        return range(min(other, self.cursor), max(other, self.cursor) + 1)

    @property
    def count(self) -> int:
        return self._pages.count

    @property
    def height(self) -> int:
        return max(1, self.size.height)

    def reread(self, *, anew: bool = False) -> None:
        """Take the pages again, for the present width, and begin at their top if they are new."""
        with nullcontext() if anew else self.keeping():
            self._pages = self._lay(self.size.width)
            self._place(0 if anew else self.top)
            if self.cursor is not None:
                self.cursor = max(0, min(self.cursor, self.count - 1))
        self.repaint()
        self._rest_soon()
        self.post_message(self.Moved())

    def repaint(self) -> None:
        """Draw again what is in sight."""
        self._drawn.clear()
        self.refresh()

    def move(self, steps: int) -> None:
        """Move the cursor if there is one, or else what is in sight."""
        if self.cursor is None:
            self.scroll_by(steps)
        else:
            self.stand(self.cursor + steps)

    def scroll_by(self, steps: int) -> None:
        self.scroll_to_row(self.top + steps)

    def redraw(self, rows: range) -> None:
        """Draw some rows again that look different now."""
        for index in [one for one in self._drawn if one in rows]:
            del self._drawn[index]
        self._repaint_rows(range(max(rows.start, self.top), min(rows.stop, self.top + self.height)))

    def scroll_to_row(self, index: int) -> None:
        """Bring the row at `index` to the top, as far as there are rows below it."""
        before = self.top
        self._place(index)
        if self.top != before:
            if len(self._drawn) > _MOST_DRAWN:
                self._drawn.clear()
            self.refresh()
            self._rest_soon()
            self.post_message(self.Moved())

    def stand(self, index: int | None) -> None:
        """Put the cursor on a row and bring it into sight, or take it away."""
        before, self.cursor = self.selected, index
        if index is None:
            self.selects_from = None
            self.repaint()
            return
        self.cursor = max(0, min(index, self.count - 1))
        top = self.top
        self._reveal(self.cursor)
        if self.top == top:
            self._repaint_rows(before)
            self._repaint_rows(self.selected)
        elif len(self._drawn) > _MOST_DRAWN:
            self._drawn.clear()
        if self.top != top:
            self.refresh()
            self._rest_soon()
        self.post_message(self.Moved())

    def shift(self, cursor: int, above: int, steps: int) -> None:
        """Follow rows that lie elsewhere now: the cursor, so far from the top, and a selection."""
        if self.selects_from is not None:
            self.selects_from += steps
        self.scroll_to_row(cursor - above)
        self.stand(cursor)

    def reveal(self, end: int) -> None:
        """Bring the rows from the cursor to `end` into sight, as far as they fit."""
        if self.cursor is not None and end >= self.top + self.height:
            self.scroll_to_row(min(end - self.height + 1, self.cursor))

    def begin_selecting(self, anchor: int | None) -> None:
        """Select from a row to the cursor from now on, or only the cursor's row."""
        self.selects_from = anchor
        self.refresh()

    def _rest_soon(self) -> None:
        """Do what waits for a rest, since other rows are in sight."""
        if self._rest_due:
            self._rest_due.reset()
        else:
            self._rest_due = self.set_timer(_AT_REST, self._rest)

    def _rest(self) -> None:
        """Do a part of it, so that no key waits for long, and go on after a while."""
        self._rest_due = None
        behind = self.top + self.height
        if self.at_rest(range(self.top, behind)):
            self.repaint()
        elif not self.at_rest(range(self.top - self.height, behind + self.height)):
            return
        self._rest_due = self.set_timer(_BETWEEN_RESTS, self._rest)

    def render_line(self, y: int) -> Strip:
        index = self.top + y
        if index >= self.count:
            return self.strip(BLANK)
        if self.cursor is not None and index in self.selected:
            row = cut_row(self._pages.row(index), self.across)
            return self._marked(row, is_cursor=index == self.cursor)
        if index not in self._drawn:
            self._drawn[index] = self.strip(cut_row(self._pages.row(index), self.across))
        return self._drawn[index]

    def on_resize(self, _: Resize) -> None:
        if self.size.width:  # What is hidden for a while has none.
            self.reread()

    def on_mouse_scroll_down(self, _: MouseScrollDown) -> None:
        self.scroll_by(_WHEEL)

    def on_mouse_scroll_up(self, _: MouseScrollUp) -> None:
        self.scroll_by(-_WHEEL)

    def on_click(self, event: Click) -> None:
        """Put the cursor where one points, if there is one."""
        if self.cursor is not None and self.top + event.y < self.count:
            self.stand(self.top + event.y)

    def _marked(self, row: Row, *, is_cursor: bool) -> Strip:
        """Draw a row that keys are about; the mark takes the place of its first cell."""
        whole = Role.CURSOR if is_cursor else Role.SELECTED
        dim = Role.CURSOR_DIM if is_cursor else Role.SELECTED
        (text, _), *rest = row or ((" ", Role.PLAIN),)
        first = ("▸" if is_cursor else "•") + text[1:]
        kept = (
            (text, role if role in _KEPT else dim if role is Role.DIM else whole)
            for text, role in rest
        )
        return self.strip(((first, whole), *kept), whole)

    def _reveal(self, index: int) -> None:
        """Scroll as little as shows the row, and the ones around it where there is room."""
        if not self.size.height:
            return  # It is hidden for a while, and comes back as it was.
        margin = min(_AROUND, (self.height - 1) // 2)
        lowest, highest = index + margin - self.height + 1, index - margin
        self._place(max(lowest, min(self.top, highest)))

    def _repaint_rows(self, rows: range) -> None:
        for index in rows:
            if self.top <= index < self.top + self.height:
                self.refresh(Region(0, index - self.top, self.size.width, 1))

    def _place(self, index: int) -> None:
        self.top = max(0, min(index, self.count - self.height))
