"""Pages to read, of which only the rows in sight are ever made."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext

from textual.events import Click, MouseScrollDown, MouseScrollUp, Resize
from textual.geometry import Region
from textual.message import Message
from textual.strip import Strip
from textual.timer import Timer

from widgets.canvas import Canvas
from widgets.colours import allowance
from widgets.ink import BLANK, Role, Row, cut_row
from widgets.pages import Pages, Written

Lay = Callable[[int], Pages]
"""Give the pages, for a width."""

_WHEEL = 3
_MOST_DRAWN = 500
_KEPT = (Role.ADDED_PART, Role.REMOVED_PART)
"""What differs is seen under the cursor as well."""
_AT_REST = 0.08
_IN_SIGHT = 100
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
        self._rests = False
        """Nothing has moved for a while, so there is time for colours."""
        self._colours_due: Timer | None = None
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

    def scroll_to_row(self, index: int) -> None:
        """Bring the row at `index` to the top, as far as there are rows below it."""
        before = self.top
        self._place(index)
        if self.top != before:
            if len(self._drawn) > _MOST_DRAWN:
                self._drawn.clear()
            self.refresh()
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
        self.post_message(self.Moved())

    def reveal(self, end: int) -> None:
        """Bring the rows from the cursor to `end` into sight, as far as they fit."""
        if self.cursor is not None and end >= self.top + self.height:
            self.scroll_to_row(min(end - self.height + 1, self.cursor))

    def begin_selecting(self, anchor: int | None) -> None:
        """Select from a row to the cursor from now on, or only the cursor's row."""
        self.selects_from = anchor
        self.refresh()

    def render_lines(self, crop: Region) -> list[Strip]:
        """Draw; where colours were left away, so that no key waits for them, they come after."""
        allowance.renew(_IN_SIGHT if self._rests else 1)
        self._rests = False
        lines = super().render_lines(crop)
        if allowance.is_short:
            self._colours_due = self._colours_due or self.set_timer(_AT_REST, self._colour)
            self._colours_due.reset()
        return lines

    def _colour(self) -> None:
        self._colours_due, self._rests = None, True
        self.repaint()

    def render_line(self, y: int) -> Strip:
        index = self.top + y
        if index >= self.count:
            return self.strip(BLANK)
        if index in self.selected:
            row = cut_row(self._pages.row(index), self.size.width)
            return self._marked(row, is_cursor=index == self.cursor)
        if index not in self._drawn:
            self._drawn[index] = self.strip(cut_row(self._pages.row(index), self.size.width))
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
