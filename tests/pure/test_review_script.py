"""Scripts: taking parts of a change is taking parts of a set."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench.review.script import cut, hunk_ids, named, script, spans

_LINE = st.sampled_from([b"a\n", b"b\n", b"c\n", b"\n", b"a\r\n", b"\xe9\n", b"\xef\xbb\xbfa\n"])
_TEXT = st.builds(
    lambda lines, last: b"".join(lines) + last,
    st.lists(_LINE, max_size=14),
    st.sampled_from([b"", b"a", b"end"]),
)
_FILE = st.none() | _TEXT


@given(_FILE, _FILE)
def test_nothing_taken_is_before_and_all_taken_is_after(
    before: bytes | None, after: bytes | None
) -> None:
    one = script(before, after)
    assert (one.before, one.after) == (before, after)
    assert one.taken(one.changes) == after


@given(_TEXT, _TEXT, st.data())
def test_any_part_keeps_its_lines_and_leaves_the_rest(
    before: bytes, after: bytes, data: st.DataObject
) -> None:
    one = script(before, after)
    part = data.draw(st.sets(st.sampled_from(one.changes))) if one.changes else set()
    taken = cut(one.taken(part) or b"")
    lines = [
        line
        for at, (mark, line) in enumerate(zip(one.marks, one.lines, strict=True))
        if mark == " " or (mark == "+") == (at in part)
    ]
    assert [line.rstrip(b"\r\n") for line in taken] == [line.rstrip(b"\r\n") for line in lines]


@given(_TEXT, _TEXT)
def test_the_groups_are_all_changes_each_once(before: bytes, after: bytes) -> None:
    one = script(before, after)
    assert tuple(at for group in one.groups for at in group) == one.changes


@given(_TEXT, _TEXT)
def test_what_is_equal_is_no_change(before: bytes, after: bytes) -> None:
    assert bool(script(before, after).changes) == (before != after)
    assert not script(before, before).changes


@given(_TEXT, _TEXT)
def test_numbers_count_the_lines_of_both_sides(before: bytes, after: bytes) -> None:
    one = script(before, after)
    for at, mark in enumerate(one.marks):
        if mark != "+":
            assert cut(before)[one.old[at] - 1] == one.lines[at]
        if mark != "-":
            assert cut(after)[one.new[at] - 1] == one.lines[at]


def test_a_line_that_was_the_last_is_ended_before_another() -> None:
    one = script(b"a", b"a\nb")
    (come,) = [at for at in one.changes if one.lines[at] == b"b"]
    assert one.taken({come}) == b"a\nb"
    windows = script(b"x\r\na", b"x\r\na\r\nb")
    (come,) = [at for at in windows.changes if windows.lines[at] == b"b"]
    assert windows.taken({come}) == b"x\r\na\r\nb"


def test_that_a_file_comes_or_goes_is_a_change_though_it_is_empty() -> None:
    for before, after in ((None, b""), (b"", None)):
        one = script(before, after)
        assert len(one.changes) == 1
        assert (one.taken(()), one.taken(one.changes)) == (before, after)
    assert script(None, None).changes == ()


def test_a_file_that_goes_in_part_stays_with_the_rest() -> None:
    one = script(b"a\nb\n", None)
    assert one.taken(one.changes[:-1]) == b"b\n"


@pytest.mark.parametrize("size", [2_000, 20_000])
def test_large_texts_are_compared_by_what_they_have_once(size: int) -> None:
    before = b"".join(b"line %d\n" % number for number in range(size))
    after = before.replace(b"line 7\n", b"line seven\n").replace(b"line 1500\n", b"")
    one = script(before, after)
    assert (len(one.changes), one.before, one.after) == (3, before, after)


def test_hunks_are_named_by_what_they_change_wherever_that_is() -> None:
    before = b"".join(b"%d\n" % number for number in range(40))
    after = before.replace(b"\n20\n", b"\ntwenty\n")
    (name,) = hunk_ids("a.py", before, after)
    assert hunk_ids("a.py", b"new\n" + before, b"new\n" + after) == (name,)
    assert hunk_ids("b.py", before, after) != (name,)


def test_the_same_change_twice_has_two_names() -> None:
    before = b"x\n" + b"-\n" * 20 + b"x\n"
    names = hunk_ids("a.py", before, before.replace(b"x", b"y"))
    assert len(names) == len(set(names)) == 2


def test_parts_are_named_alike_only_if_they_change_the_same() -> None:
    one = script(b"a\nb\n", b"c\nd\n")
    names = named("p", one, [one.changes[:1], one.changes[1:]])
    assert len(set(names)) == 2


@given(st.sets(st.integers(0, 30)))
def test_spans_are_the_places(places: set[int]) -> None:
    ordered = tuple(sorted(places))
    assert tuple(at for span in spans(ordered) for at in range(*span)) == ordered
    assert all(
        end < start
        for (_, end), (start, _) in zip(spans(ordered), spans(ordered)[1:], strict=False)
    )
