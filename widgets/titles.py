"""Titles of a list and of what stands beside it; the one that the keys move in stands out."""

from __future__ import annotations

from widgets.ink import Piece, Role, Row, apart, outside


def list_title(name: str, *, active: bool) -> Piece:
    """Draw the name of a list, before what is said of it."""
    return f" {name} ", Role.TITLE if active else Role.DIM


def title_row(title: str, place: str, width: int, *, active: bool) -> Row:
    """Draw the title of the detail, and where in it one is."""
    named: Row = (outside(f" {title} ", Role.ACTIVE if active else Role.TITLE),)
    return apart(named, ((f"{place} ", Role.DIM),), width)
