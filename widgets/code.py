"""One line of code: made visible, broken at the width, with its changed words and its syntax."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from difflib import SequenceMatcher
from functools import lru_cache
from itertools import pairwise
from typing import NamedTuple

from rich.cells import cell_len

from widgets.colours import Colour, Inked
from widgets.ink import Piece, Role, Row, cells, width_of
from workbench.visible import visible_line

Span = tuple[int, int]
Words = tuple[Span, ...]

_TAB = 4
_WIDEST = len("\u27e8U+E01EF\u27e9")
"""So many cells at most are needed to show a character."""
_UNSEEN = re.compile("[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u2800\u3164\uffa0\ufe00-\ufe0f]")
_WORD = re.compile(r"\w+|\s+|[^\w\s]")
_MOST_WORDS = 200
_LEAST_ALIKE = 0.4
"""Of two lines that have less in common, no part is picked out."""

_SHADES: dict[str, dict[Colour, Role]] = {
    " ": {
        Colour.PLAIN: Role.PLAIN,
        Colour.KEYWORD: Role.KEYWORD,
        Colour.LITERAL: Role.LITERAL,
        Colour.COMMENT: Role.COMMENT,
        Colour.NAME: Role.NAME,
    },
    "+": {
        Colour.PLAIN: Role.ADDED,
        Colour.KEYWORD: Role.ADDED_KEYWORD,
        Colour.LITERAL: Role.ADDED_LITERAL,
        Colour.COMMENT: Role.ADDED_COMMENT,
        Colour.NAME: Role.ADDED_NAME,
    },
    "-": {
        Colour.PLAIN: Role.REMOVED,
        Colour.KEYWORD: Role.REMOVED_KEYWORD,
        Colour.LITERAL: Role.REMOVED_LITERAL,
        Colour.COMMENT: Role.REMOVED_COMMENT,
        Colour.NAME: Role.REMOVED_NAME,
    },
}
_PARTS = {"+": Role.ADDED_PART, "-": Role.REMOVED_PART, " ": Role.FOUND}
WHOLE = {mark: shades[Colour.PLAIN] for mark, shades in _SHADES.items()}


def drawn(text: str, mark: str, words: Words = (), inked: Inked = ()) -> Row:
    """Draw a line: what differs is picked out, the rest has the colours of its syntax."""
    pieces = _pieces(len(text), mark, words, inked)
    if text.isascii() and text.isprintable():
        return tuple((text[start:end], role) for start, end, role in pieces)
    row: list[Piece] = []
    column = 0
    for start, end, role in pieces:
        shown_ = shown(text[start:end], column)
        column += cells(shown_)
        row.append((shown_, role))
    return tuple(row)


def _pieces(length: int, mark: str, words: Words, inked: Inked) -> Iterator[tuple[int, int, Role]]:
    """Cut a line where colour or difference changes."""
    shades, part = _SHADES[mark], _PARTS.get(mark, Role.PLAIN)
    if not words:
        start = 0
        for end, colour in inked:
            yield start, end, shades[colour]
            start = end
        if start < length:
            yield start, length, shades[Colour.PLAIN]
        return
    colours = [*inked, (length, Colour.PLAIN)]
    edges = {0, length, *(end for end, _ in inked)}
    edges.update(edge for word in words for edge in word)
    at = 0
    for start, end in pairwise(sorted(edges)):
        while colours[at][0] <= start:
            at += 1
        picked = words and any(first <= start < last for first, last in words)
        yield start, end, part if picked else shades[colours[at][1]]


def shown(text: str, column: int = 0) -> str:
    """Return a line made visible; a tab is seen, and reaches to its stop."""
    if text.isascii() and text.isprintable():
        return text
    first, *others = text.split("\t")
    seen = visible_line(first)
    for part in others:
        gap = _TAB - (column + cell_len(seen)) % _TAB
        seen += visible_line("\t") + " " * (gap - 1) + visible_line(part)
    return seen


def height(text: str, room: int) -> int:
    """Return how many rows a line takes; most are known to fit without being drawn."""
    length = len(text)
    if text.isascii():
        if length + (_TAB - 1) * text.count("\t") <= room:
            return 1
    elif length * (2 if text.isprintable() and not _UNSEEN.search(text) else _WIDEST) <= room:
        return 1
    return len(folded(((shown(text), Role.PLAIN),), room))


def folded(pieces: Row, width: int) -> list[Row]:
    """Break a line of code wherever the width ends: blanks in code count."""
    if width_of(pieces) <= width:
        return [pieces]
    rows: list[Row] = []
    row: list[Piece] = []
    room = width
    for text, role in pieces:
        rest = text
        while rest:
            head, rest = _split(rest, room, whole_row=not row)
            if head:
                row.append((head, role))
                room -= cells(head)
            if rest:
                rows.append(tuple(row))
                row, room = [], width
    return [*rows, tuple(row)]


def _split(text: str, room: int, *, whole_row: bool) -> tuple[str, str]:
    """Cut off what fits; a character wider than a whole row stands there alone."""
    if text.isascii():
        return text[:room], text[room:]
    used = at = 0
    for at, character in enumerate(text):  # noqa: B007 - where it ended counts
        used += cell_len(character)
        if used > room:
            break
    else:
        return text, ""
    at = max(at, 1) if whole_row else at
    return text[:at], text[at:]


@lru_cache(maxsize=1024)
def differing(gone: str, come: str) -> tuple[Words, Words]:
    """Return the words of two lines that the other has not; none where nearly all differs."""
    if _has_many_words(gone, come):
        return _between_ends(gone, come)
    head, tail = _words_at_ends(gone, come)
    old, new = gone[head : len(gone) - tail], come[head : len(come) - tail]
    same = _matching(_WORD.findall(old), _WORD.findall(new))
    ends = gone[:head], gone[len(gone) - tail :]
    alike = sum(len(part.strip()) for part in (*ends, *same.alike))
    if alike < _LEAST_ALIKE * min(len(gone.strip()), len(come.strip())):
        return (), ()
    return _shifted(same.gone, head), _shifted(same.come, head)


class _Same(NamedTuple):
    """What two lists of words have in common, and where the others stand in each text."""

    alike: Sequence[str]
    gone: Words
    come: Words


def _has_many_words(gone: str, come: str) -> bool:
    """Tell whether comparing word by word would take long."""
    if len(gone) + len(come) <= _MOST_WORDS:
        return False
    return len(_WORD.findall(gone)) + len(_WORD.findall(come)) > _MOST_WORDS


def _words_at_ends(gone: str, come: str) -> tuple[int, int]:
    """Return how many characters both have in the same whole words at the beginning and the end."""
    shorter = min(len(gone), len(come))
    head = _alike(gone, come)
    while head and not (_between_words(gone, head) and _between_words(come, head)):
        head -= 1
    tail = min(_alike(gone[::-1], come[::-1]), shorter - head)
    at, other = len(gone) - tail, len(come) - tail
    while tail and not (_between_words(gone, at) and _between_words(come, other)):
        tail, at, other = tail - 1, at + 1, other + 1
    return head, tail


def _between_words(text: str, at: int) -> bool:
    """Tell whether one word ends and another begins at a place."""
    if at in (0, len(text)):
        return True
    found = _WORD.match(text, at - 1)
    return found is not None and found.end() == at


def _matching(old: list[str], new: list[str]) -> _Same:
    """Compare what stands between ends that are alike: mostly a word or none."""
    blocks: Sequence[tuple[int, int, int]] = ()
    if len(old) > 1 and len(new) > 1:
        matcher = SequenceMatcher(None, old, new, autojunk=False)
        blocks = matcher.get_matching_blocks()
    ends = [*blocks, (len(old), len(new), 0)]
    return _Same(
        ["".join(old[a : a + size]) for a, _, size in blocks],
        _others(old, [(a, a + size) for a, _, size in ends]),
        _others(new, [(b, b + size) for _, b, size in ends]),
    )


def _shifted(words: Words, by: int) -> Words:
    return tuple((start + by, end + by) for start, end in words)


def _others(words: Sequence[str], same: Sequence[Span]) -> Words:
    """Return where the words stand that are not in `same`."""
    ends = [0]
    for word in words:
        ends.append(ends[-1] + len(word))
    found: list[Span] = []
    at = 0
    for start, end in same:
        if start > at:
            found.append((ends[at], ends[start]))
        at = end
    return tuple(found)


def _between_ends(gone: str, come: str) -> tuple[Words, Words]:
    """Return of two long lines what lies between what begins and ends alike."""
    shorter = min(len(gone), len(come))
    start = _alike(gone, come)
    tail = min(_alike(gone[::-1], come[::-1]), shorter - start)
    if start + tail < _LEAST_ALIKE * shorter:
        return (), ()
    return _span(start, len(gone) - tail), _span(start, len(come) - tail)


def _span(start: int, end: int) -> Words:
    return ((start, end),) if start < end else ()


def _alike(one: str, other: str) -> int:
    """Return how many characters are the same at the beginning."""
    low, high = 0, min(len(one), len(other))
    while low < high:
        middle = (low + high + 1) // 2
        if one[low:middle] == other[low:middle]:
            low = middle
        else:
            high = middle - 1
    return low
