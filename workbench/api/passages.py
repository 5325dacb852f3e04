"""Views of what was read: sources, passages, and what a search finds."""

from __future__ import annotations

from typing import Literal

import msgspec

from workbench.api import sources
from workbench.api.shapes import View

Kind = Literal["code", "prose", "notebook", "package", "text"]


Skipped = sources.Skipped


class KnownSource(View, frozen=True):
    """Something that was read, and is read again when it changes."""

    id: str
    name: str
    what: str
    """folder, file, package, or text."""
    path: str
    """Where it lies; of a package its name and version."""
    domains: tuple[str, ...]
    files: int
    passages: int
    skipped: tuple[Skipped, ...]
    read: int
    """When it was read last, in microseconds; 0 while it never was."""
    state: str
    """waiting, reading, read, failed, cancelled, or missing."""
    done: int = 0
    """Files that this reading has gone through, of so many."""
    total: int = 0
    rate: float = 0.0
    """Passages a second."""
    followed: bool = False
    problem: str = ""
    stale: int = 0
    """Files that changed since they were read."""


class Domain(View, frozen=True):
    """A named set of sources, here or on another machine."""

    name: str
    sources: tuple[str, ...]
    host: str = ""
    """An ssh destination, for one that lies elsewhere."""
    folder: str = ""
    """The project there."""
    about: str = ""


class KnowledgeBase(View, frozen=True):
    """All that was read, and how the index stands."""

    sources: tuple[KnownSource, ...]
    domains: tuple[Domain, ...]
    passages: int
    vectors: str
    """Who made the vectors; empty where search is by words alone."""
    why: str = ""
    """Why search is by words alone, and what would help."""
    bytes: int = 0
    mark: int = 0
    """Grows with each change of what is listed here."""


class Passage(View, frozen=True):
    """A piece of a source with its place."""

    id: str
    source: str
    path: str
    """Where its file lies, from the project where that holds it."""
    first: int
    last: int
    """Lines, from one."""
    heading: tuple[str, ...]
    kind: str
    language: str
    text: str
    digest: str
    """SHA-256 of the text."""
    symbol: str = ""
    """What it defines, such as `Class.method`."""


class Reason(msgspec.Struct, frozen=True):
    """Why a hit is there."""

    why: str
    """terms, symbol, similar, or neighbour."""
    what: str
    """The terms, the name, or what it is next to."""
    score: float = 0.0


class Hit(View, frozen=True):
    """A passage that was found."""

    passage: Passage
    score: float
    reasons: tuple[Reason, ...]
    marks: tuple[tuple[int, int], ...] = ()
    """Where the terms are in the text, as ranges of characters."""
    stale: bool = False
    domain: str = ""


class Hits(View, frozen=True):
    """What a search found, best first."""

    hits: tuple[Hit, ...]
    seconds: float
    how: str
    """hybrid, words, or nothing was read."""
    sentence: str = ""
    """What a person should know of it, such as which domain did not answer."""
    partial: tuple[str, ...] = ()
    """Domains that did not answer in time."""


class Surrounded(View, frozen=True):
    """A passage between its neighbours in the file."""

    passage: Passage
    before: tuple[Passage, ...]
    after: tuple[Passage, ...]
    stale: bool
    now: str = ""
    """What stands at its lines now, if that is something else."""


class Checked(View, frozen=True):
    """Whether index, journal and sources agree."""

    sound: bool
    passages: int
    problems: tuple[str, ...]
    waiting: int = 0
    """So many passages are found by words alone as yet: their vectors are being made."""
