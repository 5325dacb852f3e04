"""Following a project from asyncio: what changed, in bursts, as soon as it is quiet."""

from __future__ import annotations

import asyncio
import os
import threading
from collections.abc import AsyncGenerator
from contextlib import suppress
from pathlib import Path

from workbench.healing.watching.bursts import Burst, Mode
from workbench.healing.watching.following import Following


class Watcher:
    """Follows one project for one reader."""

    def __init__(self, project: Path) -> None:
        self._project = project
        self.mode = Mode("waiting")
        """How changes were noticed when the last burst was told."""

    async def follow(self) -> AsyncGenerator[Burst, None]:
        """Yield a burst without paths when everything is watched, then one for each change.

        Bursts that come while the reader is busy are joined, so none is ever behind another.
        It is to be closed (`contextlib.aclosing`), which ends the thread behind it.
        """
        mailbox = _Mailbox(asyncio.get_running_loop())
        ours, theirs = os.pipe()
        following = Following(self._project, mailbox.put, ours)
        thread = threading.Thread(
            target=mailbox.run, args=(following,), name="workbench-watching", daemon=True
        )
        thread.start()
        try:
            while True:
                burst = await mailbox.take()
                self.mode = burst.mode
                yield burst
        finally:
            os.close(theirs)
            await asyncio.shield(asyncio.to_thread(thread.join))
            os.close(ours)


class _Mailbox:
    """Hands bursts from the thread to the loop, at most one at a time."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._lock = threading.Lock()
        self._waiting: Burst | None = None
        self._failure: Exception | None = None
        self._there = asyncio.Event()

    def run(self, following: Following) -> None:
        """Follow, in the thread; what goes wrong is raised in the reader."""
        try:
            following.run()
        except Exception as problem:  # noqa: BLE001 - raised again by whoever takes next
            self._failure = problem
            self._wake()

    def put(self, burst: Burst) -> None:
        with self._lock:
            self._waiting = self._waiting.joined(burst) if self._waiting else burst
        self._wake()

    async def take(self) -> Burst:
        while True:
            with self._lock:
                burst, self._waiting = self._waiting, None
            if burst is not None:
                return burst
            if self._failure:
                raise self._failure
            await self._there.wait()
            self._there.clear()

    def _wake(self) -> None:
        with suppress(RuntimeError):  # The loop has ended, and the reader with it.
            self._loop.call_soon_threadsafe(self._there.set)
