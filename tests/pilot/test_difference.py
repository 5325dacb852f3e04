"""What changes, by rows: all of it is drawn, whatever the width, and only where one looks."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from tests.pilot.findings import PROPOSED
from widgets import colours
from widgets.changes import HEAD, Heights, Split, Text, Unified
from widgets.code import Words, differing, drawn, folded, height, shown
from widgets.difference import Body, Difference, Layout, Marks
from widgets.ink import Role, Row, Rows, width_of
from widgets.pages import Indented, Stack, Written
from workbench.api.deciding import Accept, AnyAct, Reject, Remark
from workbench.api.deciding import Split as SplitUp
from workbench.api.reviews import Hunk, Review, Reviewed, Standings
from workbench.review.reducer import Reviewing
from workbench.review.shown import review_of
from workbench.review.state import Acted, State, opened

LINE = st.text(alphabet=st.sampled_from("ab -+@\\語\x1b\u202e\r\t"), max_size=30)
LINES = st.lists(LINE, max_size=12)
WIDTH = st.integers(4, 60)
SPLIT = st.booleans()
CODE = """\
def mean(values):
    total = 0
    for value in values:
        total += value
    return total / len(values)
"""


def rows_of(layout: Layout) -> Rows:
    return tuple(layout.row(index) for index in range(layout.count))


def state_of(before: str | None, after: str | None, path: str = "x.py") -> State:
    contents = [one.encode() if one is not None else None for one in (before, after)]
    return opened([(path, contents[0], contents[1])])


def review(before: str | None, after: str | None, *acts: AnyAct, context: int = 3) -> Review:
    """Return a review of one file, after some actions of which each knows the hunks."""
    state = state_of(before, after)
    rules = Reviewing(state, lambda _: None)
    for act in acts:
        state = rules.reduce(state, Acted(act, "anna"))
    return review_of(PROPOSED, state, context)


def joined(lines: list[str]) -> str:
    return "".join(f"{line}\n" for line in lines)


def layout_of(shown_: Review, width: int = 60, *, split: bool = False) -> Layout:
    return Difference(shown_.files).laid_out(shown_.stands, width, split=split)


def text_of(row: Row) -> str:
    return "".join(text for text, _ in row).rstrip()


def lines_of(layout: Layout) -> list[str]:
    return [text_of(row) for row in rows_of(layout)]


def first_hunk(before: str, after: str) -> str:
    return state_of(before, after).hunks[0].id


@given(LINES, LINES)
def test_items_are_the_lines_of_the_two_texts(before: list[str], after: list[str]) -> None:
    files = review(joined(before), joined(after)).files
    for text in map(Text, files):
        for item, mark in enumerate(text.marks):
            old, new = text.numbers(item)
            if mark in " -":
                assert text.lines[item] == before[old - 1]
            if mark in " +":
                assert text.lines[item] == after[new - 1]


@given(LINES, LINES)
def test_places_and_items_lead_to_each_other(before: list[str], after: list[str]) -> None:
    for text in map(Text, review(joined(before), joined(after), context=1).files):
        lines = [item for item, mark in enumerate(text.marks) if mark != HEAD]
        assert [text.item(text.place(item)) for item in lines] == lines


@given(LINES, LINES)
def test_side_by_side_has_each_line_once(before: list[str], after: list[str]) -> None:
    for text in map(Text, review(joined(before), joined(after)).files):
        split = Split(text)
        rows = [split.items(row) for row in range(split.count)]
        assert [left for left, _ in rows if left >= 0] == _but(text, "+")
        assert [right for _, right in rows if right >= 0] == _but(text, "-")
        assert all(item in rows[split.row_of(item)] for item in range(text.count))
        assert Unified(text).count == text.count


def _but(text: Text, mark: str) -> list[int]:
    return [item for item, one in enumerate(text.marks) if one != mark]


@given(LINES, LINES, WIDTH)
def test_every_character_is_drawn_at_every_width(
    before: list[str], after: list[str], width: int
) -> None:
    for text in map(Text, review(joined(before), joined(after)).files):
        body = Body(text, text.digits, width, split=False)
        for item, line in enumerate(text.lines):
            if text.marks[item] != HEAD:
                parts = [
                    body.row(item, n, ((" ", Role.DIM),)) for n in range(body.tall.get(item, 1))
                ]
                assert "".join(one for row in parts for one, _ in row[4:-1]) == shown(line)


@given(LINES, LINES, st.integers(20, 60), SPLIT)
def test_rows_fit_and_are_the_same_whenever_they_are_drawn(
    before: list[str], after: list[str], width: int, split: bool
) -> None:
    layout = layout_of(review(joined(before), joined(after)), max(40, width), split=split)
    forth = [layout.row(index) for index in range(layout.count)]
    back = [layout.row(index) for index in reversed(range(layout.count))]
    assert forth == back[::-1]
    assert all(width_of(row) <= max(40, width) for row in forth)


@given(LINE, st.integers(8, 40))
def test_a_line_is_as_high_as_it_is_drawn(line: str, room: int) -> None:
    assert height(line, room) == len(folded(drawn(line, "+"), room))


@given(st.text(alphabet="ab(語", max_size=60), st.integers(1, 20))
def test_folding_keeps_all_and_fits(text: str, width: int) -> None:
    rows = folded(((text[:7], Role.PLAIN), (text[7:], Role.ADDED)), width)
    assert "".join(text_of(row) for row in rows) == text
    assert all(width_of(row) <= max(2, width) for row in rows)


@given(st.lists(st.integers(0, 3), max_size=30))
def test_lines_of_rows_of_any_height_are_found(extra: list[int]) -> None:
    heights = Heights(len(extra), [(row, more) for row, more in enumerate(extra) if more])
    wanted = [(row, part) for row, more in enumerate(extra) for part in range(more + 1)]
    assert heights.total == len(wanted)
    assert [heights.find(line) for line in range(len(wanted))] == wanted
    assert [heights.start(row) for row in range(len(extra))] == [
        line for line, (_, part) in enumerate(wanted) if part == 0
    ]


def test_hunks_have_marks_that_need_no_colour() -> None:
    before, after = "a\nb\nc\n", "A\nb\nC\n"
    name = first_hunk(before, after)
    split = review(before, after, SplitUp(name))
    one, other = (hunk.id for hunk in split.stands.hunks)
    shown_ = review(before, after, SplitUp(name), Accept((one,)), Reject((other,), "guesses"))
    assert lines_of(layout_of(shown_)) == [
        " ▪ x.py  +2 -2  2 of 2 decided",
        "     @@ -1,3 +1,3 @@",
        " [x] 1 -a",
        "  │  1 +A",
        "     2  b",
        " [-] 3 -c",
        "  │  3 +C",
        "     » rejected by anna: guesses",
    ]


def test_side_by_side_what_goes_stands_beside_what_comes() -> None:
    layout = layout_of(review("a\nb\nc\n", "A\nx\nb\n"), 46, split=True)
    assert lines_of(layout) == [
        " ▪ x.py  +2 -2",
        "     @@ -1,3 +1,3 @@",
        " [ ] 1 -a                │ 1 +A",
        "  │                      │ 2 +x",
        "     2  b                │ 3  b",
        "  │  3 -c                │",
    ]


def test_the_hunk_that_is_meant_has_another_bar() -> None:
    layout = layout_of(review("a\nb\n", "A\nB\n"))
    layout.current = layout.blocks[0].marks.hunks[0].id
    assert [text_of(row)[:3] for row in rows_of(layout)[2:]] == [" [ ", "  ┃", "  ┃", "  ┃"]


def test_remarks_stand_under_what_they_are_about() -> None:
    name = first_hunk(CODE, CODE.replace("0", "0.0"))
    shown_ = review(
        CODE,
        CODE.replace("0", "0.0"),
        Remark(name, "why?\x1b", 2),
        Remark(name, "and the hunk"),
    )
    lines = lines_of(layout_of(shown_))
    at = lines.index("  │  2 +    total = 0.0")
    assert lines[at + 1 : at + 3] == ["     » anna: why?␛", "     » anna: and the hunk"]


def test_what_was_said_of_something_that_is_gone_stands_above() -> None:
    said = review("a\n", "b\n", Remark(first_hunk("a\n", "b\n"), "why?", 1)).stands.remarks[0]
    shown_ = review("a\n", "b\n")
    from msgspec.structs import replace

    stands = replace(shown_.stands, remarks=(replace(said, hunk="gone", is_adrift=True),))
    layout = Difference(shown_.files).laid_out(stands, 60, split=False)
    assert lines_of(layout)[1] == "     » on what is gone (b) anna: why?"


@pytest.mark.parametrize(
    ("before", "after", "wanted"),
    [
        (None, "a\n", ["     ! The file is new.", " [ ]   +the file is new", "  │  1 +a"]),
        ("a\n", None, ["     ! The file is removed.", " [ ]   -the file goes", "  │  1 -a"]),
        ("a", "b\n", [" [ ] 1 -a", "     \\ No newline at end of file", "  │  1 +b"]),
        ("a\n", "\u202eb\n", ["   ! Line 1: characters that control, hide or turn text"]),
        (
            "a\r\n",
            "a\n",
            [" [ ] 1 -a␍", "  │  1 +a", "   ! Line ends change between LF and CR LF."],
        ),
        ("x\n", "\tx\n", ["  │  1 +␉   x"]),
        (
            "x\n",
            "p\u0430y\n",
            ["   ! Line 1: words with letters of several scripts, which"],
        ),
        (
            "x\n",
            "a" * 120 + "\n",
            ["  │  1 +" + "a" * 52, "  │    +" + "a" * 52, "  │    +" + "a" * 16],
        ),
    ],
)
def test_what_is_odd_is_seen(before: str | None, after: str | None, wanted: list[str]) -> None:
    lines = lines_of(layout_of(review(before, after)))
    lines = [*lines, *(line.replace("   ! ", "     ! ") for line in lines)]
    assert not [line for line in wanted if line not in lines], lines


@pytest.mark.parametrize(
    ("gone", "come", "wanted"),
    [
        ("while a < b:", "while a <= b:", ((), ((9, 10),))),
        ("f(one, two)", "f(one, too, two)", ((), ((7, 12),))),
        ("return 1", "yield from other", ((), ())),
        ("", "x", ((), ((0, 1),))),
        ("a" * 500 + " 1 " * 200, "a" * 500 + " 2 " * 200, (((501, 1099),), ((501, 1099),))),
    ],
)
def test_the_words_that_differ_are_picked_out(gone: str, come: str, wanted: object) -> None:
    assert differing(gone, come) == wanted


WORDS = st.lists(st.sampled_from(["foo", "x", "_1", " ", "  ", "(", ".", "é", "日本", "\t"]))


@given(WORDS, WORDS, WORDS, WORDS)
def test_without_the_words_that_differ_both_lines_are_alike(
    head: list[str], gone: list[str], come: list[str], tail: list[str]
) -> None:
    old, new = ("".join([*head, *some, *tail]) for some in (gone, come))
    parts, others = differing(old, new)
    if parts or others:
        assert without(parts, old) == without(others, new)
    for text, spans in ((old, parts), (new, others)):
        assert all(0 <= start < end <= len(text) for start, end in spans)
        assert all(one[1] < other[0] for one, other in pairwise(spans))


def without(spans: Words, text: str) -> str:
    for start, end in reversed(spans):
        text = text[:start] + text[end:]
    return text


def test_what_differs_is_seen_above_the_colours_of_syntax() -> None:
    colours.load(["x.py"])
    row = drawn("if a: # no", "+", ((3, 4),), colours.coloured("x.py", ["if a: # no"])[0])
    assert row == (
        ("if", Role.ADDED_KEYWORD),
        (" ", Role.ADDED),
        ("a", Role.ADDED_PART),
        (": ", Role.ADDED),
        ("# no", Role.ADDED_COMMENT),
    )


@given(LINES)
def test_colours_cover_lines_and_change_no_text(lines: list[str]) -> None:
    colours.load(["x.py"])
    for line, inked in zip(lines, colours.coloured("x.py", lines), strict=True):
        assert all(end <= len(line) for end, _ in inked)
        assert text_of(drawn(line, " ", (), inked)) == shown(line).rstrip()


def test_long_lines_and_unknown_files_have_no_colours() -> None:
    colours.load(["x.py", "x.nothing-of-the-kind"])
    assert colours.coloured("x.nothing-of-the-kind", ["a"]) == [()]
    assert colours.coloured("x.py", ["if " * 200, "if"])[0] == []
    assert colours.coloured("x.py", ["if " * 90] * 40) == [()] * 40


def test_what_went_and_what_came_are_read_apart() -> None:
    colours.load(["x.py"])
    text = Text(review('a = """\n', 'a = "x"\nif b:\n').files[0])
    item = text.marks.index("+") + 1
    assert text.inked(item) == ()
    assert text.ink(item)
    assert not text.ink(item)
    keyword = text.inked(item)
    assert keyword[0] == (2, colours.Colour.KEYWORD)


