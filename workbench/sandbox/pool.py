"""Boxes kept warm: as many at once as asked for, used again while they are clean."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from types import TracebackType
from typing import Self

from workbench.sandbox.box import Box, Listener
from workbench.sandbox.choice import load
from workbench.sandbox.job import Job, Result, Status
from workbench.sandbox.plan import Plan
from workbench.sandbox.policy import Policy

RECYCLED_AFTER = 500
_KINDS = 2
"""So many plans can be warm at once: a proof needs two, which differ in the hash seed."""
_CANCEL_PATIENCE = 0.1


class Abandoned(Exception):
    """No error: what was under way is not waited for any more."""


class Handle:
    """One run, which anybody may cancel at any time, also before it has begun."""

    def __init__(self) -> None:
        self._box: Box | None = None
        self._lock = threading.Lock()
        self._over = threading.Event()
        self._parts: list[Handle] = []
        self.is_cancelled = False

    def part(self) -> Handle:
        """Return the handle of something that is cancelled with this, or alone."""
        part = Handle()
        with self._lock:
            part.is_cancelled = self.is_cancelled
            self._parts.append(part)
        return part

    def cancel(self) -> None:
        """End the job; a box that does not obey at once is ended with it."""
        with self._lock:
            self.is_cancelled = True
            parts = tuple(self._parts)
        for part in parts:
            part.cancel()
        with self._lock:
            box = self._box
            if box is None:
                return
            threading.Thread(target=self._insist, args=(box,), daemon=True).start()
            with suppress(OSError):  # A box that is gone has nothing left to be cancelled.
                box.cancel()

    def _insist(self, box: Box) -> None:
        if not self._over.wait(_CANCEL_PATIENCE):
            box.close()

    def begin(self, box: Box) -> bool:
        """Note where the job runs; say whether it is still wanted."""
        with self._lock:
            self._box = box
            self._over.clear()
            return not self.is_cancelled

    def end(self) -> None:
        with self._lock:
            self._box = None
        self._over.set()


class Pool:
    """The boxes of one engine."""

    def __init__(self, engine: str, size: int) -> None:
        self.engine = engine
        self._size = max(2, size)
        self._free = threading.Semaphore(self._size)
        self._asking = threading.Lock()
        self._idle: list[Box] = []
        self._busy: set[Box] = set()
        self._lock = threading.Lock()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def run(
        self,
        plan: Plan,
        job: Job,
        policy: Policy,
        *,
        handle: Handle | None = None,
        on_records: Listener | None = None,
        on_peer: Listener | None = None,
        on_begin: Callable[[Box], None] | None = None,
    ) -> Result:
        """Do `job` in a box of `plan`, as soon as one is free; `on_begin` is told which it is."""
        handle = handle or Handle()
        with self._permits(1), self._borrowed(plan) as box:
            if not handle.begin(box):
                return Result(Status.KILLED, "it was cancelled")
            try:
                if on_begin:
                    on_begin(box)
                result = box.run(job, policy, on_records=on_records, on_peer=on_peer)
            finally:
                handle.end()
        if handle.is_cancelled and result.status is Status.ERROR:
            return Result(Status.KILLED, "it was cancelled")
        return result

    @contextmanager
    def pair(self, plan: Plan, beside: Plan) -> Iterator[tuple[Box, Box]]:
        """Lend two boxes for jobs that talk to each other."""
        with self._permits(2), self._borrowed(plan) as one, self._borrowed(beside) as other:
            yield one, other

    @contextmanager
    def _permits(self, count: int) -> Iterator[None]:
        """Wait for so many boxes; whoever wants several gets them before the next may begin."""
        with self._asking:
            for _ in range(count):
                self._free.acquire()
        try:
            yield
        finally:
            self._free.release(count)

    @contextmanager
    def _borrowed(self, plan: Plan) -> Iterator[Box]:
        box = self._take(plan)
        try:
            yield box
        finally:
            self._give_back(box)

    def open(self, plan: Plan) -> Box:
        """Return a new box; what it cannot preload without threads is left out."""
        line = load(self.engine).open_line(plan)
        try:
            return Box(line, plan)
        except BaseException:
            line.kill()
            line.close()
            raise

    def warm(self, plan: Plan) -> None:
        """Have a box ready before the first job comes."""
        self._give_back(self._take(plan))

    def adopt(self, box: Box) -> None:
        """Take in a box that was opened elsewhere."""
        self._give_back(box)

    def close(self) -> None:
        """End all boxes, busy ones too."""
        with self._lock:
            boxes = [*self._idle, *self._busy]
            self._idle.clear()
        for box in boxes:
            box.close()

    def _take(self, plan: Plan) -> Box:
        box, unwanted = self._pick(plan)
        for other in unwanted:
            other.close()
        box = box or self.open(plan)
        with self._lock:
            self._busy.add(box)
        return box

    def _pick(self, plan: Plan) -> tuple[Box | None, list[Box]]:
        """Return an idle box of `plan`, else which idle one must go to make room for it."""
        with self._lock:
            for box in self._idle:
                if box.plan == plan:
                    self._idle.remove(box)
                    return box, []
            room = _KINDS * self._size - len(self._busy) - 1
            unwanted = [self._idle.pop(0) for _ in range(len(self._idle) - room)]
            return None, unwanted

    def _give_back(self, box: Box) -> None:
        spent = box.worn or box.jobs >= RECYCLED_AFTER
        with self._lock:
            self._busy.discard(box)
            if not spent:
                self._idle.append(box)
        if spent:
            box.close()
