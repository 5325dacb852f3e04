"""A list of any length, of which only the rows in sight exist."""

from __future__ import annotations

from collections.abc import Callable

from textual.events import Click, MouseScrollDown, MouseScrollUp, Resize
from textual.geometry import Region
from textual.message import Message
from textual.strip import Strip

from widgets.canvas import Canvas
from widgets.ink import BLANK, Role, Row, cut_row, in_role

Draw = Callable[[int, int], Row]
"""Give the row at an index, for a width."""

_WHEEL = 3
_MOST_DRAWN = 500


class RowList(Canvas):
    """Knows how many rows there are, which are in sight, and where the cursor is."""

    class Moved(Message):
        """The cursor stands on another row, or other rows are in sight."""

    class Chosen(Message):
        """The row under the cursor was chosen with the mouse."""

    def __init__(self, draw: Draw, id: str | None = None) -> None:  # noqa: A002 - Textual's name
        super().__init__(id)
        self._draw = draw
        self._drawn: dict[int, Strip] = {}
        self.count = 0
        self.cursor = 0
        self.top = 0

    @property
    def height(self) -> int:
        return max(1, self.size.height)

    @property
    def in_sight(self) -> range:
        return range(self.top, min(self.count, self.top + self.height))

    def begin(self, count: int) -> None:
        """Take a new list and stand at its top."""
        self.count, self.cursor, self.top = count, 0, 0
        self.repaint()

    def resize_to(self, count: int) -> None:
        """Take a new number of rows; what they say may have changed as well."""
        self.count = count
        self._place(self.cursor)
        self.repaint()

    def grow_on_top(self, grown: int) -> None:
        """Take new first rows; a cursor at the top stays there, any other stays on its row."""
        self.count += grown
        if self.cursor or self.top:
            self.top += grown
            self._place(self.cursor + grown)
        self.repaint()

    def repaint(self) -> None:
        """Draw again what is in sight."""
        self._drawn.clear()
        self.refresh()

    def move(self, steps: int) -> None:
        self.move_to(self.cursor + steps)

    def move_to(self, index: int) -> None:
        """Put the cursor on a row and bring it into sight."""
        old, old_top = self.cursor, self.top
        self._place(index)
        if self.top != old_top:
            if len(self._drawn) > _MOST_DRAWN:
                self._drawn.clear()
            self.refresh()
        elif self.cursor != old:
            self._repaint_row(old)
            self._repaint_row(self.cursor)
        if (self.cursor, self.top) != (old, old_top):
            self.post_message(self.Moved())

    def render_line(self, y: int) -> Strip:
        index = self.top + y
        if index >= self.count:
            return self.strip(BLANK)
        if index != self.cursor and index in self._drawn:
            return self._drawn[index]
        room = self.across - 2
        row = cut_row(self._draw(index, room), room)
        if index != self.cursor:
            return self._drawn.setdefault(index, self.strip((("  ", Role.PLAIN), *row)))
        marked = (("▸ ", Role.CURSOR), *in_role(row, Role.CURSOR, Role.CURSOR_DIM))
        return self.strip(marked, Role.CURSOR)

    def on_resize(self, _: Resize) -> None:
        self._place(self.cursor)
        self.repaint()
        self.post_message(self.Moved())

    def on_click(self, event: Click) -> None:
        index = self.top + event.y
        if index < self.count:
            again = index == self.cursor
            self.move_to(index)
            if again:
                self.post_message(self.Chosen())

    def on_mouse_scroll_down(self, _: MouseScrollDown) -> None:
        self.move(_WHEEL)

    def on_mouse_scroll_up(self, _: MouseScrollUp) -> None:
        self.move(-_WHEEL)

    def _place(self, index: int) -> None:
        self.cursor = max(0, min(index, self.count - 1))
        lowest_top = max(0, self.count - self.height)
        self.top = max(self.cursor - self.height + 1, min(self.top, self.cursor, lowest_top))

    def _repaint_row(self, index: int) -> None:
        if self.top <= index < self.top + self.height:
            self.refresh(Region(0, index - self.top, self.size.width, 1))
