"""One change after another, as one change of what was there first."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import pairwise, takewhile

from workbench.healing.candidate import Candidate, Change
from workbench.splice import Edit, Source

Texts = Mapping[str, str]


def applied(texts: Texts, candidate: Candidate) -> dict[str, str]:
    """Return the files that a candidate changes, with the change made."""
    found = candidate.by_path.items()
    return {path: Source(texts[path]).spliced(edits) for path, edits in found}


def composed(texts: Texts, first: Candidate, then: Candidate, prior: float) -> Candidate:
    """Return what `first` on `texts` and `then` on the outcome come to, as one candidate."""
    halfway = {**texts, **applied(texts, first)}
    end = {**halfway, **applied(halfway, then)}
    paths = sorted({*first.by_path, *then.by_path})
    changes = tuple(
        Change(path, edit) for path in paths if (edit := difference(texts[path], end[path]))
    )
    why = "; ".join(filter(None, (first.why, then.why)))
    return Candidate(changes, f"{first.operator}+{then.operator}", prior, why)


def together(first: Candidate, other: Candidate, prior: float) -> Candidate | None:
    """Return two candidates for the same texts as one; None where they touch the same place."""
    changes = sorted({*first.changes, *other.changes})
    pairs = pairwise(changes)
    if any(one.path == two.path and two.edit.start <= one.edit.end for one, two in pairs):
        return None
    why = "; ".join(filter(None, (first.why, other.why)))
    return Candidate(tuple(changes), f"{first.operator}+{other.operator}", prior, why)


def difference(before: str, after: str) -> Edit | None:
    """Return the smallest single exchange that leads from one text to the other."""
    old, new = Source(before).data, Source(after).data
    if old == new:
        return None
    start = _common(old, new)
    most = min(len(old), len(new)) - start
    end = min(most, _common(old[::-1], new[::-1]))
    start, end = _whole_characters(old, start, end)
    return Edit(start, len(old) - end, new[start : len(new) - end].decode("utf-8"))


def _common(one: bytes, other: bytes) -> int:
    pairs = zip(one, other, strict=False)
    return sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], pairs))


def _whole_characters(data: bytes, start: int, end: int) -> tuple[int, int]:
    """Widen the exchange until it begins and ends between characters."""
    while start and _is_inside(data, start):
        start -= 1
    while end and _is_inside(data, len(data) - end):
        end -= 1
    return start, end


def _is_inside(data: bytes, offset: int) -> bool:
    return offset < len(data) and data[offset] & 0xC0 == 0x80
