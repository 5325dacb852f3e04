"""What is worth telling of the lines of a log: tracebacks, kinds that are new, sudden crowds."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path

import msgspec

from workbench.healing.crashes.tracebacks import Partial, Tracebacks
from workbench.healing.crashes.values import Crash
from workbench.healing.logs.miner import Miner, Template
from workbench.healing.logs.rates import LEARNED, WINDOW, Rate, counted

LEARNED_LINES = 1_000
"""After so many lines a kind that was not met before is news by itself."""
_SEVERE = re.compile(
    r"\b(?:ERROR|CRITICAL|FATAL|ALERT|EMERG|PANIC|SEVERE|[Ee]rror|[Ff]atal|[Pp]anic|[Uu]nhandled"
    r"|[Ss]egmentation fault|[Cc]ore dumped|[Ee]xception|[A-Za-z]+Error|OOM)\b"
)
_MOST_CRASHES = 500


class Kind(msgspec.Struct, frozen=True):
    """A kind of line that is worth telling."""

    template: str
    example: str
    count: int
    """How many of them came, of a crowd in this minute, else in these lines."""
    expected: float = 0.0
    """How many came in other minutes."""
    severe: bool = False


class Traced(msgspec.Struct, frozen=True):
    """A traceback that was in a log."""

    crash: Crash
    count: int
    """How often it came, from the beginning."""
    new: bool


class Findings(msgspec.Struct, frozen=True):
    new: tuple[Kind, ...] = ()
    bursts: tuple[Kind, ...] = ()
    tracebacks: tuple[Traced, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.new or self.bursts or self.tracebacks)


class LogState(msgspec.Struct, frozen=True):
    """All that a watch knows; a value that can be stored."""

    templates: list[Template] = []
    next_id: int = 1
    rates: dict[int, Rate] = {}
    crashes: dict[str, int] = {}
    lines: int = 0
    windows: int = 0
    window: int = -1
    partial: Partial | None = None


class LogWatch:
    """Reads the lines of one log as they come."""

    def __init__(self, project: Path, state: LogState | None = None) -> None:
        state = state or LogState()
        self._miner = Miner.of(state.templates, state.next_id)
        self._rates = dict(state.rates)
        self._crashes = dict(state.crashes)
        self._lines, self._windows, self._window = state.lines, state.windows, state.window
        self._tracebacks = Tracebacks(project, state.partial)

    @property
    def state(self) -> LogState:
        return LogState(
            list(self._miner.templates.values()),
            self._miner.next_id,
            self._rates,
            self._crashes,
            self._lines,
            self._windows,
            self._window,
            self._tracebacks.partial,
        )

    def learn(self, lines: Iterable[str], at: float) -> None:
        """Take lines for what is usual, such as those that were there before."""
        self.feed(lines, at)
        self._lines = max(self._lines, LEARNED_LINES)

    def feed(self, lines: Iterable[str], at: float) -> Findings:
        """Take the lines that came at a time, and tell what is worth it."""
        counts: dict[int, int] = {}
        fresh: list[Template] = []
        traced: list[Crash] = []
        learned = self._learned
        take, tracebacks = self._miner.take, self._tracebacks
        for line in lines:
            if tracebacks.feed(line, traced):
                continue
            template, new = take(line, at)
            counts[template.id] = counts.get(template.id, 0) + 1
            if new:
                fresh.append(template)
        self._lines += sum(counts.values())
        bursts = self._count(counts, int(at // WINDOW))
        return Findings(
            tuple(_kind(one, counts[one.id]) for one in fresh if learned or _is_severe(one)),
            tuple(bursts),
            self._traced(traced),
        )

    def rest(self) -> Findings:
        """Tell a traceback at the end, after which nothing came for a while."""
        traced: list[Crash] = []
        self._tracebacks.flush(traced)
        return Findings(tracebacks=self._traced(traced))

    @property
    def _learned(self) -> bool:
        return self._lines >= LEARNED_LINES or self._windows >= LEARNED

    def _count(self, counts: dict[int, int], window: int) -> list[Kind]:
        if window > self._window:
            self._windows, self._window = self._windows + 1, window
            self._forget()
        found = []
        for id_, more in counts.items():
            template = self._miner.templates.get(id_)
            if template is None:
                continue
            rate = self._rates.setdefault(id_, self._begun(window))
            if counted(rate, window, more):
                found.append(_kind(template, rate.count, rate.mean))
        return found

    def _begun(self, window: int) -> Rate:
        """Return the rate of a kind that came in none of the minutes before."""
        return Rate(window, windows=self._windows - 1)

    def _forget(self) -> None:
        for id_ in self._rates.keys() - self._miner.templates.keys():
            del self._rates[id_]

    def _traced(self, crashes: list[Crash]) -> tuple[Traced, ...]:
        found: dict[str, Traced] = {}
        for crash in crashes:
            new = crash.fingerprint not in self._crashes
            count = self._crashes.pop(crash.fingerprint, 0) + 1
            self._crashes[crash.fingerprint] = count
            first = found.get(crash.fingerprint)
            found[crash.fingerprint] = Traced(crash, count, first.new if first else new)
        while len(self._crashes) > _MOST_CRASHES:
            del self._crashes[next(iter(self._crashes))]
        return tuple(found.values())


def _kind(template: Template, count: int, expected: float = 0.0) -> Kind:
    return Kind(template.text, template.example, count, expected, severe=_is_severe(template))


def _is_severe(template: Template) -> bool:
    return _SEVERE.search(template.example) is not None
