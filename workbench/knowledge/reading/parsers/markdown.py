"""Markdown under its headings."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import cache
from itertools import pairwise
from typing import TYPE_CHECKING

from workbench.knowledge.reading.cutting import Section, numbered

if TYPE_CHECKING:
    from markdown_it import MarkdownIt

_FRONT = re.compile(r"---[ \t]*\n.{0,10000}?\n(---|\.\.\.)[ \t]*(\n|$)", re.DOTALL)
Title = tuple[int, int, str]
"""The line on which a heading begins, its level, and what it says."""


def markdown(text: str) -> Iterator[Section]:
    """Yield what stands under each heading, with the headings above it."""
    yield from under_titles(text.split("\n"), list(_titles(text)))


def under_titles(lines: Sequence[str], titles: Sequence[Title]) -> Iterator[Section]:
    """Yield each part of a file that begins with a title, and what comes before the first."""
    path: list[tuple[int, str]] = []
    starts = [at for at, _, _ in titles]
    yield Section(numbered(lines, 1, starts[0] - 1 if starts else None))
    ends = [*(start - 1 for start in starts[1:]), len(lines)]
    for (at, level, title), end in zip(titles, ends, strict=False):
        while path and path[-1][0] >= level:
            path.pop()
        path.append((level, title))
        yield Section(numbered(lines, at, end), tuple(title for _, title in path))


def _titles(text: str) -> Iterator[Title]:
    """Front matter looks like a heading and is none."""
    front = _FRONT.match(text)
    body = "\n" * front[0].count("\n") + text[front.end() :] if front else text
    tokens = _parser().parse(body)
    for token, inline in pairwise(tokens):
        if token.type == "heading_open" and token.level == 0 and token.map:
            yield token.map[0] + 1, int(token.tag[1:]), inline.content.replace("\n", " ").strip()


@cache
def _parser() -> MarkdownIt:
    """Blocks are enough: what stands in a line is not looked at."""
    from markdown_it import MarkdownIt

    return MarkdownIt("commonmark", {"maxNesting": 50}).disable("inline")
