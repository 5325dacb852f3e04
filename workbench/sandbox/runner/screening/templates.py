"""One function as text with the counter already in it, so that compiling a candidate is all.

The numbers of lines move: it is good for sifting only.
"""

from __future__ import annotations

import re
from types import CodeType
from typing import Any

from . import compiling
from .sources import Edit, Place, Text
from .ticks import TICK, first_steps

_NEW_CODE = re.compile(r"\b(?:for|while|def|lambda|class|async|match)\b")


class Template:
    """A function of the project as it is, ready for edits that bring no loop and no function."""

    def __init__(self, text: Text, place: Place, path: str, flags: int) -> None:
        self._text = text
        self._place = place
        self._path = path
        self._flags = flags
        lines = text.data[place.begin : place.end]
        self._before = "" if not lines[:1].isspace() else self._around(place)
        self._ticks: list[Edit] = []
        self._margins: list[tuple[int, int]] = []
        """From the beginning of a line to the statement before which something is counted."""
        for step in first_steps(place.node):
            self._add(step)
        self.base = self._compiled([])
        self._frame = compiling.shape(self.base)

    @staticmethod
    def _around(place: Place) -> str:
        return f"class {place.classes[-1]}:\n" if place.classes else "if 1:\n"

    def _add(self, step: Any) -> None:
        start, offset = self._text.margin(step)
        margin = self._text.data[start:offset].decode("utf-8")
        if margin.strip():
            self._ticks.append([offset, offset, f"{TICK}(); "])
        else:
            self._ticks.append([start, start, f"{margin}{TICK}()\n"])
        self._margins.append((start, offset))

    def code(self, edits: list[Edit]) -> CodeType | None:
        """Return the code of the function with `edits` made; None if this is not the way to it."""
        if not all(map(self._is_easy, edits)):
            return None
        whole = self._compiled(edits)
        if compiling.shape(whole) != self._frame:
            return None
        return self.inside(whole)

    def inside(self, whole: CodeType) -> CodeType | None:
        return compiling.inside(whole, [*self._place.classes[-1:], self._place.name])

    def _is_easy(self, edit: Edit) -> bool:
        start, end, text = edit
        if _NEW_CODE.search(text):
            return False
        if any(start < offset and end >= margin for margin, offset in self._margins):
            return False
        at_a_step = any(start == offset for _, offset in self._margins)
        return not (at_a_step and end > start and (not text.strip() or "#" in text))

    def _compiled(self, edits: list[Edit]) -> CodeType:
        lines = self._text.spliced([*edits, *self._ticks], self._place.begin, self._place.end)
        text = self._before + lines
        code: CodeType = compile(text, self._path, "exec", self._flags, dont_inherit=True)
        return code
