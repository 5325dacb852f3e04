"""Lines of code that lives, as they are numbered in a file with changes made."""

from __future__ import annotations

from typing import Any

from .loading import Loader
from .sources import Edit, Place, Text


def renumber(raised: dict[str, Any], changes: dict[str, list[Edit]], loader: Loader) -> None:
    """Move the frames of an exception: only in an exchanged function are its own lines counted."""
    for frame in raised["frames"]:
        edits = changes.get(frame["path"])
        if edits:
            text = loader.text(frame["path"])
            frame["line"] += sum(_moved(text, edit, frame) for edit in edits)


def _moved(text: Text, edit: Edit, frame: dict[str, Any]) -> int:
    """Return by how many lines an edit moves a frame that its function does not know of."""
    start, end, new = edit
    more = new.count("\n") - text.data.count(b"\n", start, end)
    place = text.place_of([edit])
    if place and _is_in(place, more, frame):
        return 0
    return int(more) if text.data.count(b"\n", 0, start) < frame["line"] else 0


def _is_in(place: Place, more: int, frame: dict[str, Any]) -> bool:
    if place.first <= frame["line"] <= place.last:
        return True
    is_of_it = place.name in frame["function"].split(".")
    return is_of_it and place.last < frame["line"] <= place.last + more
