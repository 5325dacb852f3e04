"""What crosses between the host and the process that reads files."""

from __future__ import annotations

import msgspec

GONE = "it is not there any more"


class Unreadable(Exception):
    """Why something is skipped, as a part of a sentence."""


class Ask(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """One file to read."""

    root: str
    """The folder that it must lie in; empty where the content is given."""
    name: str
    """Its path in that folder."""
    kind: str = ""
    """`package` for what belongs to an installed one."""
    module: str = ""
    """The dotted name of a package's module."""
    known: str = ""
    """Its digest as it is known: of a file that is the same nothing else is told."""
    content: bytes | None = None


class Part(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """A piece without what only the host knows of it."""

    first: int
    last: int
    heading: tuple[str, ...]
    kind: str
    language: str
    symbol: str
    text: str


class Parsed(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """What became of a file."""

    digest: str = ""
    size: int = 0
    mtime: int = 0
    """In nanoseconds, of the very file that was read."""
    parts: tuple[Part, ...] = ()
    reason: str = ""
    """Why it is skipped."""
    same: bool = False
    memory: int = 0
    """What the process holds after it, in bytes."""
