"""HTML: the main text under its headings, at the lines where it stands."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html.parser import HTMLParser

from workbench.knowledge.reading.cutting import Line, Section

_SILENT = frozenset(
    ("script", "style", "noscript", "template", "svg", "math", "iframe", "canvas", "select")
)
_ASIDE = frozenset(("nav", "header", "footer", "aside", "form", "button", "dialog"))
_MAIN = frozenset(("main", "article"))
_BLOCKS = frozenset(
    (
        *("address", "article", "blockquote", "br", "dd", "details", "div", "dl", "dt"),
        *("figcaption", "figure", "hr", "li", "main", "ol", "p", "pre", "section", "summary"),
        *("table", "tbody", "td", "th", "thead", "tr", "ul", "body", "title"),
    )
)
_HEADINGS = {f"h{level}": level for level in range(1, 7)}
_ENOUGH = 200
"""Characters in the part that says it is the main one, from which on the rest is left out."""
_SPACES = re.compile(r"\s+")


def html(text: str) -> Iterator[Section]:
    """Yield what is read of a page, without what surrounds it on every page."""
    page = _Page()
    page.feed(text)
    page.close()
    page.end_block()
    main = [block for block in page.blocks if block.main]
    enough = sum(len(block.text) for block in main) >= _ENOUGH
    yield from _under_headings(main if enough else page.blocks)


class _Block:
    """Text between two tags that begin a line of their own."""

    __slots__ = ("level", "line", "main", "text")

    def __init__(self, line: int, text: str, level: int, *, main: bool) -> None:
        self.line = line
        self.text = text
        self.level = level
        self.main = main


class _Page(HTMLParser):
    """Gathers blocks; nesting is counted by tag, since pages are seldom well formed."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.blocks: list[_Block] = []
        self._open: dict[str, int] = {}
        self._words: list[str] = []
        self._line = 1
        self._level = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in _BLOCKS or tag in _HEADINGS:
            self.end_block()
        if tag in _HEADINGS:
            self._level = _HEADINGS[tag]
        if tag in _SILENT or tag in _ASIDE or tag in _MAIN or tag == "pre":
            self._open[tag] = self._open.get(tag, 0) + 1
        if tag == "body":
            self._open.clear()
        del attrs

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Open nothing: a tag that ends itself holds nothing."""
        del attrs
        if tag in _BLOCKS:
            self.end_block()

    def handle_endtag(self, tag: str) -> None:
        if tag in _BLOCKS or tag in _HEADINGS:
            self.end_block()
        if tag in self._open:
            self._open[tag] = max(0, self._open[tag] - 1)

    def handle_data(self, data: str) -> None:
        if self._is_in(_SILENT) or self._is_in(_ASIDE):
            return
        if self._open.get("pre"):
            self._take_lines(data)
            return
        if not self._words and data.strip():
            leading = data[: len(data) - len(data.lstrip())]
            self._line = self.getpos()[0] + leading.count("\n")
        if data.strip() or self._words:
            self._words.append(data)

    def end_block(self) -> None:
        text = _SPACES.sub(" ", "".join(self._words)).strip()
        if text:
            self._add(self._line, text)
        self._words, self._level = [], 0

    def _take_lines(self, data: str) -> None:
        """Keep the lines of what is laid out by hand."""
        first = self.getpos()[0]
        for at, line in enumerate(data.split("\n")):
            if line.strip():
                self._add(first + at, line.rstrip())

    def _add(self, line: int, text: str) -> None:
        self.blocks.append(_Block(line, text, self._level, main=self._is_in(_MAIN)))

    def _is_in(self, tags: frozenset[str]) -> bool:
        return any(self._open.get(tag) for tag in tags)


def _under_headings(blocks: list[_Block]) -> Iterator[Section]:
    path: list[tuple[int, str]] = []
    lines: list[Line] = []
    for block in blocks:
        if block.level:
            yield Section(lines, tuple(title for _, title in path))
            lines = []
            while path and path[-1][0] >= block.level:
                path.pop()
            path.append((block.level, block.text))
        lines.append((block.line, block.text))
    yield Section(lines, tuple(title for _, title in path))
