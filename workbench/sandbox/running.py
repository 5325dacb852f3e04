"""The jobs that are under way: each in a thread, so that the loop that serves never stalls."""

from __future__ import annotations

import asyncio
import os
import secrets
import time
from collections.abc import Awaitable, Callable
from concurrent.futures import Executor, ThreadPoolExecutor
from typing import Any, TypeVar

from workbench.api import views
from workbench.errors import UsageError
from workbench.sandbox.pool import Abandoned, Handle
from workbench.visible import visible_line

__all__ = ["Abandoned", "Jobs", "Running", "heeding"]

T = TypeVar("T")
_GRACE = 0.16
"""A job that is cancelled mostly has something to tell; it is waited for no longer than this."""


class Running:
    """One job that has not ended."""

    def __init__(self, kind: str, title: str, actor: str) -> None:
        self.name = secrets.token_hex(4)
        self.handle = Handle()
        self.cancelled: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.wanted = True
        """Somebody waits for what becomes of it."""
        self.stage = "waiting"
        self._told = (kind, title, actor)
        self._since = time.time_ns() // 1000

    @property
    def view(self) -> views.RunningJob:
        kind, title, actor = self._told
        return views.RunningJob(self.name, kind, title, actor, self._since, self.stage)


class Jobs:
    """All of them, and the threads that they run in."""

    def __init__(self) -> None:
        self.width = len(os.sched_getaffinity(0))
        self._helpers = ThreadPoolExecutor(4, "sandbox")
        """For whatever else takes its time: snapshots, self-tests."""
        self._enders = ThreadPoolExecutor(2, "sandbox-end")
        """For cancelling alone, which waits for nothing else."""
        self._workers = ThreadPoolExecutor(self.width, "sandbox-job")
        self._running: dict[str, Running] = {}

    @property
    def views(self) -> tuple[views.RunningJob, ...]:
        return tuple(job.view for job in self._running.values())

    def begin(self, kind: str, title: str, actor: str) -> Running:
        job = Running(kind, title, actor)
        self._running[job.name] = job
        return job

    def end(self, job: Running) -> None:
        del self._running[job.name]

    def cancel(self, name: str) -> None:
        """End the job called `name`."""
        if name not in self._running:
            raise UsageError(
                f"No job {visible_line(name)} is running.", "`workbench sandbox status` lists them."
            )
        self.stop(self._running[name])

    def stop(self, job: Running) -> None:
        """Tell a job to end, from a thread: its box may be busy reading."""
        if not job.cancelled.done():
            job.cancelled.set_result(None)
            self._enders.submit(job.handle.cancel)

    def stop_all(self) -> None:
        for job in self._running.values():
            self.stop(job)

    async def help(self, job: Running, work: Callable[[], T]) -> T:
        """Do something for `job` beside the loop."""
        return await heeding(job, self._in(self._helpers, work))

    async def work(self, job: Running, work: Callable[[], T]) -> T:
        """Do the job itself, when one of as many threads as there are boxes is free."""

        def begin() -> T:
            job.stage = "running"
            return work()

        return await heeding(job, self._in(self._workers, begin))

    async def beside(self, work: Callable[[], T]) -> T:
        """Do what takes its time beside the loop, for no job."""
        return await self._in(self._helpers, work)

    def _in(self, threads: Executor, work: Callable[[], T]) -> asyncio.Future[T]:
        return asyncio.get_running_loop().run_in_executor(threads, work)

    def close(self) -> None:
        """Wait for the threads; what has not begun never will."""
        for threads in (self._workers, self._helpers, self._enders):
            threads.shutdown(cancel_futures=True)


async def heeding(job: Running, work: Awaitable[T]) -> T:
    """Return what `work` comes to, or give it up when the job is cancelled and it does not end."""
    doing: asyncio.Future[T] = asyncio.ensure_future(work)
    doing.add_done_callback(_look_at)
    either: set[asyncio.Future[Any]] = {doing, job.cancelled}
    await asyncio.wait(either, return_when=asyncio.FIRST_COMPLETED)
    if not doing.done():
        await asyncio.wait({doing}, timeout=_GRACE)
    if not doing.done():
        doing.cancel()
        raise Abandoned
    return await doing


def _look_at(done: asyncio.Future[Any]) -> None:
    """Let nothing be said of how work ends that nobody waits for any more."""
    if not done.cancelled():
        done.exception()
