"""Which lines of the project a test runs."""

from __future__ import annotations

import sys
from types import CodeType, FrameType
from typing import Any

from .loading import Loader


class Lines:
    """Notes lines from its beginning to its end."""

    def __init__(self, loader: Loader) -> None:
        self._files = {loader.file_of(path): path for path in loader.codes}
        self._seen: dict[CodeType, set[int]] = {}

    def begin(self) -> None:
        sys.settrace(self._call)

    def end(self) -> dict[str, list[int]]:
        """Return the lines that were run, by path."""
        sys.settrace(None)
        lines: dict[str, set[int]] = {}
        for code, seen in self._seen.items():
            lines.setdefault(self._files[code.co_filename], set()).update(seen)
        return {path: sorted(seen) for path, seen in lines.items()}

    def _call(self, frame: FrameType, _event: str, _argument: Any) -> Any:
        code = frame.f_code
        if code.co_filename not in self._files:
            return None
        add = self._seen.setdefault(code, set()).add

        def line(frame: FrameType, event: str, _argument: Any) -> Any:
            if event == "line":
                add(frame.f_lineno)
            return line

        return line


class Early:
    """Notes which functions of the project run while its tests are collected."""

    def __init__(self) -> None:
        self.codes: set[int] = set()

    def begin(self) -> None:
        sys.setprofile(self._event)

    def end(self) -> None:
        sys.setprofile(None)

    def _event(self, frame: FrameType, event: str, _argument: Any) -> None:
        if event == "call":
            self.codes.add(id(frame.f_code))


class Spawns:
    """Notes whether this process starts others; it can not be ended, so it is for forks alone."""

    _EVENTS = frozenset({"subprocess.Popen", "os.system", "os.posix_spawn", "os.exec", "os.fork"})

    def __init__(self) -> None:
        self.seen = False

    def begin(self) -> None:
        sys.addaudithook(self._event)

    def _event(self, event: str, _arguments: Any) -> None:
        self.seen = self.seen or event in self._EVENTS
