"""Text to read, longer than the place it has."""

from __future__ import annotations

from collections.abc import Callable

from textual.events import MouseScrollDown, MouseScrollUp, Resize

from widgets.canvas import Canvas
from widgets.ink import Rows

Compose = Callable[[int], Rows]
"""Give all rows, for a width."""


class Reading(Canvas):
    """Shows the rows from `top` on."""

    def __init__(self, compose_rows: Compose, id: str | None = None) -> None:  # noqa: A002 - Textual's name
        super().__init__(id)
        self._compose_rows = compose_rows
        self.top = 0
        self._all: Rows = ()

    def reread(self) -> None:
        """Compose the rows again, for the present width."""
        self._all = self._compose_rows(self.size.width)
        self._show()

    def scroll_by(self, steps: int) -> None:
        self.top += steps
        self._show()

    def on_resize(self, _: Resize) -> None:
        self.reread()

    def on_mouse_scroll_down(self, _: MouseScrollDown) -> None:
        self.scroll_by(3)

    def on_mouse_scroll_up(self, _: MouseScrollUp) -> None:
        self.scroll_by(-3)

    def _show(self) -> None:
        lowest = max(0, len(self._all) - self.size.height)
        self.top = max(0, min(lowest, self.top))
        self.show(self._all[self.top : self.top + self.size.height])
