"""Sections are cut into pieces of bounded size that miss no line."""

from __future__ import annotations

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from workbench.knowledge.reading.cutting import CHARACTERS, WORDS, Section, cut, numbered

LINES = st.lists(
    st.one_of(
        st.just(""),
        st.text(st.characters(codec="utf-8", exclude_characters="\n\r"), max_size=60),
        st.integers(1, 500).map(lambda n: "word " * n),
        st.integers(1, 3000).map(lambda n: "x" * n),
        st.integers(1, 400).map(lambda n: "\u4e2d" * n),
    ),
    max_size=80,
)


@given(LINES)
def test_every_line_is_in_a_piece_and_pieces_go_forward(lines: list[str]) -> None:
    pieces = list(cut(Section(numbered(lines))))
    covered = {number for piece in pieces for number, _ in piece.lines}
    told = {at for at, line in enumerate(lines, 1) if any(one.isalnum() for one in line)}
    assert told <= covered
    starts = [piece.lines[0][0] for piece in pieces]
    assert starts == sorted(starts)


@given(LINES)
def test_no_piece_is_much_larger_than_the_bound(lines: list[str]) -> None:
    for piece in cut(Section(numbered(lines))):
        text = "\n".join(line for _, line in piece.lines)
        assert len(text) <= CHARACTERS * 1.2
        assert len(text.split()) <= WORDS * 1.2


@given(LINES)
def test_what_a_piece_says_stands_in_its_lines(lines: list[str]) -> None:
    for piece in cut(Section(numbered(lines))):
        assert all(text in lines[number - 1] for number, text in piece.lines)


def test_pieces_overlap_and_end_where_a_paragraph_does() -> None:
    paragraph = ["A sentence of some forty characters, yes."] * 9
    lines = [line for _ in range(8) for line in (*paragraph, "")]
    pieces = list(cut(Section(numbered(lines), ("Title",), "symbol")))
    assert len(pieces) > 1
    for one, next_one in pairwise(pieces):
        assert one.lines[-1][0] % 10 == 9  # The last line of a paragraph.
        assert next_one.lines[0][0] <= one.lines[-1][0] + 2
        assert (next_one.heading, next_one.symbol) == (("Title",), "symbol")


def test_a_long_line_is_cut_between_words() -> None:
    text = "alpha beta gamma " * 400
    pieces = list(cut(Section([(7, text)])))
    words = {word for piece in pieces for _, line in piece.lines for word in line.split()}
    assert words == {"alpha", "beta", "gamma"}
    assert {number for piece in pieces for number, _ in piece.lines} == {7}


def test_what_has_no_letter_is_no_piece() -> None:
    assert list(cut(Section(numbered(["}", "", "---", "  "])))) == []


def test_a_file_of_a_million_lines_is_cut_in_one_go() -> None:
    lines = ["some words in a line"] * 300_000
    assert sum(1 for _ in cut(Section(numbered(lines)))) > 5_000
