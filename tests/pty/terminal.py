"""A real terminal for tests: a pty with pyte as the screen, and what was written to it."""

from __future__ import annotations

import fcntl
import os
import re
import select
import struct
import subprocess
import sys
import termios
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import pyte

ROOT = Path(__file__).resolve().parents[2]
PATIENCE = 30.0
_OWN_THE_TERMINAL = (
    "import fcntl, os, sys, termios; fcntl.ioctl(int(sys.argv[1]), termios.TIOCSCTTY, 0); "
    "os.execv(sys.argv[2], sys.argv[2:])"
)
_MODE = re.compile(rb"\x1b\[\?([0-9;]+)([hl])")
_KEYS = re.compile(rb"\x1b\[([<>])[0-9]*u")
WORKBENCH = (sys.executable, "-m", "workbench")


class Terminal:
    """A program on a pty; waiting is always for something, up to a deadline."""

    def __init__(
        self,
        command: Sequence[str],
        folder: Path,
        *,
        size: tuple[int, int] = (100, 30),
        env: Mapping[str, str] | None = None,
        stdout: int | None = None,
        stderr: int | None = None,
    ) -> None:
        self.folder = folder
        self.master, self.slave = os.openpty()
        self.screen = pyte.Screen(*size)
        self._stream = pyte.ByteStream(self.screen)
        self.written = bytearray()
        self.resize(*size)
        self.modes_before = termios.tcgetattr(self.slave)
        self.process = subprocess.Popen(
            [sys.executable, "-c", _OWN_THE_TERMINAL, str(self.slave), *command],
            stdin=self.slave,
            stdout=self.slave if stdout is None else stdout,
            stderr=self.slave if stderr is None else stderr,
            cwd=folder,
            env={
                **os.environ,
                "TERM": "xterm-256color",
                "COLORTERM": "truecolor",
                "PYTHONPATH": str(ROOT),
                "WORKBENCH_HEALING_FOLLOW": "false",
                **(env or {}),
            },
            start_new_session=True,
            pass_fds=(self.slave,),
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        for descriptor in (self.master, self.slave):
            if descriptor >= 0:
                os.close(descriptor)

    @property
    def text(self) -> str:
        """What stands on the screen."""
        return "\n".join(line.rstrip() for line in self.screen.display)

    @property
    def pid(self) -> int:
        return self.process.pid

    def press(self, *keys: str) -> None:
        """Send keys, one write each."""
        for key in keys:
            os.write(self.master, key.encode())

    def resize(self, columns: int, lines: int) -> None:
        fcntl.ioctl(self.slave, termios.TIOCSWINSZ, struct.pack("HHHH", lines, columns, 0, 0))
        self.screen.resize(lines, columns)

    def wait_for(self, *texts: str, patience: float = PATIENCE) -> None:
        """Read until all `texts` stand on the screen."""
        self.wait_until(lambda: all(text in self.text for text in texts), texts, patience)

    def wait_until(
        self, holds: Callable[[], object], what: object = "", patience: float = PATIENCE
    ) -> None:
        deadline = time.monotonic() + patience
        while not holds():
            left = deadline - time.monotonic()
            state = self.process.poll()
            assert left > 0, f"waited for {what}; ended: {state}; the screen:\n{self.text}"
            self.read(min(left, 0.2))

    def read(self, patience: float) -> int:
        """Take what the program writes, if it writes within `patience`; return how much it was."""
        ready, _, _ = select.select([self.master], [], [], patience)
        if not ready:
            return 0
        data = os.read(self.master, 65536)
        self.written += data
        self._stream.feed(_KEYS.sub(b"", data))
        return len(data)

    def wait_end(self, patience: float = PATIENCE) -> int:
        """Read until the program has ended; return its exit code."""
        self.wait_until(lambda: self.process.poll() is not None, "the end", patience)
        while self.read(0):
            pass
        return self.process.returncode

    def hang_up(self) -> None:
        """Close the terminal, as a dropped line does."""
        os.close(self.slave)
        os.close(self.master)
        self.master = self.slave = -1

    @property
    def modes(self) -> dict[str, bool]:
        """The private modes that were set or reset, as they are now."""
        modes: dict[str, bool] = {}
        for numbers, state in _MODE.findall(bytes(self.written)):
            for number in numbers.decode().split(";"):
                modes[number] = state == b"h"
        return modes

    @property
    def key_modes_pushed(self) -> int:
        """How many keyboard modes were pushed and not popped."""
        marks = _KEYS.findall(bytes(self.written))
        return marks.count(b">") - marks.count(b"<")

    def assert_restored(self) -> None:
        """Check that the terminal is as it was before the program."""
        on = {"7", "25"}
        assert {mode for mode, state in self.modes.items() if state} <= on, self.modes
        assert all(self.modes.get(mode, True) for mode in on), self.modes
        assert self.key_modes_pushed == 0
        assert _comparable(termios.tcgetattr(self.slave)) == _comparable(self.modes_before)


def _comparable(modes: list[Any]) -> list[Any]:
    return modes[:6]
