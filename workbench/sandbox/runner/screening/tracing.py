"""Which lines of the project a test runs."""

from __future__ import annotations

import gc
import os
import sys
from types import CodeType, FrameType
from typing import Any

from .loading import Loader

_ENOUGH = 300
"""After so many lines that are known, code is not followed any more."""


class Lines:
    """Notes lines from its beginning to its end, and leaves code alone that shows no new ones."""

    def __init__(self, loader: Loader) -> None:
        self._files = {loader.file_of(path): path for path in loader.codes}
        self._seen: dict[CodeType, set[int]] = {}
        self._tracers: dict[CodeType, Any] = {}

    def begin(self) -> None:
        gc.collect()  # What tests before left is finished now, not in the name of this one.
        sys.settrace(self._call)

    def end(self) -> dict[str, list[int]]:
        """Return the lines that were run, by path."""
        sys.settrace(None)
        lines: dict[str, set[int]] = {}
        for code, seen in self._seen.items():
            lines.setdefault(self._files[code.co_filename], set()).update(seen)
        return {path: sorted(seen) for path, seen in lines.items() if seen}

    def _call(self, frame: FrameType, _event: str, _argument: Any) -> Any:
        code = frame.f_code
        if code not in self._tracers:
            self._tracers[code] = self._tracer(code) if code.co_filename in self._files else None
        return self._tracers[code]

    def _tracer(self, code: CodeType) -> Any:
        seen = self._seen.setdefault(code, set())
        old = 0

        def line(frame: FrameType, event: str, _argument: Any) -> Any:
            nonlocal old
            if event == "line":
                if frame.f_lineno in seen:
                    old += 1
                    if old > _ENOUGH:
                        self._tracers[code] = None
                        frame.f_trace_lines = False
                else:
                    seen.add(frame.f_lineno)
                    old = 0
            return line

        return line


class Early:
    """Notes which functions of the project run while its tests are collected."""

    def __init__(self) -> None:
        self.codes: dict[int, CodeType] = {}
        """By identity, and kept: the identity of what is gone is given to something else."""

    def begin(self) -> None:
        sys.setprofile(self._event)

    def end(self) -> None:
        sys.setprofile(None)

    def _event(self, frame: FrameType, event: str, _argument: Any) -> None:
        if event == "call":
            self.codes[id(frame.f_code)] = frame.f_code


class Spawns:
    """Notes whether this process starts others, or compiles files of the project by itself.

    It can not be ended, so it is for forks alone.
    """

    _EVENTS = frozenset({"subprocess.Popen", "os.system", "os.posix_spawn", "os.exec", "os.fork"})

    def __init__(self, loader: Loader) -> None:
        self.seen = False
        self._loader = loader

    def begin(self) -> None:
        sys.addaudithook(self._event)

    def _event(self, event: str, arguments: Any) -> None:
        if event in self._EVENTS or (event == "compile" and self._is_own_source(*arguments)):
            self.seen = True

    def _is_own_source(self, source: Any, name: Any) -> bool:
        if not isinstance(source, (str, bytes)) or not isinstance(name, (str, bytes)):
            return False
        path = self._loader.path_of(os.path.abspath(os.fsdecode(name)))
        return path is not None and not _is_ours(sys._getframe(2))  # noqa: SLF001 - who asks


def _is_ours(frame: FrameType | None) -> bool:
    """Tell whether the lane compiles something itself, with a little of Python between."""
    for _ in range(2):
        if frame is None:
            return False
        if frame.f_globals.get("__package__") == __package__:
            return True
        frame = frame.f_back
    return False
