"""What travels between a face and the host. `Hello` and `Refused` keep their shape for ever."""

from __future__ import annotations

import msgspec

PROTOCOL = 1


class Message(msgspec.Struct, frozen=True, tag_field="kind", tag=str.lower):
    """One message; its class name is its tag."""


class Hello(Message, frozen=True):
    """A face says who it is, before anything else."""

    protocol: int
    version: str
    face: str
    pid: int


class Welcome(Message, frozen=True):
    """The host lets a face in."""

    pid: int
    version: str
    journal: str
    """Tells this journal from any other: the hash of its first event."""
    head: int
    """The last sequence number there is."""


class Refused(Message, frozen=True):
    """The host cannot speak with this face."""

    exit_code: int
    sentence: str
    hint: str
    version: str
    alone: bool
    """Nobody else is attached, so this host may be replaced."""


class Request(Message, frozen=True):
    """A command to carry out once, however often it is sent under the same key."""

    id: int
    key: str
    again: bool
    """It was sent before and no answer came."""
    command: msgspec.Raw


class Reply(Message, frozen=True):
    """What a command returned."""

    id: int
    result: msgspec.Raw


class Failed(Message, frozen=True):
    """Why a command could not be carried out."""

    id: int
    exit_code: int
    sentence: str
    hint: str


class Cancel(Message, frozen=True):
    """The answer to a request is no longer wanted."""

    id: int


class Goodbye(Message, frozen=True):
    """The host ends, and says why."""

    reason: str


FromFace = Hello | Request | Cancel
FromHost = Welcome | Refused | Reply | Failed | Goodbye
