"""One line of text being typed, as a value, and how it is drawn."""

from __future__ import annotations

import re
from dataclasses import dataclass

from rich.cells import cell_len

from widgets.ink import Piece, Role, Row, apart, outside

_LAST_WORD = re.compile(r"\S*\s*\Z")


@dataclass(frozen=True)
class Typed:
    """What was typed so far, and the place of the cursor in it."""

    text: str = ""
    at: int = 0

    @property
    def _before(self) -> str:
        return self.text[: self.at]

    @property
    def _after(self) -> str:
        return self.text[self.at :]

    def insert(self, text: str) -> Typed:
        return Typed(self._before + text + self._after, self.at + len(text))

    def move(self, steps: int) -> Typed:
        return Typed(self.text, max(0, min(len(self.text), self.at + steps)))

    def home(self) -> Typed:
        return Typed(self.text, 0)

    def end(self) -> Typed:
        return Typed(self.text, len(self.text))

    def delete_left(self) -> Typed:
        return self._keep(self._before[:-1])

    def delete_right(self) -> Typed:
        return Typed(self._before + self._after[1:], self.at)

    def delete_word(self) -> Typed:
        return self._keep(_LAST_WORD.sub("", self._before))

    def delete_all(self) -> Typed:
        return self._keep("")

    def _keep(self, before: str) -> Typed:
        return Typed(before + self._after, len(before))


def typed_at_end(text: str) -> Typed:
    return Typed(text, len(text))


def prompt_row(label: str, typed: Typed, width: int, note: str = "") -> Row:
    """Draw the prompt; of a text longer than the line, the part around the cursor is seen."""
    if note and cell_len(label) + cell_len(typed.text) + cell_len(note) + 8 <= width:
        row = prompt_row(label, typed, width - cell_len(note) - 3)
        return apart(row, ((f"{note} ", Role.DIM),), width)
    room = max(1, width - cell_len(label) - 4)
    start = 0
    while cell_len(typed.text[start : typed.at]) > room:
        start += 1
    cursor: Piece = (outside(typed.text[typed.at : typed.at + 1])[0] or " ", Role.ACTIVE)
    return (
        (f" {label} ", Role.KEY),
        outside(typed.text[start : typed.at]),
        cursor,
        outside(typed.text[typed.at + 1 :]),
    )
