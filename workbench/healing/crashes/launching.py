"""Running a program as if its name had been typed alone, and noting how it ends.

It inherits everything: terminal, descriptors, signals, environment. Its standard error is only
looked at where that cannot be noticed: a file is read afterwards, a pipe is passed through one of
ours. On a terminal, or where it goes the same way as the standard output, nothing stands between.
"""

from __future__ import annotations

import errno
import os
import select
import shutil
import signal
import stat
import threading
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from uuid import uuid4

import msgspec

from workbench.errors import UsageError
from workbench.healing.crashes.reading import RunRecord
from workbench.healing.crashes.site.workbench_hook.redacting import (
    redact,
    redact_arguments,
    scrub,
    secrets_of_arguments,
    secrets_of_environment,
)

TAIL = 64 << 10
STARTUP = Path(__file__).parent / "site" / "startup"
_FORWARDED = (signal.SIGTERM, signal.SIGHUP, signal.SIGUSR1, signal.SIGUSR2)
_FROM_TERMINAL = (signal.SIGINT, signal.SIGQUIT)
_WAITED = frozenset((*_FORWARDED, *_FROM_TERMINAL, signal.SIGCHLD))
_BY_KERNEL = 0x80
_LEFT_ALONE = (signal.SIGPIPE, signal.SIGXFSZ)
"""Python ignores these for itself; a program that it starts expects the default."""
_DRAIN = 0.05


@dataclass(frozen=True)
class Ended:
    """How a program ended."""

    run: str
    exit: int | None
    signal: int | None
    seconds: float
    stderr: str = ""

    @property
    def status(self) -> int:
        """What a shell would show."""
        return self.exit if self.exit is not None else 128 + (self.signal or 0)

    @property
    def wanted(self) -> bool:
        """Say whether a person or the reader of its output ended it."""
        ways = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGPIPE)
        return self.signal in ways or self.exit in (128 + signal.SIGINT, 128 + signal.SIGTERM)


@dataclass
class _Tail:
    """The last of what went by."""

    pieces: list[bytes] = field(default_factory=list)
    size: int = 0

    def add(self, piece: bytes) -> None:
        self.pieces.append(piece)
        self.size += len(piece)
        while self.size - len(self.pieces[0]) > TAIL:
            self.size -= len(self.pieces.pop(0))

    @property
    def text(self) -> str:
        return b"".join(self.pieces)[-TAIL:].decode("utf-8", "replace")


def launch(
    command: tuple[str, ...], crashes: Path, project: Path, environ: Mapping[str, str], out: int = 1
) -> Ended:
    """Run `command` in the current folder until it ends; crashes are written to `crashes`."""
    run = uuid4().hex[:12]
    program = _found(command[0], environ)
    tee = _Tee() if _passes_a_pipe() else None
    before = _end_of_file()
    began = time.time()
    old = signal.pthread_sigmask(signal.SIG_BLOCK, _WAITED)
    try:
        surroundings = _environment(environ, crashes, project, run)
        child = _spawn(program, command, surroundings, _descriptors(tee, out), old)
        if tee:
            tee.start()
        code = _wait(child)
    except OSError as problem:
        raise UsageError(f"{command[0]} cannot be run: {problem.strerror}.") from problem
    finally:
        tail = tee.finish() if tee else _written_since(before)
        signal.pthread_sigmask(signal.SIG_SETMASK, old)
    seconds = time.time() - began
    return Ended(run, code if code >= 0 else None, -code if code < 0 else None, seconds, tail)


def record(
    ended: Ended, command: tuple[str, ...], crashes: Path, folder: str, environ: Mapping[str, str]
) -> Path:
    """Write down how a program ended, without its secrets."""
    secrets = secrets_of_arguments(command) | secrets_of_environment(environ)
    told = RunRecord(
        ended.run,
        tuple(redact_arguments(command)),
        folder,
        time.time() - ended.seconds,
        ended.seconds,
        ended.exit,
        ended.signal,
        scrub(redact(ended.stderr), secrets),
    )
    crashes.mkdir(mode=0o700, parents=True, exist_ok=True)
    file = crashes / f"run-{ended.run}.json"
    draft = file.with_suffix(".part")
    draft.touch(mode=0o600)
    draft.write_bytes(msgspec.json.encode(told))
    return draft.replace(file)


def _spawn(
    program: str,
    command: tuple[str, ...],
    environ: Mapping[str, str],
    moved: list[tuple[int, int, int]],
    mask: Iterable[int],
) -> int:
    """Start a program; what the kernel does not know how to run is for the shell, as in a shell."""
    try:
        return os.posix_spawn(
            program, command, environ, file_actions=moved, setsigmask=mask, setsigdef=_LEFT_ALONE
        )
    except OSError as problem:
        if problem.errno != errno.ENOEXEC:
            raise
        return _spawn("/bin/sh", ("sh", program, *command[1:]), environ, moved, mask)


