"""A screen as an SVG that needs nothing from anywhere: no fonts to fetch, no scripts."""

from __future__ import annotations

from collections.abc import Iterator
from html import escape

from rich.cells import cell_len
from rich.color import Color
from rich.style import Style
from rich.terminal_theme import TerminalTheme

from screens.interface import Interface

_CELL, _LINE, _SIZE, _PAD = 8.43, 18, 14, 10
_EIGHTHS = " ▁▂▃▄▅▆▇█"
_BLOCKS = frozenset(_EIGHTHS[1:])
_THEME = TerminalTheme(
    (24, 26, 31),
    (208, 212, 220),
    [
        (24, 26, 31),
        (224, 108, 117),
        (152, 195, 121),
        (209, 154, 102),
        (97, 175, 239),
        (198, 120, 221),
        (86, 182, 194),
        (171, 178, 191),
    ],
)
_HEAD = (
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:g} {height:g}" '
    'font-family="ui-monospace, DejaVu Sans Mono, Menlo, Consolas, monospace" '
    'font-size="{size}" xml:space="preserve">\n'
    '<rect width="100%" height="100%" rx="8" fill="{ground}"/>\n'
)


def picture(interface: Interface) -> str:
    """Draw what stands on the screen."""
    columns, lines = interface.size
    ground = _THEME.background_color.hex
    plain = interface.ink[next(iter(interface.ink))]
    if plain.bgcolor and not plain.bgcolor.is_default:
        ground = plain.bgcolor.get_truecolor(_THEME).hex
    out = [
        _HEAD.format(
            width=columns * _CELL + 2 * _PAD,
            height=lines * _LINE + 2 * _PAD,
            size=_SIZE,
            ground=ground,
        )
    ]
    for y, strip in enumerate(interface.screen._compositor.render_strips()):
        x = 0
        for text, style, _ in strip.simplify():
            out += _piece(text, style or Style.null(), x, y, ground)
            x += cell_len(text)
    return "".join([*out, "</svg>\n"])


def _piece(text: str, style: Style, x: int, y: int, ground: str) -> list[str]:
    ink, paper = _colour(style.color, _THEME.foreground_color.hex), _colour(style.bgcolor, ground)
    if style.reverse:
        ink, paper = paper, ink
    left, top, width = _PAD + x * _CELL, _PAD + y * _LINE, cell_len(text) * _CELL
    parts = []
    if paper != ground:
        parts.append(
            f'<rect x="{left:g}" y="{top}" width="{width:g}" height="{_LINE}" fill="{paper}"/>\n'
        )
    if _BLOCKS.intersection(text):
        return [*parts, *_bars(text, left, top, ink)]
    for offset, word in _words(text):
        at, length = left + cell_len(text[:offset]) * _CELL, cell_len(word) * _CELL
        parts.append(
            f'<text x="{at:g}" y="{top + 14}" textLength="{length:g}" '
            f'lengthAdjust="spacingAndGlyphs" fill="{ink}"{_looks(style)}>{escape(word)}</text>\n'
        )
    return parts


def _bars(text: str, left: float, top: int, ink: str) -> Iterator[str]:
    """Draw blocks as the rectangles that they are in a terminal, where lines touch."""
    for at, character in enumerate(text):
        height = _LINE * _EIGHTHS.index(character) / 8 if character in _BLOCKS else 1.5
        if character != " ":
            y = top + _LINE - height
            yield (
                f'<rect x="{left + at * _CELL:g}" y="{y:g}" width="{_CELL:g}" '
                f'height="{height:g}" fill="{ink}"/>\n'
            )


def _words(text: str) -> list[tuple[int, str]]:
    """Return the text between long blanks, with where each begins."""
    found, start = [], 0
    for part in text.split("  "):
        if part.strip():
            lead = len(part) - len(part.lstrip())
            found.append((start + lead, part.strip()))
        start += len(part) + 2
    return found


def _colour(colour: Color | None, default: str) -> str:
    if colour is None or colour.is_default:
        return default
    return colour.get_truecolor(_THEME).hex


def _looks(style: Style) -> str:
    looks = ""
    if style.bold:
        looks += ' font-weight="bold"'
    if style.dim:
        looks += ' opacity="0.6"'
    if style.underline:
        looks += ' text-decoration="underline"'
    return looks
