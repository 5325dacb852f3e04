"""Failures of screens: each costs a new screen, and the third one the place."""

from __future__ import annotations

import os
import traceback
from functools import partial
from importlib import import_module
from typing import TYPE_CHECKING

from textual.dom import DOMNode

from screens.frame import Frame
from screens.places import PLACES
from widgets.ink import Role

if TYPE_CHECKING:
    from screens.interface import Interface

_TO_GIVE_UP = 3


class Mender:
    """Builds the screens, and builds them anew when they fail."""

    def __init__(self, interface: Interface, log: str) -> None:
        self._interface, self._log = interface, log
        self._failures = dict.fromkeys((place.name for place in PLACES), 0)
        self._modes = {place.name: place.name for place in PLACES}
        self._failed: set[Frame] = set()

    def mode_of(self, name: str) -> str:
        """Return the Textual mode that holds a screen now."""
        return self._modes[name]

    def build(self, name: str) -> Frame:
        """Build a screen, or what stands in for one that keeps failing."""
        if self._failures[name] >= _TO_GIVE_UP:
            from screens.failed import failed_screen

            return failed_screen(name, self._log)
        frame: Frame = import_module(f"screens.{name}").SCREEN()
        return frame

    def failed_in(self, node: object, error: Exception) -> None:
        """Take a failure where it happened: in a screen, or in the app itself."""
        frame = _frame_of(node)
        if frame:
            self.screen_failed(frame, error)
        else:
            write_to_log(error)
            self._interface.fail(error)

    def screen_failed(self, frame: Frame, error: Exception) -> None:
        """Put a new screen in the place of one that failed; what follows from that is not told."""
        if frame in self._failed:
            return
        write_to_log(error)
        self._failed.add(frame)
        self._failures[frame.place_name] += 1
        if self._failures[frame.place_name] > _TO_GIVE_UP:
            self._interface.fail(error)
        else:
            self._interface.call_later(self._replace, frame)

    async def _replace(self, frame: Frame) -> None:
        interface, name = self._interface, frame.place_name
        frame.let_go()
        old, new = self._modes[name], f"{name} {self._failures[name]}"
        interface.add_mode(new, partial(self.build, name))
        self._modes[name] = new
        if interface.current_mode == old:
            await interface.switch_mode(new)
        interface.remove_mode(old)
        interface.tell(
            f"The {name} screen failed and was built anew. What happened is in {self._log}.",
            Role.BAR_BAD,
        )


def write_to_log(error: BaseException) -> None:
    """Write the whole story to descriptor 2, which leads into the log."""
    text = "".join(traceback.format_exception(error))
    os.write(2, text.encode("utf-8", "replace"))


def _frame_of(node: object) -> Frame | None:
    while isinstance(node, DOMNode):
        if isinstance(node, Frame):
            return node
        node = node.parent
    return None
