"""Servers that speak the API of OpenAI, or pretend to: real sockets, in a thread of their own."""

from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from itertools import count
from typing import Any

from local_models.staff.servers.address import read_address
from local_models.staff.servers.seat import Server, ServerSeat
from local_models.staff.servers.secrets import Secret
from local_models.staff.servers.talking import Patience

Respond = Callable[["Request", asyncio.StreamWriter], Awaitable[None]]
HASTY = Patience(connect=2.0, first=2.5, between=0.8, list=4.0, backoff=0.01)
"""Patience of tests: what is slow in them is slow on purpose."""


@dataclass(frozen=True)
class Request:
    """What a server was asked."""

    method: str
    path: str
    headers: Mapping[str, str]
    body: Any


@dataclass
class Serving:
    """A server that runs, and what it was asked so far."""

    port: int
    requests: list[Request] = field(default_factory=list)
    gone: threading.Event = field(default_factory=threading.Event)
    """Somebody closed the line while an answer was under way."""

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def asked(self, path: str = "/v1/chat/completions") -> list[Request]:
        return [one for one in self.requests if one.path == path]


@contextmanager
def serving(respond: Respond) -> Iterator[Serving]:
    """Serve in a thread of its own until the test is over."""
    loop = asyncio.new_event_loop()
    begun: asyncio.Future[Serving] = loop.create_future()
    ended = asyncio.Event()
    thread = threading.Thread(target=loop.run_until_complete, args=(_serve(respond, begun, ended),))
    thread.start()
    try:
        yield asyncio.run_coroutine_threadsafe(_awaited(begun), loop).result(10)
    finally:
        loop.call_soon_threadsafe(ended.set)
        thread.join()
        loop.close()


async def _awaited(future: asyncio.Future[Serving]) -> Serving:
    return await future


async def _serve(respond: Respond, begun: asyncio.Future[Serving], ended: asyncio.Event) -> None:
    tasks: set[asyncio.Task[None]] = set()

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        if task:
            tasks.add(task)
        try:
            request = await _read(reader)
            begun.result().requests.append(request)
            await respond(request, writer)
        except (ConnectionError, asyncio.IncompleteReadError):
            begun.result().gone.set()
        finally:
            writer.close()

    server = await asyncio.start_server(handle, "127.0.0.1", 0)
    begun.set_result(Serving(server.sockets[0].getsockname()[1]))
    await ended.wait()
    server.close()
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


async def _read(reader: asyncio.StreamReader) -> Request:
    head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
    method, path, _ = head[0].split(" ")
    headers = {
        name.lower(): value.strip() for name, _, value in (one.partition(":") for one in head[1:])
    }
    data = await reader.readexactly(int(headers.get("content-length", "0")))
    return Request(method, path, headers, json.loads(data) if data else None)


async def reply(
    writer: asyncio.StreamWriter,
    body: bytes | str | object,
    *,
    status: str = "200 OK",
    kind: str = "application/json",
    more: Sequence[str] = (),
) -> None:
    """Send a whole response."""
    text = body if isinstance(body, bytes | str) else json.dumps(body)
    data = text.encode() if isinstance(text, str) else text
    head = [f"HTTP/1.1 {status}", f"Content-Type: {kind}", f"Content-Length: {len(data)}", *more]
    writer.write("\r\n".join([*head, "Connection: close", "", ""]).encode() + data)
    await writer.drain()


async def begin(writer: asyncio.StreamWriter, kind: str = "text/event-stream") -> None:
    """Begin a response whose end is the end of the connection."""
    writer.write(f"HTTP/1.1 200 OK\r\nContent-Type: {kind}\r\nConnection: close\r\n\r\n".encode())
    await writer.drain()


async def event(writer: asyncio.StreamWriter, data: object) -> None:
    text = data if isinstance(data, str) else json.dumps(data)
    writer.write(f"data: {text}\n\n".encode())
    await writer.drain()


def piece(text: str | None = None, finish: str | None = None) -> dict[str, Any]:
    """Return a part of an answer."""
    delta = {} if text is None else {"content": text}
    return {"choices": [{"index": 0, "delta": delta, "finish_reason": finish}]}


MODELS = {"object": "list", "data": [{"id": "some-model", "max_model_len": 6000}]}


@dataclass
class Good:
    """An honest server: it lists its models and says what it was given."""

    says: Sequence[str] | Callable[[Request], Sequence[str]] = ("Hello", ", ", "world")
    models: object = field(default_factory=lambda: MODELS)
    finish: str = "stop"
    usage: Mapping[str, object] | None = None
    pause: float = 0.0

    async def __call__(self, request: Request, writer: asyncio.StreamWriter) -> None:
        if request.method == "GET":
            found = self.models if request.path == "/v1/models" else {"error": "not found"}
            status = "200 OK" if request.path == "/v1/models" else "404 Not Found"
            await reply(writer, found, status=status)
            return
        await begin(writer)
        await event(writer, {"choices": [{"index": 0, "delta": {"role": "assistant"}}]})
        for text in self.says(request) if callable(self.says) else self.says:
            await event(writer, piece(text))
            await asyncio.sleep(self.pause)
        await event(writer, piece(finish=self.finish))
        if self.usage:
            await event(writer, {"choices": [], "usage": self.usage})
        await event(writer, "[DONE]")


def lying(answer: Respond) -> Respond:
    """Return a server that lists its models honestly and then answers in its own way."""
    good = Good()

    async def respond(request: Request, writer: asyncio.StreamWriter) -> None:
        await (good if request.method == "GET" else answer)(request, writer)

    return respond


@asynccontextmanager
async def seated(
    address: str, *, secret: str = "", asks: str = "", context: int = 0, places: int = 2
) -> AsyncIterator[ServerSeat]:
    """Yield the seat of a server that is waited for with little patience."""
    read = read_address("test", address)
    server = Server("test", read, asks, context, places, HASTY)
    seat = ServerSeat(server, lambda: Secret(secret), (f"q{number}" for number in count(1)))
    try:
        yield seat
    finally:
        await seat.close()
