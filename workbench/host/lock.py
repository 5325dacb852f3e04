"""The lock of a workspace: whoever holds it is the owner, and it says how to be reached."""

from __future__ import annotations

import fcntl
import os
import time

import msgspec

from workbench.api.owner import Owner
from workbench.workspace import Workspace

_PATIENCE = 0.2
_POLL = 0.02


class Lock:
    """Held for as long as the process lives; the kernel frees it, however that ends."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor

    def tell(self, owner: Owner) -> None:
        """Write down who holds the lock and where it listens."""
        text = msgspec.json.encode(owner)
        os.ftruncate(self._descriptor, 0)
        os.pwrite(self._descriptor, text, 0)

    def release(self) -> None:
        os.ftruncate(self._descriptor, 0)
        os.close(self._descriptor)


def take(workspace: Workspace) -> Lock | None:
    """Take the lock, or nothing if somebody has it; others may touch it briefly to look."""
    descriptor = os.open(workspace.lock_file, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    deadline = time.monotonic() + _PATIENCE
    while True:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() > deadline:
                os.close(descriptor)
                return None
            time.sleep(_POLL)
        else:
            os.ftruncate(descriptor, 0)
            return Lock(descriptor)
