"""A face's line to the host: attach or start it, call commands, follow events, come back."""

from __future__ import annotations

import asyncio
import contextlib
import os
import random
import uuid
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass
from itertools import count
from typing import Any, Literal, Self, TypeVar

import msgspec

from workbench import __version__
from workbench.api import messages, owner, wire
from workbench.api.commands import NextEvents
from workbench.api.facts import Event
from workbench.api.knocking import peer
from workbench.api.shapes import Command, result_type
from workbench.errors import StoreError, UsageError, WorkbenchError, by_exit_code
from workbench.workspace import Workspace

R = TypeVar("R")

_WELCOME_PATIENCE = 5.0
_FIRST_PAUSE = 0.05
_LONGEST_PAUSE = 2.0
_PAUSE_AFTER_REFUSAL = 15.0
"""A host that refuses to start would refuse again: trying costs the machine a start each time."""
_CHUNK = 256 * 1024
_FROM_HOST: msgspec.msgpack.Decoder[messages.FromHost] = msgspec.msgpack.Decoder(messages.FromHost)


@dataclass(frozen=True)
class Line:
    """How the line to the host is."""

    state: Literal["attaching", "attached", "lost"]
    welcome: messages.Welcome | None = None
    problem: WorkbenchError | None = None


class _Transient(StoreError):
    """It passes by itself: try again."""


class Ended(StoreError):
    """The host said goodbye: somebody ended it, and it stays away until it is wanted."""

    def __init__(self, reason: str) -> None:
        super().__init__(f"The host ended: {reason}.", "It starts again when it is wanted.")


class AnotherVersion(StoreError):
    """The host that owns the workspace speaks another version."""

    def __init__(self, refused: messages.Refused, pid: int) -> None:
        super().__init__(refused.sentence, refused.hint)
        self.replaceable = refused.alone
        self.pid = pid


@dataclass
class _Pending:
    """A request whose answer has not come; it is sent again on every new line."""

    id: int
    key: str
    command: msgspec.Raw
    waits: bool
    answer: asyncio.Future[msgspec.Raw]
    sent: bool = False

    def request(self) -> messages.Request:
        return messages.Request(self.id, self.key, self.sent, self.command)


