"""Talking to one server over HTTP: what is asked, what comes back, and for how long it may take."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from importlib import import_module
from typing import TYPE_CHECKING, Any, TypeAlias, TypeVar
from urllib.parse import urlsplit

from local_models.staff.servers.address import Address
from local_models.staff.servers.chunks import (
    Chunk,
    Listed,
    Reported,
    complaint,
    read_chunk,
    read_event,
    read_json,
    read_models,
)
from local_models.staff.servers.events import Broken, Events
from local_models.staff.servers.problems import NOT_ITS_API, ServerError, quoted, told
from local_models.staff.servers.secrets import Secret
from local_models.worker.protocol import Kind
from workbench.visible import visible_line

if TYPE_CHECKING:
    import httpx2

T = TypeVar("T")

_ASK = "v1/chat/completions"
_Meaning: TypeAlias = tuple[Kind, str, str]
_LARGEST_BODY = 8 << 20
_LARGEST_COMPLAINT = 64 << 10
_LONGEST_WAIT = 20.0
_STREAM, _JSON = "text/event-stream", "application/json"
_HEADERS = {"Accept": f"{_STREAM}, {_JSON}", "Accept-Encoding": "identity"}


@dataclass(frozen=True)
class Patience:
    """How long a server may take, in seconds."""

    connect: float = 5.0
    first: float = 300.0
    """Until the first word: it reads the prompt, and may have to load the model."""
    between: float = 60.0
    """Between two words."""
    list: float = 10.0
    attempts: int = 3
    backoff: float = 0.25
    """Before it is asked again, twice as long each time, and a little more by chance."""


class Talk:
    """The line to one server. No proxy, no cookie and no login of the environment is used."""

    def __init__(self, name: str, address: Address, secret: Secret, patience: Patience) -> None:
        self._name = visible_line(name)
        self._address = address
        self._secret = secret
        self._patience = patience
        self._client: httpx2.AsyncClient | None = None

    async def models(self) -> tuple[Listed, ...]:
        """Return which models the server has."""
        return (await self._get("v1/models", read_models)).data

    async def properties(self) -> Any:  # noqa: ANN401 - whatever it says
        """Return what llama-server says of itself; others know no such thing."""
        return await self._get("props", read_json)

    async def chunks(self, body: dict[str, Any]) -> AsyncGenerator[Chunk, None]:
        """Yield the parts of an answer; one that comes whole is one part."""
        finished = False
        async with self._explained(), self._answered("POST", _ASK, body) as response:
            if _kind(response) == _JSON:
                yield read_chunk(await self._json(response))
                return
            cutter = Events()
            async for data in response.aiter_raw():
                for event in cutter.feed(data):
                    chunk = read_event(event)
                    if chunk is None:
                        return
                    finished |= bool(chunk.finish)
                    yield chunk
            if not finished:
                raise self.cut_off()

    async def whole(
        self, path: str, body: dict[str, Any], read: Callable[[str], T], seconds: float
    ) -> T:
        """Return what is made of an answer that comes whole; it is read in a thread."""
        async with (
            self._explained(),
            asyncio.timeout(seconds),
            self._answered("POST", path, body) as response,
        ):
            return await asyncio.to_thread(read, await self._json(response))
        raise AssertionError

    async def _get(self, path: str, read: Callable[[str], T]) -> T:
        async with (
            self._explained(),
            asyncio.timeout(self._patience.list),
            self._answered("GET", path, None) as response,
        ):
            return read(await self._json(response))
        raise AssertionError

    async def retried(self, attempt: Callable[[], Awaitable[T]], *, even_failed: bool = False) -> T:
        """Ask again, later each time, what failed in a way that may pass.

        `even_failed` is for what costs a server little: then any failure of its own may pass.
        """
        stamina = await asyncio.to_thread(import_module, "stamina")
        patience = self._patience
        tries = stamina.retry_context(
            on=_again_even_failed if even_failed else _again,
            attempts=patience.attempts,
            timeout=None,
            wait_initial=patience.backoff,
            wait_max=8 * patience.backoff,
            wait_jitter=patience.backoff,
        )
        async for one in tries:
            with one:
                return await attempt()
        raise AssertionError

    async def close(self) -> None:
        client, self._client = self._client, None
        if client:
            await client.aclose()

    @asynccontextmanager
    async def _answered(
        self, method: str, path: str, body: dict[str, Any] | None
    ) -> AsyncIterator[httpx2.Response]:
        """Send, and refuse whatever is not the beginning of an answer."""
        client = await self._opened()
        content = None if body is None else json.dumps(body, ensure_ascii=False).encode()
        request = client.build_request(
            method,
            self._address.at(path),
            content=content,
            headers={"Content-Type": _JSON} if content else {},
        )
        response = await client.send(request, stream=True)
        try:
            await self._refuse(response)
            yield response
        finally:
            await response.aclose()

    async def _opened(self) -> httpx2.AsyncClient:
        if self._client is None:
            http = await asyncio.to_thread(import_module, "httpx2")
            patience = self._patience
            self._client = http.AsyncClient(
                headers=_HEADERS | self._secret.header,
                timeout=http.Timeout(None, connect=patience.connect, write=30.0),
                trust_env=False,
                follow_redirects=False,
            )
        return self._client

    async def _refuse(self, response: httpx2.Response) -> None:
        """Raise what a status means, unless it means that all is well."""
        if response.is_redirect or 300 <= response.status_code < 400:
            raise self._redirected(response)
        if response.status_code != 200:
            raise self._failed(response, await self._complaint(response))
        if response.headers.get("content-encoding", "identity").lower() != "identity":
            raise Broken("it packs its answer, which nobody asked for")
        if (kind := _kind(response)) not in (_STREAM, _JSON):
            raise Broken(f"it answers with {told(kind) or 'no kind of content'}")

    async def _complaint(self, response: httpx2.Response) -> str:
        body = bytearray()
        async with asyncio.timeout(self._patience.list):
            async for data in response.aiter_raw():
                body += data
                if len(body) > _LARGEST_COMPLAINT:
                    break
        text = body.decode("utf-8", "replace")
        try:
            return complaint(json.loads(text)) or text
        except (ValueError, RecursionError):
            return "" if text.lstrip().startswith("<") else text

    async def _json(self, response: httpx2.Response) -> str:
        if _kind(response) != _JSON:
            raise Broken(f"it answers with {told(_kind(response))} instead of JSON")
        body = bytearray()
        async for data in response.aiter_raw():
            body += data
            if len(body) > _LARGEST_BODY:
                raise Broken("its answer has no end")
        try:
            return body.decode("utf-8")
        except UnicodeDecodeError:
            raise Broken("it sends bytes that are no UTF-8") from None

    def _redirected(self, response: httpx2.Response) -> ServerError:
        where = urlsplit(response.headers.get("location", "")).netloc or "another path"
        return ServerError(
            "redirect",
            f"The server {self._name} sends us elsewhere, to {told(where)}, which is not followed.",
            "If that is the right one, name its address in `models.servers`.",
        )

    def _failed(self, response: httpx2.Response, message: str) -> ServerError:
        message = self._secret.hidden(message)
        said = f" It says {quoted(message)}" if message.strip() else ""
        kind, what, hint = _meaning(response.status_code, message)
        sentence = f"The server {self._name} {what} (status {response.status_code}).{said}"
        return ServerError(kind, sentence, hint, wait=_wait(response, kind))

    @asynccontextmanager
    async def _explained(self) -> AsyncIterator[None]:
        """Turn what goes wrong underneath into sentences; none of them holds a header."""
        http = await asyncio.to_thread(import_module, "httpx2")
        try:
            yield
        except Broken as error:
            sentence = f"The server {self._name} does not speak as it should: {error}."
            raise ServerError("garbled", self._secret.hidden(sentence), NOT_ITS_API) from None
        except Reported as error:
            raise self._reported(self._secret.hidden(str(error))) from None
        except (http.ConnectError, http.ConnectTimeout) as error:
            raise self._down(error) from None
        except TimeoutError:
            raise self.slow("does not answer") from None
        except http.TransportError as error:
            raise self._broke_off(
                error, is_protocol=isinstance(error, http.RemoteProtocolError)
            ) from None
        except (http.HTTPError, http.InvalidURL, http.StreamError) as error:
            raise self._broke_off(error, is_protocol=True) from None

    def _reported(self, message: str) -> ServerError:
        """Name what a server tells of in the midst of an answer."""
        kind: Kind = "too-long" if _is_too_long(message.lower()) else "failed"
        hint = _LESS if kind == "too-long" else "Its own log may say why."
        return ServerError(kind, f"The server {self._name} reports {quoted(message)}", hint)

    def slow(self, what: str) -> ServerError:
        return ServerError(
            "slow",
            f"The server {self._name} {what}.",
            "Is it at work on something else? `models.server_seconds` gives it more time.",
        )

    def _down(self, error: Exception) -> ServerError:
        why = told(str(error))
        return ServerError(
            "down",
            f"The server {self._name} at {self._address.place} cannot be reached"
            f"{': ' + why if why else ''}.",
            "Start it, or mend its address in `models.servers`.",
        )

    def _broke_off(self, error: Exception, *, is_protocol: bool) -> ServerError:
        why = self._secret.hidden(told(str(error)))
        closed = "disconnected" in why or "closed" in why or not is_protocol
        if closed:
            return self.cut_off()
        return ServerError(
            "garbled", f"The server {self._name} does not speak HTTP: {why}.", NOT_ITS_API
        )

    def cut_off(self) -> ServerError:
        return ServerError(
            "cut",
            f"The server {self._name} broke off before its answer was whole.",
            "Ask again; if it happens often, its own log may say why.",
        )


def _kind(response: httpx2.Response) -> str:
    return str(response.headers.get("content-type", "")).partition(";")[0].strip().lower()


def _again(error: Exception) -> bool | float:
    """Tell whether to ask again, and after how long where the server says so."""
    if not isinstance(error, ServerError) or not error.passing or error.wait > _LONGEST_WAIT:
        return False
    return error.wait or True


def _again_even_failed(error: Exception) -> bool | float:
    return _again(error) or (isinstance(error, ServerError) and error.kind == "failed")


def _wait(response: httpx2.Response, kind: Kind) -> float:
    """Return the seconds that a server asks for; dates are not honoured, but looked at soon."""
    if kind not in ("limited", "failed"):
        return 0.0
    said = response.headers.get("retry-after", "")
    if said.isascii() and said.isdigit():
        return float(said[:9])
    return 0.5 if response.status_code in (429, 502, 503, 504) else 0.0


def _is_too_long(low: str, status: int = 400) -> bool:
    """Tell whether a complaint is of length; llama-server calls such a text its own failure."""
    if status >= 500:
        return "too large to process" in low
    return any(word in low for word in ("context", "too long", "too large", "maximum length"))


def _meaning(status: int, message: str) -> tuple[Kind, str, str]:
    """Return what a status means: a kind, what the server does, and what helps."""
    low = message.lower()
    if status == 413 or (status in (400, 422, 500) and _is_too_long(low, status)):
        return "too-long", "has no room for the request", _LESS
    if status == 404 and "model" in low:
        return "missing", "does not have the model", _NAME_ONE
    if status >= 500 and status not in _NOT_READY:
        return "failed", "failed", "Its own log may say why."
    return _MEANINGS.get(status, _REFUSED)


_LESS = "Ask with less, or start the server with a larger context."
_NAME_ONE = "Name one that it has under `models.asks`."
_NOT_READY = frozenset({502, 503, 504})
_DENIED: _Meaning = ("denied", "does not let us in", "Say where its key is under `models.keys`.")
_UNKNOWN: _Meaning = ("garbled", "does not know this request", NOT_ITS_API)
_BUSY: _Meaning = ("limited", "takes no more requests now", "Wait a little, and ask again.")
_LOADING: _Meaning = ("failed", "is not ready", "It may be loading its model: ask again.")
_REFUSED: _Meaning = ("unsuitable", "refuses the request", "It may not know what was asked for.")
_MEANINGS: dict[int, _Meaning] = {
    401: _DENIED,
    403: _DENIED,
    404: _UNKNOWN,
    405: _UNKNOWN,
    429: _BUSY,
    **dict.fromkeys(_NOT_READY, _LOADING),
}
