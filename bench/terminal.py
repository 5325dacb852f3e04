"""A program on a pty: what stands on its screen, what it wrote, what CPU that took."""

from __future__ import annotations

import fcntl
import os
import select
import struct
import termios
import time
from collections.abc import Callable, Mapping
from types import TracebackType
from typing import Self

import pyte

from bench.home import TRUE_COLOUR, Unmeasured
from bench.process import cpu_of, end

COLUMNS, LINES = 120, 40
_PATIENCE = 30.0
_CHUNK = 1024 * 1024


class Terminal:
    """The program is spawned straight onto the pty, so its CPU clock counts nothing else."""

    def __init__(self, command: list[str], environment: Mapping[str, str] = TRUE_COLOUR) -> None:
        self.written = 0
        """Bytes that came so far."""
        self.cpu = 0.0
        """The program's CPU seconds when the last bytes came."""
        self.came = 0.0
        """When they came."""
        self._screen = pyte.Screen(COLUMNS, LINES)
        self._stream = pyte.ByteStream(self._screen)
        self._master, slave = os.openpty()
        fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", LINES, COLUMNS, 0, 0))
        self.pid = _spawn(command, {**os.environ, **environment}, os.ttyname(slave))
        os.close(slave)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        end(self.pid)
        os.close(self._master)

    @property
    def text(self) -> str:
        """What stands on the screen."""
        rows = (self._screen.buffer[y] for y in range(self._screen.lines))
        columns = range(self._screen.columns)
        return "\n".join("".join(row[x].data for x in columns) for row in rows)

    def press(self, key: str) -> None:
        os.write(self._master, key.encode())

    def wait_for(self, *texts: str) -> float:
        """Read until all `texts` stand on the screen; return the CPU seconds until they came."""
        self.wait_until(lambda: all(text in self.text for text in texts), " and ".join(texts))
        return self.cpu

    def wait_until(self, holds: Callable[[], bool], what: str) -> None:
        deadline = time.monotonic() + _PATIENCE
        while not holds():
            if time.monotonic() > deadline:
                raise Unmeasured(f"{what} did not come on the screen")
            self.read(0.2)

    def settle(self, quiet: float) -> int:
        """Read until nothing came for `quiet` seconds; return how many bytes came."""
        before = self.written
        while self.read(quiet):
            pass
        return self.written - before

    def drain(self, seconds: float) -> int:
        """Read for `seconds`; return how many bytes came."""
        before, deadline = self.written, time.monotonic() + seconds
        while (left := deadline - time.monotonic()) > 0:
            self.read(left)
        return self.written - before

    def read(self, patience: float) -> int:
        """Take what comes within `patience` seconds; the clock is read before it is drawn."""
        if not select.select([self._master], [], [], patience)[0]:
            return 0
        data = self._take()
        self.came, self.cpu = time.perf_counter(), cpu_of(self.pid)
        self.written += len(data)
        self._stream.feed(data)
        return len(data)

    def _take(self) -> bytes:
        try:
            return os.read(self._master, _CHUNK)
        except OSError as error:
            raise Unmeasured(f"the program ended, saying: {self.text.strip()}") from error


def _spawn(command: list[str], environment: dict[str, str], tty: str) -> int:
    """Start a session; the first terminal that it opens becomes its own, without a helper."""
    streams = [(os.POSIX_SPAWN_OPEN, stream, tty, os.O_RDWR, 0) for stream in range(3)]
    return os.posix_spawn(command[0], command, environment, file_actions=streams, setsid=True)
