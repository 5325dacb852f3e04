"""How knowledge stands, folded from the journal: sources with their files, and domains."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from hashlib import sha256

import msgspec

from workbench.api.events import read_fact
from workbench.api.facts import Event
from workbench.api.passages import Domain
from workbench.api.sources import (
    DomainChanged,
    FileRead,
    Skipped,
    SourceAdded,
    SourceRead,
    SourceRemoved,
)
from workbench.errors import StoreError

TYPES = (SourceAdded.type, SourceRead.type, SourceRemoved.type, DomainChanged.type)
MOST_CHANGES = 500
"""After so many additions to a manifest another one is kept."""
_FEW = 512
_BUCKETS = 64
_BUCKET = msgspec.msgpack.Decoder(dict[str, FileRead])
_TOP = msgspec.msgpack.Decoder(list[str])
Files = Mapping[str, FileRead]


@dataclass
class Standing:
    """How one source stands; what is read meanwhile is added to it."""

    added: SourceAdded
    files: dict[str, FileRead] = field(default_factory=dict)
    outcome: str = ""
    """Of the last reading; empty where there was none."""
    read: int = 0
    skipped: tuple[Skipped, ...] = ()
    problem: str = ""
    place: str = ""
    changes: int = 0
    """So often files were added to the manifest that was kept last."""
    lost: bool = False
    """What was read is not known any more."""

    @property
    def id(self) -> str:
        return self.added.source

    @property
    def passages(self) -> int:
        return sum(one.pieces for one in self.files.values())


@dataclass
class Knowledge:
    """All sources and domains, and what was forgotten."""

    sources: dict[str, Standing] = field(default_factory=dict)
    domains: dict[str, Domain] = field(default_factory=dict)
    removed: set[str] = field(default_factory=set)


def fold(events: Iterable[Event], read: Callable[[str], bytes]) -> Knowledge:
    """Return how knowledge stands after some events; `read` returns contents by digest."""
    folding = _Folding()
    for event in events:
        folding.take(event)
    for name, standing in folding.known.sources.items():
        _fill(standing, folding.manifests.get(name, ""), folding.changes.get(name, []), read)
    return folding.known


@dataclass
class _Folding:
    known: Knowledge = field(default_factory=Knowledge)
    manifests: dict[str, str] = field(default_factory=dict)
    changes: dict[str, list[SourceRead]] = field(default_factory=dict)

    def take(self, event: Event) -> None:
        match fact := read_fact(event):
            case SourceAdded():
                self.known.sources[fact.source] = Standing(fact)
                self.known.removed.discard(fact.source)
                self._forget(fact.source)
            case SourceRead():
                self._take_reading(fact, event.time)
            case SourceRemoved():
                self.known.sources.pop(fact.source, None)
                self.known.removed.add(fact.source)
                self._forget(fact.source)
            case DomainChanged(gone=True):
                self.known.domains.pop(fact.name, None)
            case DomainChanged():
                self.known.domains[fact.name] = Domain(
                    fact.name, fact.sources, fact.host, fact.folder, fact.about
                )
            case _:  # It is of a newer release.
                pass

    def _take_reading(self, fact: SourceRead, time: int) -> None:
        standing = self.known.sources.get(fact.source)
        if standing is None:
            return
        standing.outcome, standing.read, standing.problem = fact.outcome, time, fact.problem
        standing.place = fact.place or standing.place
        if fact.manifest:
            self.manifests[fact.source] = fact.manifest
            self.changes[fact.source] = []
            standing.skipped = fact.skipped
        self.changes.setdefault(fact.source, []).append(fact)

    def _forget(self, source: str) -> None:
        self.manifests.pop(source, None)
        self.changes.pop(source, None)


def _fill(
    standing: Standing, manifest: str, changes: list[SourceRead], read: Callable[[str], bytes]
) -> None:
    try:
        standing.files = read_manifest(manifest, read) if manifest else {}
    except (StoreError, msgspec.MsgspecError):
        standing.lost = True
        return
    for change in changes:
        for path, file in change.changed.items():
            if file is None:
                standing.files.pop(path, None)
            else:
                standing.files[path] = file
    standing.changes = len(changes)


def keep_manifest(files: Files, keep: Callable[[bytes], str]) -> str:
    """Keep what lists some files, in parts of which most stay the same from time to time."""
    buckets: list[dict[str, FileRead]] = [{} for _ in range(1 if len(files) <= _FEW else _BUCKETS)]
    for path in sorted(files):
        at = sha256(path.encode()).digest()[0] % len(buckets)
        buckets[at][path] = files[path]
    return keep(msgspec.msgpack.encode([keep(msgspec.msgpack.encode(one)) for one in buckets]))


def read_manifest(digest: str, read: Callable[[str], bytes]) -> dict[str, FileRead]:
    found: dict[str, FileRead] = {}
    for bucket in _TOP.decode(read(digest)):
        found |= _BUCKET.decode(read(bucket))
    return found


def name_of(what: str, place: str) -> str:
    """Return the name of a source: the same thing added again is the same source."""
    return sha256(f"{what}\0{place}".encode()).hexdigest()[:12]
