"""The line that a batch speaks over: to the host that owns the workspace, or to its own engine."""

from __future__ import annotations

import asyncio
import os
import signal
import time
import uuid
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Protocol, Self, TypeVar

from workbench.api import owner, views
from workbench.api.caller import Caller
from workbench.api.client import Client
from workbench.api.commands import NextEvents
from workbench.api.facts import Event
from workbench.api.shapes import Command
from workbench.workspace import Workspace, runtime_folder

R = TypeVar("R")
Stop = Callable[[str], None]
"""Ends the batch, for the reason that is given."""


class Line(Protocol):
    """What carries commands out."""

    async def call(self, command: Command[R], *, key: str = "") -> R: ...
    def follow(self, after: int) -> AsyncIterator[tuple[Event, ...]]: ...


@asynccontextmanager
async def open_line(
    workspace: Workspace, face: str, flags: Sequence[str], stop: Stop
) -> AsyncIterator[Line]:
    """Speak to the owner of a workspace; where there is none, own it for as long as this takes."""
    workspace.make()
    if owner.is_running(workspace):
        async with Client(workspace, face, flags=flags) as client:
            yield client
    else:
        async with _alone(workspace, face, flags, stop) as line:
            yield line


@asynccontextmanager
async def _alone(
    workspace: Workspace, face: str, flags: Sequence[str], stop: Stop
) -> AsyncIterator[Line]:
    """Be the owner, unless another has become it meanwhile; nothing is left running after it."""
    from workbench.host import lock

    held = lock.take(workspace)
    if held is None:
        async with Client(workspace, face, flags=flags) as client:
            yield client
        return
    try:
        async with Alone(workspace, held.tell, face, stop) as line:
            yield line
    finally:
        held.release()


class Alone:
    """The engine in this process. Faces that come meanwhile are let in, as a host lets them in."""

    def __init__(
        self, workspace: Workspace, tell: Callable[[owner.Owner], None], face: str, stop: Stop
    ) -> None:
        from workbench.engine import Engine, House
        from workbench.host.server import Server, login_name

        self._workspace = workspace
        self._face = views.Face(face, os.getpid(), time.time_ns() // 1000)
        self._actor = f"{login_name()}/{face}"
        self._socket = runtime_folder() / f"{workspace.name}.sock"
        house = House(0.0, lambda: (self._face, *self._server.faces), stop)
        self._engine = Engine(workspace, house)
        self._server = Server(self._socket, self._engine, lambda: None)
        self._tell = tell
        self._open = AsyncExitStack()

    async def __aenter__(self) -> Self:
        async with AsyncExitStack() as opening:
            await self._engine.open()
            opening.push_async_callback(self._engine.close, _ENDED)
            await self._server.listen()
            opening.push_async_callback(self._server.close, _ENDED)
            self._heed_knocks(opening)
            self._tell(owner.Owner.here(self._workspace, self._socket, self._face.since))
            self._open = opening.pop_all()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._open.aclose()

    def _heed_knocks(self, opening: AsyncExitStack) -> None:
        """Open the socket again when a face says that it is gone."""
        loop = asyncio.get_running_loop()
        listen = self._server.listen_again
        loop.add_signal_handler(signal.SIGUSR1, lambda: asyncio.ensure_future(listen()))
        opening.callback(loop.remove_signal_handler, signal.SIGUSR1)

    async def call(self, command: Command[R], *, key: str = "") -> R:
        """Carry out `command` and return its result."""
        caller = Caller(self._actor, key or uuid.uuid4().hex, again=False)
        result: R = await self._engine.carry_out(command, caller)  # type: ignore[assignment]
        return result

    async def follow(self, after: int) -> AsyncIterator[tuple[Event, ...]]:
        """Yield every event after `after`, in order and without a gap, for as long as wanted."""
        while True:
            batch = await self.call(NextEvents(after))
            yield batch.events
            after = batch.events[-1].seq


_ENDED = "the batch has ended"
