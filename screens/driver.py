"""Textual's way to the terminal: nothing here waits, neither for a key nor for a slow line."""

from __future__ import annotations

import asyncio
import os
import signal
from codecs import getincrementaldecoder
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, cast

from textual import constants, events
from textual._ansi_sequences import SYNC_END, SYNC_START
from textual._compositor import ChopsUpdate, LayoutUpdate
from textual._xterm_parser import XTermParser
from textual.driver import Driver
from textual.geometry import Size
from textual.message import Message

from screens.picture import Picture
from screens.terminal import ENTER, MOUSE, Terminal
from workbench.errors import ExitCode

if TYPE_CHECKING:
    from textual.app import App

    from screens.interface import Interface

_CHUNK = 64 * 1024
_ALT_ENTER, _ALT_ENTER_AS_IT_IS_KNOWN = "\x1b\r", "\x1b[13;3u"
"""Textual takes the first for a plain enter."""
_ENDINGS: dict[int, ExitCode] = {
    signal.SIGINT: ExitCode.INTERRUPTED,
    signal.SIGTERM: ExitCode.TERMINATED,
    signal.SIGHUP: ExitCode.TERMINATED,
}


class Output:
    """Bytes on their way to the terminal: written at once, or when it reads again."""

    def __init__(self, descriptor: int, on_drained: Callable[[], object]) -> None:
        self._descriptor = descriptor
        self._on_drained = on_drained
        self._waiting = bytearray()
        self._loop = asyncio.get_running_loop()
        self.behind = False
        """The terminal does not read; frames made now are better skipped."""
        self.skipped = False

    def write(self, text: str) -> None:
        self._waiting += text.encode("utf-8", "replace")
        if not self.behind:
            self._push()

    def close(self) -> None:
        """Forget what is waiting."""
        self._waiting.clear()
        if self.behind:
            self._loop.remove_writer(self._descriptor)
            self.behind = False

    def _push(self) -> None:
        while self._waiting:
            try:
                written = os.write(self._descriptor, self._waiting[:_CHUNK])
            except BlockingIOError:
                self._fall_behind()
                return
            except OSError:
                self._waiting.clear()
                return
            del self._waiting[:written]

    def _fall_behind(self) -> None:
        if not self.behind:
            self.behind = True
            self._loop.add_writer(self._descriptor, self._catch_up)

    def _catch_up(self) -> None:
        self._push()
        if not self._waiting:
            self._loop.remove_writer(self._descriptor)
            self.behind = False
            if self.skipped:
                self.skipped = False
                self._on_drained()


class TerminalDriver(Driver):
    """Reads keys and writes frames on the event loop, no thread holds up the end."""

    terminal: Terminal

    @classmethod
    def on(cls, terminal: Terminal) -> type[TerminalDriver]:
        """Return the driver for one terminal; Textual makes drivers itself and wants a class."""
        return type("TerminalDriver", (cls,), {"terminal": terminal})

    def __init__(
        self,
        app: App[Any],
        *,
        debug: bool = False,
        mouse: bool = True,
        size: tuple[int, int] | None = None,
    ) -> None:
        super().__init__(app, debug=debug, mouse=mouse, size=size or self.terminal.size)
        self.output = Output(self.terminal.output, app.refresh)
        self._picture = Picture(app.console)
        self._parser = XTermParser()
        self._decode = getincrementaldecoder("utf-8")("replace").decode
        self._reading = False
        self._is_lent = False

    def write(self, data: str) -> None:
        if not self._is_lent:
            self.output.write(data)

    def send_message(self, message: Message) -> None:
        self._app.post_message(message)

    def paint(self, update: LayoutUpdate | ChopsUpdate, size: Size) -> None:
        """Send what `update` changes, or skip it while the terminal does not read."""
        if self._is_lent:
            return
        if self.output.behind:
            self.output.skipped = True
        elif text := self._picture.change(update, size):
            synchronised = self._app._sync_available  # noqa: SLF001 - Textual keeps it there
            self.write(f"{SYNC_START}{text}{SYNC_END}" if synchronised else text)

    def repaint(self) -> None:
        """Paint everything again."""
        self._picture.forget()
        self._app.refresh()

    @property
    def can_suspend(self) -> bool:
        return True

    def suspend_application_mode(self) -> None:
        """Give the terminal to the shell, stop, and take it back when continued."""
        self.stop_application_mode()
        signal.signal(signal.SIGTSTP, signal.SIG_DFL)
        os.kill(0, signal.SIGTSTP)
        self.start_application_mode()
        self.repaint()

    @contextmanager
    def lent(self) -> Iterator[int]:
        """Lend the terminal to another program; its interrupts are not ours meanwhile."""
        self.stop_application_mode()
        self._loop.remove_signal_handler(signal.SIGTSTP)
        for number in (signal.SIGINT, signal.SIGQUIT):
            signal.signal(number, lambda *_: None)
        self._is_lent = True
        tty = os.open(os.ttyname(self.terminal.input), os.O_RDWR | os.O_NOCTTY | os.O_CLOEXEC)
        try:
            yield tty
        finally:
            os.close(tty)
            self._is_lent = False
            signal.signal(signal.SIGQUIT, signal.SIG_DFL)
            self.start_application_mode()
            self.repaint()

    def start_application_mode(self) -> None:
        for number in _ENDINGS:
            signal.signal(number, self._end)
        self._loop.add_signal_handler(signal.SIGTSTP, self.suspend_application_mode)
        self.terminal.enter()
        self.write(ENTER + (MOUSE if self._mouse else ""))
        self._loop.add_signal_handler(signal.SIGWINCH, self._tell_size)
        self._loop.add_reader(self.terminal.input, self._read)
        self._reading = True
        self._tell_size()
        self.write("\x1b[?2026$p")

    def disable_input(self) -> None:
        if self._reading:
            self._reading = False
            self._loop.remove_reader(self.terminal.input)
            self._loop.remove_signal_handler(signal.SIGWINCH)

    def stop_application_mode(self) -> None:
        self.disable_input()
        self.output.close()
        self.terminal.leave()

    def _tell_size(self) -> None:
        size = Size(*self.terminal.size)
        self.send_message(events.Resize(size, size))

    def _read(self) -> None:
        try:
            data = os.read(self.terminal.input, _CHUNK)
        except OSError:
            data = b""
        if not data:
            self.disable_input()
            os.kill(os.getpid(), signal.SIGHUP)
            return
        text = self._decode(data).replace(_ALT_ENTER, _ALT_ENTER_AS_IT_IS_KNOWN)
        self._send(self._parser.feed(text))
        self._loop.call_later(constants.ESCAPE_DELAY * 1.1, self._finish_escape)

    def _finish_escape(self) -> None:
        """Take a lone escape for the key, once nothing has followed it for a while."""
        self._send(self._parser.tick())

    def _end(self, number: int, _: object) -> None:
        """End, and within a while even if the event loop does not turn any more."""
        interface, code = cast("Interface", self._app), _ENDINGS[number]
        interface.leaving(code)
        self._loop.call_soon_threadsafe(interface.leave, code)

    def _send(self, messages: Iterable[Message]) -> None:
        for message in messages:
            self.process_message(message)
