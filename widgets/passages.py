"""Lines of a file as they are read: numbered, coloured, with what was looked for picked out."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator, Sequence
from functools import lru_cache
from pathlib import PurePosixPath

from widgets.code import Words, drawn, folded
from widgets.colours import Inked, coloured, is_loaded
from widgets.ink import Piece, Role, Row, cells

Span = tuple[int, int]
Numbered = tuple[int, Row]
"""A row, and the line of the file that it shows a part of."""

_AT_A_TIME = 60
"""So many lines are coloured together."""
_LEAST_ROOM = 8
_SUFFIXES = {
    "python": ".py",
    "javascript": ".js",
    "typescript": ".ts",
    "markdown": ".md",
    "restructuredtext": ".rst",
    "rust": ".rs",
    "go": ".go",
    "java": ".java",
    "c": ".c",
    "cpp": ".cpp",
    "html": ".html",
}
_READ_BY_NAME = {".py", ".pyi", ".js", ".ts", ".rs", ".go", ".java", ".c", ".h", ".cpp", ".hpp"}


def coloured_as(path: str, language: str) -> str:
    """Return a name that says how a text is to be read: of a notebook it is its language."""
    suffix = PurePosixPath(path).suffix
    wanted = "" if suffix in _READ_BY_NAME else _SUFFIXES.get(language, "")
    return f"passage{wanted}" if wanted else path


def lines_of(
    text: str,
    first: int,
    width: int,
    *,
    name: str,
    marks: Sequence[Span] = (),
    dim: bool = False,
    prose: bool = False,
) -> Iterator[Numbered]:
    """Draw the lines of a text that begins at line `first`; marks are ranges of its characters."""
    fold = folded_between_words if prose else folded
    lines = text.removesuffix("\n").split("\n")
    digits = max(3, len(str(first + len(lines) - 1)))
    room = max(_LEAST_ROOM, width - digits - 3)
    inked = _inked(name, lines)
    found = _by_line(lines, marks)
    for number, line in enumerate(lines):
        row = drawn(line, " ", found[number], inked[number])
        if dim:
            row = tuple((piece, Role.DIM) for piece, _ in row)
        at = f" {first + number:>{digits}} "
        for part in fold(row, room):
            yield first + number, ((at, Role.DIM), (" ", Role.PLAIN), *part)
            at = " " * (digits + 2)


def folded_between_words(pieces: Row, width: int) -> list[Row]:
    """Break a line of prose at the last blank that fits, where there is one."""
    text = "".join(text for text, _ in pieces)
    rows: list[Row] = []
    rest = pieces
    while cells(text) > width:
        cut = text.rfind(" ", 0, _fitting(text, width) + 1) + 1
        if not text[:cut].strip():
            return [*rows, *folded(rest, width)]
        head, rest = _cut(rest, cut)
        rows.append(_cut(head, cut - 1)[0])  # The blank needs no room where the row ends.
        text = text[cut:]
    return [*rows, rest] if rest or not rows else rows


def _fitting(text: str, width: int) -> int:
    """Return how many characters fit."""
    if text.isascii():
        return width
    used = 0
    for at, character in enumerate(text):
        used += cells(character)
        if used > width:
            return at
    return len(text)


def _cut(pieces: Row, at: int) -> tuple[Row, Row]:
    """Cut a row behind so many characters."""
    head: list[Piece] = []
    for number, (text, role) in enumerate(pieces):
        if len(text) > at:
            rest = ((text[at:], role), *pieces[number + 1 :])
            return (*head, (text[:at], role)), rest
        head.append((text, role))
        at -= len(text)
    return tuple(head), ()


def best_line(text: str, marks: Sequence[Span]) -> tuple[int, str, Words]:
    """Return the line that has most of what was looked for: its place, itself, its marks."""
    amounts: dict[int, int] = {}
    for start, end in marks:
        begin = text.rfind("\n", 0, start) + 1
        amounts[begin] = amounts.get(begin, 0) + end - start
    begin = max(amounts, key=lambda one: (amounts[one], -one)) if amounts else _first_filled(text)
    line = text[begin:].partition("\n")[0]
    inside = ((max(0, first - begin), min(len(line), last - begin)) for first, last in marks)
    found = tuple(sorted(span for span in inside if span[0] < span[1]))
    return text.count("\n", 0, begin), line, found


def _first_filled(text: str) -> int:
    """Return where the first line begins that is not blank."""
    return text.rfind("\n", 0, len(text) - len(text.lstrip())) + 1


def marked_line(line: str, marks: Words, width: int) -> Row:
    """Draw one line in short; where the first mark would be out of sight, from shortly before."""
    indent = len(line) - len(line.lstrip())
    start = max(indent, marks[0][0] - width // 3) if marks and marks[0][1] > width else indent
    text = line[start : start + 4 * width].rstrip()
    inside = ((max(0, a - start), min(b - start, len(text))) for a, b in marks)
    shifted = tuple((first, last) for first, last in inside if first < last)
    before: Row = (("…", Role.DIM),) if start > indent else ()
    return (*before, *drawn(text, " ", shifted))


def _inked(name: str, lines: Sequence[str]) -> list[Inked]:
    """Colour some lines at a time: a long text would stay without colours."""
    known = is_loaded(name)
    chunks = (tuple(lines[at : at + _AT_A_TIME]) for at in range(0, len(lines), _AT_A_TIME))
    return [one for chunk in chunks for one in _coloured(name, chunk, known)]


@lru_cache(maxsize=256)
def _coloured(name: str, lines: tuple[str, ...], known: bool) -> list[Inked]:
    return coloured(name, lines) if known else [()] * len(lines)


def _by_line(lines: Sequence[str], marks: Sequence[Span]) -> list[Words]:
    """Cut marks at the ends of lines."""
    found: list[list[Span]] = [[] for _ in lines]
    starts = [0]
    for line in lines:
        starts.append(starts[-1] + len(line) + 1)
    for first, last in sorted(marks):
        at = max(0, bisect_left(starts, first + 1) - 1)
        while at < len(lines) and starts[at] < last:
            span = max(0, first - starts[at]), min(len(lines[at]), last - starts[at])
            if span[0] < span[1]:
                found[at].append(span)
            at += 1
    return [tuple(spans) for spans in found]
