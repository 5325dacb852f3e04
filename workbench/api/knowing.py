"""Commands of the knowledge: reading sources, and finding in what was read."""

from __future__ import annotations

from workbench.api.passages import (
    Checked,
    Domain,
    Hits,
    KnowledgeBase,
    KnownSource,
    Surrounded,
)
from workbench.api.shapes import Command


class AddSource(Command[KnownSource], frozen=True):
    """Read something and keep it found; reading goes on after this is answered."""

    what: str
    """A path, or the name of a package that is installed for the project; `-` for `text`."""
    name: str = ""
    text: str = ""
    domains: tuple[str, ...] = ()
    follow: bool = True


class RereadSource(Command[KnownSource], frozen=True):
    """Read again what changed, or all of it."""

    source: str
    whole: bool = False


class StopReading(Command[KnownSource], frozen=True):
    source: str


class RemoveSource(Command[KnowledgeBase], frozen=True):
    """Forget a source and its passages."""

    source: str


class ReadKnowledge(Command[KnowledgeBase], frozen=True):
    """List what was read, and how far reading is."""


class NextKnowledge(Command[KnowledgeBase], frozen=True):
    """Wait until the mark is greater than `seen`, and list again."""

    waits = True
    seen: int = 0


class ChangeDomain(Command[Domain], frozen=True):
    """Make a domain or change it; without sources and host it is taken away."""

    domain: Domain


class Search(Command[Hits], frozen=True):
    """Find passages by words, names and meaning."""

    text: str
    limit: int = 10
    domains: tuple[str, ...] = ()
    sources: tuple[str, ...] = ()
    kinds: tuple[str, ...] = ()
    languages: tuple[str, ...] = ()
    path: str = ""
    """A pattern as git-ignore has them."""
    since: int = 0
    """Only files that changed after this, in microseconds."""
    neighbours: bool = False
    typing: bool = False
    """Somebody is still typing: be quick rather than complete."""


class ReadPassage(Command[Surrounded], frozen=True):
    passage: str
    around: int = 1


class VerifyKnowledge(Command[Checked], frozen=True):
    """Hold the index against the journal and the sources."""


class RebuildKnowledge(Command[KnowledgeBase], frozen=True):
    """Make the index anew from journal and sources."""


AnyOfKnowledge = (
    AddSource
    | RereadSource
    | StopReading
    | RemoveSource
    | ReadKnowledge
    | NextKnowledge
    | ChangeDomain
    | Search
    | ReadPassage
    | VerifyKnowledge
    | RebuildKnowledge
)
