"""A screen that has nothing to show yet, and says what will be there."""

from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar

from textual.widget import Widget

from screens.frame import Frame
from widgets.empty import Emptiness, empty
from widgets.reading import Reading


class BlankScreen(Frame):
    """Says in plain sentences what the screen will hold and what brings it."""

    emptiness: ClassVar[Emptiness]

    def compose_body(self) -> Iterable[Widget]:
        body = Reading(lambda width: empty(self.emptiness, width))
        body.add_class("body")
        yield body
