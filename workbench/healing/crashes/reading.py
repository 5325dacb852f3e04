"""Reading crashes back: what programs wrote is data, and may be anything."""

from __future__ import annotations

import os
import re
import signal
from collections.abc import Iterable, Iterator
from pathlib import Path

import msgspec
from msgspec.structs import replace

from workbench.healing.crashes.site.workbench_hook.describing import fingerprint_of, is_ours
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
    crashes = sorted(_joined(found, runs), key=lambda crash: (crash.at, crash.id))
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
    digests = {_relative(file, project): digest for file, digest in written.digests.items()}
    return Crash(
        stem,
        written.fingerprint,
        written.how,
        written.at,
        tuple(_seen_from(project, one) for one in written.raised),
        tuple(_from_folder(one, written.folder, project) for one in written.command),
        _folder_of(written.folder, project),
        written.python,
        _input_of(written, project),
        written.head,
        written.thread,
        written.environment,
        digests,
        count=written.count,
        run=written.run,
    )


def _folder_of(folder: str, project: Path) -> str:
    relative = _relative(folder, project)
    return relative if _is_inside(relative) else "."


def _from_folder(argument: str, folder: str, project: Path) -> str:
    """Return an argument; a path in the project as seen from where the program is run again."""
    relative = _relative(argument, project)
    if relative == argument or not _is_inside(relative):
        return argument
    return os.path.relpath(relative, _folder_of(folder, project))


def _input_of(written: _Written, project: Path) -> str:
    path = _from_folder(written.stdin, written.folder, project)
    return path if written.stdin.startswith("/") and path != written.stdin else ""


def _is_inside(relative: str) -> bool:
    return bool(relative) and not relative.startswith(("/", ".."))


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


def throw(kind: str, message: str, frames: Iterable[Level], project: Path) -> Thrown:
    """Return an exception that was read from text."""
    return _seen_from(project, Thrown(kind, message, frames=tuple(frames)))


def fingerprint(thrown: Thrown) -> str:
    """Return what the hook would write for an exception that was read elsewhere."""
    frames = [
        {"file": one.file, "function": one.function, "text": one.text} for one in thrown.frames
    ]
    return fingerprint_of(thrown.kind, frames)


def _seen_from(project: Path, thrown: Thrown) -> Thrown:
    frames = tuple(
        replace(one, file=_relative(one.file, project), ours=_lies_in(one.file, project))
        for one in thrown.frames
    )
    return replace(thrown, frames=frames)


def _lies_in(file: str, project: Path) -> bool:
    relative = _relative(file, project)
    return _is_inside(relative) and is_ours(file)


def _relative(file: str, project: Path) -> str:
    """Return a path from the project, or as it is where it lies elsewhere."""
    root = f"{project}/"
    return "." if file == str(project) else file.removeprefix(root)


def _joined(found: Iterable[Crash], runs: dict[str, RunRecord]) -> Iterator[Crash]:
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
            yield _ended(record)


def _ended(record: RunRecord) -> Crash:
    """Return a program's end as a crash that only its exit tells of."""
    end = f"{record.exit}/{record.signal}"
    print_ = fingerprint_of(end, [{"file": record.command[0], "function": ""}])
    return Crash(
        f"run-{record.run}",
        print_,
        SIGNAL if record.signal else EXIT,
        record.at,
        command=record.command,
        folder=record.folder,
        exit=record.exit,
        signal=record.signal,
        stderr=record.stderr,
        run=record.run,
    )
