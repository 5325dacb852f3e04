"""Events: what the journal keeps. A fact is the typed content of an event."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any, ClassVar

import msgspec

Upcast = Callable[[dict[str, Any]], dict[str, Any]]


class Event(msgspec.Struct, frozen=True, array_like=True):
    """One row of the journal."""

    seq: int
    time: int
    """Microseconds since 1970, UTC."""
    actor: str
    subject: str
    type: str
    version: int
    key: str
    """The idempotency key of the command that it came from, or empty."""
    payload: str
    """The fact as JSON text."""
    hash: str
    """SHA-256 over the hash of the event before and everything above."""

    @property
    def when(self) -> datetime:
        return datetime.fromtimestamp(self.time / 1_000_000, UTC)


class Fact(msgspec.Struct, frozen=True):
    """What happened. A change of shape raises `version` and adds the upcast from the one before."""

    type: ClassVar[str]
    version: ClassVar[int] = 1
    upcasts: ClassVar[Mapping[int, Upcast]] = {}


class HostStarted(Fact, frozen=True):
    """A host opened the workspace."""

    type = "host.started"
    release: str
    pid: int
    python: str


class HostStopped(Fact, frozen=True):
    """A host closed the workspace in good order."""

    type = "host.stopped"
    reason: str


class NoteWritten(Fact, frozen=True):
    """A person wrote a remark into the journal."""

    type = "note.written"
    text: str


class JournalSetAside(Fact, frozen=True):
    """A damaged journal was kept aside and this one begun."""

    type = "journal.set_aside"
    path: str
    reason: str


class UnknownFact(Fact, frozen=True):
    """A fact of a type or version that this release does not know; it is kept as it is."""

    type = ""
    content: dict[str, Any]


FACTS: dict[str, type[Fact]] = {
    fact.type: fact for fact in (HostStarted, HostStopped, NoteWritten, JournalSetAside)
}


def read_fact(event: Event, facts: Mapping[str, type[Fact]] = FACTS) -> Fact:
    """Return what `event` says, lifted from the version that it was written in."""
    content = msgspec.json.decode(event.payload, type=dict[str, Any])
    kind = facts.get(event.type)
    if kind is None or event.version > kind.version:
        return UnknownFact(content)
    for version in range(event.version, kind.version):
        content = kind.upcasts[version](content)
    return msgspec.convert(content, kind)