class Client:
    """One face. Calls wait over lost lines and are carried out once, since they keep their key."""

    def __init__(
        self,
        workspace: Workspace,
        face: str,
        *,
        patience: float | None = 20.0,
        on_line: Callable[[Line], None] | None = None,
        flags: Sequence[str] = (),
    ) -> None:
        self.workspace = workspace
        self.face = face
        self.line = Line("attaching")
        self._patience = patience
        self._on_line = on_line
        self._flags = flags
        self._pending: dict[int, _Pending] = {}
        self._numbers = count(1)
        self._writer: asyncio.StreamWriter | None = None
        self._keeper: asyncio.Task[None] | None = None
        self._goodbye = ""
        """Why the host ended, if it said so and nobody has wanted it since."""
        self._wanted = asyncio.Event()

    async def __aenter__(self) -> Self:
        self._keeper = asyncio.create_task(self._keep_line(), name="line to the host")
        return self

    async def __aexit__(self, *_: object) -> None:
        if self._keeper is not None:
            self._keeper.cancel()
            await asyncio.gather(self._keeper, return_exceptions=True)

    def want_host(self) -> None:
        """Attach now, and start the host if it was ended."""
        self._goodbye = ""
        self._wanted.set()

    async def call(self, command: Command[R], *, key: str = "") -> R:
        """Carry out `command` and return its result."""
        raw = await self._ask(command, key or uuid.uuid4().hex)
        result: R = wire.decode(raw, msgspec.msgpack.Decoder(result_type(type(command))))
        return result

    async def follow(self, after: int) -> AsyncIterator[tuple[Event, ...]]:
        """Yield every event after `after`, in order and without a gap, for as long as wanted."""
        while True:
            batch = await self.call(NextEvents(after))
            yield batch.events
            after = batch.events[-1].seq

    async def _ask(self, command: Command[Any], key: str) -> msgspec.Raw:
        if self._keeper is not None and self._keeper.done() and self.line.problem:
            raise self.line.problem
        loop = asyncio.get_running_loop()
        raw = _packed(command)
        pending = _Pending(next(self._numbers), key, raw, command.waits, loop.create_future())
        self._pending[pending.id] = pending
        if not command.waits:
            self.want_host()
        try:
            self._send(pending)
            return await pending.answer
        except asyncio.CancelledError:
            self._write(messages.Cancel(pending.id))
            raise
        finally:
            del self._pending[pending.id]

    def _send(self, pending: _Pending) -> None:
        if self._writer is not None:
            self._write(pending.request())
            pending.sent = True

    def _write(self, message: messages.Message) -> None:
        if self._writer is not None:
            self._writer.write(wire.frame(message))

    async def _keep_line(self) -> None:
        """Attach, read until the line is lost, attach again."""
        loop = asyncio.get_running_loop()
        pause, deadline = _FIRST_PAUSE, _deadline(loop.time(), self._patience)
        while True:
            try:
                reader = await self._attach()
                pause = _FIRST_PAUSE
                await self._read(reader)
                problem = self._why_it_went()
                deadline = _deadline(loop.time(), self._patience)
            except (OSError, WorkbenchError) as error:
                problem = error if isinstance(error, WorkbenchError) else _not_answering(error)
                if self._gives_up(problem, late=loop.time() > deadline):
                    self._give_up(problem)
                    return
                if not isinstance(problem, _Transient | Ended):
                    pause = _PAUSE_AFTER_REFUSAL
            finally:
                self._drop_writer()
            self._set_line(Line("lost", problem=problem))
            await self._rest(pause * random.uniform(0.5, 1.0))  # noqa: S311 - jitter
            pause = min(pause * 2, _LONGEST_PAUSE)

    async def _rest(self, seconds: float) -> None:
        """Wait before the next try, unless the host is wanted."""
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._wanted.wait(), seconds)
        self._wanted.clear()

    def _why_it_went(self) -> WorkbenchError:
        if self._goodbye:
            return Ended(self._goodbye)
        return StoreError("The host went away.", "It is started again.")

    def _gives_up(self, problem: WorkbenchError, *, late: bool) -> bool:
        return self._patience is not None and (late or not isinstance(problem, _Transient))

    def _give_up(self, problem: WorkbenchError) -> None:
        self._set_line(Line("lost", problem=problem))
        for pending in self._pending.values():
            if not pending.answer.done():
                pending.answer.set_exception(problem)

    async def _attach(self) -> asyncio.StreamReader:
        """Reach the owner, or start one, and be let in."""
        try:
            return await self._knock()
        except AnotherVersion as other:
            if not other.replaceable:
                raise
            await asyncio.to_thread(owner.stop, self.workspace)
        except (FileNotFoundError, ConnectionError):
            if self._goodbye and all(pending.waits for pending in self._pending.values()):
                raise Ended(self._goodbye) from None
        report = await owner.start(self.workspace, self._flags)
        if report.taken and not owner.ask_to_listen(self.workspace):
            raise _Transient("The host is starting or ending.", "It is tried again.")
        return await self._knock()

    async def _knock(self) -> asyncio.StreamReader:
        found = owner.read_owner(self.workspace)
        if found is None:
            raise FileNotFoundError(self.workspace.lock_file)
        reader, writer = await asyncio.open_unix_connection(found.socket)
        try:
            welcome = await asyncio.wait_for(self._greet(reader, writer), _WELCOME_PATIENCE)
        except BaseException as error:
            writer.close()
            if isinstance(error, TimeoutError):
                raise _silent(found.pid) from error
            raise
        self._writer = writer
        self._goodbye = ""
        self._set_line(Line("attached", welcome))
        for pending in self._pending.values():
            self._send(pending)
        return reader

    async def _greet(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> messages.Welcome:
        pid, uid = peer(writer.get_extra_info("socket"))
        if uid != os.getuid():
            raise StoreError(
                "Somebody else's process answers for this workspace.",
                "Run `workbench doctor`; the runtime folder must be yours alone.",
            )
        hello = messages.Hello(messages.PROTOCOL, __version__, self.face, os.getpid())
        writer.write(wire.frame(hello))
        size = int.from_bytes(await _exactly(reader, 4), "big")
        answer = wire.decode(await _exactly(reader, size), _FROM_HOST)
        if isinstance(answer, messages.Refused):
            raise _refusal(answer, pid)
        if not isinstance(answer, messages.Welcome):
            raise ConnectionResetError
        return answer

    async def _read(self, reader: asyncio.StreamReader) -> None:
        frames = wire.Frames()
        with contextlib.suppress(ConnectionError):
            while data := await reader.read(_CHUNK):
                for body in frames.feed(data):
                    self._take(wire.decode(body, _FROM_HOST))
                if self._goodbye:
                    return

    def _take(self, message: messages.FromHost) -> None:
        match message:
            case messages.Reply(id=number, result=result):
                self._answer(number, lambda answer: answer.set_result(result))
            case messages.Failed(id=number, exit_code=code, sentence=sentence, hint=hint):
                error = by_exit_code(code)(sentence, hint)
                self._answer(number, lambda answer: answer.set_exception(error))
            case messages.Goodbye(reason=reason):
                self._goodbye = reason
            case _:
                pass

    def _answer(self, number: int, settle: Callable[[asyncio.Future[msgspec.Raw]], None]) -> None:
        pending = self._pending.get(number)
        if pending is not None and not pending.answer.done():
            settle(pending.answer)

    def _drop_writer(self) -> None:
        if self._writer is not None:
            self._writer.close()
            self._writer = None

    def _set_line(self, line: Line) -> None:
        self.line = line
        if self._on_line is not None:
            self._on_line(line)


async def _exactly(reader: asyncio.StreamReader, size: int) -> bytes:
    try:
        return await reader.readexactly(size)
    except asyncio.IncompleteReadError as error:
        raise ConnectionResetError from error


def _packed(command: Command[Any]) -> msgspec.Raw:
    try:
        return msgspec.Raw(msgspec.msgpack.encode(command))
    except UnicodeEncodeError as error:
        raise UsageError("That text is not valid Unicode.", "Write it in UTF-8.") from error


def _deadline(now: float, patience: float | None) -> float:
    return now + patience if patience is not None else float("inf")


def _refusal(refused: messages.Refused, pid: int) -> WorkbenchError:
    if refused.version != __version__:
        return AnotherVersion(refused, pid)
    return by_exit_code(refused.exit_code)(refused.sentence, refused.hint)


def _not_answering(error: OSError) -> StoreError:
    return _Transient(
        f"The host cannot be reached ({error.strerror or type(error).__name__}).",
        "Run `workbench doctor`.",
    )


def _silent(pid: int) -> StoreError:
    return StoreError(
        f"The host, process {pid}, holds the workspace but does not answer.",
        "End it with `workbench host stop --force`; nothing that was acknowledged is lost.",
    )
