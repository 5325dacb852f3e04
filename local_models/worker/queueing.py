"""Who is served next by a model: pure values, with the time as an argument.

A person's request goes ahead of background work, which is paused for it at its next token. What
waits grows older and goes up; background work that has waited long enough is treated like a
person's and is not paused any more. So whatever comes meanwhile, everything has its turn.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

Urgency = Literal["person", "background"]
State = Literal["waiting", "running", "paused"]
AGEING = 60.0
"""After so many seconds of waiting, background work counts as much as a person's request."""


@dataclass(frozen=True)
class Entry:
    """A request in the queue, as a person may see it."""

    id: int
    urgency: Urgency
    what: str
    """For a person: what it is for."""
    arrived: float
    state: State = "waiting"
    since: float = 0.0
    """When it came into this state."""
    waited: float = 0.0
    """How long it waited or was paused before that."""

    def waiting(self, now: float) -> float:
        """Return how long it has waited in all."""
        return self.waited + (0.0 if self.state == "running" else max(0.0, now - self.since))

    def rank(self, now: float) -> tuple[bool, float, int]:
        """Return how near it is to its turn: people by waiting, all others by coming first."""
        ahead = AGEING if self.urgency == "person" else 0.0
        rank = ahead + self.waiting(now)
        return (True, rank, -self.id) if self.urgent(now) else (False, 0.0, -self.id)

    def urgent(self, now: float) -> bool:
        return self.urgency == "person" or self.waiting(now) >= AGEING

    def gives_way(self, now: float) -> bool:
        """Tell whether it is paused when a person asks."""
        return not self.urgent(now)


@dataclass(frozen=True)
class Queue:
    """The requests of one model, in the order in which they came."""

    entries: tuple[Entry, ...] = ()

    def of(self, request: int) -> Entry | None:
        return next((entry for entry in self.entries if entry.id == request), None)

    @property
    def running(self) -> Entry | None:
        return next((entry for entry in self.entries if entry.state == "running"), None)

    def following(self, now: float) -> Entry | None:
        """Return whose turn it would be among those that wait; of two alike, who came first."""
        resting = [entry for entry in self.entries if entry.state != "running"]
        return max(resting, key=lambda entry: entry.rank(now), default=None)

    def in_order(self, now: float) -> tuple[Entry, ...]:
        """Return all as they will be served if nothing more comes."""
        running = self.running
        rest = [entry for entry in self.entries if entry is not running]
        rest.sort(key=lambda entry: entry.rank(now), reverse=True)
        return (*([running] if running else []), *rest)


@dataclass(frozen=True)
class Start:
    """Hand a request to the model."""

    id: int


@dataclass(frozen=True)
class Pause:
    """Have the model lay a request aside at its next token."""

    id: int


@dataclass(frozen=True)
class Resume:
    """Have the model go on with a request that was laid aside."""

    id: int


Step = Start | Pause | Resume
Steps = tuple[Step, ...]


def submit(
    queue: Queue, request: int, urgency: Urgency, what: str, now: float
) -> tuple[Queue, Steps]:
    """Put a request into the queue."""
    entry = Entry(request, urgency, what, arrived=now, since=now)
    return settle(Queue((*queue.entries, entry)), now)


def remove(queue: Queue, request: int, now: float) -> tuple[Queue, Steps]:
    """Take out a request that has ended or was cancelled."""
    rest = tuple(entry for entry in queue.entries if entry.id != request)
    return settle(Queue(rest), now)


def settle(queue: Queue, now: float) -> tuple[Queue, Steps]:
    """Bring the queue to where nobody waits who should be served; say what that takes."""
    running, following = queue.running, queue.following(now)
    if following is None or (running and not _goes_ahead(following, running, now)):
        return queue, ()
    steps: list[Step] = []
    if running:
        queue = _changed(queue, running, "paused", now)
        steps.append(Pause(running.id))
    steps.append(Resume(following.id) if following.state == "paused" else Start(following.id))
    return _changed(queue, following, "running", now), tuple(steps)


def _goes_ahead(one: Entry, running: Entry, now: float) -> bool:
    """Only a person, or who has waited as long, has something paused."""
    return running.gives_way(now) and one.urgent(now)


def _changed(queue: Queue, entry: Entry, state: State, now: float) -> Queue:
    moved = replace(entry, state=state, since=now, waited=entry.waiting(now))
    return Queue(tuple(moved if one.id == entry.id else one for one in queue.entries))
