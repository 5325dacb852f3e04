"""What widgets draw, as values."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from screens.look import THEMES, choose_theme
from screens.sheets import distance
from screens.themes import INKS
from screens.wording import size
from widgets.facts import facts
from widgets.ink import Role, apart, beside, cut, fit, width_of, wrap
from widgets.plot import bars
from widgets.prompt import Typed, prompt_row, typed_at_end
from workbench.errors import ConfigurationError

TEXT = st.text(alphabet=st.sampled_from("ab 語\x1b\u202e-"), max_size=40)
WIDTH = st.integers(2, 60)
MOVES: dict[str, Callable[[Typed], Typed]] = {
    "left": lambda typed: typed.move(-1),
    "right": lambda typed: typed.move(1),
    "home": Typed.home,
    "end": Typed.end,
    "back": Typed.delete_left,
    "delete": Typed.delete_right,
    "word": Typed.delete_word,
    "all": Typed.delete_all,
    "insert": lambda typed: typed.insert("語 "),
}


@given(TEXT, WIDTH)
def test_text_is_cut_and_filled_to_its_width(text: str, width: int) -> None:
    assert cell_len(cut(text, width)) <= width
    assert cell_len(fit(text, width)) == width


@given(TEXT, WIDTH)
def test_wrapped_text_fits_and_loses_no_word(text: str, width: int) -> None:
    lines = wrap(text, width)
    assert all(cell_len(line) <= width for line in lines)
    assert "".join("".join(lines).split()) == "".join(text.split())


@given(TEXT, TEXT, WIDTH)
def test_two_ends_of_a_line_fill_it(left: str, right: str, width: int) -> None:
    row = apart(((left, Role.PLAIN),), ((right, Role.DIM),), width)
    assert width_of(row) == width


@given(st.lists(st.integers(0, 10_000), max_size=80), st.integers(0, 70), st.integers(1, 6))
def test_a_plot_is_as_high_and_wide_as_asked(values: list[int], width: int, height: int) -> None:
    rows = bars(values, width, height)
    assert len(rows) == height
    assert {width_of(row) for row in rows} == {min(width, len(values))}
    if values[-width:] and width:
        lowest = rows[-1][0][0]
        shown = zip(lowest, values[-width:], strict=True)
        assert all((mark == "·") == (value == 0) for mark, value in shown)


@given(st.lists(st.sampled_from(sorted(MOVES)), max_size=30))
def test_typing_keeps_its_cursor_in_the_text(moves: list[str]) -> None:
    typed = Typed()
    for move in moves:
        typed = MOVES[move](typed)
        assert 0 <= typed.at <= len(typed.text)


def test_a_long_prompt_shows_the_part_with_the_cursor() -> None:
    row = prompt_row("note", typed_at_end("x" * 100 + "end"), 40)
    assert "end" in row[1][0]
    assert width_of(row) <= 40
    assert row[2] == (" ", Role.ACTIVE)


def test_columns_stand_side_by_side() -> None:
    left = ((("a", Role.PLAIN),),)
    right = ((("b", Role.PLAIN),), (("c", Role.PLAIN),))
    rows = beside([(left, 3), (right, 3)], gap=1)
    assert ["".join(text for text, _ in row) for row in rows] == ["a   b   ", "    c   "]


def test_values_from_outside_are_made_visible() -> None:
    (row,) = facts([("name", "a\x1b[2Jb\nc")], 40)
    assert row[1][0] == "a␛[2Jb␊c"


def test_sizes_have_three_digits() -> None:
    shown = [size(count) for count in (0, 999, 1000, 52_000, 999_999, 84_300_000, 33 * 10**9)]
    assert shown == ["0 B", "999 B", "1.0 KB", "52.0 KB", "1.0 MB", "84.3 MB", "33.0 GB"]


def test_the_nearest_title_comes_first() -> None:
    assert distance("met", "Go to Metrics") == 6
    assert distance("gtm", "Go to Metrics") is not None
    assert distance("xyz", "Go to Metrics") is None
    assert distance(" ", "anything") == 0


def test_every_theme_knows_every_role() -> None:
    assert tuple(INKS) == THEMES
    assert all(set(ink) == set(Role) for ink in INKS.values())


def test_the_theme_suits_the_terminal() -> None:
    rich = {"TERM": "xterm-256color", "COLORTERM": "truecolor"}
    assert choose_theme("auto", rich) == "dark"
    assert choose_theme("auto", {**rich, "COLORFGBG": "0;15"}) == "light"
    assert choose_theme("auto", {**rich, "NO_COLOR": "1"}) == "no-colour"
    assert choose_theme("auto", {"TERM": "linux"}) == "16-colour"
    assert choose_theme("auto", {"TERM": "dumb"}) == "no-colour"
    assert choose_theme("light", {"TERM": "dumb"}) == "light"
    with pytest.raises(ConfigurationError, match="did you mean `dark`"):
        choose_theme("drak", rich)
