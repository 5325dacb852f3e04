"""The life of a host: take the lock, open the workspace, serve, end when idle or asked to."""

from __future__ import annotations

import asyncio
import os
import signal
import time
from collections.abc import Sequence
from pathlib import Path

import msgspec

from workbench import settings
from workbench.api.owner import Owner, StartReport
from workbench.engine import Engine, House
from workbench.errors import Defect, StoreError, WorkbenchError
from workbench.host import lock
from workbench.host.log import begin_log, log_exception, log_line
from workbench.host.memory import keep_small
from workbench.host.server import Server
from workbench.workspace import Workspace, name_workspace, runtime_folder


def run(project: str, ready: int, flags: Sequence[str]) -> None:
    """Be the host of `project`; what keeps it from starting is reported to `ready`."""
    starter = Starter(ready)
    keep_small()
    signal.signal(signal.SIGHUP, signal.SIG_IGN)  # The terminal that it was started from may go.
    try:
        workspace = name_workspace(Path(project))
        begin_log(workspace)
        held = lock.take(workspace)
        if held is None:
            starter.report(StartReport(taken=True))
            return
        asyncio.run(Host(workspace, held, starter, flags).live())
    except WorkbenchError as error:
        log_line(f"{error.sentence} {error.hint}")
        starter.report(_failure(error))
    except OSError as error:
        log_exception(error)
        told = f"The workspace cannot be used: {error.strerror}."
        starter.report(_failure(StoreError(told, f"It is about {error.filename}.")))
    except Exception as error:  # noqa: BLE001 - nobody sees a traceback but the log
        log_exception(error)
        starter.report(_failure(Defect("The host failed.", "Its log has the details.")))


class Starter:
    """Whoever started this host and waits to hear, once, how that went."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor: int | None = descriptor

    def report(self, report: StartReport) -> None:
        """Tell it the first time, and let it go; it may be gone already."""
        if self._descriptor is None:
            return
        descriptor, self._descriptor = self._descriptor, None
        try:
            os.write(descriptor, msgspec.json.encode(report))
        except OSError as error:
            log_line(f"nobody waited for the report: {error}")
        finally:
            os.close(descriptor)


class Host:
    """One workspace's owner while it lives."""

    def __init__(
        self, workspace: Workspace, held: lock.Lock, starter: Starter, flags: Sequence[str]
    ) -> None:
        self._workspace = workspace
        self._lock = held
        self._starter = starter
        self._idle_seconds = settings.load(workspace, flags).host.idle_seconds
        self._socket = runtime_folder() / f"{workspace.name}.sock"
        self._stop = asyncio.Event()
        self._reason = ""
        self._idle: asyncio.TimerHandle | None = None
        house = House(self._idle_seconds, lambda: self._server.faces, self.stop)
        self._engine = Engine(workspace, house)
        self._server = Server(self._socket, self._engine, self._watch_idleness)

    async def live(self) -> None:
        """Open, serve until something ends it, close in good order."""
        self._heed_signals()
        await self._engine.open()
        try:
            await self._server.listen()
            self._lock.tell(Owner.here(self._workspace, self._socket, time.time_ns() // 1000))
            self._starter.report(StartReport(ready=True))
            self._watch_idleness()
            await self._stop.wait()
        finally:
            log_line(f"ends: {self._reason}")
            await self._server.close(self._reason)
            await self._engine.close(self._reason)
            self._lock.release()

    def stop(self, reason: str) -> None:
        """End soon; the first reason counts."""
        self._reason = self._reason or reason
        self._stop.set()

    def _heed_signals(self) -> None:
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, self.stop, f"it received {number.name}")
        loop.add_signal_handler(
            signal.SIGUSR1, lambda: asyncio.ensure_future(self._server.listen_again())
        )

    def _watch_idleness(self) -> None:
        """Start counting when the last face goes; stop when one comes."""
        if self._idle:
            self._idle.cancel()
        if not self._server.sessions:
            loop = asyncio.get_running_loop()
            self._idle = loop.call_later(self._idle_seconds, self._rest)

    def _rest(self) -> None:
        """End, unless something is still to be done that somebody asked for before he left."""
        if self._engine.busy:
            self._watch_idleness()
        else:
            self.stop("nobody was attached")


def _failure(error: WorkbenchError) -> StartReport:
    return StartReport(exit_code=error.exit_code, sentence=error.sentence, hint=error.hint)
