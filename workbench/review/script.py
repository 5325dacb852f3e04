"""How one text becomes another, as lines that stay, go and come; any part of it can be taken.

A set of changes is a set of places in the script, so parts are put together and taken apart as sets
are: taking none gives the text before, taking all the text after.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from functools import cached_property
from hashlib import sha256
from itertools import accumulate, compress, count, pairwise

Span = tuple[int, int]
CONTEXT = 3
_RUN = re.compile("[-+]+")
_SMALL = 400
"""So many lines on both sides together are compared thoroughly."""


@dataclass(frozen=True)
class Script:
    """The lines of two texts in one order; places count from 0."""

    before: bytes | None
    """None is a file that is not there."""
    after: bytes | None
    marks: str
    """A blank for a line that stays, - for one that goes, + for one that comes."""
    lines: tuple[bytes, ...]

    @property
    def is_new(self) -> bool:
        return self.before is None and self.after is not None

    @property
    def is_gone(self) -> bool:
        return self.after is None and self.before is not None

    @cached_property
    def changes(self) -> tuple[int, ...]:
        """Return the places of all lines that go or come."""
        return tuple(compress(count(), map(" ".__ne__, self.marks)))

    def changed(self, mark: str) -> list[int]:
        """Return the places of all lines that go, or of all that come."""
        return list(compress(count(), map(mark.__eq__, self.marks)))

    @cached_property
    def hashes(self) -> tuple[str, str]:
        """Return the names of what is before and after."""
        return hash_of(self.before), hash_of(self.after)

    def taken(self, places: Collection[int]) -> bytes | None:
        """Return the text with the changes at these places made, and no others."""
        chosen = frozenset(places)
        if len(chosen) == len(self.changes):
            return self.after
        return b"".join(self._ended(self._kept(chosen))) if chosen else self.before

    def _kept(self, chosen: frozenset[int]) -> list[bytes]:
        pairs = enumerate(zip(self.marks, self.lines, strict=True))
        return [
            line for at, (mark, line) in pairs if mark == " " or (mark == "+") == (at in chosen)
        ]

    def _ended(self, lines: list[bytes]) -> list[bytes]:
        """End a line that was the last of its text and is followed by another one now."""
        open_ended = [at for at, line in enumerate(lines[:-1]) if line and line[-1:] != b"\n"]
        if open_ended and any(lines[open_ended[0] + 1 :]):
            ending = b"\r\n" if self.lines[0].endswith(b"\r\n") else b"\n"
            lines[open_ended[0]] += ending
        return lines

    @cached_property
    def runs(self) -> tuple[Span, ...]:
        """Return where changes lie side by side."""
        return tuple(found.span() for found in _RUN.finditer(self.marks))

    @cached_property
    def groups(self) -> tuple[tuple[int, ...], ...]:
        """Return the places of changes by what a unified diff shows as one hunk."""
        found: list[list[Span]] = []
        for run in self.runs:
            if found and run[0] - found[-1][-1][1] <= 2 * CONTEXT:
                found[-1].append(run)
            else:
                found.append([run])
        return tuple(tuple(at for run in group for at in range(*run)) for group in found)

    @cached_property
    def old(self) -> tuple[int, ...]:
        """Return for each place the number of the next line before, from 1 on."""
        return tuple(accumulate(map(_STEP_BEFORE.__getitem__, self.marks), initial=1))

    @cached_property
    def new(self) -> tuple[int, ...]:
        """Return for each place the number of the next line after, from 1 on."""
        return tuple(accumulate(map(_STEP_AFTER.__getitem__, self.marks), initial=1))


_STEP_BEFORE = {" ": 1, "-": 1, "+": 0}
_STEP_AFTER = {" ": 1, "-": 0, "+": 1}


def script(before: bytes | None, after: bytes | None) -> Script:
    """Return how `before` becomes `after`; None is a file that is not there."""
    marks, lines = _aligned(cut(before or b""), cut(after or b""))
    if (before is None) != (after is None):
        # That a file comes or goes is a change, whatever it holds.
        marks = ("+" if before is None else "-") + marks
        lines.insert(0, b"")
    return Script(before, after, marks, tuple(lines))


def hash_of(content: bytes | None) -> str:
    """Return the SHA-256 of what a file holds; empty for one that is not there."""
    return "" if content is None else sha256(content).hexdigest()


def cut(text: bytes) -> list[bytes]:
    """Cut behind each line feed only: what else may end a line belongs to it."""
    parts = text.split(b"\n")
    return [part + b"\n" for part in parts[:-1]] + ([parts[-1]] if parts[-1] else [])


def named(path: str, one: Script, parts: Sequence[Sequence[int]]) -> tuple[str, ...]:
    """Name parts of a script by what they change; the same again in a file counts up."""
    seen: Counter[str] = Counter()
    names = []
    for places in parts:
        told = _told(path, one, places)
        names.append(sha256(f"{told}\0{seen[told]}".encode()).hexdigest()[:12])
        seen[told] += 1
    return tuple(names)


def hunk_ids(path: str, before: bytes | None, after: bytes | None) -> tuple[str, ...]:
    """Return the names of the hunks that lead from one text to the other."""
    one = script(before, after)
    return named(path, one, one.groups)


def spans(places: Sequence[int]) -> tuple[Span, ...]:
    """Return places in order as spans."""
    if not places:
        return ()
    if places[-1] - places[0] + 1 == len(places):
        return ((places[0], places[-1] + 1),)
    breaks = [at for at, (one, two) in enumerate(pairwise(places), 1) if two != one + 1]
    edges = [0, *breaks, len(places)]
    return tuple((places[start], places[end - 1] + 1) for start, end in pairwise(edges))


def _told(path: str, one: Script, places: Sequence[int]) -> str:
    """Return a digest of what goes and what comes, and where in it something stays."""
    told = sha256(path.encode("utf-8", "surrogateescape"))
    for start, end in spans(places):
        told.update(f"\0\0{one.marks[start:end]}\0".encode())
        told.update(b"\0".join(one.lines[start:end]))
    return told.hexdigest()


def _aligned(old: Sequence[bytes], new: Sequence[bytes]) -> tuple[str, list[bytes]]:
    """Return the lines of both with their marks; of what differs, first what goes, then comes."""
    marks: list[str] = []
    lines: list[bytes] = []
    a = b = 0
    for start, other, length in (*_matches(old, new), (len(old), len(new), 0)):
        marks.append("-" * (start - a) + "+" * (other - b) + " " * length)
        lines += (*old[a:start], *new[b:other], *old[start : start + length])
        a, b = start + length, other + length
    return "".join(marks), lines


def _matches(old: Sequence[bytes], new: Sequence[bytes]) -> list[tuple[int, int, int]]:
    """Return where equal lines stand in both, and how many, in order."""
    found: list[tuple[int, int, int]] = []
    waiting = [(0, len(old), 0, len(new))]
    while waiting:
        a, a_end, b, b_end = waiting.pop()
        head = _alike(old, new, a, b, min(a_end - a, b_end - b))
        a_from, b_from = a + head, b + head
        tail = _alike_at_end(old, new, a_end, b_end, min(a_end - a_from, b_end - b_from))
        found += [(a, b, head), (a_end - tail, b_end - tail, tail)]
        inner = (a_from, a_end - tail, b_from, b_end - tail)
        if inner[0] < inner[1] and inner[2] < inner[3]:
            waiting += _between(old, new, inner, found)
    return sorted(match for match in found if match[2])


def _between(
    old: Sequence[bytes],
    new: Sequence[bytes],
    bounds: tuple[int, int, int, int],
    found: list[tuple[int, int, int]],
) -> list[tuple[int, int, int, int]]:
    """Note what is equal within bounds, or return the parts between lines found only once."""
    a, a_end, b, b_end = bounds
    if set(old[a:a_end]).isdisjoint(new[b:b_end]):
        return []
    if a_end - a + b_end - b <= _SMALL:
        matcher = SequenceMatcher(None, old[a:a_end], new[b:b_end], autojunk=False)
        found += [(a + one, b + two, length) for one, two, length in matcher.get_matching_blocks()]
        return []
    runs = list(_runs(_anchors(old, new, bounds)))
    found += runs
    edges = [(a, b, 0), *runs, (a_end, b_end, 0)] if runs else []
    return [
        (one + length, one_end, two + length, two_end)
        for (one, two, length), (one_end, two_end, _) in pairwise(edges)
    ]


def _runs(anchors: Iterable[tuple[int, int]]) -> Iterator[tuple[int, int, int]]:
    """Put anchors that follow each other on both sides together."""
    start = other = length = 0
    for one, two in anchors:
        if length and (one, two) == (start + length, other + length):
            length += 1
            continue
        if length:
            yield start, other, length
        start, other, length = one, two, 1
    if length:
        yield start, other, length


def _anchors(
    old: Sequence[bytes], new: Sequence[bytes], bounds: tuple[int, int, int, int]
) -> list[tuple[int, int]]:
    """Return the longest row of lines, in order in both, that each text has once."""
    a, a_end, b, b_end = bounds
    mine, its = _once(old, a, a_end), _once(new, b, b_end)
    pairs = [(at, its[line]) for line, at in mine.items() if line in its]
    return _rising(sorted(pairs))


def _once(lines: Sequence[bytes], start: int, end: int) -> dict[bytes, int]:
    counts = Counter(lines[start:end])
    return {lines[at]: at for at in range(start, end) if counts[lines[at]] == 1}


def _rising(pairs: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """Return the longest part in which the second number rises as well."""
    values = [value for _, value in pairs]
    if values == sorted(values):
        return pairs
    tops: list[int] = []
    last: list[int] = []
    before: list[int] = []
    for index, (_, value) in enumerate(pairs):
        at = bisect_left(tops, value)
        before.append(last[at - 1] if at else -1)
        tops[at : at + 1] = [value]
        last[at : at + 1] = [index]
    found = []
    at = last[-1] if last else -1
    while at >= 0:
        found.append(pairs[at])
        at = before[at]
    return found[::-1]


def _alike(old: Sequence[bytes], new: Sequence[bytes], a: int, b: int, most: int) -> int:
    return next((n for n in range(most) if old[a + n] != new[b + n]), most)


def _alike_at_end(
    old: Sequence[bytes], new: Sequence[bytes], a_end: int, b_end: int, most: int
) -> int:
    return next((n for n in range(most) if old[a_end - 1 - n] != new[b_end - 1 - n]), most)
