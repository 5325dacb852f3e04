"""Passages are drawn whole: each line with its number, what was found picked out, nothing lost."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from screens.library_passage import passage_page
from tests.pilot.libraries import PASSAGES
from widgets.code import shown
from widgets.ink import Role, Row, cells, width_of
from widgets.passages import best_line, coloured_as, folded_between_words, lines_of, marked_line
from widgets.tree import Branch, Node, branch_row, in_sight, parent_of
from workbench.api.passages import Hit, Reason

TEXT = st.text(alphabet="ab \t\n日é()", max_size=60)
SPAN = st.tuples(st.integers(0, 60), st.integers(0, 60))
MARKS = st.lists(SPAN, max_size=4)


def text_of(row: Row) -> str:
    return "".join(text for text, _ in row)


def found_in(row: Row) -> list[str]:
    return [text for text, role in row if role is Role.FOUND]


@given(TEXT, MARKS, st.integers(16, 30), st.booleans())
def test_every_line_is_drawn_and_fits(
    text: str, marks: list[tuple[int, int]], width: int, prose: bool
) -> None:
    rows = list(lines_of(text, 7, width, name="", marks=marks, prose=prose))
    lines = text.removesuffix("\n").split("\n")
    assert sorted({number for number, _ in rows}) == list(range(7, 7 + len(lines)))
    assert all(width_of(row) <= width for _, row in rows)
    for number, line in enumerate(lines, 7):
        drawn = "".join(text_of(row[2:]) for at, row in rows if at == number)
        assert drawn.replace(" ", "") == shown(line).replace(" ", "")


@given(TEXT, MARKS, st.integers(4, 40))
def test_a_line_in_short_is_a_part_of_its_line(
    text: str, marks: list[tuple[int, int]], width: int
) -> None:
    at, line, found = best_line(text, marks)
    assert text.split("\n")[at] == line
    assert all(0 <= start < end <= len(line) for start, end in found)
    row = marked_line(line, found, width)
    drawn = text_of(row).removeprefix("…").replace(" ", "")  # Tabs end elsewhere in short.
    assert drawn in shown(line).replace(" ", "")


def test_the_line_with_most_of_it_is_chosen_and_marked() -> None:
    text = "one\n    two three two\nthree\n"
    marks = [(8, 11), (18, 21), (22, 27)]
    at, line, found = best_line(text, marks)
    assert (at, line, found) == (1, "    two three two", ((4, 7), (14, 17)))
    assert found_in(marked_line(line, found, 40)) == ["two", "two"]
    far = marked_line("x" * 90 + "two" + " " * 9, ((90, 93),), 20)
    assert text_of(far) == "…" + "x" * 6 + "two"
    assert found_in(far) == ["two"]


def test_marks_go_over_the_ends_of_lines() -> None:
    rows = list(lines_of("ab\ncd\n", 1, 40, name="", marks=[(1, 4)]))
    assert [found_in(row) for _, row in rows] == [["b"], ["c"]]


def test_prose_is_broken_between_words() -> None:
    row = (("one two ", Role.PLAIN), ("three", Role.FOUND), (" four", Role.PLAIN))
    broken = folded_between_words(row, 10)
    assert [text_of(one) for one in broken] == ["one two", "three four"]
    assert found_in(broken[1]) == ["three"]
    wide = folded_between_words((("日本 日本語日本語", Role.PLAIN),), 6)
    assert [text_of(one) for one in wide] == ["日本", "日本語", "日本語"]
    assert all(cells(text_of(one)) <= 6 for one in wide)


def test_a_notebook_is_read_as_its_language() -> None:
    assert coloured_as("a/b.ipynb", "python") == "passage.py"
    assert coloured_as("a/b.py", "python") == "a/b.py"
    assert coloured_as("a/b.unknown", "") == "a/b.unknown"


def test_a_tree_shows_what_is_open() -> None:
    leaf = Node("a/b/c", "c")
    nodes = (
        Node("a", "a", (Node("a/b", "b", (leaf,)), Node("a/d", "d")), is_open=True),
        Node("e", "e", opens=True),
    )
    closed = in_sight(nodes, ())
    assert [drawn(one) for one in closed] == ["- a", "├ + b", "└   d", "+ e"]
    opened = in_sight(nodes, {"a/b", "e"})
    assert [drawn(one) for one in opened] == ["- a", "├ - b", "│ └   c", "└   d", "- e"]
    assert [parent_of(opened, at) for at in range(5)] == [0, 0, 1, 0, 4]
    assert [drawn(one) for one in in_sight(nodes, {"a"})] == ["+ a", "+ e"]


def drawn(branch: Branch[str]) -> str:
    return text_of(branch_row(branch, ((branch.value, Role.PLAIN),)))


def test_a_hit_says_in_plain_words_why_it_is_there() -> None:
    why = Reason("symbol", "retry", 1.0), Reason("similar", "similar in meaning", 0.37)
    told = [text_of(row).strip() for row in passage_page(Hit(PASSAGES[1], 1.0, why), None, 60).rows]
    assert told[1:3] == [
        "here since it defines or names retry",
        "here since what it says is alike (0.37)",
    ]
