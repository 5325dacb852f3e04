"""A block of code: its lines are laid once, coloured once, and drawn when they are in sight."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable

from widgets import colours
from widgets.code import drawn, folded, height
from widgets.colours import Inked
from widgets.ink import BLANK, Role, Row, cells, cut, cut_row, outside, width_of

_AT_A_TIME = 60
"""So many lines get their colours together."""
_SUFFIXES = {
    "python": "py",
    "py": "py",
    "python3": "py",
    "pycon": "pycon",
    "javascript": "js",
    "typescript": "ts",
    "bash": "sh",
    "shell": "sh",
    "sh": "sh",
    "zsh": "sh",
    "console": "sh",
    "rust": "rs",
    "golang": "go",
    "c++": "cpp",
    "markdown": "md",
    "yml": "yaml",
    "text": "txt",
    "plaintext": "txt",
    "": "txt",
}


class Code:
    """The lines of a fence, which may still be growing."""

    def __init__(self, language: str = "", lead: Row = BLANK) -> None:
        self.language, self.lead = language, lead
        self.lines: list[str] = []
        self.open = ""
        """The beginning of a line that has no end yet."""
        self.is_whole = False
        self.revision = 0
        """Grows when colours of lines that stand already may be others."""
        self._inked: list[Inked] = []

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Code) and self._said == other._said

    def __hash__(self) -> int:
        return hash((self.language, self.text))

    def __repr__(self) -> str:
        return f"Code{self._said}"

    @property
    def _said(self) -> tuple[str, Row, tuple[str, ...]]:
        return self.language, self.lead, tuple(self.shown)

    @property
    def path(self) -> str:
        """A name of a file with such a content."""
        word = self.language.split()[0].lower() if self.language.strip() else ""
        kept = "".join(each for each in word if each.isalnum() or each in "+#")
        return f"code.{_SUFFIXES.get(word, kept or 'txt')}"

    @property
    def shown(self) -> list[str]:
        return [*self.lines, self.open] if self.open else self.lines

    @property
    def text(self) -> str:
        return "".join(f"{line}\n" for line in self.shown)

    def add(self, lines: Iterable[str]) -> None:
        self.lines += lines

    def end(self) -> None:
        """Nothing comes any more."""
        if self.open:
            self.lines.append(self.open)
        self.open, self.is_whole = "", True
        self._inked = self._inked[: len(self._inked) // _AT_A_TIME * _AT_A_TIME]
        self.revision += 1

    def inked(self, index: int) -> Inked:
        """Return the colours of a line; of one whose neighbours are not there yet, by itself."""
        if index >= len(self.lines):
            return ()
        if not colours.is_loaded(self.path):
            return ()
        start = index // _AT_A_TIME * _AT_A_TIME
        chunk = self.lines[start : start + _AT_A_TIME]
        if len(self._inked) > index:
            return self._inked[index]
        if not self.is_whole and len(chunk) < _AT_A_TIME:
            return colours.coloured(self.path, [self.lines[index]])[0]
        while len(self._inked) <= index:
            at = len(self._inked)
            self._inked += colours.coloured(self.path, self.lines[at : at + _AT_A_TIME])
        return self._inked[index]


class Listing:
    """The rows of a block of code for a width; what is laid is not laid again as it grows."""

    def __init__(self, code: Code, number: int, width: int) -> None:
        self.code, self.number, self._width = code, number, width
        self._edge: Row = (*code.lead, ("│ ", Role.DIM))
        self._room = max(8, width - width_of(self._edge))
        self._starts = [1]
        """The row that each line begins at; the first row is the head."""
        self._open_rows = 0
        self.lay()

    @property
    def count(self) -> int:
        return self._starts[-1] + self._open_rows

    def lay(self) -> int:
        """Lay what has come; return the first row that may be another one."""
        before = self._starts[-1]
        for line in self.code.lines[len(self._starts) - 1 :]:
            self._starts.append(self._starts[-1] + height(line, self._room))
        self._open_rows = height(self.code.open, self._room) if self.code.open else 0
        return before

    def row(self, index: int) -> Row:
        if index == 0:
            return self._head()
        at = bisect_right(self._starts, index) - 1
        text = self.code.shown[at]
        rows = folded(drawn(text, " ", inked=self.code.inked(at)), self._room)
        return (*self._edge, *rows[min(index - self._starts[at], len(rows) - 1)])

    def _head(self) -> Row:
        language = cut(outside(self.code.language)[0], max(4, self._room // 2)) or "text"
        name = f"{language} "
        note = f"block {self.number + 1}"
        lines = max(0, self._width - width_of(self.code.lead) - cells(name) - len(note) - 5)
        return cut_row(
            (
                *self.code.lead,
                ("┌ ", Role.DIM),
                (name, Role.ACCENT),
                ("─" * lines, Role.DIM),
                (f" {note} ─", Role.DIM),
            ),
            self._width,
        )
