"""What is drawn: rows of pieces, texts with a role; how a role looks is the theme's affair."""

from __future__ import annotations

from collections.abc import Sequence
from enum import Enum

from rich.cells import cell_len, set_cell_size

from workbench.visible import visible, visible_line


class Role(Enum):
    """What a piece of text is for."""

    PLAIN = "plain"
    DIM = "dim"
    STRONG = "strong"
    TITLE = "title"
    ACCENT = "accent"
    KEY = "key"
    GOOD = "good"
    WARN = "warn"
    BAD = "bad"
    ADDED = "added"
    ADDED_PART = "added_part"
    REMOVED = "removed"
    REMOVED_PART = "removed_part"
    KEYWORD = "keyword"
    LITERAL = "literal"
    COMMENT = "comment"
    NAME = "name"
    ADDED_KEYWORD = "added_keyword"
    ADDED_LITERAL = "added_literal"
    ADDED_COMMENT = "added_comment"
    ADDED_NAME = "added_name"
    REMOVED_KEYWORD = "removed_keyword"
    REMOVED_LITERAL = "removed_literal"
    REMOVED_COMMENT = "removed_comment"
    REMOVED_NAME = "removed_name"
    BAR = "bar"
    BAR_DIM = "bar_dim"
    BAR_KEY = "bar_key"
    BAR_GOOD = "bar_good"
    BAR_WARN = "bar_warn"
    BAR_BAD = "bar_bad"
    ACTIVE = "active"
    CURSOR = "cursor"
    CURSOR_DIM = "cursor_dim"
    SELECTED = "selected"
    FOUND = "found"


Piece = tuple[str, Role]
Row = tuple[Piece, ...]
Rows = tuple[Row, ...]

BLANK: Row = ()
_LEAST_ROOM = 10


def outside(text: str, role: Role = Role.PLAIN) -> Piece:
    """Make a piece of text that comes from outside, harmless and on one line."""
    return visible_line(text), role


def outside_lines(text: str, role: Role = Role.PLAIN) -> Piece:
    """Make a piece of several lines that comes from outside, harmless, its tabs as blanks."""
    return visible(text.expandtabs(4)), role


def cells(text: str) -> int:
    """Return how many cells a text takes; most are plain, and known without looking closer."""
    return len(text) if text.isascii() else cell_len(text)


def width_of(row: Row) -> int:
    text = "".join([text for text, _ in row])
    return len(text) if text.isascii() else sum(cells(text) for text, _ in row)


def cut(text: str, width: int) -> str:
    """Return `text` in at most `width` cells, an ellipsis where some is missing."""
    if cells(text) <= width:
        return text
    return set_cell_size(text, width - 1).rstrip() + "…" if width > 0 else ""


def fit(text: str, width: int) -> str:
    """Return `text` in exactly `width` cells."""
    return set_cell_size(cut(text, width), width)


def cut_row(row: Row, width: int) -> Row:
    """Return as much of `row` as fits."""
    if width_of(row) <= width:
        return row
    pieces: list[Piece] = []
    for text, role in row:
        kept = cut(text, width)
        pieces.append((kept, role))
        if kept != text:
            break
        width -= cells(kept)
    return tuple(pieces)


def apart(left: Row, right: Row, width: int, role: Role = Role.PLAIN) -> Row:
    """Put `left` and `right` at the two ends; where both do not fit, `left` is cut."""
    right = cut_row(right, width)
    left = cut_row(left, max(0, width - width_of(right) - 1))
    gap = width - width_of(left) - width_of(right)
    return (*left, (" " * gap, role), *right)


def in_role(row: Row, plain: Role, dim: Role) -> Row:
    """Return `row` as it looks under the cursor: one background, two shades, and what was found."""
    return tuple(
        (text, role if role is Role.FOUND else dim if role is Role.DIM else plain)
        for text, role in row
    )


def wrap(text: str, width: int) -> list[str]:
    """Break `text` into lines of at most `width` cells, between words where it can."""
    lines: list[str] = []
    for paragraph in text.split("\n"):
        lines += _wrap_paragraph(paragraph, max(1, width))
    return lines


def _wrap_paragraph(text: str, width: int) -> list[str]:
    """Break one paragraph; its lines keep the indent of the first."""
    words = text.lstrip(" ")
    indent = " " * min(len(text) - len(words), max(0, width - _LEAST_ROOM))
    lines, line = [], ""
    for word in words.split(" "):
        longer = f"{line} {word}" if line else word
        if cell_len(longer) <= width - len(indent):
            line = longer
            continue
        if line:
            lines.append(indent + line)
        *whole, line = _chop(word, width - len(indent))
        lines += [indent + part for part in whole]
    return [*lines, indent + line]


def _chop(word: str, width: int) -> list[str]:
    """Cut a word that is longer than a line; a character wider than the line stands alone."""
    parts, part, size = [], "", 0
    for character in word:
        cells = cell_len(character)
        if part and size + cells > width:
            parts.append(part)
            part, size = "", 0
        part += character
        size += cells
    return [*parts, part]


def beside(columns: Sequence[tuple[Rows, int]], gap: int, indent: int = 0) -> Rows:
    """Put blocks of rows side by side, each cut or filled to its width."""
    height = max(len(rows) for rows, _ in columns)
    return tuple(
        (
            (" " * indent, Role.PLAIN),
            *(
                piece
                for rows, width in columns
                for piece in _filled(rows[y] if y < len(rows) else BLANK, width, gap)
            ),
        )
        for y in range(height)
    )


def _filled(row: Row, width: int, gap: int) -> Row:
    row = cut_row(row, width)
    return (*row, (" " * (width - width_of(row) + gap), Role.PLAIN))
