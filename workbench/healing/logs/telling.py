"""What was found in logs, as facts."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from hashlib import sha256
from pathlib import Path

from workbench.api.events import LogNoticed
from workbench.errors import UsageError
from workbench.healing.crashes.site.workbench_hook.redacting import redact
from workbench.healing.logs.following import Told
from workbench.healing.logs.watch import Kind, Traced
from workbench.visible import visible_line

MOST_AT_ONCE = 20
"""Of one look no more is told, what is severe first."""
_LONGEST = 500


def checked(patterns: Iterable[str]) -> tuple[str, ...]:
    """Refuse patterns that lead out of the project."""
    found = tuple(patterns)
    for pattern in found:
        if pattern.startswith(("/", "~")) or ".." in pattern.split("/"):
            raise UsageError(
                f"The logs {visible_line(pattern)} do not lie in the project.",
                "healing.logs names files by patterns from the project, such as logs/*.log.",
            )
    return found


def noticed(told: Iterable[Told], project: Path) -> tuple[LogNoticed, ...]:
    """Return what one look at the logs found, the worst first."""
    every = [fact for one in told for fact in _of_log(one, project)]
    return tuple(sorted(every, key=lambda one: not one.severe)[:MOST_AT_ONCE])


def _of_log(told: Told, project: Path) -> Iterator[LogNoticed]:
    path = Path(told.path)
    log = str(path.relative_to(project)) if path.is_relative_to(project) else told.path
    found = told.findings
    yield from (_traceback(log, one) for one in found.tracebacks if _is_worth_it(one))
    yield from (_line(log, "new", one) for one in found.new)
    yield from (_line(log, "frequent", one) for one in found.bursts)


def _is_worth_it(traced: Traced) -> bool:
    """Tell a traceback the first time, and each time that it has come ten times as often."""
    return traced.new or str(traced.count).strip("0") == "1"


def _traceback(log: str, traced: Traced) -> LogNoticed:
    crash = traced.crash
    ours = [level for level in crash.frames if level.ours]
    return LogNoticed(
        sighting=_name(log, crash.fingerprint),
        log=log,
        what="traceback",
        line=redact(crash.summary)[:_LONGEST],
        count=traced.count,
        severe=True,
        path=ours[-1].file if ours else "",
        at=ours[-1].line if ours else 0,
        function=ours[-1].function if ours else "",
    )


def _line(log: str, what: str, kind: Kind) -> LogNoticed:
    return LogNoticed(
        sighting=_name(log, what, kind.template),
        log=log,
        what=what,
        line=redact(kind.example)[:_LONGEST],
        count=kind.count,
        expected=round(kind.expected, 1),
        severe=kind.severe,
    )


def _name(*parts: str) -> str:
    return sha256("\0".join(parts).encode("utf-8", "replace")).hexdigest()[:12]
