"""The host's log: one bounded file in the workspace, on descriptors 1 and 2, whoever writes."""

from __future__ import annotations

import os
import sys
import traceback
from datetime import UTC, datetime

from workbench.workspace import Workspace

_LARGEST = 1024 * 1024


def begin_log(workspace: Workspace) -> None:
    """Send both output descriptors to the log; keep the one before when it has grown large."""
    path = workspace.log_file
    if path.exists() and path.stat().st_size > _LARGEST:
        path.replace(path.with_suffix(".log.1"))
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    os.dup2(descriptor, 1)
    os.dup2(descriptor, 2)
    os.close(descriptor)


def log_line(text: str) -> None:
    """Write one line, with the time."""
    now = datetime.now(UTC).isoformat(timespec="milliseconds")
    sys.stderr.write(f"{now} {os.getpid()} {text}\n")
    sys.stderr.flush()


def log_exception(error: BaseException) -> None:
    """Write where `error` came from."""
    log_line("".join(traceback.format_exception(error)).rstrip())
