"""The owner of a workspace: who holds its lock, how to start one and how to end it."""

from __future__ import annotations

import asyncio
import fcntl
import os
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

import msgspec

from workbench.api.knocking import Owner, read_owner
from workbench.errors import StoreError, by_exit_code
from workbench.workspace import Workspace

__all__ = [
    "Owner",
    "StartReport",
    "ask_to_listen",
    "is_running",
    "read_owner",
    "start",
    "stop",
]

_POLL = 0.02


class StartReport(msgspec.Struct, frozen=True):
    """What a host that was just started says before it goes into the background."""

    ready: bool = False
    taken: bool = False
    """Another host holds the workspace already."""
    exit_code: int = 0
    sentence: str = ""
    hint: str = ""


def is_running(workspace: Workspace) -> bool:
    """Tell whether a live process holds the lock."""
    try:
        descriptor = os.open(workspace.lock_file, os.O_RDONLY | os.O_CLOEXEC)
    except OSError:
        return False
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(descriptor)
    return False


def stop(workspace: Workspace, *, force: bool = False, patience: float = 10.0) -> Owner | None:
    """End the host and wait until it let go; return who it was, or nothing if there was none."""
    deadline = time.monotonic() + patience
    owner = None
    while is_running(workspace):
        found = read_owner(workspace)
        if found and found != owner:
            owner = found
            _signal(owner.pid, signal.SIGKILL if force else signal.SIGTERM)
        if time.monotonic() > deadline:
            raise _will_not_end(owner)
        time.sleep(_POLL)
    return owner


def ask_to_listen(workspace: Workspace) -> bool:
    """Have the owner open its socket again if somebody removed it; say whether there is one."""
    found = read_owner(workspace)
    if found is None:
        return False
    if not Path(found.socket).exists():
        _signal(found.pid, signal.SIGUSR1)
    return True


async def start(workspace: Workspace, flags: Sequence[str] = ()) -> StartReport:
    """Start a host beside this process and return what it reports."""
    workspace.make()
    reading, writing = os.pipe()
    try:
        process = _spawn(workspace, flags, writing)
    finally:
        os.close(writing)
    try:
        text = await _read_to_end(reading)
    finally:
        process.wait()  # It forks at once and ends, so this takes no time.
    if not text:
        raise StoreError(
            "The host ended before it was ready.", f"Its log may tell why: {workspace.log_file}"
        )
    report = msgspec.json.decode(text, type=StartReport)
    if report.exit_code:
        raise by_exit_code(report.exit_code)(report.sentence, report.hint)
    return report


def _spawn(workspace: Workspace, flags: Sequence[str], ready: int) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-P", "-m", "workbench.host", str(workspace.project), str(ready)]
    with workspace.log_file.open("ab") as log:
        return subprocess.Popen(
            [*command, *flags],
            cwd="/",
            pass_fds=(ready,),
            start_new_session=True,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
        )


async def _read_to_end(descriptor: int) -> bytes:
    reader = asyncio.StreamReader()
    loop = asyncio.get_running_loop()
    transport, _ = await loop.connect_read_pipe(
        lambda: asyncio.StreamReaderProtocol(reader), os.fdopen(descriptor, "rb", buffering=0)
    )
    try:
        return await reader.read()
    finally:
        transport.close()


def _signal(pid: int, number: signal.Signals) -> None:
    try:
        os.kill(pid, number)
    except ProcessLookupError:
        return
    except PermissionError as error:
        raise StoreError(
            f"The host, process {pid}, belongs to another user.",
            "End it as that user, or as root.",
        ) from error


def _will_not_end(owner: Owner | None) -> StoreError:
    who = f"The host, process {owner.pid}," if owner else "The process that holds the workspace"
    return StoreError(f"{who} does not end.", "Try `workbench host stop --force`.")
