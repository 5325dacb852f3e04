"""What the terminal shows, cell by cell, so that only what differs is sent to it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import groupby, repeat
from operator import itemgetter, ne
from typing import Any, NamedTuple

from rich.cells import cell_len
from rich.color import ColorSystem
from rich.console import Console
from rich.style import Style
from textual._compositor import ChopsUpdate, LayoutUpdate
from textual.strip import Strip


class Pen(NamedTuple):
    """The codes that set how the next characters look."""

    attributes: str = ""
    ink: str = ""
    ground: str = ""


Cell = tuple[str, Pen]
"""A character and its pen; the right half of a wide character is empty text."""

_NO_PEN = Pen("?")
_UNKNOWN: Cell = ("", _NO_PEN)
_STRETCH = re.compile(rb"\x01+(?:\x00{1,4}\x01+)*")
"""Cells that differ, with short gaps of others between them."""
_LONG_BLANK = 6
_BLANKS_SEEN = frozenset(("4", "7", "9", "21", "53"))
"""Attributes that show on a blank: lines and reverse."""
_CLEAR = "\x1b[0m\x1b[2J"


class Picture:
    """Turns updates into a short text that brings the terminal from one picture to the next."""

    def __init__(self, console: Console) -> None:
        self._colours = ColorSystem[_system(console)]
        self._pens: dict[Style, Pen] = {}
        self._rows: list[list[Cell]] = []
        self._pen = _NO_PEN
        self._unknown = True

    def forget(self) -> None:
        """Take nothing for granted: something else has drawn on the terminal."""
        self._unknown = True

    def change(self, update: LayoutUpdate | ChopsUpdate, size: tuple[int, int]) -> str:
        """Return what to send for `update` on a terminal of `size`."""
        out: list[str] = []
        width, height = size
        if self._unknown or (len(self._rows), len(self._rows[0])) != (height, width):
            self._rows = [[_UNKNOWN] * width for _ in range(height)]
            self._unknown, self._pen = False, _NO_PEN
            out.append(_CLEAR)
        for y, x, strip in pieces(update):
            if y < height and x < width:
                self._change_row(y, x, self._cells(strip)[: width - x], out)
        return "".join(out)

    def _change_row(self, y: int, x: int, cells: list[Cell], out: list[str]) -> None:
        row = self._rows[y]
        old = row[x : x + len(cells)]
        if old == cells:
            return
        row[x : x + len(cells)] = cells
        to_the_end = x + len(cells) == len(row)
        for start, end in _runs(cells, old):
            out.append(f"\x1b[{y + 1};{x + start + 1}H")
            blank = self._blank_tail(cells, start) if to_the_end and end == len(cells) else end
            self._draw(cells[start:blank], x + start, y, out)
            if blank < end:
                self._take_pen(cells[blank][1], out)
                out.append("\x1b[K")

    def _draw(self, cells: list[Cell], x: int, y: int, out: list[str]) -> None:
        """Write cells, those with the same pen together."""
        for pen, some in groupby(cells, itemgetter(1)):
            texts = [text for text, _ in some]
            if "" in texts:
                self._draw_wide(texts, pen, x, y, out)
            else:
                self._take_pen(pen, out)
                out.extend(texts)
            x += len(texts)

    def _draw_wide(self, texts: list[str], pen: Pen, x: int, y: int, out: list[str]) -> None:
        """Write cells; after a character that terminals disagree about, say where to go on."""
        for at, text in enumerate(texts, x + 1):
            if text:
                self._take_pen(pen, out)
                out.append(text)
            else:
                out.append(f"\x1b[{y + 1};{at + 1}H")

    def _take_pen(self, pen: Pen, out: list[str]) -> None:
        if pen != self._pen:
            out.append(f"\x1b[{_change_of(self._pen, pen)}m")
            self._pen = pen

    def _blank_tail(self, cells: list[Cell], start: int) -> int:
        """Return where blanks begin that erasing to the end of the line draws as well."""
        blank = (" ", pen := cells[-1][1])
        end = at = len(cells)
        if not pen.ground and not _BLANKS_SEEN.intersection(pen.attributes.split(";")):
            while at > start and cells[at - 1] == blank:
                at -= 1
        return at if end - at >= _LONG_BLANK else end

    def _cells(self, strip: Strip) -> list[Cell]:
        cells: list[Cell] = []
        for text, style, control in strip:
            if control:
                continue
            pen = self._pen_of(style)
            if text.isascii():
                cells.extend(zip(text, repeat(pen)))
            else:
                _add_wide(cells, text, pen)
        return cells

    def _pen_of(self, style: Style | None) -> Pen:
        if style is None:
            return Pen()
        pen = self._pens.get(style)
        if pen is None:
            pen = self._pens[style] = _pen(style, self._colours)
        return pen


def pieces(update: LayoutUpdate | ChopsUpdate) -> Iterator[tuple[int, int, Strip]]:
    """Yield each part of `update` with its row and column."""
    if isinstance(update, LayoutUpdate):
        for y, strips in enumerate(update.strips, update.region.y):
            x = update.region.x
            for strip in strips:
                yield y, x, strip
                x += strip.cell_length
        return
    for y, left, right in update.spans:
        for end, (x, part) in zip(update.chop_ends[y], update.chops[y].items(), strict=False):
            if part is not None and x < right and end > left:
                yield y, x, part.crop(0, min(end, right) - x)


def _runs(new: list[Cell], old: list[Cell]) -> Iterator[tuple[int, int]]:
    """Yield the stretches that differ; those with a short gap between them are one."""
    return (found.span() for found in _STRETCH.finditer(bytes(map(ne, new, old))))


def _add_wide(cells: list[Cell], text: str, pen: Pen) -> None:
    for character in text:
        width = cell_len(character)
        if width == 0 and cells:
            before, its_pen = cells[-1]
            cells[-1] = (before + character, its_pen)
        else:
            cells.append((character, pen))
            cells.extend(repeat(("", pen), width - 1))


def _change_of(old: Pen, new: Pen) -> str:
    """Return the codes that turn one pen into another."""
    if old.attributes != new.attributes:
        return ";".join(("0", *filter(None, new)))
    ink = new.ink or "39" if new.ink != old.ink else ""
    ground = new.ground or "49" if new.ground != old.ground else ""
    return ";".join(filter(None, (ink, ground)))


def _pen(style: Style, colours: ColorSystem) -> Pen:
    """Return the pen that draws in `style`."""
    ink = _codes(Style(color=style.color), colours)
    ground = _codes(Style(bgcolor=style.bgcolor), colours)
    attributes = _codes(style.without_color, colours)
    return Pen(attributes, "" if ink == "39" else ink, "" if ground == "49" else ground)


def _codes(style: Style, colours: ColorSystem) -> str:
    drawn = style.render("x", color_system=colours)
    return drawn.partition("m")[0].removeprefix("\x1b[") if drawn != "x" else ""


def _system(console: Console) -> str:
    """Return the name of the colour system that `console` found out."""
    names: dict[Any, str] = {"256": "EIGHT_BIT", "truecolor": "TRUECOLOR", "windows": "WINDOWS"}
    return names.get(console.color_system, "STANDARD")
