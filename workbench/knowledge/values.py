"""What reading hands to finding: pieces of files, and the index that takes them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol

import msgspec

from workbench.api import knowing, passages


class Piece(msgspec.Struct, frozen=True, gc=False):
    """A part of a file that is found as one, cut where its structure has a seam."""

    id: str
    """Made of source, path, heading, symbol and text: lines may move and it stays the same."""
    source: str
    path: str
    """From the project where that holds the file, else absolute; a text has a made-up one."""
    file: str
    """SHA-256 of the whole file."""
    at: int
    """Which piece of its file it is, from 0: what comes before and after has the next numbers."""
    first: int
    last: int
    """Lines, from one."""
    heading: tuple[str, ...]
    """The headings, or the classes and functions, that it lies under."""
    kind: str
    """As `passages.Kind`."""
    language: str
    """Such as python, markdown or c; of a natural language nothing is said."""
    symbol: str
    """What it defines, such as `Class.method`; empty for what defines nothing."""
    text: str
    digest: str
    """SHA-256 of the text: of two with the same one vector is enough."""
    mtime: int
    """When the file changed, in microseconds."""


class About(msgspec.Struct, frozen=True):
    """How an index stands."""

    vectors: str = ""
    """Who makes the vectors; empty where search is by words alone."""
    why: str = ""
    """Why search is by words alone, and what would help."""
    bytes: int = 0


class Index(Protocol):
    """What finds pieces. It is derived: all of it can be made again from journal and sources.

    `workbench.knowledge.finding.open_index(workspace)` is awaited for one.
    """

    async def put(self, source: str, path: str, pieces: Sequence[Piece]) -> None:
        """Take the pieces of a file in place of those that it had; waits while there is no room.

        They may be written together with others, later; nothing is promised before `flush`.
        """

    async def drop(self, source: str, path: str | None = None) -> None:
        """Forget a file, or all of a source."""

    async def flush(self) -> None:
        """Have everything that was put and dropped on the disk, and found from now on."""

    async def leave_off(self) -> None:
        """Do so as soon as can be, since somebody waits for the end; the rest is done after it."""

    async def search(self, search: knowing.Search) -> passages.Hits:
        """Find; `sources` names all that may be looked at, and `domains` is always empty.

        Whether a hit is stale, and its domain, is filled in by the service.
        """

    async def passage(self, name: str, around: int) -> passages.Surrounded | None:
        """Return a piece between its neighbours; staleness is filled in by the service."""

    async def paths(self, source: str) -> Mapping[str, str]:
        """Return the digest of each file of which pieces are in the index."""

    async def count(self, source: str = "") -> int:
        """Return how many pieces there are, of a source or of all."""

    async def verify(self) -> passages.Checked:
        """Look whether the index agrees with itself; the service holds it against the journal."""

    async def rebuild(self) -> None:
        """Throw everything away and begin anew; the service reads the sources again after that.

        Vectors that are known by the digest of their text may be kept.
        """

    async def look(self) -> None:
        """See whether somebody else embeds by now; every search does so too."""

    def about(self) -> About:
        """Tell how it stands, at once."""

    async def close(self) -> None:
        """Flush, and let go."""


def passage_of(piece: Piece) -> passages.Passage:
    """Return a piece as faces see it."""
    return passages.Passage(
        id=piece.id,
        source=piece.source,
        path=piece.path,
        first=piece.first,
        last=piece.last,
        heading=piece.heading,
        kind=piece.kind,
        language=piece.language,
        text=piece.text,
        digest=piece.digest,
        symbol=piece.symbol,
    )
