"""A widget that draws rows, and repaints only those that changed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar, Protocol, cast

from rich.segment import Segment
from rich.style import Style
from textual._styles_cache import StylesCache
from textual.geometry import Region
from textual.strip import Strip
from textual.widget import Widget

from widgets.ink import BLANK, Role, Row, Rows, width_of

Ink = Mapping[Role, Style]
"""How each role looks."""


class Painter(Protocol):
    """The app, as far as it concerns a canvas."""

    ink: Ink

    def paint(self, canvas: Canvas, rows: range) -> None: ...


class _Plain(StylesCache):
    """Keeps the lines of a widget that has no border, no padding and no background of its own."""

    def render_line(self, *args: Any) -> Strip:  # noqa: ANN401 - Textual passes all styles there are
        y, draw = args[1], args[7]
        drawn: Strip = draw(y)
        return drawn


class Canvas(Widget, inherit_bindings=False):
    """Draws what it is given; who gives it decides the width."""

    ALLOW_SELECT: ClassVar[bool] = False

    def __init__(self, id: str | None = None, fill: Role = Role.PLAIN) -> None:  # noqa: A002 - Textual's name
        super().__init__(id=id)
        self._rows: Rows = ()
        self._fill = fill
        self._styles_cache = _Plain()
        self.across = 0
        """How many cells the lines have that are being drawn."""

    @property
    def rows(self) -> Rows:
        return self._rows

    def show(self, rows: Rows, *, at_once: bool = False) -> None:
        """Draw `rows` from now on; at once where neither size nor place is about to change."""
        old, self._rows = self._rows, rows
        for y in range(max(len(old), len(rows))):
            if _at(old, y) == _at(rows, y):
                continue
            if at_once and len(rows) == self.size.height:
                self.paint(range(y, y + 1))
            else:
                self.refresh(Region(0, y, self.size.width, 1))

    def repaint(self) -> None:
        """Draw everything again, since the theme is another one."""
        self.refresh()

    def paint(self, rows: range) -> None:
        """Send rows that look different now at once, past the compositor.

        The compositor asks every widget for all of its rows each time, which costs more than what
        grows or is typed.
        """
        if rows:
            cast("Painter", self.app).paint(self, rows)

    def render_lines(self, crop: Region) -> list[Strip]:
        """Draw some lines; how wide they are is found out once."""
        self.across = self.size.width
        return super().render_lines(crop)

    def render_line(self, y: int) -> Strip:
        return self.strip(_at(self._rows, y), self._fill)

    def strip(self, row: Row, fill: Role = Role.PLAIN) -> Strip:
        """Return `row` as Textual draws it, over the whole width."""
        width, ink = self.across, cast("Painter", self.app).ink
        segments = [Segment(text, ink[role]) for text, role in row if text]
        used = width_of(row)
        if used < width:
            segments.append(Segment(" " * (width - used), ink[fill]))
        return Strip(segments, max(used, width)).crop(0, width)


def _at(rows: Rows, y: int) -> Row:
    return rows[y] if y < len(rows) else BLANK
