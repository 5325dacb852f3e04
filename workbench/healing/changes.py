"""What lies between two texts of a file, by lines."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher

_LINES = re.compile(r"[^\r\n]*(?:\r\n|\r|\n)|[^\r\n]+")
_MANY = 2000
"""Beyond so many lines that differ, lines that occur often no longer guide the comparison."""


@dataclass(frozen=True, slots=True, order=True)
class Hunk:
    """Some lines that became others; numbers begin with 0, ends are left out."""

    start: int
    end: int
    new_start: int
    new_end: int

    def shifted(self, lines: int) -> Hunk:
        moved = (part + lines for part in (self.start, self.end, self.new_start, self.new_end))
        return Hunk(*moved)


def split(text: str) -> list[str]:
    """Return the lines with their breaks, as Python numbers them."""
    return _LINES.findall(text)


def hunks(before: str, after: str) -> tuple[Hunk, ...]:
    """Return where two texts differ, from top to bottom."""
    return tuple(_hunks(split(before), split(after)))


def _hunks(old: Sequence[str], new: Sequence[str]) -> Iterator[Hunk]:
    same = _same_at_start(old, new)
    tail = _same_at_start(old[same:][::-1], new[same:][::-1])
    old, new = old[same : len(old) - tail], new[same : len(new) - tail]
    matcher = SequenceMatcher(None, old, new, autojunk=max(len(old), len(new)) > _MANY)
    for tag, start, end, new_start, new_end in matcher.get_opcodes():
        if tag != "equal":
            yield Hunk(start, end, new_start, new_end).shifted(same)


def _same_at_start(old: Sequence[str], new: Sequence[str]) -> int:
    pairs = enumerate(zip(old, new, strict=False))
    return next((at for at, (one, other) in pairs if one != other), min(len(old), len(new)))


def changed_lines(before: str, after: str) -> frozenset[int]:
    """Return the numbers, from 1, of the lines of `after` that are new or beside what is gone."""
    return frozenset(line for hunk in hunks(before, after) for line in _lines_of(hunk))


def _lines_of(hunk: Hunk) -> range:
    if hunk.new_start == hunk.new_end:
        return range(max(hunk.new_start, 1), hunk.new_end + 2)
    return range(hunk.new_start + 1, hunk.new_end + 1)


def changes(before: Mapping[str, str], now: Mapping[str, str]) -> Mapping[str, frozenset[int]]:
    """Return the changed lines of each file that has an earlier text which differs."""
    return {
        path: changed_lines(before[path], text)
        for path, text in now.items()
        if path in before and before[path] != text
    }
