"""Folds over the journal that are kept up to date: what is asked about was read before."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Sequence
from typing import Generic, Protocol, Self, TypeVar

from workbench.api.facts import Event
from workbench.journal import reading
from workbench.journal.journal import Journal


class Fold(Protocol):
    """A value made of events, and the number of the last one that is in it."""

    @property
    def upto(self) -> int: ...
    def after(self, events: Iterable[Event]) -> Self: ...


F = TypeVar("F", bound=Fold)


class Following(Generic[F]):
    """A fold that reads, each time it is asked for, what was written since."""

    def __init__(self, journal: Journal, types: Sequence[str], begin: F) -> None:
        self._journal = journal
        self._types = types
        self._known = begin
        self._seen = 0
        self._reading = asyncio.Lock()

    async def now(self) -> F:
        """Return the fold over all that is durable."""
        async with self._reading:
            head = self._journal.head
            if head > self._seen:
                read = self._journal.read
                events = await read(reading.of_types, self._types, self._known.upto)
                if events:
                    self._known = await asyncio.to_thread(self._known.after, events)
                self._seen = head
            return self._known
