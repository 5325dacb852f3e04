"""Messages on pipes: four bytes of length, then MessagePack."""

from __future__ import annotations

import struct
from typing import Any

import msgspec

LONGEST = 1 << 28
HEAD = struct.Struct(">I")
_ENCODER = msgspec.msgpack.Encoder()


def frame(message: Any) -> bytes:  # noqa: ANN401 - whatever crosses
    body = _ENCODER.encode(message)
    return HEAD.pack(len(body)) + body
