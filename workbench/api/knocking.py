"""One question to a host that runs already, asked in the quickest way, without an event loop."""

from __future__ import annotations

import os
import socket
import struct
from typing import TYPE_CHECKING, Self, TypeVar

import msgspec

from workbench import __version__
from workbench.api import messages, wire
from workbench.api.shapes import Command, result_type
from workbench.errors import by_exit_code
from workbench.workspace import Workspace

if TYPE_CHECKING:
    from pathlib import Path

R = TypeVar("R")
_CHUNK = 256 * 1024
_PATIENCE = 120.0
_FROM_HOST: msgspec.msgpack.Decoder[messages.FromHost] = msgspec.msgpack.Decoder(messages.FromHost)


class Owner(msgspec.Struct, frozen=True):
    """What a host writes into the lock file that it holds."""

    pid: int
    version: str
    protocol: int
    socket: str
    started: int
    project: bytes = b""
    """The folder that it is the host of, since a copy of that holds a copy of the lock file."""

    @classmethod
    def here(cls, workspace: Workspace, socket: Path, started: int) -> Self:
        """Return how this process owns a workspace."""
        project = os.fsencode(workspace.project)
        return cls(os.getpid(), __version__, messages.PROTOCOL, str(socket), started, project)

    def owns(self, workspace: Workspace) -> bool:
        """Tell whether it is the host of this one; one that wrote no project says it by a hash."""
        if self.project:
            return self.project == os.fsencode(workspace.project)
        return self.socket.endswith(f"/{workspace.name}.sock")


def read_owner(workspace: Workspace) -> Owner | None:
    """Return what the last owner wrote, if it can be read; it may be dead."""
    try:
        owner = msgspec.json.decode(workspace.lock_file.read_bytes(), type=Owner)
    except (OSError, msgspec.MsgspecError):
        return None
    return owner if owner.owns(workspace) else None


def peer(connection: socket.socket) -> tuple[int, int]:
    """Return process and user at the other end of a unix socket, as the kernel knows them."""
    size = struct.calcsize("3i")
    pid, uid, _ = struct.unpack(
        "3i", connection.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, size)
    )
    return pid, uid


def ask_running(workspace: Workspace, face: str, command: Command[R]) -> R | None:
    """Return what a host answers; nothing if none of this version runs and lets us in.

    It is for commands that change nothing: who gets nothing asks again, as a client.
    """
    found = read_owner(workspace)
    if found is None:
        return None
    try:
        with socket.socket(socket.AF_UNIX) as line:
            line.settimeout(_PATIENCE)
            line.connect(found.socket)
            return _asked(line, face, command) if peer(line)[1] == os.getuid() else None
    except OSError:
        return None


def _asked(line: socket.socket, face: str, command: Command[R]) -> R | None:
    hello = messages.Hello(messages.PROTOCOL, __version__, face, os.getpid())
    line.sendall(wire.frame(hello))
    answers = _Answers(line)
    if not isinstance(answers.next(), messages.Welcome):
        return None
    packed = msgspec.Raw(msgspec.msgpack.encode(command))
    line.sendall(wire.frame(messages.Request(1, os.urandom(16).hex(), again=False, command=packed)))
    match answers.next():
        case messages.Reply(result=result):
            decoder: msgspec.msgpack.Decoder[R] = msgspec.msgpack.Decoder(
                result_type(type(command))
            )
            return wire.decode(result, decoder)
        case messages.Failed(exit_code=code, sentence=sentence, hint=hint):
            raise by_exit_code(code)(sentence, hint)
    return None


class _Answers:
    """The messages that come, one by one; nothing once the host hangs up."""

    def __init__(self, line: socket.socket) -> None:
        self._line = line
        self._frames = wire.Frames()
        self._bodies: list[bytes] = []

    def next(self) -> messages.FromHost | None:
        while not self._bodies:
            data = self._line.recv(_CHUNK)
            if not data:
                return None
            self._bodies += self._frames.feed(data)
        return wire.decode(self._bodies.pop(0), _FROM_HOST)
