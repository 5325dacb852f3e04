"""Whatever is drawn after whatever, the terminal ends up with the new picture."""

from __future__ import annotations

import pyte
from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console
from rich.segment import Segment
from rich.style import Style
from textual._compositor import LayoutUpdate
from textual.geometry import Region
from textual.strip import Strip

from screens.picture import Picture

WIDTH, HEIGHT = 24, 5
STYLES = tuple(
    Style.parse(text)
    for text in ("none", "bold", "dim", "reverse", "red", "red on blue", "#102030 on #405060", "u")
)
TEXT = st.text(alphabet="ab  ─█日語é", min_size=0, max_size=12)
SEGMENT = st.tuples(TEXT, st.sampled_from(STYLES))
LINE = st.lists(SEGMENT, max_size=5)
FRAME = st.lists(LINE, min_size=HEIGHT, max_size=HEIGHT)


def strip_of(line: list[tuple[str, Style]]) -> Strip:
    segments = [Segment(text, style) for text, style in line]
    return Strip(segments).adjust_cell_length(WIDTH).crop(0, WIDTH)


def console(system: str) -> Console:
    return Console(color_system=system, force_terminal=True, _environ={})  # type: ignore[arg-type]


def cells(screen: pyte.Screen) -> list[list[tuple[object, ...]]]:
    return [
        [tuple(screen.buffer[y][x])[:3] + tuple(screen.buffer[y][x])[5:8] for x in range(WIDTH)]
        for y in range(HEIGHT)
    ]


@given(st.lists(FRAME, min_size=1, max_size=4), st.sampled_from(["truecolor", "standard"]))
def test_a_picture_after_others_is_as_if_it_were_the_first(
    frames: list[list[list[tuple[str, Style]]]], system: str
) -> None:
    picture, after_others = Picture(console(system)), pyte.Screen(WIDTH, HEIGHT)
    after_others.reset_mode(pyte.modes.DECAWM)
    stream = pyte.Stream(after_others)
    for frame in frames:
        update = LayoutUpdate([[strip_of(line)] for line in frame], Region(0, 0, WIDTH, HEIGHT))
        stream.feed(picture.change(update, (WIDTH, HEIGHT)))
        first = pyte.Screen(WIDTH, HEIGHT)
        first.reset_mode(pyte.modes.DECAWM)
        fresh = Picture(console(system)).change(update, (WIDTH, HEIGHT))
        pyte.Stream(first).feed(fresh)
        assert after_others.display == first.display
        assert cells(after_others) == cells(first)
        assert [row.rstrip() for row in first.display] == [
            strip_of(line).text.rstrip() for line in frame
        ]


def test_the_same_picture_again_is_nothing() -> None:
    picture = Picture(console("truecolor"))
    update = LayoutUpdate([[strip_of([("abc", STYLES[4])])]], Region(0, 0, WIDTH, 1))
    assert picture.change(update, (WIDTH, 1))
    assert picture.change(update, (WIDTH, 1)) == ""
    picture.forget()
    assert picture.change(update, (WIDTH, 1)).startswith("\x1b[0m\x1b[2J")
    assert picture.change(update, (WIDTH, 2)).startswith("\x1b[0m\x1b[2J")
