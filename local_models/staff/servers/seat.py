"""A server's seat: what it has, how it stands, and the queue of those who want something of it."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncGenerator, Awaitable, Callable, Iterator, Sequence
from contextlib import aclosing, suppress
from dataclasses import dataclass, field
from functools import partial
from typing import Any, TypeVar

from local_models.staff.servers import requests
from local_models.staff.servers.address import Address
from local_models.staff.servers.chunks import Chunk, Listed
from local_models.staff.servers.errand import Errand
from local_models.staff.servers.line import Line
from local_models.staff.servers.problems import COUNTS, ServerError
from local_models.staff.servers.reading import Reading, read
from local_models.staff.servers.secrets import Secret
from local_models.staff.servers.talking import Patience, Talk
from local_models.staff.speaking import Waits
from local_models.worker.protocol import Chat, Generate, Reason
from local_models.worker.supervisor import Breaker, Condition, Health
from workbench.visible import visible_line

T = TypeVar("T")

USUAL_CONTEXT = 4096
"""What is taken for granted of a server that does not say: as much as Ollama gives by itself."""
_FRESH = 60.0
"""For so many seconds what a server said of itself holds."""
_REST = 60.0
"""After so many seconds a server that failed is tried once more, without anybody's asking."""


@dataclass(frozen=True)
class Server:
    """A server, as the settings name it."""

    name: str
    address: Address
    asks: str = ""
    """The model that it is asked for; empty takes its first."""
    context: int = 0
    """How many tokens fit, where the settings say so."""
    places: int = 2
    """How many requests it is given at a time."""
    patience: Patience = field(default_factory=Patience)


@dataclass(frozen=True)
class Known:
    """What a server said of itself."""

    model: str
    context: int


