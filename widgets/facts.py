"""Labels with their values, and headings."""

from __future__ import annotations

from collections.abc import Sequence

from widgets.ink import Role, Row, Rows, cut_row, fit, outside

Fact = tuple[str, str]


def heading(title: str, note: str = "") -> Row:
    return ((title, Role.TITLE), (f"  {note}" if note else "", Role.DIM))


def facts(pairs: Sequence[Fact], width: int) -> Rows:
    """Draw each pair on a row, the values in one column; they may come from outside."""
    column = max((len(label) for label, _ in pairs), default=0) + 2
    return tuple(
        cut_row(((fit(label, column), Role.DIM), outside(value)), width) for label, value in pairs
    )
