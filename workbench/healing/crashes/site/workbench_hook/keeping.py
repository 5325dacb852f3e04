"""Where crashes are written: atomically, seldom the same one twice, never without end."""

from __future__ import annotations

import os
import threading
import time

TYPE_CHECKING = False
"""As in typing, which takes as long to import as all of this."""
if TYPE_CHECKING:
    from typing import Any

MOST_BYTES = 64 << 20
"""What all files in the folder may take together."""
MOST_FILES = 500
_HIGH = 200
"""Descriptors below are left to the program, which may count on their numbers."""
_PAUSE = 1.0
"""Seconds between two writes of the same crash."""
_PATIENCE = 0.5
"""Seconds that a thread waits while another one crashes."""
_MINUTE, _MOST_A_MINUTE = 60.0, 100


class Keeper:
    """Writes the crashes of one process."""

    def __init__(self, folder: str, project: str) -> None:
        self._folder = os.path.abspath(folder)
        self._project = project
        self._lock = threading.Lock()
        self._here = threading.local()
        self._counts: dict[Any, int] = {}
        self._written: dict[Any, float] = {}
        self._minute = (0.0, 0)
        self._last: Any = None
        self._fault: str | None = None
        self._owner = os.getpid()

    def keep(self, how: str, value: Any, trace: Any, thread: str = "") -> None:
        """Write an exception down unless it was, and swallow whatever goes wrong in that."""
        if value is None or value is self._last or getattr(self._here, "busy", False):
            return
        if not self._lock.acquire(timeout=_PATIENCE):
            return
        try:
            self._here.busy = True
            self._keep(how, value, trace, thread)
        except Exception:  # the program comes first
            pass
        finally:
            self._last = value if how == "uncaught" else None
            self._here.busy = False
            self._lock.release()

    def _keep(self, how: str, value: Any, trace: Any, thread: str) -> None:
        from .describing import describe, key_of  # A program that does not crash needs none of it.

        key = key_of(value, trace)
        if len(self._counts) > MOST_FILES:
            self._counts.clear()
            self._written.clear()
        count = self._counts[key] = self._counts.get(key, 0) + 1
        if how != "uncaught" and not self._is_time(key, count):
            return
        told = describe(value, trace, self._project)
        told.update(how=how, thread=thread, count=count)
        self._write(f"crash-{told['fingerprint']}-{os.getpid()}.json", told)

    def _is_time(self, key: Any, count: int) -> bool:
        """Say whether to write: the 1st, 2nd, 4th, 8th … of a kind, and not too many of all."""
        now = time.monotonic()
        began, many = self._minute
        if now - began > _MINUTE:
            began, many = now, 0
        soon = now - self._written.get(key, -_PAUSE) < _PAUSE
        if count & (count - 1) or soon or many >= _MOST_A_MINUTE:
            return False
        self._minute = (began, many + 1)
        self._written[key] = now
        return True

    def _write(self, name: str, told: dict[str, Any]) -> None:
        import json

        os.makedirs(self._folder, mode=0o700, exist_ok=True)
        if not self._room(name):
            return
        path = os.path.join(self._folder, name)
        draft = f"{path}.{threading.get_ident()}.part"
        way = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW | os.O_CLOEXEC
        with os.fdopen(os.open(draft, way, 0o600), "w", encoding="ascii") as file:
            json.dump(told, file)
        os.replace(draft, path)

    def _room(self, name: str) -> bool:
        with os.scandir(self._folder) as found:
            sizes = {one.name: one.stat(follow_symlinks=False).st_size for one in found}
        if name in sizes:
            return True
        return len(sizes) < MOST_FILES and sum(sizes.values()) < MOST_BYTES

    def open_fault(self) -> int | None:
        """Return a descriptor that fatal signals can write to."""
        import fcntl

        os.makedirs(self._folder, mode=0o700, exist_ok=True)
        run = os.environ.get("WBCRASH_RUN", "")
        path = os.path.join(self._folder, f"fault-{run}-{self._owner}.txt")
        way = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW | os.O_CLOEXEC
        low = os.open(path, way, 0o600)
        self._fault = path
        try:
            return fcntl.fcntl(low, fcntl.F_DUPFD_CLOEXEC, _HIGH)
        except OSError:  # The program may not have as many open.
            return None
        finally:
            os.close(low)

    def close(self) -> None:
        """Take the file for signals away if none came; a fork leaves it to its parent."""
        try:
            if self._fault and os.getpid() == self._owner and not os.path.getsize(self._fault):
                os.unlink(self._fault)
        except OSError:
            pass
