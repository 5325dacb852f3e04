"""A line of things to pick: the screens on top, the keys at the bottom."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from textual.events import Click
from textual.message import Message

from widgets.canvas import Canvas
from widgets.ink import BLANK, Role, Row, apart, width_of


@dataclass(frozen=True)
class Spot:
    """A part of the line, and what picking it means."""

    row: Row
    target: str


class Bar(Canvas):
    """Shows spots from the left as far as they fit, and a note at the right end."""

    @dataclass
    class Picked(Message):
        """A spot was clicked."""

        target: str

    def __init__(self, id: str | None = None) -> None:  # noqa: A002 - Textual's name
        super().__init__(id, Role.BAR)
        self._spots: tuple[Spot, ...] = ()

    def place(self, spots: Iterable[Spot], note: Row = BLANK, always: str = "") -> None:
        """Show `spots` as far as they fit wholly, but `always` one of them; and the note."""
        every, kept = tuple(spots), []
        needed = sum(width_of(spot.row) for spot in every if spot.target == always)
        room, is_full = self.size.width - needed, False
        for spot in every:
            width = 0 if spot.target == always else width_of(spot.row)
            is_full = is_full or width > room
            if not is_full or spot.target == always:
                kept.append(spot)
                room -= width
        if is_full:
            room = 0
        self._spots = tuple(kept)
        left = tuple(piece for spot in kept for piece in spot.row)
        self.show(
            (apart(left, note if width_of(note) < room else BLANK, self.size.width, Role.BAR),)
        )

    def on_click(self, event: Click) -> None:
        """Tell which spot lies under the mouse."""
        end = 0
        for spot in self._spots:
            end += width_of(spot.row)
            if event.x < end:
                self.post_message(self.Picked(spot.target))
                return
