"""A passage in full: why it is there, its lines between those around it, what stands there now."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from widgets.facts import heading
from widgets.ink import BLANK, Role, Row, Rows, apart, outside, wrap
from widgets.passages import Numbered, coloured_as, lines_of
from workbench.api.passages import Hit, Passage, Reason, Surrounded
from workbench.visible import visible_line

_WHY = {
    "terms": "it has the words",
    "symbol": "it defines or names",
    "similar": "what it says is alike",
    "neighbour": "it is next to",
}
_INDENT: Row = (("   ", Role.PLAIN),)


class Page:
    """Rows to read, of which some show lines of a file."""

    def __init__(
        self,
        rows: Rows,
        *,
        lines: tuple[int, ...] = (),
        path: str = "",
        passage: tuple[int, int] = (0, 0),
    ) -> None:
        self.rows = rows
        self.lines = lines or (0,) * len(rows)
        """By row the line of the file that it shows; 0 for none."""
        self.path = path
        self.passage = passage
        """The first and the last line of what was found."""
        self.first = 0
        """The row where one begins to read."""

    @property
    def count(self) -> int:
        return len(self.rows)

    def row(self, index: int) -> Row:
        return self.rows[index]

    def line_at(self, index: int) -> int:
        """Return the line of the file at a row, or the nearest one."""
        shown = [(abs(at - index), line) for at, line in enumerate(self.lines) if line]
        return min(shown)[1] if shown else 0

    def row_of(self, line: int) -> int:
        """Return the first row that shows a line."""
        return next((at for at, one in enumerate(self.lines) if one == line), self.first)


def passage_page(
    item: Hit | Passage,
    surrounded: Surrounded | None,
    width: int,
    *,
    head: Rows = (),
    plain: bool = False,
) -> Page:
    """Lay a passage out; its neighbours are there as soon as they were read."""
    hit = item if isinstance(item, Hit) else None
    passage = item.passage if isinstance(item, Hit) else item
    told = (*head, *(_INDENT + row for row in _told(passage, hit, surrounded, max(12, width - 4))))
    before = surrounded.before if surrounded else ()
    after = surrounded.after if surrounded else ()
    numbered: list[Numbered] = [(0, row) for row in (*told, BLANK)]
    numbered += _lines(before, width, upto=passage.first)
    name = "" if plain else coloured_as(passage.path, passage.language)
    numbered += _own(passage, hit, surrounded, width, name)
    numbered += _lines(after, width, behind=passage.last)
    if surrounded and surrounded.stale:
        numbered += _now(passage, surrounded, width, name)
    rows, lines = tuple(row for _, row in numbered), tuple(line for line, _ in numbered)
    span = passage.first, passage.last
    page = Page(rows, lines=lines, path=passage.path, passage=span)
    page.first = page.row_of(passage.first + _first_mark(passage, hit))
    return page


def _told(
    passage: Passage, hit: Hit | None, surrounded: Surrounded | None, width: int
) -> Iterator[Row]:
    trail = " > ".join((*passage.heading, *((passage.symbol,) if passage.symbol else ())))
    kind = " ".join(filter(None, (passage.language, passage.kind)))
    yield apart((outside(trail or passage.path, Role.STRONG),), ((kind, Role.DIM),), width)
    for reason in hit.reasons if hit else ():
        for line in wrap(f"here since {_why(reason)}", width):
            yield ((line, Role.DIM),)
    if hit and hit.domain:
        yield (outside(f"from {hit.domain}", Role.DIM),)
    if (surrounded and surrounded.stale) or (hit and hit.stale):
        yield (("stale: the file changed since it was read", Role.WARN),)


def _why(reason: Reason) -> str:
    told = _WHY.get(reason.why, reason.why)
    if reason.why == "similar":
        return f"{told} ({reason.score:.2f})"
    return f"{told} {visible_line(reason.what)}".strip()


def _own(
    passage: Passage, hit: Hit | None, surrounded: Surrounded | None, width: int, name: str
) -> Iterator[Numbered]:
    marks = hit.marks if hit else ()
    if surrounded and (surrounded.before or surrounded.after):
        yield 0, ((f"─── {passage.first} to {passage.last} ", Role.ACCENT),)
    prose = passage.kind != "code"
    yield from lines_of(passage.text, passage.first, width, name=name, marks=marks, prose=prose)
    if surrounded and surrounded.after:
        yield 0, (("───", Role.ACCENT),)


def _lines(
    passages: Iterable[Passage], width: int, *, behind: int = 0, upto: int = 0
) -> Iterator[Numbered]:
    """Draw neighbours in one colour; lines that stand in another passage as well are left out."""
    for one in passages:
        lines = one.text.removesuffix("\n").split("\n")
        start = max(0, behind + 1 - one.first)
        stop = min(len(lines), upto - one.first) if upto else len(lines)
        if start < stop:
            text = "\n".join(lines[start:stop])
            first, prose = one.first + start, one.kind != "code"
            yield from lines_of(text, first, width, name="", dim=True, prose=prose)
        behind = max(behind, one.last)


def _now(passage: Passage, surrounded: Surrounded, width: int, name: str) -> Iterator[Numbered]:
    yield 0, BLANK
    if not surrounded.now:
        told = "Nothing else stands at these lines now."
        yield 0, (*_INDENT, (told, Role.DIM))
        return
    yield 0, (*_INDENT, *heading("What stands there now"))
    prose = passage.kind != "code"
    yield from lines_of(surrounded.now, passage.first, width, name=name, prose=prose)


def _first_mark(passage: Passage, hit: Hit | None) -> int:
    """Return how many lines stand before what was looked for."""
    at = min((start for start, _ in hit.marks), default=0) if hit else 0
    return passage.text.count("\n", 0, at)
