"""Facts about what was read: sources, what became of reading them, and domains."""

from __future__ import annotations

from typing import Literal

import msgspec

from workbench.api.facts import Fact

What = Literal["folder", "file", "package", "text"]
Outcome = Literal["read", "cancelled", "failed", "missing", "interrupted"]


class Skipped(msgspec.Struct, frozen=True):
    """Files that were not read, by reason."""

    reason: str
    count: int
    example: str = ""


class FileRead(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """A file as it was when it was read."""

    digest: str = ""
    """SHA-256; empty for one that was skipped unread."""
    size: int = 0
    mtime: int = 0
    """In nanoseconds; 0 where the next change could have the same time."""
    pieces: int = 0
    reason: str = ""
    """Why it was skipped."""


class SourceAdded(Fact, frozen=True):
    """Somebody wants something read and kept found."""

    type = "source.added"
    source: str
    name: str
    what: What
    path: str
    """Absolute, of a folder or a file; of a package its name and version."""
    domains: tuple[str, ...] = ()
    follow: bool = True
    content: str = ""
    """The digest of a text, which is among the contents kept."""


class SourceRead(Fact, frozen=True):
    """A source was read, as far as the outcome says, and is found as it was then."""

    type = "source.read"
    source: str
    outcome: Outcome
    manifest: str = ""
    """The digest of what lists all files by path; without one, `changed` adds to the last."""
    changed: dict[str, FileRead | None] = msgspec.field(default_factory=dict)
    """What is different since, by path; nothing for a file that is gone."""
    files: int = 0
    passages: int = 0
    skipped: tuple[Skipped, ...] = ()
    """What never came to be read, such as links and devices."""
    seconds: float = 0.0
    problem: str = ""
    place: str = ""
    """Of a package its name and version as they were found."""


class SourceRemoved(Fact, frozen=True):
    """Somebody wants a source forgotten."""

    type = "source.removed"
    source: str


class DomainChanged(Fact, frozen=True):
    """A domain was made, is another now, or was taken away."""

    type = "domain.changed"
    name: str
    sources: tuple[str, ...]
    host: str = ""
    folder: str = ""
    about: str = ""
    gone: bool = False


FACTS_OF_SOURCES: tuple[type[Fact], ...] = (SourceAdded, SourceRead, SourceRemoved, DomainChanged)
