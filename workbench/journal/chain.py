"""The hash chain: each event's hash covers the hash of the one before, so that tampering shows."""

from __future__ import annotations

from hashlib import sha256

import msgspec

from workbench.api.facts import Event, Fact
from workbench.errors import UsageError

GENESIS = "0" * 64
"""What the first event is chained to."""

HASH_IN_SQL = """
sha256(concat_ws(
    chr(10), previous, seq, epoch_us(time), actor, subject, type, version, key, payload
))
"""
"""The same digest as `_digest`, for DuckDB to compute over many rows."""

_encoder = msgspec.json.Encoder(order="deterministic")


class Draft(msgspec.Struct, frozen=True):
    """An event that has no place in the journal yet."""

    actor: str
    subject: str
    type: str
    version: int
    key: str
    payload: str


def draft(fact: Fact, *, actor: str, subject: str = "", key: str = "") -> Draft:
    """Return `fact` as a draft; all but its payload is one line, so that no two hash alike."""
    for text in (actor, subject, key):
        if not text.isprintable():
            raise UsageError(f"{text!r} is not one line of text.", "Leave out control characters.")
    payload = _encoder.encode(fact).decode()
    return Draft(actor, subject, fact.type, fact.version, key, payload)


def chained(draft: Draft, *, seq: int, time: int, previous: str) -> Event:
    """Return `draft` as the event that follows the one whose hash is `previous`."""
    fields = (
        draft.actor,
        draft.subject,
        draft.type,
        draft.version,
        draft.key,
        draft.payload,
    )
    return Event(seq, time, *fields, hash=_digest(previous, seq, time, *fields))


def _digest(*parts: str | int) -> str:
    return sha256("\n".join(map(str, parts)).encode("utf-8", "surrogatepass")).hexdigest()
