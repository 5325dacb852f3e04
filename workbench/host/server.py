"""The server: lets faces in over a private socket and carries their commands to the engine."""

from __future__ import annotations

import asyncio
import os
import pwd
import socket
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import msgspec

from workbench import __version__
from workbench.api import messages, views, wire
from workbench.api.caller import Caller
from workbench.api.knocking import peer
from workbench.api.shapes import Command
from workbench.api.vocabulary import AnyCommand
from workbench.engine import Engine
from workbench.errors import Defect, StoreError, UsageError, WorkbenchError
from workbench.host.log import log_exception, log_line

_HELLO_PATIENCE = 5.0
_GOODBYE_PATIENCE = 1.0
_CHUNK = 256 * 1024
_FROM_FACE: msgspec.msgpack.Decoder[messages.FromFace] = msgspec.msgpack.Decoder(messages.FromFace)
_COMMAND: msgspec.msgpack.Decoder[Command[Any]] = msgspec.msgpack.Decoder(AnyCommand)


class Server:
    """Every face that is attached, and the socket that more come through."""

    def __init__(self, path: Path, engine: Engine, on_change: Callable[[], None]) -> None:
        self.engine = engine
        self.sessions: set[Session] = set()
        self._path = path
        self._on_change = on_change
        self._listening: list[asyncio.Server] = []
        self._empty = asyncio.Event()

    @property
    def faces(self) -> tuple[views.Face, ...]:
        return tuple(session.face for session in self.sessions if session.face)

    async def listen(self) -> None:
        """Open the socket, for this user alone."""
        self._path.unlink(missing_ok=True)
        opened = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        before = os.umask(0o177)
        try:
            opened.bind(str(self._path))
        finally:
            os.umask(before)
        self._listening.append(await asyncio.start_unix_server(self._let_in, sock=opened))

    async def listen_again(self) -> None:
        """Open the socket anew when somebody removed it."""
        if not self._path.exists():
            log_line(f"{self._path} was gone and is opened again")
            await self.listen()

    async def close(self, reason: str) -> None:
        """Let nobody in any more, say goodbye, and hang up on whoever does not listen."""
        for listening in self._listening:
            listening.close()
        self._path.unlink(missing_ok=True)
        for session in self.sessions:
            session.say_goodbye(reason)
        with suppress(TimeoutError):
            await asyncio.wait_for(self._emptied(), _GOODBYE_PATIENCE)
        for session in self.sessions:
            session.hang_up()
        await self._emptied()

    async def _emptied(self) -> None:
        while self.sessions:
            self._empty.clear()
            await self._empty.wait()

    async def _let_in(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        session = Session(self, reader, writer)
        self.sessions.add(session)
        self._on_change()
        try:
            await session.run()
        except (OSError, WorkbenchError) as error:
            log_line(f"a face was let go: {error}")
        finally:
            writer.close()
            self.sessions.discard(session)
            self._empty.set()
            self._on_change()


class Session:
    """One attached face."""

    def __init__(
        self, server: Server, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        self.face: views.Face | None = None
        self._server = server
        self._engine = server.engine
        self._reader = reader
        self._writer = writer
        self._frames = wire.Frames()
        self._working: dict[int, asyncio.Task[None]] = {}
        self._actor = ""
        self._leaving = False

    async def run(self) -> None:
        """Greet, then carry out what is asked until the face hangs up."""
        _, uid = peer(self._writer.get_extra_info("socket"))
        if uid != os.getuid():
            self._refuse(StoreError("This workspace belongs to another user.", "Use your own."))
            return
        try:
            await asyncio.wait_for(self._listen(until_greeted=True), _HELLO_PATIENCE)
            await self._listen(until_greeted=False)
        except TimeoutError:
            return
        finally:
            await self._drop_work()

    def say_goodbye(self, reason: str) -> None:
        """Tell the face that the host ends; it hangs up, so that what it sent is not cut off.

        Closing with something unread would make the kernel drop the goodbye on its way.
        """
        self._leaving = True
        self._send(messages.Goodbye(reason))

    def hang_up(self) -> None:
        """Close the line without waiting for the face to read what was sent."""
        self._writer.transport.abort()

    async def _listen(self, *, until_greeted: bool) -> None:
        while not (until_greeted and self.face) and (data := await self._reader.read(_CHUNK)):
            for body in self._frames.feed(data):
                if not self._take(wire.decode(body, _FROM_FACE)):
                    return
            await self._writer.drain()

    def _take(self, message: messages.FromFace) -> bool:
        """Act on one message; say whether to go on. After the goodbye nothing is begun."""
        if self._leaving:
            return True
        match message:
            case messages.Hello():
                return self._greet(message)
            case messages.Request() if self.face:
                task = asyncio.create_task(self._answer(message))
                self._working[message.id] = task
                task.add_done_callback(lambda _: self._working.pop(message.id, None))
            case messages.Cancel(id=number):
                if unwanted := self._working.get(number):
                    unwanted.cancel()
            case _:
                return False
        return True

    def _greet(self, hello: messages.Hello) -> bool:
        if (hello.protocol, hello.version) != (messages.PROTOCOL, __version__):
            self._refuse(_another_version(hello))
            return False
        now = time.time_ns() // 1000
        self.face = views.Face(hello.face, hello.pid, now)
        self._actor = f"{login_name()}/{hello.face}"
        journal = self._engine.journal
        self._send(messages.Welcome(os.getpid(), __version__, journal.identity, journal.head))
        return True

    def _refuse(self, error: WorkbenchError) -> None:
        alone = len(self._server.faces) == 0
        self._send(
            messages.Refused(error.exit_code, error.sentence, error.hint, __version__, alone)
        )

    async def _answer(self, request: messages.Request) -> None:
        try:
            self._send(messages.Reply(request.id, await self._carry_out(request)))
        except WorkbenchError as error:
            self._fail(request, error)
        except Exception as error:  # noqa: BLE001 - one command must not end the host
            log_exception(error)
            self._fail(request, Defect("The host could not do this.", "Its log has the details."))

    async def _carry_out(self, request: messages.Request) -> msgspec.Raw:
        try:
            command = _COMMAND.decode(request.command)
        except msgspec.MsgspecError as error:
            raise UsageError(
                f"The host does not know this command: {error}.",
                "Restart it: `workbench host stop`.",
            ) from error
        caller = Caller(self._actor, request.key, request.again)
        view = await self._engine.carry_out(command, caller)
        return msgspec.Raw(msgspec.msgpack.encode(view))

    def _fail(self, request: messages.Request, error: WorkbenchError) -> None:
        self._send(messages.Failed(request.id, error.exit_code, error.sentence, error.hint))

    def _send(self, message: messages.Message) -> None:
        if not self._writer.is_closing():
            self._writer.write(wire.frame(message))

    async def _drop_work(self) -> None:
        """Nobody waits for these answers any more; what writes has been handed over already."""
        working = tuple(self._working.values())
        for task in working:
            task.cancel()
        await asyncio.gather(*working, return_exceptions=True)


def _another_version(hello: messages.Hello) -> WorkbenchError:
    return StoreError(
        f"The host of this workspace runs workbench {__version__}, this is {hello.version}.",
        "End it with `workbench host stop`, then try again: a new one starts by itself.",
    )


def login_name() -> str:
    """Return the name of the owner; a uid without an account has a number only."""
    try:
        return pwd.getpwuid(os.getuid()).pw_name
    except KeyError:
        return str(os.getuid())
