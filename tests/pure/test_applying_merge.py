"""Two changes put together: what a merge may never do, and what it says of what clashes."""

from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench.review.applying.merge import Conflict, merge
from workbench.review.script import cut, script

LINES = st.sampled_from([b"a\n", b"b\n", b"c\r\n", b"d\n", b"\n", b"\xff\n", b"\xef\xbb\xbfe\n"])
TAILS = st.sampled_from([b"", b"", b"z"])
TEXTS = st.builds(lambda lines, tail: b"".join(lines) + tail, st.lists(LINES, max_size=9), TAILS)
FILES = st.none() | TEXTS


@given(FILES, FILES)
def test_what_only_one_side_changed_is_taken(base: bytes | None, new: bytes | None) -> None:
    assert merge(base, base, new) == new
    assert merge(base, new, base) == new
    assert merge(base, new, new) == new


@given(FILES, FILES, FILES)
def test_neither_side_is_the_first(
    base: bytes | None, one: bytes | None, other: bytes | None
) -> None:
    assert merge(base, one, other) == merge(base, other, one)


@given(TEXTS, TEXTS, TEXTS)
def test_no_line_is_lost_and_none_comes_from_nowhere(base: bytes, one: bytes, other: bytes) -> None:
    """Each line is there as often as base, and what each side made of it, account for."""
    made = merge(base, one, other)
    if isinstance(made, Conflict):
        return
    assert made is not None
    before, after = Counter(cut(base)), Counter(cut(made))
    gone = [lines_of(base, text, "-") for text in (one, other)]
    come = [lines_of(base, text, "+") for text in (one, other)]
    for line in before | after | come[0] | come[1]:
        most = before[line] + come[0][line] + come[1][line] - max(gone[0][line], gone[1][line])
        least = before[line] + max(come[0][line], come[1][line]) - gone[0][line] - gone[1][line]
        assert least <= after[line] <= most


def lines_of(base: bytes, text: bytes, mark: str) -> Counter[bytes]:
    """Return the lines that go or come; the same may go here and come there."""
    made = script(base, text)
    return Counter(made.lines[place] for place in made.changed(mark))


@given(st.lists(LINES, min_size=3, max_size=12), st.data())
def test_changes_of_different_lines_are_both_made(base: list[bytes], data: st.DataObject) -> None:
    marked = [b"%d " % at + line for at, line in enumerate(base)]
    first = data.draw(st.integers(0, len(base) - 1))
    second = data.draw(st.integers(0, len(base) - 1).filter(lambda at: at != first))
    one, other, both = list(marked), list(marked), list(marked)
    one[first] = both[first] = b"mine\n"
    other[second] = both[second] = b"theirs\n"
    assert merge(b"".join(marked), b"".join(one), b"".join(other)) == b"".join(both)


BASE = b"1\n2\n3\n4\n5\n"


@pytest.mark.parametrize(
    ("one", "other", "place"),
    [
        (b"1\nx\n3\n4\n5\n", b"1\ny\n3\n4\n5\n", "line 2"),
        (b"1\nx\ny\n4\n5\n", b"1\n2\nz\n4\n5\n", "lines 2 to 3"),
        (b"1\n2\nx\n3\n4\n5\n", b"1\n2\ny\n3\n4\n5\n", "line 3"),
        (b"1\n2\nx\n3\n4\n5\n", b"1\n2\n4\n5\n", "line 3"),
        (b"x\n2\n3\n4\ny\n", b"z\n2\n3\n4\nw\n", "lines 1, 5"),
        (None, b"1\n", ""),
    ],
)
def test_what_clashes_is_named(one: bytes | None, other: bytes | None, place: str) -> None:
    found = merge(BASE, one, other)
    assert isinstance(found, Conflict)
    assert found.place == place


@pytest.mark.parametrize("at", [2, 3])
def test_what_is_put_beside_a_line_that_changed_is_kept(at: int) -> None:
    lines = BASE.splitlines(keepends=True)
    inserted = b"".join([*lines[:at], b"x\n", *lines[at:]])
    assert merge(BASE, BASE.replace(b"3\n", b"three\n"), inserted) == inserted.replace(
        b"3\n", b"three\n"
    )


def test_a_line_that_loses_its_end_takes_none_behind_it() -> None:
    assert merge(b"a\n", b"b", b"a\nz\n") == Conflict(((1, 1),))


def test_files_that_come_twice_with_other_contents_clash() -> None:
    assert merge(None, b"a", b"b") == Conflict()
    assert merge(None, b"a", b"a") == b"a"


def test_endings_and_marks_survive() -> None:
    base = b"\xef\xbb\xbfa\r\nb\r\nc\r\nd"
    assert merge(base, base.replace(b"a", b"A"), base.replace(b"d", b"D")) == (
        b"\xef\xbb\xbfA\r\nb\r\nc\r\nD"
    )
