"""reStructuredText under its titles, whose level is told by what they are underlined with."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from workbench.knowledge.reading.cutting import Section
from workbench.knowledge.reading.parsers.markdown import Title, under_titles

_ADORNED = re.compile(r"([!-/:-@\[-`{-~])\1{1,}[ \t]*")
_LONGEST_TITLE = 200


def rst(text: str) -> Iterator[Section]:
    lines = text.split("\n")
    yield from under_titles(lines, list(_titles(lines)))


def _titles(lines: Sequence[str]) -> Iterator[Title]:
    """Yield each line that is underlined; an overline makes another level of it."""
    levels: dict[tuple[str, bool], int] = {}
    at = 0
    while at + 1 < len(lines):
        over = _overline(lines, at)
        title = lines[at + over]
        if not _is_title(lines, at, over=over):
            at += 1
            continue
        mark = (lines[at + over + 1][0], over)
        yield at + 1, levels.setdefault(mark, len(levels) + 1), title.strip()
        at += 2 + over


def _overline(lines: Sequence[str], at: int) -> bool:
    return bool(
        at + 2 < len(lines)
        and _ADORNED.fullmatch(lines[at])
        and lines[at].rstrip() == lines[at + 2].rstrip()
    )


def _is_title(lines: Sequence[str], at: int, *, over: bool) -> bool:
    title, under = lines[at + over], lines[at + over + 1]
    if not title.strip() or len(title) > _LONGEST_TITLE or not _ADORNED.fullmatch(under):
        return False
    if over:
        return True
    follows_text = at > 0 and lines[at - 1].strip() != ""
    is_text = not title[0].isspace() and not _ADORNED.fullmatch(title)
    return is_text and not follows_text and len(under.rstrip()) >= len(title.rstrip())