def test_each_row_tells_what_it_is_about() -> None:
    layout = layout_of(review("a\nb\nc\n", "A\nb\nC\n"))
    name = layout.blocks[0].marks.hunks[0].id
    spots = [layout.spot(row) for row in range(layout.count)]
    assert [spot.places for spot in spots if spot] == [(), (), (0,), (1,), (2,), (3,), (4,)]
    assert {spot.hunk for spot in spots if spot} == {name}
    assert layout.row_of("x.py", 4) == 6
    assert [layout.line_at(row)[1] for row in (0, 2, 3, 6)] == [1, 1, 1, 3]


def test_the_nearest_hunk_is_that_of_the_line_or_the_next_or_the_last() -> None:
    one, two = Hunk("one", "x", ((2, 4),)), Hunk("two", "x", ((6, 7), (9, 10)))
    marks = Marks((two, one))
    found = [marks.nearest(place) for place in range(12)]
    names = ["one"] * 4 + ["two"] * 8
    assert [hunk.id for hunk in found if hunk] == names
    assert [bool(marks.at(place)) for place in range(11)] == [
        *(False, False, True, True, False, False, True, False, False, True, False)
    ]
    assert Marks(()).nearest(3) is None


def test_nothing_has_no_rows() -> None:
    layout = Difference(()).laid_out(Standings("", "waiting", ()), 40, split=False)
    assert (layout.count, layout.spot(0)) == (0, None)


