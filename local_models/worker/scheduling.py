"""The queue of one model at work: what `queueing` decides is done with the model's worker."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from types import TracebackType
from typing import Self

from local_models.worker import queueing
from local_models.worker.client import Stream, Worker
from local_models.worker.problems import WorkerError
from local_models.worker.protocol import Ended, Generate, Piece, Progress
from local_models.worker.queueing import Entry, Queue, Steps, Urgency


class Errand:
    """A request in a model's queue: iterate over what comes, then see how it `ended`."""

    def __init__(self, schedule: Schedule, request: int, asked: Generate) -> None:
        self._schedule = schedule
        self._stream: asyncio.Future[Stream | None] = asyncio.get_running_loop().create_future()
        self.id = request
        self.asked = asked

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        at: TracebackType | None,
    ) -> None:
        self.cancel()

    async def __aiter__(self) -> AsyncIterator[Progress | Piece]:
        """Yield progress and pieces once it is its turn; a failure is raised."""
        stream = await asyncio.shield(self._stream)
        if stream is not None:
            async for told in stream:
                yield told

    async def text(self) -> str:
        """Wait for the end and return all of it."""
        pieces = [told.text async for told in self if isinstance(told, Piece)]
        return "".join(pieces) + (self.ended.text if self.ended else "")

    @property
    def ended(self) -> Ended | None:
        """How it ended; nothing while it has not, or if it was cancelled before its turn."""
        return self.stream.ended if self.stream else None

    @property
    def stream(self) -> Stream | None:
        """What the worker gives, once it is its turn."""
        done = self._stream.done() and not self._stream.exception()
        return self._stream.result() if done else None

    def cancel(self) -> None:
        self._schedule.cancel(self.id)

    def begin(self, stream: Stream | None) -> None:
        if not self._stream.done():
            self._stream.set_result(stream)

    def fail(self, error: WorkerError) -> None:
        if not self._stream.done():
            self._stream.set_exception(error)
            self._stream.exception()  # Whoever iterates is told; nobody has to.


class Schedule:
    """One model's queue: one request is worked on at a time, the others wait or are paused."""

    def __init__(
        self,
        use: Callable[[], Awaitable[Worker]],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._use = use
        self._clock = clock
        self._queue = Queue()
        self._errands: dict[int, Errand] = {}
        self._last = 0
        self._handing: set[asyncio.Task[None]] = set()

    @property
    def entries(self) -> tuple[Entry, ...]:
        """Return what is running and what waits, in the order in which it will be served."""
        return self._queue.in_order(self._clock())

    def ask(self, asked: Generate, urgency: Urgency, what: str) -> Errand:
        """Put a request into the queue."""
        self._last += 1
        errand = Errand(self, self._last, asked)
        self._errands[errand.id] = errand
        self._go(*queueing.submit(self._queue, errand.id, urgency, what, self._clock()))
        return errand

    def cancel(self, request: int) -> None:
        """End a request wherever it is; one that has ended needs no more."""
        errand = self._errands.get(request)
        if errand is None:
            return
        if errand.stream and not errand.stream.over:
            errand.stream.cancel()
            return
        errand.begin(None)
        self._forget(request)

    def _go(self, queue: Queue, steps: Steps) -> None:
        self._queue = queue
        for step in steps:
            errand = self._errands[step.id]
            match step:
                case queueing.Start():
                    self._hand_over(errand)
                case queueing.Pause() if errand.stream:
                    errand.stream.pause()
                case queueing.Resume() if errand.stream:
                    errand.stream.resume()

    def _hand_over(self, errand: Errand) -> None:
        task = asyncio.create_task(self._started(errand), name=f"errand-{errand.id}")
        self._handing.add(task)
        task.add_done_callback(self._handing.discard)

    async def _started(self, errand: Errand) -> None:
        """Give a request to the worker, which may have to be started for it."""
        try:
            worker = await self._use()
        except WorkerError as error:
            self._fail(errand, error)
            return
        except Exception:
            logging.getLogger(__name__).exception("a worker could not be started")
            what = "The model could not be started."
            self._fail(errand, WorkerError("defect", what, "The host's log has the details."))
            return
        entry = self._queue.of(errand.id)
        if entry is None:
            return
        stream = worker.generate(errand.asked)
        stream.when_over(lambda: self._forget(errand.id))
        errand.begin(stream)
        if entry.state == "paused":
            stream.pause()

    def _fail(self, errand: Errand, error: WorkerError) -> None:
        errand.fail(error)
        self._forget(errand.id)

    def _forget(self, request: int) -> None:
        if self._errands.pop(request, None):
            self._go(*queueing.remove(self._queue, request, self._clock()))
