"""Reading crashes back: what programs wrote is data, and may be anything."""

from __future__ import annotations

import os
import re
import signal
from collections.abc import Iterable, Iterator
from pathlib import Path

import msgspec
from msgspec.structs import replace

from workbench.healing.crashes.placing import (
    fingerprint,
    folder_of,
    from_folder,
    relative_to,
    seen_from,
    throw,
)
from workbench.healing.crashes.site.workbench_hook.describing import fingerprint_of
from workbench.healing.crashes.tracebacks import Tracebacks
from workbench.healing.crashes.values import EXIT, SIGNAL, Crash, Crashes, Level, Thrown

_LARGEST = 4 << 20
_MOST = 2_000
_FAULT = re.compile(
    r'^  File "(?P<file>[^"\n]+)", line (?P<line>\d+) in (?P<function>.+)$', re.MULTILINE
)
_FATAL = re.compile(r"^Fatal Python error: (?P<what>.+)$", re.MULTILINE)
_SIGNALS = {
    "Segmentation fault": signal.SIGSEGV,
    "Floating-point exception": signal.SIGFPE,
    "Floating point exception": signal.SIGFPE,
    "Aborted": signal.SIGABRT,
    "Bus error": signal.SIGBUS,
    "Illegal instruction": signal.SIGILL,
}


class RunRecord(msgspec.Struct, frozen=True):
    """How a program ended that `workbench run` started."""

    run: str
    command: tuple[str, ...]
    folder: str
    at: float
    seconds: float = 0.0
    exit: int | None = None
    signal: int | None = None
    stderr: str = ""


class _Written(msgspec.Struct, frozen=True):
    """What the hook writes, as far as it is needed."""

    fingerprint: str
    how: str
    at: float
    raised: tuple[Thrown, ...]
    command: tuple[str, ...] = ()
    folder: str = ""
    python: str = ""
    stdin: str = ""
    head: str = ""
    thread: str = ""
    environment: tuple[str, ...] = ()
    digests: dict[str, str] = {}
    count: int = 1
    run: str = ""


def read_crashes(folder: Path, project: Path) -> Crashes:
    """Return all crashes in `folder`, with paths as seen from `project`."""
    found: list[Crash] = []
    runs: dict[str, RunRecord] = {}
    damaged: list[str] = []
    for name, data in _files(folder):
        try:
            _take(name, data, project, found, runs)
        except (msgspec.DecodeError, UnicodeDecodeError, ValueError):
            damaged.append(name)
    crashes = sorted(_joined(found, runs, project), key=lambda crash: (crash.at, crash.id))
    return Crashes(tuple(crashes), tuple(damaged))


def _take(
    name: str, data: bytes, project: Path, found: list[Crash], runs: dict[str, RunRecord]
) -> None:
    stem = name.rpartition(".")[0]
    if name.startswith("run-"):
        record = msgspec.json.decode(data, type=RunRecord)
        runs[record.run] = record
    elif name.startswith("fault-"):
        found.extend(_fault(stem, data.decode("utf-8", "replace"), project))
    else:
        found.append(_crash(stem, msgspec.json.decode(data, type=_Written), project))


def _files(folder: Path) -> Iterator[tuple[str, bytes]]:
    """Yield what is written whole, without following links."""
    try:
        names = sorted(os.listdir(folder))[:_MOST]  # noqa: PTH208 - names alone
    except FileNotFoundError:
        return
    for name in names:
        if name.startswith(("crash-", "run-")) and name.endswith(".json"):
            yield name, _read(folder / name)
        elif name.startswith("fault-") and name.endswith(".txt") and (data := _read(folder / name)):
            yield name, data


def _read(file: Path) -> bytes:
    try:
        opened = os.open(file, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    except OSError:
        return b""
    with os.fdopen(opened, "rb") as reading:
        return reading.read(_LARGEST)


def _crash(stem: str, written: _Written, project: Path) -> Crash:
    digests = {relative_to(file, project): digest for file, digest in written.digests.items()}
    return Crash(
        stem,
        written.fingerprint,
        written.how,
        written.at,
        tuple(seen_from(project, one) for one in written.raised),
        tuple(from_folder(one, written.folder, project) for one in written.command),
        folder_of(written.folder, project),
        written.python,
        _input_of(written, project),
        written.head,
        written.thread,
        written.environment,
        digests,
        count=written.count,
        run=written.run,
    )


def _input_of(written: _Written, project: Path) -> str:
    path = from_folder(written.stdin, written.folder, project)
    return path if written.stdin.startswith("/") and path != written.stdin else ""


def _fault(stem: str, text: str, project: Path) -> Iterator[Crash]:
    """Read what faulthandler wrote, innermost frame first, of the thread that crashed."""
    fatal = _FATAL.search(text)
    if fatal is None:
        return
    current = text[text.find("Current thread", fatal.end()) :].split("\n\n", 1)[0]
    frames = [
        Level(found["file"], int(found["line"]), found["function"])
        for found in _FAULT.finditer(current)
    ]
    thrown = throw(fatal["what"], "", reversed(frames), project)
    number = _SIGNALS.get(fatal["what"])
    run = stem.split("-")[1] if stem.count("-") >= 2 else ""
    yield Crash(
        stem, fingerprint(thrown), SIGNAL, raised=(thrown,), signal=number and int(number), run=run
    )


def _joined(found: Iterable[Crash], runs: dict[str, RunRecord], project: Path) -> Iterator[Crash]:
    """Yield crashes with how their program ended; a run that left none is one itself."""
    told = set()
    for crash in found:
        record = runs.get(crash.run)
        if record is None:
            yield crash
            continue
        told.add(crash.run)
        yield replace(
            crash,
            exit=record.exit,
            signal=record.signal or crash.signal,
            stderr=record.stderr,
            at=crash.at or record.at,
            command=crash.command or record.command,
        )
    for record in runs.values():
        if record.run not in told and (record.exit or record.signal):
            yield _ended(record, project)


def _ended(record: RunRecord, project: Path) -> Crash:
    """Return a program's end as a crash of which only the exit tells, and what it printed."""
    printed: list[Crash] = []
    tracebacks = Tracebacks(project)
    for line in record.stderr.splitlines():
        tracebacks.feed(line, printed)
    tracebacks.flush(printed)
    end = f"{record.exit}/{record.signal}"
    bare = fingerprint_of(end, [{"file": record.command[0], "function": ""}])
    return Crash(
        f"run-{record.run}",
        printed[-1].fingerprint if printed else bare,
        SIGNAL if record.signal else EXIT,
        record.at,
        printed[-1].raised if printed else (),
        command=record.command,
        folder=record.folder,
        exit=record.exit,
        signal=record.signal,
        stderr=record.stderr,
        run=record.run,
    )
