"""Frames on a stream: four bytes of length, one of kind, then the content."""

from __future__ import annotations

import json
import os
import struct
from typing import Any

JOB, CANCEL = b"J", b"C"
READY, RECORDS, PEER, DONE = b"R", b"M", b"P", b"D"
LARGEST = 64 * 1024 * 1024
_CHUNK = 1 << 16


class Frames:
    """Frames put together from what has been read."""

    def __init__(self) -> None:
        self._held = bytearray()

    def feed(self, data: bytes) -> list[tuple[bytes, bytes]]:
        """Return the frames that `data` completes."""
        self._held += data
        found = []
        while len(self._held) >= 5:
            (length,) = struct.unpack_from(">I", self._held)
            if length > LARGEST:
                raise ValueError(f"a frame of {length} bytes")
            if len(self._held) < 5 + length:
                break
            found.append((bytes(self._held[4:5]), bytes(self._held[5 : 5 + length])))
            del self._held[: 5 + length]
        return found


def frame(kind: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content)) + kind + content


class Channel:
    """The runner's line to the outside: two descriptors that no job inherits."""

    def __init__(self, incoming: int, outgoing: int) -> None:
        self.incoming = incoming
        self._outgoing = outgoing
        self._frames = Frames()

    def receive(self) -> list[tuple[bytes, bytes]]:
        """Return what has come; the end of the stream means that nobody is there to work for."""
        data = os.read(self.incoming, _CHUNK)
        if not data:
            raise EOFError
        return self._frames.feed(data)

    def send(self, kind: bytes, content: bytes) -> None:
        view = memoryview(frame(kind, content))
        while view:
            view = view[os.write(self._outgoing, view) :]

    def send_json(self, kind: bytes, value: dict[str, Any]) -> None:
        self.send(kind, json.dumps(value).encode())
