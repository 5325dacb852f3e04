"""Values on a stream between processes of the runner, which are one interpreter and one trust."""

from __future__ import annotations

import marshal
import os
import struct
from typing import Any

_LENGTH = struct.Struct(">Q")


def send(descriptor: int, value: Any) -> None:
    content = marshal.dumps(value)
    rest = memoryview(_LENGTH.pack(len(content)) + content)
    while rest:
        rest = rest[os.write(descriptor, rest) :]


def receive(descriptor: int) -> Any:
    """Return the next value, and leave what follows; EOFError when nobody is at the other end."""
    (length,) = _LENGTH.unpack(_read(descriptor, _LENGTH.size))
    return marshal.loads(_read(descriptor, length))  # noqa: S302 - nothing of a job is sent here


def _read(descriptor: int, length: int) -> bytes:
    found = bytearray()
    while len(found) < length:
        data = os.read(descriptor, length - len(found))
        if not data:
            raise EOFError
        found += data
    return bytes(found)
