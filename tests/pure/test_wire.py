"""The wire: whatever pieces a stream arrives in, the same messages come out."""

from __future__ import annotations

from contextlib import suppress
from itertools import pairwise

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench.api import commands, messages, vocabulary, wire
from workbench.api.shapes import result_type
from workbench.errors import StoreError

FROM_FACE = msgspec.msgpack.Decoder(messages.FromFace)
ANY_COMMAND = msgspec.msgpack.Decoder(vocabulary.AnyCommand)

written = st.builds(
    messages.Request,
    id=st.integers(0, 2**63 - 1),
    key=st.text(),
    again=st.booleans(),
    command=st.builds(commands.WriteNote, text=st.text(), subject=st.text()).map(
        lambda command: msgspec.Raw(msgspec.msgpack.encode(command))
    ),
)
said = st.one_of(
    written,
    st.builds(messages.Cancel, id=st.integers(0, 2**31)),
    st.builds(
        messages.Hello,
        protocol=st.integers(0, 9),
        version=st.text(),
        face=st.text(),
        pid=st.integers(0, 2**31),
    ),
)


def in_pieces(stream: bytes, cuts: list[int]) -> list[bytes]:
    edges = sorted({0, len(stream), *(cut % (len(stream) + 1) for cut in cuts)})
    return [stream[a:b] for a, b in pairwise(edges)]


@given(st.lists(said), st.lists(st.integers(min_value=0)))
def test_any_cutting_of_the_stream_gives_the_same_messages(
    sent: list[messages.Message], cuts: list[int]
) -> None:
    frames = wire.Frames()
    stream = b"".join(map(wire.frame, sent))
    bodies = [body for piece in in_pieces(stream, cuts) for body in frames.feed(piece)]
    assert [wire.decode(body, FROM_FACE) for body in bodies] == sent


@given(st.text(), st.text())
def test_a_command_keeps_its_fields(text: str, subject: str) -> None:
    command = commands.WriteNote(text, subject)
    assert wire.decode(msgspec.msgpack.encode(command), ANY_COMMAND) == command


@given(st.binary(min_size=1, max_size=200))
def test_bytes_that_are_no_message_give_no_other_error(noise: bytes) -> None:
    with suppress(StoreError):
        for body in wire.Frames().feed(noise):
            wire.decode(body, FROM_FACE)


def test_a_length_beyond_reason_is_refused_before_it_is_waited_for() -> None:
    with pytest.raises(StoreError, match="does not speak the workbench protocol"):
        list(wire.Frames().feed(b"\xff\xff\xff\xff"))


def test_a_message_too_large_to_send_is_refused() -> None:
    large = messages.Goodbye("x" * (wire.LARGEST_FRAME + 1))
    with pytest.raises(StoreError, match="too large"):
        wire.frame(large)


def test_every_command_says_what_it_returns() -> None:
    for command in vocabulary.AnyCommand.__args__:
        assert issubclass(result_type(command), msgspec.Struct)