def test_several_files_stand_one_below_the_other() -> None:
    files = opened([("b.py", b"x\n", b"y\n"), ("a.py", b"x\n", b"y\n")])
    one = review_of(PROPOSED, files, 3)
    layout = layout_of(one)
    assert [line for line in lines_of(layout) if "▪" in line] == [
        " ▪ a.py  +1 -1",
        " ▪ b.py  +1 -1",
    ]
    assert layout.row_of("b.py") == 4
    spots = [layout.spot(row) for row in range(layout.count)]
    assert [spot.path for spot in spots if spot] == ["a.py"] * 4 + ["b.py"] * 4


def test_no_width_is_exceeded_by_a_wide_letter() -> None:
    assert cell_len(text_of(folded(drawn("語" * 30, "+"), 9)[0])) == 8


def test_blocks_stand_one_below_the_other() -> None:
    one, two = Written(((("a", Role.PLAIN),),)), Written(((("b", Role.PLAIN),), ()))
    stack = Indented(Stack((one, Written(()), two, one)), ((" ", Role.DIM),))
    assert [text_of(stack.row(index)) for index in range(stack.count)] == [" a", " b", "", " a"]
    assert Stack((one, two)).start_of(two) == 1


def test_a_file_without_sections_is_only_named() -> None:
    empty = Reviewed("x.py", "repair", (), ("Its mode changes.",))
    layout = Difference([empty]).laid_out(Standings("", "waiting", ()), 40, split=True)
    assert lines_of(layout) == [" ▪ x.py  +0 -0", "   ! Its mode changes."]
