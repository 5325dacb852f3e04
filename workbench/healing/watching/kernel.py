"""Linux's inotify, a watch for each folder, through the calls that watchdog binds."""

from __future__ import annotations

import ctypes
import errno
import os
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from workbench.errors import WorkbenchError

_HEAD = struct.Struct("iIII")
_READ = 1 << 17
_LIMIT = Path("/proc/sys/fs/inotify/max_user_watches")
_SHARE = 0.75
"""Of what this user may watch in all; editors need some, too."""

CREATED, DELETED, MOVED_FROM, MOVED_TO = 0x100, 0x200, 0x40, 0x80
MODIFIED, CLOSED = 0x2, 0x8
SELF_DELETED, SELF_MOVED = 0x400, 0x800
IS_FOLDER, IGNORED, OVERFLOW, UNMOUNTED = 0x40000000, 0x8000, 0x4000, 0x2000
_ONLY_FOLDERS = 0x01000000
_MASK = (
    CREATED | DELETED | MOVED_FROM | MOVED_TO | MODIFIED | CLOSED | SELF_DELETED | SELF_MOVED
) | _ONLY_FOLDERS
CAME = CREATED | MOVED_TO


class NoMoreWatches(WorkbenchError):
    """Linux lets this user watch no more folders, or not at all."""


@dataclass(frozen=True, slots=True)
class Event:
    """One event, as the kernel tells it."""

    watch: int
    mask: int
    name: str


class Kernel:
    """One inotify instance; a fork does not hand it on."""

    def __init__(self) -> None:
        from watchdog.observers import inotify_c

        self._calls = inotify_c
        self.descriptor = inotify_c.inotify_init()
        if self.descriptor < 0:
            raise NoMoreWatches(f"inotify cannot be had ({os.strerror(ctypes.get_errno())})")
        os.set_inheritable(self.descriptor, False)
        os.set_blocking(self.descriptor, False)
        self.most = _most()
        self._watched: set[int] = set()

    def add(self, folder: int) -> int | None:
        """Watch an open folder; None where that one cannot be watched."""
        if len(self._watched) >= self.most:
            raise NoMoreWatches(f"{self.most:,} folders are watched, which is our share")
        path = b"/proc/self/fd/%d" % folder
        mask = self._calls.Mask(_MASK)
        watch = self._calls.inotify_add_watch(self.descriptor, path, mask)
        if watch >= 0:
            self._watched.add(watch)
            return watch
        code = ctypes.get_errno()
        if code in (errno.ENOSPC, errno.ENOMEM):
            raise NoMoreWatches("the limit fs.inotify.max_user_watches is reached")
        return None

    def remove(self, watch: int) -> None:
        """Let go of a watch, which the kernel may have done already."""
        self._watched.discard(watch)
        self._calls.inotify_rm_watch(self.descriptor, self._calls.WatchDescriptor(watch))

    def read(self) -> Iterator[Event]:
        """Yield what is there."""
        try:
            data = os.read(self.descriptor, _READ)
        except BlockingIOError:
            return
        at = 0
        while at < len(data):
            watch, mask, _, length = _HEAD.unpack_from(data, at)
            at += _HEAD.size
            name = data[at : at + length].rstrip(b"\0")
            at += length
            if mask & IGNORED:
                self._watched.discard(watch)
            yield Event(watch, mask, os.fsdecode(name))

    def close(self) -> None:
        os.close(self.descriptor)


def _most() -> int:
    try:
        return int(int(_LIMIT.read_text(encoding="ascii")) * _SHARE)
    except (OSError, ValueError):
        return 8192
