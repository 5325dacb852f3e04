"""Attaching to a real host, through the client and by hand."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress

import msgspec

import workbench
from workbench.api import messages, owner, wire
from workbench.api.client import Client
from workbench.workspace import Workspace


def client(workspace: Workspace, face: str = "test", *, patience: float | None = 20.0) -> Client:
    return Client(workspace, face, patience=patience)


def owner_of(workspace: Workspace) -> owner.Owner:
    found = owner.read_owner(workspace)
    assert found is not None
    return found


@asynccontextmanager
async def by_hand(
    workspace: Workspace, version: str = workbench.__version__
) -> AsyncIterator[tuple[asyncio.StreamReader, asyncio.StreamWriter]]:
    """Attach without a client and say hello."""
    reader, writer = await asyncio.open_unix_connection(owner_of(workspace).socket)
    writer.write(wire.frame(messages.Hello(messages.PROTOCOL, version, "by hand", 1)))
    try:
        yield reader, writer
    finally:
        writer.transport.abort()
        with suppress(ConnectionError):
            await writer.wait_closed()


async def until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(20):
        while not condition():
            await asyncio.sleep(0.01)


async def talk(workspace: Workspace, request: messages.Request) -> messages.FromHost:
    """Send one request by hand and return its answer."""
    frames = wire.Frames()
    decoder: msgspec.msgpack.Decoder[messages.FromHost] = msgspec.msgpack.Decoder(messages.FromHost)
    async with asyncio.timeout(20), by_hand(workspace) as (reader, writer):
        writer.write(wire.frame(request))
        while data := await reader.read(65536):
            for body in frames.feed(data):
                answer = wire.decode(body, decoder)
                if not isinstance(answer, messages.Welcome):
                    return answer
    raise AssertionError("the host hung up")
