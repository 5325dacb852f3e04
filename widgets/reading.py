"""Text to read, longer than the place it has."""

from __future__ import annotations

from collections.abc import Callable

from textual.events import MouseScrollDown, MouseScrollUp, Resize
from textual.strip import Strip

from widgets.canvas import Canvas
from widgets.ink import BLANK, Rows

Compose = Callable[[int], Rows]
"""Give all rows, for a width."""


class Reading(Canvas):
    """Shows the rows from `top` on."""

    def __init__(self, compose_rows: Compose, id: str | None = None) -> None:  # noqa: A002 - Textual's name
        super().__init__(id)
        self._compose_rows = compose_rows
        self.top = 0

    def reread(self) -> None:
        """Compose the rows again, for the present width."""
        self._rows = self._compose_rows(self.size.width)
        self.scroll_by(0)
        self.refresh()

    def scroll_by(self, steps: int) -> None:
        lowest = max(0, len(self._rows) - self.size.height)
        top = max(0, min(lowest, self.top + steps))
        if top != self.top:
            self.top = top
            self.refresh()

    def render_line(self, y: int) -> Strip:
        index = self.top + y
        return self.strip(self._rows[index] if index < len(self._rows) else BLANK)

    def on_resize(self, _: Resize) -> None:
        self.reread()

    def on_mouse_scroll_down(self, _: MouseScrollDown) -> None:
        self.scroll_by(3)

    def on_mouse_scroll_up(self, _: MouseScrollUp) -> None:
        self.scroll_by(-3)
