"""Messages as bytes: each is msgpack behind its length in four bytes."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TypeVar

import msgspec

from workbench.errors import StoreError

LARGEST_FRAME = 32 * 1024 * 1024
_HEADER = 4

T = TypeVar("T")
_encoder = msgspec.msgpack.Encoder()


def frame(message: msgspec.Struct) -> bytes:
    """Return the bytes that carry `message`."""
    body = _encoder.encode(message)
    if len(body) > LARGEST_FRAME:
        raise StoreError(
            f"A message of {len(body):,} bytes is too large to send.",
            "Ask for less at a time.",
        )
    return len(body).to_bytes(_HEADER, "big") + body


class Frames:
    """Cuts a stream of bytes, arriving in any pieces, into message bodies."""

    def __init__(self) -> None:
        self._buffer = bytearray()

    def feed(self, data: bytes) -> Iterator[bytes]:
        """Take what arrived and yield each body that is complete."""
        self._buffer += data
        while len(self._buffer) >= _HEADER:
            size = int.from_bytes(self._buffer[:_HEADER], "big")
            if size > LARGEST_FRAME:
                raise StoreError(
                    "The other end does not speak the workbench protocol.",
                    "Another program may be using the socket: run `workbench doctor`.",
                )
            if len(self._buffer) < _HEADER + size:
                return
            body = bytes(self._buffer[_HEADER : _HEADER + size])
            del self._buffer[: _HEADER + size]
            yield body


def decode(body: bytes | msgspec.Raw, decoder: msgspec.msgpack.Decoder[T]) -> T:
    """Read `body`; bytes that are no such message are the other end's fault."""
    try:
        return decoder.decode(body)
    except msgspec.MsgspecError as error:
        raise StoreError(
            f"A message could not be understood: {error}.",
            "The two ends may be of different versions: `workbench host stop`, then try again.",
        ) from error
