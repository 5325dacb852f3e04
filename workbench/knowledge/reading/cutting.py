"""Cutting by structure: sections, and pieces of them that an embedder can take in whole."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate

CHARACTERS = 1_200
WORDS = 220
"""An embedder counts some 256 tokens."""
_TAIL = 1.15
"""So much more than a piece may be is taken, so that no crumb is left at the end."""
_OVERLAP = 160
_OVERLAP_LINES = 3
_EARLIEST = 0.5
"""Where a piece may end at the earliest for the sake of a better seam."""
_SPELT = re.compile(r"\S+")
_CJK = re.compile("[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af\uf900-\ufaff]")
_SENTENCE_ENDS = (".", "!", "?", ":", ";", "\u3002", "\u061f", "\uff01", "\uff1f")
Line = tuple[int, str]
"""Its number in the file, and its text."""


@dataclass(frozen=True, slots=True)
class Section:
    """A part of a file that its structure sets apart."""

    lines: Sequence[Line]
    heading: tuple[str, ...] = ()
    symbol: str = ""
    kind: str = ""
    language: str = ""
    """Empty where they are as for the whole file."""


def numbered(lines: Sequence[str], first: int = 1, last: int | None = None) -> list[Line]:
    """Return some lines of a file with their numbers."""
    return list(enumerate(lines[first - 1 : last], first))


def cut(section: Section) -> Iterator[Section]:
    """Yield a section in pieces of bounded size; each begins with the end of the one before."""
    lines = [short for line in section.lines for short in _short(line)]
    weights = list(accumulate((_weight(text) for _, text in lines), initial=0.0))
    start = 0
    while start < len(lines):
        end = _end(lines, weights, start)
        if piece := _trimmed(lines[start:end]):
            yield Section(piece, section.heading, section.symbol, section.kind, section.language)
        start = end if end >= len(lines) else _next_start(lines, start, end)


def _end(lines: Sequence[Line], weights: Sequence[float], start: int) -> int:
    """Return where a piece that begins at `start` ends best; weights are those of all before."""
    if weights[-1] - weights[start] <= _TAIL:
        return len(lines)
    end = max(start + 1, bisect_right(weights, weights[start] + 1) - 1)
    earliest = start + max(1, int((end - start) * _EARLIEST))
    return max(range(earliest, end + 1), key=lambda at: (_seam(lines, at), at))


def _seam(lines: Sequence[Line], at: int) -> int:
    """Say how well a piece ends before a line."""
    if at >= len(lines):
        return 4
    before, after = lines[at - 1][1], lines[at][1]
    if not before.strip():
        return 3
    if _indent(after) < _indent(before):
        return 2
    return int(before.rstrip().endswith(_SENTENCE_ENDS))


def _next_start(lines: Sequence[Line], start: int, end: int) -> int:
    """Go back a little, so that what the cut divides is found in one of both."""
    at, taken = end, 0
    while at - 1 > start and end - at < _OVERLAP_LINES:
        taken += len(lines[at - 1][1])
        if taken > _OVERLAP:
            break
        at -= 1
    return at


def _trimmed(lines: Sequence[Line]) -> Sequence[Line]:
    """Cut blank lines at both ends; what has no letter and no digit says nothing at all."""
    first, last = 0, len(lines)
    while first < last and not lines[first][1].strip():
        first += 1
    while last > first and not lines[last - 1][1].strip():
        last -= 1
    kept = lines[first:last]
    return kept if any(one.isalnum() for _, text in kept for one in text) else ()


def _weight(text: str) -> float:
    """Return which share of a piece a line is."""
    words = len(_SPELT.findall(text))
    if not text.isascii():
        words += len(_CJK.findall(text))
    return max((len(text) + 1) / CHARACTERS, words / WORDS)


def _short(line: Line) -> Iterator[Line]:
    """Yield a line that is longer than a piece in parts, between words where it can be."""
    number, text = line
    if _weight(text) <= 1:
        yield line
        return
    longest = CHARACTERS // 2 if text.isascii() else WORDS // 2
    while len(text) > longest:
        space = text.rfind(" ", longest // 2, longest)
        at = space if space > 0 else longest
        yield number, text[:at]
        text = text[at:].lstrip(" ")
    yield number, text


def _indent(text: str) -> int:
    return len(text) - len(text.lstrip())
