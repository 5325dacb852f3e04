"""A bar chart in a few rows of text."""

from __future__ import annotations

from collections.abc import Sequence

from widgets.ink import Role, Rows

_EIGHTHS = " ▁▂▃▄▅▆▇█"
_NOTHING = "·"


def bars(values: Sequence[int], width: int, height: int) -> Rows:
    """Draw the newest `width` values as columns `height` rows high; nothing is a dot."""
    shown = values[-width:] if width > 0 else ()
    top = max(shown, default=0)
    columns = [_column(value, top, height) for value in shown]
    return tuple(
        (("".join(column[row] for column in columns), Role.ACCENT),) for row in range(height)
    )


def _column(value: int, top: int, height: int) -> str:
    """Return one column from its upper end; what is not nothing is at least an eighth high."""
    if value <= 0:
        return " " * (height - 1) + _NOTHING
    eighths = max(1, round(value / top * height * 8))
    cells = [_EIGHTHS[max(0, min(8, eighths - 8 * row))] for row in range(height)]
    return "".join(reversed(cells))
