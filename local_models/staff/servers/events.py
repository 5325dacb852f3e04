"""Server-sent events out of bytes that come in any pieces; nothing in them is trusted."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

_ENDS = re.compile(rb"\r\n|\n|\r")
LONGEST_LINE = 1 << 20
LARGEST_EVENT = 4 << 20
MOST_BYTES = 64 << 20


class Broken(Exception):
    """What comes are no server-sent events, or too much of them; its text says why."""


@dataclass(frozen=True)
class Event:
    """One event; its name is empty in most of them."""

    name: str
    data: str


class Events:
    """Cuts bytes into events."""

    def __init__(self) -> None:
        self._buffer = bytearray()
        self._searched = 0
        """So much of it has no end of a line, so that small pieces cost no more than large ones."""
        self._lines: list[str] = []
        self._size = 0
        self._name = ""
        self._all = 0

    def feed(self, data: bytes) -> Iterator[Event]:
        self._all += len(data)
        if self._all > MOST_BYTES:
            raise Broken("it sends without end")
        self._buffer += data
        for line in self._cut():
            if event := self._take(line):
                yield event

    def _cut(self) -> Iterator[bytes]:
        """Yield whole lines; a CR at the very end may have its LF still to come."""
        at = 0
        for end in _ENDS.finditer(self._buffer, self._searched):
            if end.group() == b"\r" and end.end() == len(self._buffer):
                break
            yield bytes(self._buffer[at : end.start()])
            at = end.end()
        del self._buffer[:at]
        self._searched = max(0, len(self._buffer) - 1)
        if len(self._buffer) > LONGEST_LINE:
            raise Broken(f"a line is longer than {LONGEST_LINE:,} bytes")

    def _take(self, line: bytes) -> Event | None:
        """Take one line as the standard says; only `data`, `event` and `error` say anything."""
        if not line:
            return self._end()
        field, _, value = line.partition(b":")
        try:
            text = value.removeprefix(b" ").decode("utf-8")
        except UnicodeDecodeError:
            raise Broken("it sends bytes that are no UTF-8") from None
        if field == b"error":  # So an older llama-server tells of what goes wrong.
            return Event("error", text)
        if field == b"event":
            self._name = text
        elif field == b"data":
            self._keep(text)
        return None

    def _keep(self, text: str) -> None:
        self._lines.append(text)
        self._size += len(text)
        if self._size > LARGEST_EVENT:
            raise Broken(f"an event is larger than {LARGEST_EVENT:,} characters")

    def _end(self) -> Event | None:
        event = Event(self._name, "\n".join(self._lines)) if self._lines else None
        self._lines, self._size, self._name = [], 0, ""
        return event
