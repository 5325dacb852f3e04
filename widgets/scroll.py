"""Pages to read, of which only the rows in sight are ever made."""

from __future__ import annotations

from collections.abc import Callable

from textual.events import MouseScrollDown, MouseScrollUp, Resize
from textual.message import Message
from textual.strip import Strip

from widgets.canvas import Canvas
from widgets.ink import BLANK, cut_row
from widgets.pages import Pages, Written

Lay = Callable[[int], Pages]
"""Give the pages, for a width."""

_WHEEL = 3
_MOST_DRAWN = 500


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

    @property
    def count(self) -> int:
        return self._pages.count

    @property
    def height(self) -> int:
        return max(1, self.size.height)

    def reread(self, *, anew: bool = False) -> None:
        """Take the pages again, for the present width, and begin at their top if they are new."""
        self._pages = self._lay(self.size.width)
        self._place(0 if anew else self.top)
        self.repaint()
        self.post_message(self.Moved())

    def repaint(self) -> None:
        """Draw again what is in sight."""
        self._drawn.clear()
        self.refresh()

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

    def render_line(self, y: int) -> Strip:
        index = self.top + y
        if index >= self.count:
            return self.strip(BLANK)
        if index not in self._drawn:
            self._drawn[index] = self.strip(cut_row(self._pages.row(index), self.size.width))
        return self._drawn[index]

    def on_resize(self, _: Resize) -> None:
        self.reread()

    def on_mouse_scroll_down(self, _: MouseScrollDown) -> None:
        self.scroll_by(_WHEEL)

    def on_mouse_scroll_up(self, _: MouseScrollUp) -> None:
        self.scroll_by(-_WHEEL)

    def _place(self, index: int) -> None:
        self.top = max(0, min(index, self.count - self.height))
