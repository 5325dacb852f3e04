"""The terminal as a thing that is taken over and given back, whatever happens in between."""

from __future__ import annotations

import contextlib
import os
import sys
import termios
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from workbench.errors import UsageError

_LARGEST_LOG = 1024 * 1024
_INPUT = 0

ENTER = "\x1b[?1049h\x1b[?25l\x1b[?7l\x1b[?2004h\x1b[>25u\x1b[H"
"""Other screen, no cursor, no wrapping, marked pastes, unambiguous keys."""
LEAVE = "\x18\x1b[?2026l\x1b[<u\x1b[?2004l\x1b[?7h\x1b[?1006l\x1b[?1000l\x1b[0m\x1b[?1049l\x1b[?25h"
"""Undoes `ENTER` and `MOUSE`, also in the middle of a sequence or of a synchronised frame."""
MOUSE = "\x1b[?1000h\x1b[?1006h"
"""Clicks and the wheel; movements would only make traffic."""


@dataclass
class Terminal:
    """The terminal's own descriptor, out of reach of code that writes to 1 and 2."""

    output: int
    input: int = _INPUT
    _modes: list[Any] | None = field(default=None, repr=False)

    @property
    def size(self) -> tuple[int, int]:
        """Width and height; a terminal that does not know is 80x24."""
        with contextlib.suppress(OSError):
            size = os.get_terminal_size(self.output)
            if size.columns and size.lines:
                return size.columns, size.lines
        return 80, 24

    def enter(self) -> None:
        """Read keys one by one and unechoed from now on."""
        self._modes = termios.tcgetattr(self.input)
        modes = termios.tcgetattr(self.input)
        modes[0] &= ~(termios.IXON | termios.IXOFF | termios.ICRNL | termios.INLCR | termios.IGNCR)
        modes[3] &= ~(termios.ECHO | termios.ICANON | termios.IEXTEN | termios.ISIG)
        modes[6][termios.VMIN], modes[6][termios.VTIME] = 1, 0
        termios.tcsetattr(self.input, termios.TCSANOW, modes)

    def leave(self) -> None:
        """Give the terminal back as it was; what it has not read yet of a picture is dropped."""
        modes, self._modes = self._modes, None
        if modes is None:
            return
        with contextlib.suppress(termios.error, OSError):
            termios.tcflush(self.output, termios.TCOFLUSH)
        with contextlib.suppress(OSError):
            os.write(self.output, LEAVE.encode())
        with contextlib.suppress(termios.error):
            termios.tcsetattr(self.input, termios.TCSAFLUSH, modes)


@contextlib.contextmanager
def taken_over(log: Path) -> Iterator[Terminal]:
    """Lend the terminal; until it is given back, descriptors 1 and 2 lead into `log`."""
    _require_keyboard()
    terminal = Terminal(_open_output())
    saved = os.dup(1), os.dup(2)
    _point_at(log)
    try:
        yield terminal
    finally:
        terminal.leave()
        _flush()
        for descriptor, original in enumerate(saved, 1):
            os.dup2(original, descriptor)
            os.close(original)
        os.close(terminal.output)


def _require_keyboard() -> None:
    if not os.isatty(_INPUT):
        raise UsageError(
            "The interface needs a terminal, and standard input is not one.",
            "Without a terminal: `workbench host status`, `workbench journal tail`.",
        )


def _open_output() -> int:
    """Open the terminal anew and unblocking, since that mode would be shared with the shell."""
    flags = os.O_WRONLY | os.O_NOCTTY | os.O_NONBLOCK | os.O_CLOEXEC
    terminals = [descriptor for descriptor in (2, 1, _INPUT) if os.isatty(descriptor)]
    for descriptor in terminals[:-1]:
        with contextlib.suppress(OSError):
            return os.open(os.ttyname(descriptor), flags)
    for path in ("/dev/tty", f"/proc/self/fd/{_INPUT}"):
        with contextlib.suppress(OSError):
            return os.open(path, flags)
    return os.dup(terminals[0])


def _point_at(log: Path) -> None:
    flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND
    with contextlib.suppress(OSError):
        if log.stat().st_size > _LARGEST_LOG:
            log.replace(log.with_suffix(".log.1"))
    try:
        target = os.open(log, flags, 0o600)
    except OSError:
        target = os.open(os.devnull, flags)
    _flush()
    os.dup2(target, 1)
    os.dup2(target, 2)
    os.close(target)


def _flush() -> None:
    for stream in (sys.stdout, sys.stderr):
        with contextlib.suppress(OSError, ValueError):
            stream.flush()