def _found(name: str, environ: Mapping[str, str]) -> str:
    found = shutil.which(name, path=environ.get("PATH", os.defpath))
    if found is None:
        raise UsageError(f"There is no program {name}.", "Is it on the PATH?")
    return found


def _environment(
    environ: Mapping[str, str], crashes: Path, project: Path, run: str
) -> dict[str, str]:
    """Return the environment with the hook in it, which any Python below it finds."""
    path = environ.get("PYTHONPATH")
    return {
        **environ,
        "PYTHONPATH": f"{STARTUP}{os.pathsep}{path}" if path else str(STARTUP),
        "WBCRASH_FOLDER": str(crashes),
        "WBCRASH_PROJECT": str(project),
        "WBCRASH_RUN": run,
    }


def _descriptors(tee: _Tee | None, out: int) -> list[tuple[int, int, int]]:
    moved = [(os.POSIX_SPAWN_DUP2, out, 1)] if out != 1 else []
    return moved + ([(os.POSIX_SPAWN_DUP2, tee.theirs, 2)] if tee else [])


def _wait(child: int) -> int:
    """Wait for the end of the child; signals that were meant for it go on to it."""
    while True:
        came = signal.sigwaitinfo(_WAITED)
        if came.si_signo == signal.SIGCHLD:
            ended, status = os.waitpid(child, os.WNOHANG)
            if ended:
                return os.waitstatus_to_exitcode(status)
        elif came.si_signo in _FORWARDED or came.si_code != _BY_KERNEL:
            os.kill(child, came.si_signo)


def _passes_a_pipe() -> bool:
    """Say whether standard error is a pipe of its own."""
    try:
        error, output = os.fstat(2), os.fstat(1)
    except OSError:
        return False
    return stat.S_ISFIFO(error.st_mode) and not os.path.samestat(error, output)


def _end_of_file() -> tuple[str, int] | None:
    """Return the file that standard error goes to and how long it is."""
    try:
        found = os.fstat(2)
    except OSError:
        return None
    return ("/proc/self/fd/2", found.st_size) if stat.S_ISREG(found.st_mode) else None


def _written_since(before: tuple[str, int] | None) -> str:
    if before is None:
        return ""
    name, start = before
    try:
        with open(name, "rb") as file:  # noqa: PTH123 - a descriptor, by its name
            end = file.seek(0, os.SEEK_END)
            file.seek(max(min(start, end), end - TAIL))
            return file.read(TAIL).decode("utf-8", "replace")
    except OSError:  # It may be writable for us and not readable.
        return ""


class _Tee:
    """Passes a pipe on to our standard error and keeps the end of what went through."""

    def __init__(self) -> None:
        self._ours, self.theirs = os.pipe()
        self._stop, self._stopping = os.pipe()
        self._tail = _Tail()
        self._thread = threading.Thread(target=self._pass_on, daemon=True)
        self._open = True

    def start(self) -> None:
        os.close(self.theirs)
        self._thread.start()

    def finish(self) -> str:
        """Return the tail; what still writes there after the program goes on through a fork."""
        if self._thread.ident is None:
            return ""
        os.write(self._stopping, b"!")
        self._thread.join()
        if self._open and os.fork() == 0:
            self._serve_orphans()
        for one in (self._stop, self._stopping, *([self._ours] * self._open)):
            os.close(one)
        return self._tail.text

    def _pass_on(self) -> None:
        poller = select.poll()
        poller.register(self._ours, select.POLLIN)
        poller.register(self._stop, select.POLLIN)
        ending = False
        while self._open:
            ready = {one for one, _ in poller.poll(_DRAIN * 1000 if ending else None)}
            if self._ours in ready:
                self._move()
            elif ending:
                return
            if self._stop in ready and not ending:
                ending = True
                poller.unregister(self._stop)

    def _move(self) -> None:
        """Pass one piece on; where nobody reads any more, the program must meet that too."""
        piece = os.read(self._ours, 1 << 16)
        self._tail.add(piece)
        if not (piece and _write_all(piece)):
            os.close(self._ours)
            self._open = False

    def _serve_orphans(self) -> None:
        """Be a small process that outlives us, for what the program left in the background."""
        try:
            os.setsid()
            for one in (0, 1):
                os.close(one)
            while (piece := os.read(self._ours, 1 << 16)) and _write_all(piece):
                pass
        finally:
            os._exit(0)


def _write_all(piece: bytes) -> bool:
    """Write to standard error, and say whether anybody still reads it."""
    rest = memoryview(piece)
    while rest:
        try:
            rest = rest[os.write(2, rest) :]
        except BrokenPipeError:
            return False
    return True
