"""What people rejected, as what a search may not propose again."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from workbench.api.deciding import ReviewActed
from workbench.api.events import read_fact
from workbench.api.facts import Event
from workbench.review.script import hunk_ids

Contents = Mapping[str, tuple[bytes, bytes | None]]
"""What files hold before and after, by path."""


def refused(events: Iterable[Event]) -> frozenset[str]:
    """Return the hunks of which it was said last that they are rejected; events newest first.

    Of each proposal its last action counts, and of a hunk in several proposals the newest of these.
    """
    last: dict[str, ReviewActed] = {}
    for event in events:
        fact = read_fact(event)
        if isinstance(fact, ReviewActed):
            last.setdefault(fact.proposal, fact)
    said: dict[str, bool] = {}
    for fact in last.values():
        told = dict.fromkeys(fact.rejected, True) | dict.fromkeys(fact.accepted, False)
        said = {**told, **said}
    return frozenset(hunk for hunk, is_rejected in said.items() if is_rejected)


def has_refused(contents: Contents, refused: frozenset[str]) -> bool:
    """Tell whether any hunk of a change was rejected."""
    pairs = contents.items() if refused else ()
    return any(not refused.isdisjoint(hunk_ids(path, *texts)) for path, texts in pairs)
