"""What can be asked of a box, and what comes back."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from hashlib import sha256

import msgspec


class Script(msgspec.Struct, frozen=True, tag="script"):
    """A program; `python` as its name means the project's interpreter."""

    argv: tuple[str, ...]


class Snippet(msgspec.Struct, frozen=True, tag="snippet"):
    """Python source, run as a script in a fork of the warm interpreter."""

    source: str
    name: str = "snippet.py"
    arguments: tuple[str, ...] = ()


class Pytest(msgspec.Struct, frozen=True, tag="pytest"):
    """A full run of pytest; test ids are arguments like any other."""

    arguments: tuple[str, ...] = ()
    plugins: tuple[str, ...] = ()
    """The modules of the plug-ins to use, of those that are preloaded: none loads by itself."""
    shuffle: int | None = None
    """Another order of the tests, by this seed."""
    split: Mapping[str, str] = msgspec.field(default_factory=dict)
    """Modules that another box serves; the value is the folder of a package, else empty."""
    endless: tuple[str, ...] = ()
    """Tests that are known to go on and on: they are cut short, and have failed."""
    brief: bool = False
    """Nobody reads the tracebacks; for its own, pytest parses whole files each time."""


class Direct(msgspec.Struct, frozen=True, tag="direct"):
    """Test functions that need nothing of pytest, called in a fork of the warm interpreter."""

    ids: tuple[str, ...]
    stop_at_first: bool = False


class Serve(msgspec.Struct, frozen=True, tag="serve"):
    """The other half of a split run: modules found under `roots`, served to the tests."""

    roots: tuple[str, ...]


class Screen(msgspec.Struct, frozen=True, tag="screen"):
    """Candidates by the thousand, handed in while the job is under way; nothing of it is proof."""

    arguments: tuple[str, ...] = ()
    plugins: tuple[str, ...] = ()
    """As for `Pytest`."""


Work = Script | Snippet | Pytest | Direct | Serve | Screen


class File(msgspec.Struct, frozen=True, tag="file"):
    """The content that a job finds at a path."""

    content: bytes
    executable: bool = False


class Link(msgspec.Struct, frozen=True, tag="link"):
    """A symbolic link that a job finds at a path."""

    target: str


Edits = Mapping[str, File | Link | None]
"""What differs from a tree, by path; None is what is not there."""


class Job(msgspec.Struct, frozen=True):
    """One thing to do in a box, over one state of the project."""

    work: Work
    tree: str = ""
    """The digest of the materialised tree, or empty for an empty folder."""
    edits: Edits = msgspec.field(default_factory=dict)
    protected: tuple[str, ...] = ()
    """Paths that the job can read and not change."""
    folder: str = "project"
    """What the project's folder is called inside."""
    cwd: str = "."
    seed: int | None = None
    """Python's random numbers begin here."""

    @property
    def digest(self) -> str:
        return sha256(msgspec.msgpack.encode(self, order="deterministic")).hexdigest()


class Status(StrEnum):
    """How a job ended."""

    OK = "ok"
    FAILED = "failed"
    ERROR = "error"
    CRASH = "crash"
    TIMEOUT = "timeout"
    MEMORY = "memory"
    OUTPUT_LIMIT = "output-limit"
    KILLED = "killed"
    REFUSED = "refused"


class Output(msgspec.Struct, frozen=True):
    """What a job printed: beginning, end, and how many bytes there were."""

    head: str = ""
    tail: str = ""
    total: int = 0

    @property
    def text(self) -> str:
        left_out = self.total - len(self.head.encode()) - len(self.tail.encode())
        gap = f"\n[{left_out} bytes left out]\n" if left_out > 0 and self.tail else ""
        return self.head + gap + self.tail


class Result(msgspec.Struct, frozen=True):
    """What became of a job."""

    status: Status
    reason: str = ""
    """Why, where the status alone does not say: the limit that was met, the error of the box."""
    exit: int | None = None
    signal: int | None = None
    wall: float = 0.0
    cpu: float = 0.0
    peak_memory: int = 0
    output: Output = Output()
    records: bytes = b""
    """What came over the private pipe, as it came: nothing in it is to be believed unchecked."""
    nonce: str = ""
    clean: bool = True
    """Nothing was left behind in the box."""
