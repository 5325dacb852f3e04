"""Text from bytes: whole characters only, and nothing of what stops it."""

from __future__ import annotations

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from local_models.worker.assembling import Assembler


def _assembled(data: bytes, cuts: list[int], stops: tuple[str, ...] = ()) -> tuple[str, Assembler]:
    made = Assembler(stops)
    places = sorted({0, len(data), *(cut % (len(data) + 1) for cut in cuts)})
    text = "".join(made.feed(data[one:other]) for one, other in pairwise(places))
    return text + made.finish(), made


@given(st.text(), st.lists(st.integers(0, 1000)))
def test_text_comes_out_as_it_went_in_however_it_was_cut(text: str, cuts: list[int]) -> None:
    found, made = _assembled(text.encode("utf-8", "replace"), cuts)
    assert found == text.encode("utf-8", "replace").decode()
    assert not made.unreadable


@given(st.binary(), st.lists(st.integers(0, 1000)))
def test_bytes_that_are_no_text_are_marked(data: bytes, cuts: list[int]) -> None:
    found, made = _assembled(data, cuts)
    assert found == data.decode("utf-8", "replace")
    try:
        data.decode()
    except UnicodeDecodeError:
        assert made.unreadable
    else:
        assert not made.unreadable


@given(
    st.text("ab"),
    st.lists(st.text("ab", min_size=1, max_size=4), min_size=1, max_size=3),
    st.lists(st.integers(0, 100)),
)
def test_a_stop_sequence_is_never_seen_and_nothing_before_it_is_lost(
    text: str, stops: list[str], cuts: list[int]
) -> None:
    """Token by token, the first that is complete counts."""
    found, made = _assembled(text.encode(), cuts, tuple(stops))
    assert text.startswith(found)
    assert not any(stop in found for stop in stops)
    if made.stopped:
        assert any(text.startswith(stop, len(found)) for stop in stops)
    else:
        assert found == text


def test_a_beginning_of_a_stop_sequence_is_held_back_until_it_is_decided() -> None:
    made = Assembler(("<end>",))
    assert made.feed(b"say <e") == "say "
    assert made.feed(b"gg> <en") == "<egg> "
    assert made.feed(b"d> more") == ""
    assert made.stopped
    assert made.finish() == ""


def test_a_replacement_character_that_is_meant_is_text() -> None:
    found, made = _assembled("\ufffd".encode(), [1])
    assert found == "\ufffd"
    assert not made.unreadable