class ServerSeat:
    """One server, with a line to it as long as somebody wants it."""

    def __init__(self, server: Server, secret: Callable[[], Secret], ids: Iterator[str]) -> None:
        self.server = server
        self.name = server.name
        self.place = server.address.root
        self.used = time.monotonic()
        self.secret = secret
        self._line = Line(server.places, ids)
        self._talk: Talk | None = None
        self._known: Known | None = None
        self._fresh_until = 0.0
        self._breaker = Breaker()
        self._looking = asyncio.Lock()
        self._plain = False
        self._places = asyncio.Semaphore(server.places)
        self._guests = 0
        self.cut = 0
        """How many texts were too long to be embedded, and count with their beginnings."""

    @property
    def health(self) -> Health:
        last = self._breaker.last
        why = last.sentence if last else ""
        return Health(self._condition(), len(self._breaker.failures), why)

    @property
    def context(self) -> int:
        return self._known.context if self._known else self.server.context

    @property
    def model(self) -> str:
        """What it is asked for, as far as that is known."""
        return self._known.model if self._known else self.server.asks

    @property
    def idle(self) -> bool:
        return self._line.idle and not self._guests

    @property
    def queue(self) -> tuple[Waits, ...]:
        return self._line.waiting

    async def open(self, why: str) -> ServerSpoken:
        """Return who speaks, once the server has said which models it has."""
        return ServerSpoken(self, await self.known(), why)

    async def known(self) -> Known:
        """Return what the server says of itself; after a while it is asked anew."""
        async with self._looking:
            return await self._look()

    async def whole(
        self, path: str, body: dict[str, Any], read: Callable[[str], T], seconds: float
    ) -> T:
        """Ask for what comes whole, and may be asked for twice."""
        self._refuse_broken()
        self.used = time.monotonic()
        self._guests += 1
        try:
            async with self._places:
                talk = self._opened()
                attempt = partial(talk.whole, path, body, read, seconds)
                return await self._minded(talk.retried(attempt, even_failed=True))
        finally:
            self._guests -= 1

    def ask(self, model: str, asked: Generate, *, urgent: bool, what: str, actor: str) -> Errand:
        self.used = time.monotonic()
        serve = partial(self._serve, model)
        return self._line.join(asked, serve, urgent=urgent, what=what, actor=actor)

    def cancel(self, request: str) -> bool:
        return self._line.cancel(request)

    def reset(self) -> None:
        """Try it again although it failed: a person has looked."""
        self._breaker = Breaker()
        self._fresh_until = 0.0

    async def put_away(self) -> None:
        """Close the line; it is opened anew when it is wanted."""
        talk, self._talk, self._known = self._talk, None, None
        if talk:
            await talk.close()

    async def close(self) -> None:
        await self._line.close()
        await self.put_away()

    def _condition(self) -> Condition:
        if self._breaker.open:
            return "broken"
        if self._looking.locked():
            return "loading"
        return "ready" if self._known else "resting"

    async def _look(self) -> Known:
        """Ask what it has, unless that is known."""
        self._refuse_broken()
        if self._known is None or time.monotonic() >= self._fresh_until:
            self._known = None
            self._known = await self._minded(self._asked_about_itself())
            self._fresh_until = time.monotonic() + _FRESH
        return self._known

    async def _asked_about_itself(self) -> Known:
        talk = self._opened()
        listed = await self._listed(talk)
        model = self.server.asks or (listed[0].id if listed else "")
        if not model:
            raise ServerError(
                "missing",
                f"The server {visible_line(self.name)} has no model.",
                "Load one there, or name one under `models.asks`.",
            )
        found = next((one for one in listed if one.id == model), None)
        return Known(model, self.server.context or await _context(talk, found))

    async def _listed(self, talk: Talk) -> tuple[Listed, ...]:
        """Return its models; one whose model is named need not know how to list them."""
        try:
            return await talk.retried(talk.models)
        except ServerError as error:
            if error.kind != "garbled" or not self.server.asks:
                raise
            return ()

    async def _serve(self, model: str, asked: Generate, reading: Reading) -> Reason:
        """Have one request answered; nothing is asked twice once anything has come."""
        self._refuse_broken()
        talk = self._opened()
        chunks = await self._minded(self._begun(talk, model, asked))
        async with aclosing(chunks):
            return await self._minded(
                read(chunks, reading, self.server.patience, talk.slow("has fallen silent"))
            )

    async def _begun(self, talk: Talk, model: str, asked: Generate) -> AsyncGenerator[Chunk, None]:
        """Return an answer of which the first part has come."""
        try:
            return await talk.retried(partial(self._first, talk, model, asked, plain=self._plain))
        except ServerError as error:
            if error.kind != "unsuitable" or self._plain:
                raise
        # What it does not know may be what only some servers do.
        chunks = await talk.retried(partial(self._first, talk, model, asked, plain=True))
        self._plain = True
        return chunks

    async def _first(
        self, talk: Talk, model: str, asked: Generate, *, plain: bool
    ) -> AsyncGenerator[Chunk, None]:
        chunks = talk.chunks(requests.body(model, asked, plain=plain))
        try:
            async with asyncio.timeout(self.server.patience.first):
                head = await anext(chunks, None)
        except TimeoutError:
            raise talk.slow("does not answer") from None
        if head is None:
            raise talk.cut_off()
        return _with(head, chunks)

    async def _minded(self, work: Awaitable[T]) -> T:
        """Do something with the server, and keep in mind how that went."""
        try:
            done = await work
        except ServerError as error:
            if error.kind in COUNTS:
                self._breaker = self._breaker.failed(error, time.monotonic())
                self._fresh_until = 0.0
            if error.kind == "denied":  # There may be another key by the next time.
                await self.put_away()
            raise
        self._breaker = Breaker()
        return done

    def _refuse_broken(self) -> None:
        """Leave alone for a while what failed twice."""
        breaker = self._breaker
        if not breaker.open or time.monotonic() >= breaker.failures[-1] + _REST:
            return
        last = breaker.last
        raise ServerError(
            "breaker",
            f"The server {visible_line(self.name)} failed {len(breaker.failures)} times and is"
            f" left alone for a minute. {last.sentence if last else ''}".rstrip(),
            f"{last.hint if last else ''} `workbench models reset {visible_line(self.name)}` has"
            " it tried at once.".lstrip(),
        )

    def _opened(self) -> Talk:
        if self._talk is None:
            server = self.server
            self._talk = Talk(server.name, server.address, self.secret(), server.patience)
        return self._talk


class ServerSpoken:
    """A server's model, as a speaker."""

    digest = ""
    exact = False

    def __init__(self, seat: ServerSeat, known: Known, why: str) -> None:
        self._seat = seat
        self.name = known.model
        self.place = seat.place
        self.context = known.context
        self.why = why

    def ask(self, asked: Generate, *, urgent: bool, what: str, actor: str = "") -> Errand:
        requests.turns(asked.prompt)  # Refused here, where whoever asks can be told.
        return self._seat.ask(self.name, asked, urgent=urgent, what=what, actor=actor)

    async def count(self, texts: Sequence[str]) -> tuple[int, ...]:
        return tuple(map(requests.estimated, texts))

    async def weigh(self, chat: Chat) -> int:
        return requests.weighed(chat)

    async def render(self, chat: Chat) -> str:
        return requests.written(chat)


async def _context(talk: Talk, listed: Listed | None) -> int:
    """Find out how much fits: from the list, or where llama-server says it."""
    if listed and listed.context:
        return listed.context
    with suppress(ServerError, KeyError, TypeError):
        said = (await talk.properties())["default_generation_settings"]["n_ctx"]
        if isinstance(said, int) and said > 0:
            return said
    return USUAL_CONTEXT


async def _with(head: Chunk, rest: AsyncGenerator[Chunk, None]) -> AsyncGenerator[Chunk, None]:
    """Yield all of an answer, of which the first part was looked at."""
    async with aclosing(rest):
        yield head
        async for chunk in rest:
            yield chunk
