"""Commands: what a face can ask of the engine, each with one typed result."""

from __future__ import annotations

from typing import Any, ClassVar, Generic, TypeVar, get_args

import msgspec

from workbench.api import views

R_co = TypeVar("R_co", covariant=True)


class Command(msgspec.Struct, Generic[R_co], frozen=True, tag_field="command", tag=str.lower):
    """Something to do or to find out; the type in brackets is what it returns."""

    waits: ClassVar[bool] = False
    """It waits for something to happen, and is no reason to start a host that was ended."""


class WriteNote(Command[views.Receipt], frozen=True):
    """Write a person's remark into the journal."""

    text: str
    subject: str = ""


class ReadStatus(Command[views.Status], frozen=True):
    """Tell how the host and its stores are."""


class ReadActivity(Command[views.Activity], frozen=True):
    """Count events by type and by minute."""

    minutes: int = 60


class ReadEvents(Command[views.Page], frozen=True):
    """Read events newest first, all of them or those that match."""

    before: int | None = None
    """Only those with a smaller sequence number."""
    limit: int = 100
    type: str = ""
    """Only events whose type begins with this."""
    text: str = ""
    """Only events that have this in subject, actor, type or payload, in any case of letters."""


class ReadEvent(Command[views.EventDetail], frozen=True):
    """Read one event whole."""

    seq: int


class NextEvents(Command[views.Batch], frozen=True):
    """Wait until there are events after a sequence number, and read them in order."""

    waits = True
    after: int


class VerifyJournal(Command[views.Verdict], frozen=True):
    """Recompute the whole hash chain."""


class ExportJournal(Command[views.Manifest], frozen=True):
    """Write all events as Parquet, with a manifest, into a new folder."""

    folder: str


class StopHost(Command[views.Stopping], frozen=True):
    """End the host in good order."""


AnyCommand = (
    WriteNote
    | ReadStatus
    | ReadActivity
    | ReadEvents
    | ReadEvent
    | NextEvents
    | VerifyJournal
    | ExportJournal
    | StopHost
)


def result_type(command: type[Command[Any]]) -> Any:  # noqa: ANN401 - a type, known only at run time
    """Return the type that a command promises."""
    (base,) = command.__orig_bases__  # type: ignore[attr-defined]
    return get_args(base)[0]
