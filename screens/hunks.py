"""What keys need to know of hunks: values in, values out."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from widgets.difference import Marks, Spot
from workbench.api.deciding import Select
from workbench.api.reviews import Hunk, Reviewed
from workbench.errors import UsageError


def lines_chosen(hunks: Sequence[Hunk], spots: Iterable[Spot]) -> list[Select]:
    """Return by hunk the lines that go or come where these rows are."""
    marks: dict[str, Marks] = {}
    found: dict[str, dict[int, None]] = {}
    for spot in spots:
        if spot.path not in marks:
            marks[spot.path] = Marks(one for one in hunks if one.path == spot.path)
        for place in spot.places:
            if hunk := marks[spot.path].at(place):
                found.setdefault(hunk.id, {})[place] = None
    return [Select(name, tuple(sorted(places))) for name, places in found.items()]


def places_of(hunk: Hunk) -> frozenset[int]:
    return frozenset(place for span in hunk.spans for place in range(*span))


def span_text(file: Reviewed, hunk: Hunk) -> str:
    """Return what an editor is given of a hunk: from the first line that changes to the last."""
    first, last = hunk.spans[0][0], hunk.spans[-1][1] - 1
    lines = {
        place: (mark, line)
        for section in file.sections
        for place, (mark, line) in enumerate(
            zip(section.marks, section.lines, strict=True), section.at
        )
        if first <= place <= last
    }
    if len(lines) != last - first + 1 or not file.is_text:
        raise UsageError(
            "The hunk cannot be edited here.", "Take or leave it, and edit the file afterwards."
        )
    if (file.is_new or file.is_gone) and first == 0:
        del lines[0]  # It says that the file comes or goes and is no line of it.
    unended = frozenset(file.unended)
    kept = ((place, line) for place, (mark, line) in lines.items() if mark != "-")
    return "".join(line if place in unended else f"{line}\n" for place, line in kept)
