"""What is known of a crash, as values."""

from __future__ import annotations

import msgspec

from workbench.healing.dossier import Frame, Raised

UNCAUGHT, THREAD, LOGGED, SIGNAL, EXIT, LOG = (
    "uncaught",
    "thread",
    "logged",
    "signal",
    "exit",
    "log",
)


class Call(msgspec.Struct, frozen=True):
    """The arguments of a function, each as source that makes an equal value."""

    positional: tuple[str, ...] = ()
    named: dict[str, str] = {}
    kind: str = ""
    """Empty, or generator, coroutine, async generator: calling it alone does nothing."""


class Level(msgspec.Struct, frozen=True):
    """One level of a traceback."""

    file: str
    """From the project, if it lies there."""
    line: int
    function: str
    text: str = ""
    module: str = ""
    locals: dict[str, str] = {}
    call: Call | None = None
    ours: bool = False
    """The file is the project's own."""


class Thrown(msgspec.Struct, frozen=True):
    """An exception on its way up; the cause of another one if `relation` says so."""

    kind: str
    message: str = ""
    relation: str = ""
    bases: tuple[str, ...] = ()
    frames: tuple[Level, ...] = ()

    @property
    def summary(self) -> str:
        """One line for a person."""
        message = self.message.partition("\n")[0]
        return f"{self.kind}: {message}" if message else self.kind


class Crash(msgspec.Struct, frozen=True):
    """How a program ended that should not have, or an exception that it told of."""

    id: str
    fingerprint: str
    how: str
    at: float = 0.0
    raised: tuple[Thrown, ...] = ()
    """The exception, then what led to it; empty where only the exit is known."""
    command: tuple[str, ...] = ()
    """What was typed; paths in the project as seen from `folder`."""
    folder: str = "."
    """Where in the project it is to be run again: where it ran, else the project's own folder."""
    python: str = ""
    input: str = ""
    """The file of the project that it read as standard input, from `folder`."""
    head: str = ""
    thread: str = ""
    environment: tuple[str, ...] = ()
    """The names of its variables alone."""
    digests: dict[str, str] = {}
    """The SHA-256 of the project's files in the traceback, as they were."""
    exit: int | None = None
    signal: int | None = None
    stderr: str = ""
    count: int = 1
    run: str = ""

    @property
    def frames(self) -> tuple[Level, ...]:
        return self.raised[0].frames if self.raised else ()

    @property
    def summary(self) -> str:
        """One line for a person."""
        if self.raised:
            return self.raised[0].summary
        if self.signal:
            return f"ended by signal {self.signal}"
        return f"ended with {self.exit}"

    @property
    def exception(self) -> Raised | None:
        """Return the exception as a dossier knows it."""
        if not self.raised:
            return None
        first = self.raised[0]
        frames = [
            Frame(one.file, one.line, one.function, one.locals) for one in first.frames if one.ours
        ]
        return Raised(",".join([first.kind, *first.bases]), first.message, tuple(frames))


class Crashes(msgspec.Struct, frozen=True):
    """What lay in a folder of crashes, oldest first."""

    crashes: tuple[Crash, ...] = ()
    damaged: tuple[str, ...] = ()
    """Names of files that could not be read as what they should be."""
