"""Server-sent events: the same ones come out, wherever the bytes are cut."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from local_models.staff.servers import events
from local_models.staff.servers.chunks import Characters
from local_models.staff.servers.events import Broken, Event, Events

lines = st.sampled_from(
    ["data: one", "data:two", "data", ": ping", "event: error", "error: bad", "id: 7", "", "é: 😀"]
)
ends = st.sampled_from(["\n", "\r\n", "\r"])


@given(st.lists(st.tuples(lines, ends), max_size=12), st.lists(st.integers(0, 200), max_size=8))
def test_bytes_may_be_cut_anywhere(told: list[tuple[str, str]], cuts: list[int]) -> None:
    data = "".join(line + end for line, end in told).encode() + b"data: last\n\n"
    whole = list(Events().feed(data))
    cutter, pieces = Events(), []
    places = sorted({0, *(cut % (len(data) + 1) for cut in cuts), len(data)})
    for start, end in pairwise(places):
        pieces += list(cutter.feed(data[start:end]))
    assert pieces == whole


def test_lines_of_one_event_are_joined_and_an_event_keeps_its_name() -> None:
    data = b"event: error\ndata: {\ndata: }\n\ndata: next\n\n"
    assert list(Events().feed(data)) == [Event("error", "{\n}"), Event("", "next")]


@pytest.mark.parametrize("piece", [b"data: " + b"x" * 100, b"x"])
def test_a_line_without_an_end_is_refused_before_it_takes_the_memory(piece: bytes) -> None:
    cutter, size = Events(), len(piece) * 64
    for _ in range(events.LONGEST_LINE // size):
        assert list(cutter.feed(piece * 64)) == []
    with pytest.raises(Broken, match="longer than"):
        list(cutter.feed(piece * 64))


@given(st.text(max_size=20))
def test_halves_of_characters_are_put_together(text: str) -> None:
    data = text.encode("utf-16-be", "surrogatepass")
    units = [chr(int.from_bytes(data[at : at + 2], "big")) for at in range(0, len(data), 2)]
    characters = Characters()
    made = "".join(map(characters.whole, units)) + characters.whole("", last=True)
    assert made == text
    assert not characters.unreadable
