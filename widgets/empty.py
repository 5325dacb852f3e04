"""What a screen says while it has nothing to show."""

from __future__ import annotations

from dataclasses import dataclass

from widgets.ink import BLANK, Role, Rows, wrap

_WIDEST = 72


@dataclass(frozen=True)
class Emptiness:
    """What will be here, what brings it, and what can be done now."""

    title: str
    holds: str
    brought_by: str
    now: str
    command: str


def empty(emptiness: Emptiness, width: int) -> Rows:
    """Draw an empty screen as plain sentences."""
    room = min(_WIDEST, width - 4)
    rows: Rows = (BLANK, (("  ", Role.PLAIN), (emptiness.title, Role.TITLE)), BLANK)
    rows += _paragraph(emptiness.holds, room, Role.PLAIN)
    rows += (BLANK, *_paragraph(emptiness.brought_by, room, Role.DIM))
    rows += (BLANK, *_paragraph(emptiness.now, room, Role.PLAIN))
    return (*rows, BLANK, (("    $ ", Role.DIM), (emptiness.command, Role.KEY)))


def _paragraph(text: str, width: int, role: Role) -> Rows:
    return tuple((("  ", Role.PLAIN), (line, role)) for line in wrap(text, width))
