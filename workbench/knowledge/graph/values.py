"""What is read out of a file: what it defines, and what that has to do with other things."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

MOST_OF_A_FILE = 20_000


class Defined(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """Something that a file defines."""

    name: str
    """All of it: `shop.cart.Cart.total`, `docs/guide.md#Install`."""
    kind: str
    """module, class, function, symbol, file, document, heading, or project."""
    first: int
    last: int
    passage: str = ""
    """The piece in which it begins."""


class Said(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """A relation as a file tells of it."""

    name: str
    """What it is about."""
    kind: str
    to: str
    """A whole name, or, where `is_whole` is false, the end of one."""
    first: int
    last: int
    confidence: float
    is_whole: bool = True
    times: int = 1
    passage: str = ""
    """The piece in which it is said first."""


class Found(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """All that one file tells of."""

    digest: str = ""
    defined: tuple[Defined, ...] = ()
    said: tuple[Said, ...] = ()
    reason: str = ""
    """Why there is nothing."""


def found(digest: str, defined: Iterable[Defined], said: Iterable[Said]) -> Found:
    """Return what a file tells of, each thing once, and of a boundless file not all."""
    things = {one.name: one for one in reversed(list(defined))}
    merged: dict[tuple[str, str, str], Said] = {}
    for one in said:
        key = (one.name, one.kind, one.to)
        known = merged.get(key)
        merged[key] = _both(known, one) if known else one
    return Found(
        digest,
        tuple(list(things.values())[::-1][:MOST_OF_A_FILE]),
        tuple(list(merged.values())[:MOST_OF_A_FILE]),
    )


def _both(one: Said, other: Said) -> Said:
    surer = max(one.confidence, other.confidence)
    return msgspec.structs.replace(one, times=one.times + 1, confidence=surer)


def tail_of(name: str) -> str:
    """Return the last word of a name, by which the ends of names are looked up."""
    return name.rpartition("#")[2].rpartition("/")[2].rpartition(".")[2].casefold()
