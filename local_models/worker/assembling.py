"""Text out of the bytes of tokens: whole characters, and nothing of a stop sequence."""

from __future__ import annotations

import codecs
from collections.abc import Sequence


class Assembler:
    """Takes the bytes of tokens and gives out text that cannot be taken back any more."""

    def __init__(self, stops: Sequence[str] = ()) -> None:
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")
        self._strict = codecs.getincrementaldecoder("utf-8")("strict")
        self._stops = tuple(stop for stop in stops if stop)
        self._held = ""
        self.stopped = False
        self.unreadable = False
        """Whether some bytes were no UTF-8."""

    def feed(self, data: bytes) -> str:
        """Return the text that is certain now."""
        self._heed(data, last=False)
        return self._certain(self._decoder.decode(data))

    def finish(self) -> str:
        """Return what was held back, once nothing more comes."""
        self._heed(b"", last=True)
        certain = self._certain(self._decoder.decode(b"", final=True))
        rest, self._held = ("" if self.stopped else self._held), ""
        return certain + rest

    def _heed(self, data: bytes, *, last: bool) -> None:
        """Tell bytes that are no UTF-8 from a replacement character that is meant."""
        if self.unreadable:
            return
        try:
            self._strict.decode(data, final=last)
        except UnicodeDecodeError:
            self.unreadable = True

    def _certain(self, text: str) -> str:
        if self.stopped:
            return ""
        text = self._held + text
        found = [at for stop in self._stops if (at := text.find(stop)) >= 0]
        if found:
            self.stopped, self._held = True, ""
            return text[: min(found)]
        keep = max((_overlap(text, stop) for stop in self._stops), default=0)
        self._held = text[len(text) - keep :]
        return text[: len(text) - keep]


def _overlap(text: str, stop: str) -> int:
    """Return how much of the end of `text` may become `stop`."""
    longest = min(len(text), len(stop) - 1)
    return next((size for size in range(longest, 0, -1) if text.endswith(stop[:size])), 0)
