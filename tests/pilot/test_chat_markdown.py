"""Markdown as it comes: however it is cut into pieces, it ends as the same parts."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from widgets.growing import Growing
from widgets.ink import Role, Row, Rows, width_of
from widgets.listing import Code, Listing
from widgets.markdown import Part
from widgets.prose import Prose, Table, broken

TEXT = """\
# What was found

The parser **never ends** on `[]` [1], see [the issue](http://x.org/1).
It goes on [2, 3] with ~~that~~ *so*.

1. read a line
2. write it

   ```python
   def f():
       return 1
   ```
3. again
   - deeper
     - and deeper

> quoted **twice**
> over two lines

| name | count |
|:-----|------:|
| one  | 1     |
| a `code` cell | 22 |

~~~~console
$ make test
~~~
not closed yet
~~~~

***
<details>not obeyed</details>

[1]: http://hidden.example

The end: 3 < 4 & so on\\
really.
"""
WORDS = (
    "a",
    "the word",
    "1. ",
    "- ",
    "# ",
    "> ",
    "```",
    "```py",
    "~~~",
    "    ",
    "  ",
    " ",
    "|",
    "---",
)
MARKS = (
    "*",
    "**",
    "_",
    "`",
    "[1]",
    "[x](y)",
    "<b>",
    "&amp;",
    "\\",
    "=",
    "\t",
    "2.",
    ".",
    "e\u0301",
)
ENDS = ("\n", "\n\n", "\n\n\n", "\r\n", " \n")
texts = st.lists(st.sampled_from(WORDS + MARKS + ENDS + ENDS), max_size=40).map("".join)


def parts_of(growing: Growing) -> list[tuple[bool, Part]]:
    return [(parts.is_item, part) for parts in growing.parts for part in parts.parts]


def whole(text: str) -> Growing:
    growing = Growing(text)
    growing.end()
    return growing


def text_of(rows: Rows) -> list[str]:
    return ["".join(text for text, _ in row) for row in rows]


def drawn(text: str, width: int = 60) -> list[str]:
    """Return what one reads of a text."""
    lines: list[str] = []
    for _, part in parts_of(whole(text)):
        if isinstance(part, Code):
            listing = Listing(part, 0, width)
            lines += text_of(tuple(listing.row(n) for n in range(listing.count)))
        else:
            lines += text_of(part.rows(width))
    return [line.rstrip() for line in lines]


@pytest.mark.parametrize("size", [1, 2, 3, 7, 50])
def test_pieces_make_the_same_as_the_whole(size: int) -> None:
    growing = Growing()
    for at in range(0, len(TEXT), size):
        growing.grow(TEXT[at : at + size])
    growing.end()
    assert parts_of(growing) == parts_of(whole(TEXT))
    assert growing.length == len(TEXT)


@settings(max_examples=400, deadline=None)
@given(texts, st.integers(1, 9))
def test_any_text_in_any_pieces_makes_the_same(text: str, size: int) -> None:
    growing = Growing()
    for at in range(0, len(text), size):
        growing.grow(text[at : at + size])
    growing.end()
    assert parts_of(growing) == parts_of(whole(text))


def test_what_is_shown_on_the_way_is_what_the_beginning_says() -> None:
    growing = Growing()
    for at in range(1, len(TEXT)):
        growing.grow(TEXT[at - 1 : at])
        assert len(growing.done) <= len(whole(TEXT).done)
    assert parts_of(Growing("a **b")) == [(False, Prose((("a **b", Role.PLAIN),)))]


def test_markdown_is_drawn() -> None:
    lines = drawn(TEXT)
    assert lines[:3] == [
        "What was found",
        "The parser never ends on `[]` [1], see the issue",
        "(http://x.org/1). It goes on [2, 3] with that so.",
    ]
    assert "2. write it" in lines
    assert "   │     return 1" in lines
    assert "   • deeper" in lines
    assert "     ◦ and deeper" in lines
    assert "▎ quoted twice over two lines" in lines
    assert "name            count" in lines
    assert "a `code` cell      22" in lines
    assert "│ ~~~" in lines
    assert "─" * 60 in lines
    assert "<details>not obeyed</details>" in lines
    assert "[1]: http://hidden.example" in lines
    assert lines[-2:] == ["The end: 3 < 4 & so on", "really."]


def test_citations_are_picked_out_and_nothing_is_obeyed() -> None:
    (_, prose), *_ = parts_of(whole("evil \x1b[31m\u202e [12] &#x202e; [x](javascript:alert)"))
    assert isinstance(prose, Prose)
    assert ("[12]", Role.KEY) in prose.pieces
    said = "".join(text for text, _ in prose.pieces)
    assert "\x1b" not in said
    assert "\u202e" not in said
    assert "␛[31m⟨U+202E⟩" in said


def test_a_fence_is_not_read_again_for_each_piece() -> None:
    growing = Growing("```python\n")
    code = growing.code
    for number in range(3000):
        growing.grow(f"x = {number}\n")
    assert growing.code is code
    assert code is not None
    assert len(code.lines) == 3000
    growing.grow("```\nafter")
    assert growing.code is None
    assert code.is_whole
    assert parts_of(growing)[-1][1] == Prose((("after", Role.PLAIN),))


def test_a_listing_grows_as_it_would_be_laid_at_once() -> None:
    growing = Growing("```py\n")
    code = growing.code
    assert code is not None
    listing = Listing(code, 2, 40)
    for text in ("short\n", "long " * 20, "\n", "\ttab\n", "日本語" * 20 + "\n", "open end"):
        growing.grow(text)
        listing.lay()
    growing.end()
    listing.lay()
    again = Listing(code, 2, 40)
    assert [listing.row(n) for n in range(listing.count)] == [
        again.row(n) for n in range(again.count)
    ]
    assert all(width_of(again.row(n)) <= 40 for n in range(again.count))


@settings(max_examples=200, deadline=None)
@given(
    st.lists(
        st.tuples(
            st.text(alphabet="ab  \n日、語 é", max_size=20),
            st.sampled_from((Role.PLAIN, Role.STRONG)),
        ),
        max_size=12,
    ),
    st.integers(8, 30),
)
def test_words_are_broken_and_none_is_lost(pieces: list[tuple[str, Role]], width: int) -> None:
    rows = broken(tuple(pieces), width)
    assert all(width_of(row) <= width for row in rows)
    said = "".join("".join(text_of(rows)).split())
    assert said == "".join("".join(text for text, _ in pieces).split())


def test_no_line_begins_with_an_east_asian_comma() -> None:
    assert text_of(broken((("日本語日、本語", Role.PLAIN),), 8)) == ["日本語", "日、本語"]


def test_a_table_that_is_too_wide_is_broken_in_its_cells() -> None:
    cells: tuple[tuple[Row, ...], ...] = (
        ((("head", Role.STRONG),), (("other", Role.STRONG),)),
        ((("many words in one cell " * 3, Role.PLAIN),), (("x", Role.PLAIN),)),
    )
    rows = Table(cells, ("", "right")).rows(30)
    assert all(width_of(row) <= 30 for row in rows)
    assert len(rows) > 4


def test_a_block_without_end_is_drawn_as_it_is_written() -> None:
    growing = Growing("- " + "word " * 8000)
    said = [part for _, part in parts_of(growing) if isinstance(part, Prose)]
    assert sum(len(text) for part in said for text, _ in part.pieces) > 30_000


@pytest.mark.parametrize("last", ["```", "  ```", "````  ", "still open", "``"])
def test_a_fence_whose_last_line_is_not_ended_ends_as_if_it_were(last: str) -> None:
    assert drawn(f"```\nd = 1\n{last}") == drawn(f"```\nd = 1\n{last}\n")
