"""Following the log files of a project: which there are, what came, what is worth telling of it."""

from __future__ import annotations

import os
import time
from collections.abc import Iterable, Iterator
from pathlib import Path

import msgspec

from workbench.healing.logs.reading import Position, read_log
from workbench.healing.logs.watch import Findings, LogState, LogWatch

USUAL = ("*.log", "log/*.log", "logs/*.log", "logs/*/*.log", "var/log/*.log", "*.err")
"""Where programs write logs, from the project."""
MOST_FILES = 100
_LEARNED_BYTES = 1 << 20
"""How much of what was there before is taken for usual."""
_MOST_AT_ONCE = 8
"""Reads of one file in one look, so that a flood does not keep the others waiting."""
_LOOK_FOR_FILES = 5.0
_REST = 500
"""Looking for files where there are many takes its time, and then rests so many times as long."""
_QUIET = 2.0
"""Seconds after which a traceback at the end of a file is over."""


_Mark = tuple[int, int, int]


class Stored(msgspec.Struct, frozen=True):
    """How far one log was read, and what is known of it."""

    position: Position
    state: LogState


class Told(msgspec.Struct, frozen=True):
    """What one look found in one file."""

    path: str
    findings: Findings = Findings()
    problem: str = ""
    skipped: int = 0


class _Log:
    """One file."""

    def __init__(self, project: Path, stored: Stored | None) -> None:
        self.position = stored.position if stored else None
        self.watch = LogWatch(project, stored.state if stored else None)
        self.last = 0.0
        self.mark: _Mark | None = None
        """How the file looked when it was read last."""
        self.problem = ""


class LogFollower:
    """Follows all log files that match; one look after the other, from any one thread."""

    def __init__(
        self,
        project: Path,
        patterns: Iterable[str] = USUAL,
        stored: dict[str, Stored] | None = None,
    ) -> None:
        self._project = project
        self._patterns = tuple(patterns)
        self._logs = {path: _Log(project, one) for path, one in (stored or {}).items()}
        self._next_search = 0.0
        self._begun = False

    @property
    def stored(self) -> dict[str, Stored]:
        """Return what to begin with next time."""
        logs = self._logs.items()
        return {path: Stored(log.position, log.watch.state) for path, log in logs if log.position}

    @property
    def positions(self) -> dict[str, Position]:
        """Return how far each log was read."""
        return {path: log.position for path, log in self._logs.items() if log.position}

    def look(self, now: float) -> tuple[Told, ...]:
        """Read what came, and tell what is worth it; to be called about once a second."""
        if now >= self._next_search:
            self._search(now)
        return tuple(
            told for path, log in self._logs.items() for told in self._read(path, log, now)
        )

    def _search(self, now: float) -> None:
        """Find new files: what is in those that were there first is taken for usual."""
        began = time.monotonic()
        paths = list(self._matching())
        self._next_search = now + max(_LOOK_FOR_FILES, (time.monotonic() - began) * _REST)
        for path in paths:
            if path not in self._logs and len(self._logs) < MOST_FILES:
                self._logs[path] = log = _Log(self._project, None)
                if not self._begun:
                    self._learn(path, log, now)
        self._begun = True

    def _matching(self) -> Iterator[str]:
        for pattern in self._patterns:
            absolute = pattern.startswith("/")
            root, rest = (Path("/") if absolute else self._project), pattern.lstrip("/")
            found = (path for path in sorted(root.glob(rest)) if path.is_file())
            yield from (str(path) for path in found if absolute or self._is_inside(path))

    def _is_inside(self, path: Path) -> bool:
        """Tell a file of the project from one that a link leads to."""
        return path.resolve().is_relative_to(self._project.resolve())

    def _learn(self, path: str, log: _Log, now: float) -> None:
        read = read_log(Path(path), None, _LEARNED_BYTES)
        log.watch.learn(read.lines, now)
        log.position = read.position

    def _read(self, path: str, log: _Log, now: float) -> Iterator[Told]:
        """Read what came; a file that looks as it did then is not even opened."""
        mark = _mark(path)
        if mark is None or mark != log.mark:
            log.mark = mark
            yield from self._read_on(path, log, now)
        if now - log.last > _QUIET and (rest := log.watch.rest()):
            yield Told(path, rest)

    def _read_on(self, path: str, log: _Log, now: float) -> Iterator[Told]:
        for _ in range(_MOST_AT_ONCE):
            read = read_log(Path(path), log.position or Position())
            log.position = read.position
            findings = log.watch.feed(read.lines, now) if read.lines else Findings()
            log.last = now if read.lines else log.last
            if findings or read.skipped or (read.problem and read.problem != log.problem):
                yield Told(path, findings, read.problem, read.skipped)
            log.problem = read.problem
            if not read.more:
                return
        log.mark = None


def _mark(path: str) -> _Mark | None:
    """Return what differs once something was written; nothing where there is no such file."""
    try:
        found = os.stat(path)  # noqa: PTH116 - once a second for each log
    except OSError:
        return None
    return found.st_ino, found.st_size, found.st_mtime_ns
