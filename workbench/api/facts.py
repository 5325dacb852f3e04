"""What the journal is made of: events, and the facts that they carry."""

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


class UnknownFact(Fact, frozen=True):
    """A fact of a type or version that this release does not know; it is kept as it is."""

    type = ""
    content: dict[str, Any]
