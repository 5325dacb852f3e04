"""The queue of a server: people first, background work as far as a place is left for them."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass, replace

from local_models.staff.servers.errand import Errand
from local_models.staff.servers.reading import Reading
from local_models.staff.speaking import Waits
from local_models.worker.problems import WorkerError
from local_models.worker.protocol import Generate, Reason
from local_models.worker.queueing import Entry, Queue

Serve = Callable[[Generate, Reading], Awaitable[Reason]]
"""Has a request answered, telling all of it to a reading, and says why that ended."""


def started(queue: Queue, places: int, now: float) -> tuple[Queue, tuple[int, ...]]:
    """Start whoever may be; a server has places side by side and pauses nobody."""
    begun: list[int] = []
    while entry := _next(queue, places, now):
        begun.append(entry.id)
        running = replace(entry, state="running", since=now, waited=entry.waiting(now))
        queue = Queue(tuple(running if one.id == entry.id else one for one in queue.entries))
    return queue, tuple(begun)


def _next(queue: Queue, places: int, now: float) -> Entry | None:
    running = [one for one in queue.entries if one.state == "running"]
    following = queue.following(now)
    if following is None or len(running) >= places:
        return None
    background = sum(one.urgency == "background" for one in running)
    return following if following.urgent(now) or background < max(1, places - 1) else None


@dataclass
class _Place:
    """A request, who made it, and who carries it out once it is its turn."""

    errand: Errand
    actor: str
    serve: Serve
    task: asyncio.Task[None] | None = None


class Line:
    """Requests to one server, each of which can be cancelled at any time."""

    def __init__(self, places: int, ids: Iterator[str]) -> None:
        self._places = places
        self._ids = ids
        self._queue = Queue()
        self._held: dict[int, _Place] = {}
        self._last = 0

    @property
    def idle(self) -> bool:
        return not self._queue.entries

    @property
    def waiting(self) -> tuple[Waits, ...]:
        """Return who is served and who waits, in the order of their turns."""
        now = time.monotonic()
        ordered = sorted(self._queue.in_order(now), key=lambda one: one.state != "running")
        return tuple(self._shown(one, now) for one in ordered)

    def join(self, asked: Generate, serve: Serve, *, urgent: bool, what: str, actor: str) -> Errand:
        """Put a request into the queue."""
        self._last += 1
        number, now = self._last, time.monotonic()
        errand = Errand(next(self._ids), asked, lambda: self._leave(number))
        self._held[number] = _Place(errand, actor, serve)
        entry = Entry(number, "person" if urgent else "background", what, arrived=now, since=now)
        self._queue = Queue((*self._queue.entries, entry))
        self._settle()
        return errand

    def cancel(self, request: str) -> bool:
        """End a request; say whether there was one of that name."""
        found = [number for number, one in self._held.items() if one.errand.id == request]
        for number in found:
            self._leave(number)
        return bool(found)

    async def close(self) -> None:
        """End all of them."""
        tasks = [one.task for one in self._held.values() if one.task]
        for number in tuple(self._held):
            self._leave(number)
        await asyncio.gather(*tasks, return_exceptions=True)

    def _leave(self, number: int) -> None:
        held = self._held.get(number)
        if held is None:
            return
        if held.task:
            held.task.cancel()
            return
        held.errand.put(None)
        self._forget(number)

    def _settle(self) -> None:
        self._queue, begun = started(self._queue, self._places, time.monotonic())
        for number in begun:
            held = self._held[number]
            held.task = asyncio.create_task(self._serve(number, held), name=f"server-{number}")

    async def _serve(self, number: int, held: _Place) -> None:
        """Have a request answered; whatever happens, whoever asked is told."""
        errand = held.errand
        reading = Reading(errand.asked, errand.put)
        try:
            errand.put(reading.end(await held.serve(errand.asked, reading)))
        except asyncio.CancelledError:
            errand.put(reading.end("cancelled"))
        except WorkerError as error:
            errand.put(error)
        except Exception:
            logging.getLogger(__name__).exception("a request to a server failed")
            errand.put(WorkerError("defect", "The request to the server failed.", "See the log."))
        finally:
            self._forget(number)

    def _forget(self, number: int) -> None:
        self._held.pop(number, None)
        self._queue = Queue(tuple(one for one in self._queue.entries if one.id != number))
        self._settle()

    def _shown(self, one: Entry, now: float) -> Waits:
        held = self._held[one.id]
        person = one.urgency == "person"
        return Waits(held.errand.id, one.what, held.actor, person, one.state, now - one.arrived)
