"""The worker's log: what llama.cpp says, on the level that it means, in a file that stays small."""

from __future__ import annotations

import os
import time
from collections import deque
from collections.abc import Callable, Iterable
from typing import Any

MOST_BYTES = 1 << 20
_KEPT = 200
_READ_BACK = 16_384
_STDERR = 2
_LEVELS = ("", "debug", "info", "warning", "error")
"""As ggml numbers them; the binding's own table is off by one."""
_CONTINUES = 5
_QUIETEST = 3


class Log:
    """Writes to descriptor 2, which is the log file, what is a warning or an error."""

    def __init__(self, most_bytes: int = MOST_BYTES) -> None:
        self._most_bytes = most_bytes
        self._recent: deque[tuple[int, str]] = deque(maxlen=_KEPT)
        self._level = 0
        self._callback: Any = None
        self.hushed: Callable[[], bool] = lambda: False
        """Whether what is said is only that something was ended on purpose."""

    def listen(self) -> None:
        """Take what llama.cpp says from now on; the binding's own listener is let go."""
        from llama_cpp import llama_cpp as api

        self._callback = api.llama_log_callback(self._hear)  # Kept, or the next word is a crash.
        api.llama_log_set(self._callback, None)

    def errors(self) -> list[str]:
        """Return the errors that were heard lately."""
        return [text for level, text in self._recent if level == _LEVELS.index("error")]

    def forget(self) -> None:
        self._recent.clear()

    def write(self, text: str) -> None:
        """Write a line, and keep the file small."""
        stamp = time.strftime("%H:%M:%S")
        _write_all(f"{stamp} {text}\n".encode("utf-8", "replace"))
        self.trim()

    def trim(self) -> None:
        """Keep the younger half of a file that has grown too large."""
        if os.fstat(_STDERR).st_size <= self._most_bytes:
            return
        size = os.fstat(_STDERR).st_size
        with open(f"/proc/self/fd/{_STDERR}", "rb") as file:  # noqa: PTH123 - a descriptor
            file.seek(size - self._most_bytes // 2)
            younger = file.read()
        os.ftruncate(_STDERR, 0)
        _write_all(younger[younger.find(b"\n") + 1 :])

    def _hear(self, level: int, text: bytes, _: object) -> None:
        said = text.decode("utf-8", "replace")
        if level == _CONTINUES:
            level = self._level
        self._level = level
        if not said.strip(" .\n"):
            return
        self._recent.append((level, said.rstrip()))
        if level >= _QUIETEST and not self.hushed():
            self.write(f"{_LEVELS[level]}: {said.rstrip()}")


def _write_all(data: bytes) -> None:
    while data:
        data = data[os.write(_STDERR, data) :]


def tail(path: str | os.PathLike[str], began: int = 0, lines: int = 20) -> tuple[str, ...]:
    """Return the last lines since a log was this long, for those who ask why a worker died."""
    try:
        with open(path, "rb") as file:  # noqa: PTH123 - as above
            size = file.seek(0, os.SEEK_END)
            file.seek(max(began if began <= size else 0, size - _READ_BACK))
            text = file.read().decode("utf-8", "replace")
    except OSError:
        return ()
    return tuple(text.splitlines()[-lines:])


def said(lines: Iterable[str]) -> str:
    """Return what llama.cpp gave as its reason, in one line."""
    told = [line.split("error loading model: ", 1)[-1].strip() for line in lines]
    return next((line for line in told if line), "")
