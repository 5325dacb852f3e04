"""How far something large is, told on stderr: drawn anew on a terminal, line by line elsewhere."""

from __future__ import annotations

import contextlib
import sys
import time
from collections.abc import Callable
from typing import Self, TextIO

from local_models.registry.sizes import gigabytes
from workbench.visible import visible_line

_OFTEN = 0.1
"""Seconds between two pictures on a terminal."""
_SELDOM = 5.0
"""Seconds between two lines in a log."""
_CLEAR = "\r\x1b[K"


class Meter:
    """Is called with what is done and with what there is to do, in bytes."""

    def __init__(
        self,
        what: str,
        stream: TextIO | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._what = visible_line(what)
        self._stream = stream or sys.stderr
        self._drawn = bool(self._stream and self._stream.isatty())
        self._clock = clock
        self._began = self._told = clock()
        self._first: int | None = None
        """What was done before: it says nothing of how fast this is."""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self._drawn:
            self._write(_CLEAR)

    def __call__(self, done: int, total: int) -> None:
        now = self._clock()
        if self._first is None or done < self._first:
            self._first, self._began = done, now
        if now - self._told < (_OFTEN if self._drawn else _SELDOM):
            return
        self._told = now
        text = self._text(done, total, now - self._began)
        self._write(f"{_CLEAR}{text}" if self._drawn else f"{text}\n")

    def _text(self, done: int, total: int, seconds: float) -> str:
        share = f"{done / total:.0%} of {gigabytes(total)}" if total else gigabytes(done)
        rate = (done - (self._first or 0)) / seconds if seconds > 0 else 0
        if rate <= 0:
            return f"{self._what}: {share}"
        return (
            f"{self._what}: {share}, {gigabytes(rate)}/s, {_duration((total - done) / rate)} left"
        )

    def _write(self, text: str) -> None:
        """Write what nobody has to read."""
        with contextlib.suppress(OSError, ValueError):
            self._stream.write(text)
            self._stream.flush()


def _duration(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    if hours:
        return f"{hours} h {minutes} min"
    return f"{minutes} min {rest} s" if minutes else f"{rest} s"
