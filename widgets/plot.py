"""A bar chart in a few rows of text."""

from __future__ import annotations

from collections.abc import Sequence

from widgets.ink import Role, Rows

_EIGHTHS = " ▁▂▃▄▅▆▇█"


def bars(values: Sequence[int], width: int, height: int) -> Rows:
    """Draw the newest `width` values as columns `height` rows high; none is lower than zero."""
    shown = values[-width:] if width > 0 else ()
    top = max(shown, default=0)
    columns = [_column(value, top, height) for value in shown]
    return tuple(
        (("".join(column[row] for column in columns), Role.ACCENT),) for row in range(height)
    )


def _column(value: int, top: int, height: int) -> str:
    """Return one column from its upper end; what is not nothing is at least an eighth high."""
    eighths = round(value / top * height * 8) if top else 0
    eighths = max(eighths, 1 if value else 0)
    cells = [_EIGHTHS[max(0, min(8, eighths - 8 * row))] for row in range(height)]
    return "".join(reversed(cells))
