"""What a change of files comes to: many events, one burst."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import Literal

import msgspec

QUIET = 0.08
"""Seconds without an event after which a burst is over."""
LONGEST = 1.0
LONGEST_HELD = 10.0
"""How long a checkout of git may keep a burst open."""
MOST_PATHS = 20_000

_ENDINGS = ("~", ".swp", ".swo", ".swx", ".swpx", ".kate-swp", "___jb_tmp___", "___jb_old___")

Kind = Literal["inotify", "mixed", "polling", "waiting"]


class Mode(msgspec.Struct, frozen=True):
    """How changes are noticed just now, and why not in the best way, if so."""

    kind: Kind
    reason: str = ""


class Burst(msgspec.Struct, frozen=True):
    """Paths that changed together, came or went."""

    paths: tuple[str, ...]
    """From the project, sorted; a folder that went with all in it ends with a slash."""
    mode: Mode
    complete: bool = True
    """Nothing else changed; if not, only a look at every file tells."""
    head: bool = False
    """Git's HEAD was written: another branch or commit is checked out."""

    def joined(self, later: Burst) -> Burst:
        """Return both as one, for a reader who was busy meanwhile."""
        every = tuple(sorted({*self.paths, *later.paths}))
        return Burst(
            every[:MOST_PATHS],
            later.mode,
            self.complete and later.complete and len(every) <= MOST_PATHS,
            self.head or later.head,
        )


@dataclass(frozen=True, slots=True)
class Gathering:
    """Events on their way to a burst."""

    began: float = 0.0
    last: float = 0.0
    paths: frozenset[str] = frozenset()
    born: frozenset[str] = frozenset()
    """Those that were not there before; if they are gone at the end, nothing happened."""
    locks: frozenset[str] = frozenset()
    """Files that say that git is at work."""
    head: bool = False
    lost: bool = False
    told: bool = False
    """It must be told even if no path changed."""

    @property
    def empty(self) -> bool:
        return not (self.paths or self.head or self.lost or self.told)

    def due(self) -> float | None:
        """Return when the burst is over, if nothing else comes."""
        if self.empty:
            return None
        if self.locks:
            return self.began + LONGEST_HELD
        return min(self.last + QUIET, self.began + LONGEST)

    def with_paths(
        self, now: float, touched: Iterable[str] = (), born: Iterable[str] = ()
    ) -> Gathering:
        """Take more in; a path that was there in this burst already is not born."""
        fresh = frozenset(born) - self.paths
        paths = self.paths | frozenset(touched) | fresh
        if len(paths) > MOST_PATHS:
            return replace(self._at(now), lost=True)
        return replace(self._at(now), paths=paths, born=self.born | fresh)

    def with_lock(self, name: str, *, held: bool) -> Gathering:
        locks = self.locks | {name} if held else self.locks - {name}
        return replace(self, locks=locks)

    def with_head(self, now: float) -> Gathering:
        return replace(self._at(now), head=True)

    def with_loss(self, now: float) -> Gathering:
        return replace(self._at(now), lost=True)

    def with_word(self, now: float) -> Gathering:
        return replace(self._at(now), told=True)

    def _at(self, now: float) -> Gathering:
        return replace(self, began=now if self.empty else self.began, last=now)


@dataclass(slots=True)
class Names:
    """Collects what one read of events names, before it becomes part of a gathering."""

    touched: set[str] = field(default_factory=set)
    born: set[str] = field(default_factory=set)

    def touch(self, path: str) -> None:
        if path not in self.born:
            self.touched.add(path)

    def bear(self, path: str) -> None:
        if path not in self.touched:
            self.born.add(path)


def is_scratch(name: str) -> bool:
    """Tell the files that editors keep beside the one that is edited."""
    return (
        name.endswith(_ENDINGS)
        or name.startswith((".#", ".goutputstream-", "._"))
        or (name.startswith("#") and name.endswith("#"))
    )
