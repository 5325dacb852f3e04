"""What repaired the same failure before, where it still fits."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate, groupby, pairwise

from workbench.healing.candidate import Candidate, Change
from workbench.healing.compose import applied, difference
from workbench.healing.dossier import Earlier
from workbench.healing.ground import Ground
from workbench.splice import Edit, Source, parses

_AGAIN = "repaired this failure before"
_LIKELY = 0.8
_HEAD = re.compile(r"@@ -(?P<at>\d+)(?:,(?P<before>\d+))? \+\d+(?:,(?P<after>\d+))? @@")
_LEFT_OUT = 3
"""So many lines around a change may be other ones than they were."""


@dataclass(frozen=True, slots=True)
class Hunk:
    """Lines that were exchanged for others, with those around them."""

    path: str
    at: int
    """How many lines were above."""
    old: tuple[str, ...]
    new: tuple[str, ...]

    def within(self, above: int, below: int) -> Hunk:
        """Leave out lines that stay as they are, at the beginning and the end."""
        old, new = len(self.old) - below, len(self.new) - below
        return Hunk(self.path, self.at + above, self.old[above:old], self.new[above:new])

    @property
    def around(self) -> tuple[int, int]:
        """How many lines at the beginning and the end stay as they are."""
        return _common(self.old, self.new), _common(self.old[::-1], self.new[::-1])


def of_failure(ground: Ground) -> Iterator[Candidate]:
    """Yield each repair of such a failure whose lines are still there, the newest first."""
    seen = set[tuple[Change, ...]]()
    for earlier in ground.dossier.earlier:
        changes = _changes(ground, earlier)
        if changes and changes not in seen:
            prior = _LIKELY / (1 + len(seen))
            seen.add(changes)
            yield Candidate(changes, "earlier:repair", prior, _why(earlier))


def _why(earlier: Earlier) -> str:
    told = earlier.why.removeprefix(_AGAIN).removeprefix(": ")
    return f"{_AGAIN}: {told}" if told else _AGAIN


def _changes(ground: Ground, earlier: Earlier) -> tuple[Change, ...]:
    """Return what a repair changes in the files as they are now; nothing if any part is amiss."""
    found: list[Change] = []
    for path, hunks in groupby(hunks_of(earlier.diff), lambda hunk: hunk.path):
        text = ground.dossier.files.get(path)
        edits = [] if text is None else [_edit(text, hunk) for hunk in hunks]
        if not edits or not all(edits):
            return ()
        found += [Change(path, edit) for edit in edits if edit]
    changes = tuple(sorted(found))
    return changes if changes and _is_sound(ground, changes) else ()


def _is_sound(ground: Ground, changes: tuple[Change, ...]) -> bool:
    """Tell whether edits keep apart from each other, and what they make parses."""
    pairs = pairwise(changes)
    if any(one.path == two.path and one.edit.end > two.edit.start for one, two in pairs):
        return False
    texts = applied(ground.dossier.files, Candidate(changes, "", 0.0)).values()
    return all(parses(text.removeprefix("\ufeff")) for text in texts)


def hunks_of(diff: str) -> Iterator[Hunk]:
    """Read a unified diff as the workbench writes it."""
    path, lines = "", iter(diff.split("\n"))
    for line in lines:
        if line.startswith("+++ b/"):
            path = line.removeprefix("+++ b/")
        elif head := _HEAD.match(line):
            yield _hunk(path, head, lines)


def _hunk(path: str, head: re.Match[str], lines: Iterator[str]) -> Hunk:
    """Take the lines of a hunk, as many as its head says: what they begin with tells nothing."""
    before, after = (int(head[part] or 1) for part in ("before", "after"))
    old, new = list[str](), list[str]()
    for line in lines:
        old += [line[1:].removeprefix("\ufeff")] * (line[:1] in {" ", "-"})
        new += [line[1:].removeprefix("\ufeff")] * (line[:1] in {" ", "+"})
        if len(old) >= before and len(new) >= after:
            break
    return Hunk(path, max(int(head["at"]) - 1, 0), tuple(old), tuple(new))


def _edit(text: str, hunk: Hunk) -> Edit | None:
    """Return the smallest edit that does to a text what a hunk did, where its lines are found."""
    source = Source(text)
    lines = source.data.decode().split("\n")
    above, below = hunk.around
    for left in range(_LEFT_OUT + 1):
        part = hunk.within(min(left, above), min(left, below))
        at = _place(lines, part)
        if at is not None:
            return _at(lines, at, part)
    return None


def _place(lines: Sequence[str], hunk: Hunk) -> int | None:
    """Return where the lines of a hunk stand, nearest to where they stood."""
    size = len(hunk.old)
    if not any(line.strip() for line in hunk.old):
        return None
    found = [
        at
        for at in range(len(lines) - size + 1)
        if lines[at] == hunk.old[0] and tuple(lines[at : at + size]) == hunk.old
    ]
    return min(found, key=lambda at: abs(at - hunk.at), default=None)


def _at(lines: Sequence[str], at: int, hunk: Hunk) -> Edit | None:
    offset = [0, *accumulate(len(line.encode()) + 1 for line in lines)][at]
    edit = difference("\n".join(hunk.old), "\n".join(hunk.new))
    return Edit(edit.start + offset, edit.end + offset, edit.text) if edit else None


def _common(one: Sequence[str], other: Sequence[str]) -> int:
    both = zip(one, other, strict=False)
    return next((n for n, (a, b) in enumerate(both) if a != b), min(len(one), len(other)))
