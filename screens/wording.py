"""Numbers, times and events in words, for all screens."""

from __future__ import annotations

from datetime import datetime

import msgspec

from workbench.api.events import (
    Event,
    HostStarted,
    HostStopped,
    JournalSetAside,
    NoteWritten,
    UnknownFact,
    read_fact,
)

_UNITS = ("KB", "MB", "GB", "TB")


def size(count: int) -> str:
    """Return a number of bytes with three digits and a unit."""
    if count < 1000:
        return f"{count} B"
    amount, unit = count / 1000, 0
    while amount >= 999.5 and unit < len(_UNITS) - 1:
        amount, unit = amount / 1000, unit + 1
    return f"{amount:.{1 if amount < 99.5 else 0}f} {_UNITS[unit]}"


def number(count: int, noun: str = "", plural: str = "") -> str:
    """Return a count with its noun."""
    if not noun:
        return f"{count:,}"
    return f"{count:,} {noun if count == 1 else plural or noun + 's'}"


def moment(microseconds: int) -> datetime:
    return datetime.fromtimestamp(microseconds / 1_000_000).astimezone()


def now() -> datetime:
    return datetime.now().astimezone()


def today() -> str:
    return now().strftime("%m-%d")


def clock(microseconds: int) -> str:
    return moment(microseconds).strftime("%H:%M:%S")


def since(microseconds: int) -> str:
    """Return a time of today as hours and minutes, any other with its date."""
    then = moment(microseconds)
    return then.strftime("%H:%M" if then.date() == now().date() else "%Y-%m-%d %H:%M")


def summary(event: Event) -> str:
    """Say in a few words what happened."""
    try:
        fact = read_fact(event)
    except (msgspec.MsgspecError, KeyError):
        return event.payload
    match fact:
        case NoteWritten(text=text):
            return text
        case HostStarted(release=release, pid=pid, python=python):
            return f"process {pid}, release {release}, Python {python}"
        case HostStopped(reason=reason):
            return reason
        case JournalSetAside(path=path, reason=reason):
            return f"{reason}; kept as {path}"
        case UnknownFact() | _:
            return event.payload
