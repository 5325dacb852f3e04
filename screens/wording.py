"""Numbers, times and events in words, for all screens."""

from __future__ import annotations

from datetime import datetime

import msgspec

from workbench.api.deciding import (
    ApprovalGiven,
    ReviewActed,
    TransactionBegan,
    TransactionEnded,
)
from workbench.api.events import (
    CrashSeen,
    FailureFound,
    HostStarted,
    HostStopped,
    JournalSetAside,
    LogNoticed,
    NoteWritten,
    ProposalMade,
    SearchBegan,
    SearchEnded,
    TestsTurned,
    read_fact,
)
from workbench.api.facts import Event, Fact

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
        return _said(read_fact(event)) or event.payload
    except (msgspec.MsgspecError, KeyError):
        return event.payload


def _said(fact: Fact) -> str:
    """Return nothing where the content says more."""
    said = ""
    match fact:
        case NoteWritten(text=text):
            said = text
        case HostStarted(release=release, pid=pid, python=python):
            said = f"process {pid}, release {release}, Python {python}"
        case HostStopped(reason=reason):
            said = reason
        case JournalSetAside(path=path, reason=reason):
            said = f"{reason}; kept as {path}"
        case _:
            said = _went(fact) or _decided(fact)
    return said


def _went(fact: Fact) -> str:
    """Say what went wrong, or was done about it."""
    said = ""
    match fact:
        case FailureFound(test=test, kind=kind, message=message):
            said = f"{test}: {kind}: {message}"
        case ProposalMade(why=why, operator=operator, confidence=confidence):
            said = f"{confidence:.0%} likely right: {why or operator}"
        case SearchEnded(sentence=sentence):
            said = sentence
        case CrashSeen(kind=kind, message=message, path=path, line=line):
            said = f"{path}:{line} {kind}: {message}" if path else f"{kind}: {message}"
        case LogNoticed(log=log, line=line):
            said = f"{log}: {line}"
        case SearchBegan(failures=failures):
            said = f"for {number(len(failures), 'failure')}"
        case TestsTurned(reds=reds, greens=greens):
            said = f"{reds:,} red, {greens:,} green"
    return said


def _decided(fact: Fact) -> str:
    """Say what somebody decided, approved of, or had written."""
    said = ""
    match fact:
        case ReviewActed(proposal=proposal, standing=decision, reason=reason):
            said = f"{proposal}: {decision}{f': {reason}' if reason else ''}"
        case ApprovalGiven(proposal=proposal, approver=approver, key=key):
            said = f"{proposal}: approved by {approver}{f', signed with {key}' if key else ''}"
        case TransactionBegan(kind=kind, transaction=name, files=files):
            said = f"{name}: {kind} of {number(len(files), 'file')}"
        case TransactionEnded(transaction=name, outcome=outcome, sentence=sentence):
            said = f"{name}: {sentence or outcome}"
    return said
