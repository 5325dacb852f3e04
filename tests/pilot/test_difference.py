"""A diff by lines: what it says is drawn whole, whatever the width, and only where one looks."""

from __future__ import annotations

import difflib

from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from widgets.difference import Difference, changed, folded
from widgets.ink import Role, Row, width_of
from widgets.pages import Indented, Stack, Written
from workbench.visible import visible_line

LINE = st.text(alphabet=st.sampled_from("ab -+@\\語\x1b\u202e\r"), max_size=30)
LINES = st.lists(LINE, max_size=12)
WIDTH = st.integers(4, 60)


def unified(before: list[str], after: list[str]) -> str:
    made = difflib.unified_diff(
        [f"{line}\n" for line in before], [f"{line}\n" for line in after], "a/x", "b/x"
    )
    return "".join(made)


def text_of(row: Row) -> str:
    return "".join(text for text, _ in row)


def drawn(difference: Difference, width: int) -> list[str]:
    layout = difference.laid_out(width)
    return [text_of(layout.row(index)) for index in range(layout.count)]


@given(LINES, LINES)
def test_lines_are_those_of_the_two_texts(before: list[str], after: list[str]) -> None:
    lines = Difference(unified(before, after)).lines
    for text, mark in ((before, "-"), (after, "+")):
        shown = [line for line in lines if line.mark in (" ", mark)]
        assert all(line.text == text[line.number - 1] for line in shown if line.mark == mark)
    gone = sum(line.mark == "-" for line in lines)
    come = sum(line.mark == "+" for line in lines)
    assert len(before) - gone == len(after) - come


@given(LINES, LINES, WIDTH)
def test_every_character_is_drawn_at_every_width(
    before: list[str], after: list[str], width: int
) -> None:
    difference = Difference(unified(before, after))
    room = max(8, width - difference.digits - 2)
    rows = drawn(difference, width)
    assert all(cell_len(row) <= room + difference.digits + 2 for row in rows)
    code = [line for line in difference.lines if line.mark in " +-"]
    wanted = "".join(visible_line(line.text) for line in code)
    layout = difference.laid_out(width)
    kept = [layout.row(index) for index in range(layout.count)]
    is_code = [row for row in kept if len(row) > 1 and row[1][0] in (" ", "+", "-")]
    assert "".join(text_of(row[2:]) for row in is_code) == wanted


@given(LINES, LINES, WIDTH)
def test_a_row_is_the_same_whenever_it_is_drawn(
    before: list[str], after: list[str], width: int
) -> None:
    layout = Difference(unified(before, after)).laid_out(width)
    forth = [layout.row(index) for index in range(layout.count)]
    back = [layout.row(index) for index in reversed(range(layout.count))]
    assert forth == back[::-1]


@given(st.text(alphabet="ab(語", max_size=60), st.integers(1, 20))
def test_folding_keeps_all_and_fits(text: str, width: int) -> None:
    rows = folded(((text[:7], Role.PLAIN), (text[7:], Role.ADDED)), width)
    assert "".join(text_of(row) for row in rows) == text
    assert all(width_of(row) <= max(2, width) for row in rows)


def test_what_looks_like_a_head_inside_a_hunk_is_a_line() -> None:
    lines = Difference(unified(["-- a", "@@ -1 +1 @@"], ["++ b", "@@ -1 +1 @@"])).lines
    assert [line.mark for line in lines] == ["f", "f", "@", "-", "+", " "]
    assert [line.number for line in lines] == [0, 0, 0, 1, 1, 2]


def test_several_files_and_a_missing_end_of_line() -> None:
    diff = (
        "--- a/x\n+++ b/x\n@@ -1 +1 @@\n-a\n\\ No newline at end of file\n+b\n"
        "--- a/y\n+++ b/y\n@@ -7,0 +8,2 @@\n+c\n+d\n"
    )
    rows = drawn(Difference(diff), 40)
    assert rows == [
        *("--- a/x", "+++ b/x", "@@ -1 +1 @@", "1 -a", "\\ No newline at end of file", "1 +b"),
        *("--- a/y", "+++ b/y", "@@ -7,0 +8,2 @@", "8 +c", "9 +d"),
    ]


def test_the_part_that_differs_is_picked_out() -> None:
    difference = Difference(unified(["while a < b:"], ["while a <= b:"]))
    gone, come = difference.lines[3:]
    assert changed(gone, difference.partner(3)) == (9, 9)
    assert changed(come, difference.partner(4)) == (9, 10)
    assert difference.laid_out(40).row(4)[2:] == (
        ("while a <", Role.ADDED),
        ("=", Role.ADDED_PART),
        (" b:", Role.ADDED),
    )


def test_of_lines_with_little_in_common_no_part_is_picked_out() -> None:
    difference = Difference(unified(["return 1"], ["yield from other"]))
    assert changed(difference.lines[3], difference.partner(3)) == (0, 0)


def test_lines_that_went_without_as_many_coming_have_no_partner() -> None:
    difference = Difference(unified(["a", "b"], ["c"]))
    assert [difference.partner(index) for index in range(len(difference.lines))] == [None] * 6


def test_a_tab_is_seen_and_reaches_to_its_stop() -> None:
    rows = drawn(Difference(unified(["\ta\tb"], ["    a\tb"])), 40)
    assert rows[-2:] == ["1 -␉   a␉  b", "1 +    a␉  b"]


def test_an_empty_diff_has_no_rows() -> None:
    assert Difference("").laid_out(40).count == 0


def test_blocks_stand_one_below_the_other() -> None:
    one, two = Written(((("a", Role.PLAIN),),)), Written(((("b", Role.PLAIN),), ()))
    stack = Indented(Stack((one, Written(()), two, one)), ((" ", Role.DIM),))
    assert [text_of(stack.row(index)) for index in range(stack.count)] == [" a", " b", " ", " a"]
