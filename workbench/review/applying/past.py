"""The transactions that were, told from what the journal has of them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

from workbench.api import reviews
from workbench.api.deciding import TransactionBegan, TransactionEnded
from workbench.api.events import read_fact
from workbench.api.facts import Event

State = Literal["standing", "undone", "refused", "interrupted"]


@dataclass(frozen=True)
class Done:
    """A transaction: how it began, and how it ended if it did."""

    began: TransactionBegan
    at: Event
    ended: TransactionEnded | None
    end: Event | None

    @property
    def name(self) -> str:
        return self.began.transaction

    @property
    def is_written(self) -> bool:
        return self.ended is not None and self.ended.outcome == "written"

    def touches(self, path: str) -> bool:
        return any(moved.path == path for moved in self.began.files)


@dataclass(frozen=True)
class Past:
    """All transactions, the oldest first."""

    every: tuple[Done, ...]

    @cached_property
    def by_name(self) -> dict[str, Done]:
        return {one.name: one for one in self.every}

    @cached_property
    def _states(self) -> dict[str, State]:
        """What reverses a transaction counts only while it is not reversed itself."""
        states: dict[str, State] = {}
        reversed_by: set[str] = set()
        for one in reversed(self.every):
            if one.is_written:
                states[one.name] = "undone" if one.name in reversed_by else "standing"
                reversed_by |= {one.began.of} if states[one.name] == "standing" else set()
            else:
                states[one.name] = "refused" if one.ended else "interrupted"
        return states

    def state(self, one: Done) -> State:
        return self._states[one.name]

    def standing(self, *kinds: str) -> tuple[Done, ...]:
        """Return what stands of some kinds, what came last first."""
        found = [
            one
            for one in self.every
            if one.began.kind in kinds and self._states[one.name] == "standing"
        ]
        return tuple(sorted(found, key=lambda one: self._moments[one.name], reverse=True))

    @cached_property
    def _moments(self) -> dict[str, int]:
        """When each came into force last: whatever is reversed twice is brought back."""
        moments: dict[str, int] = {}
        for one in reversed(self.every):
            moments[one.name] = max(one.at.seq, moments.get(one.name, 0))
            if one.began.of:
                moments[one.began.of] = max(moments[one.name], moments.get(one.began.of, 0))
        return moments

    def undo_of(self, one: Done) -> Done | None:
        """Return the undo by which a transaction does not stand any more."""
        undoes = (other for other in self.every if other.began.of == one.name)
        return next((undo for undo in undoes if self._states[undo.name] == "standing"), None)

    def since(self, one: Done, path: str) -> Done | None:
        """Return the last transaction after another that wrote a file."""
        later = (
            other
            for other in reversed(self.every)
            if other.at.seq > one.at.seq and other.is_written and other.touches(path)
        )
        return next(later, None)

    def writer_of(self, path: str, digest: str) -> Done | None:
        """Return the transaction that left a file as it is, if one did."""
        for one in reversed(self.every):
            if one.is_written and one.touches(path):
                (moved,) = (moved for moved in one.began.files if moved.path == path)
                return one if moved.after == digest else None
        return None

    @property
    def views(self) -> tuple[reviews.Transaction, ...]:
        return tuple(self._view(one) for one in reversed(self.every))

    def _view(self, one: Done) -> reviews.Transaction:
        began, ended = one.began, one.ended
        return reviews.Transaction(
            id=began.transaction,
            kind=began.kind,
            files=began.files,
            proposals=began.proposals,
            of=began.of,
            by=one.at.actor,
            time=one.at.time,
            state=self.state(one),
            sentence=ended.sentence if ended else "",
            branch=ended.branch if ended else "",
            commit=ended.commit if ended else "",
        )


def past_of(events: Iterable[Event]) -> Past:
    """Return the transactions of events, in whatever order they are."""
    return Past(tuple(_paired(sorted(events, key=lambda event: event.seq))))


def _paired(events: list[Event]) -> Iterator[Done]:
    facts = [(event, read_fact(event)) for event in events]
    ends = {
        fact.transaction: (event, fact)
        for event, fact in facts
        if isinstance(fact, TransactionEnded)
    }
    for event, fact in facts:
        if isinstance(fact, TransactionBegan):
            end, ended = ends.get(fact.transaction, (None, None))
            yield Done(fact, event, ended, end)
