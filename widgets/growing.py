"""Markdown that comes piece by piece: what is finished is read once, also within a long fence."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import NamedTuple

from widgets.ink import outside
from widgets.listing import Code
from widgets.markdown import Block, Part, blocks
from widgets.prose import Prose

_FENCE = re.compile(r"( {0,3})(`{3,}|~{3,})")
_WORDS = re.compile(r"(?:[^\W_]|[ ,;.:'\"?])+")
"""What means nothing in Markdown, once a line has begun with a word."""
_BEGUN = re.compile(r" {0,3}(?:(?:[-*+>]|#{1,6}|\d{1,9}[.)]) +)?[^\W\d_]")
_ENTITY = 40
_LONGEST = 20_000
"""A block that is longer is drawn as it is written."""


class Parts(NamedTuple):
    """What belongs together, with no blank row in it."""

    parts: tuple[Part, ...]
    is_item: bool = False
    """It stands close to an item before it."""


class Growing:
    """The parts of a text so far: those that stay as they are, and those that may change."""

    def __init__(self, text: str = "", *, output: bool = False) -> None:
        self.done: list[Parts] = []
        self.open: list[Parts] = []
        self.length = 0
        self._tail = ""
        """What is not settled, or the end of the last line of a fence."""
        self._fence: re.Match[str] | None = None
        """What opened the fence that the tail lies in; its lines are not read as Markdown."""
        self.code: Code | None = None
        """The block of code that grows."""
        if output:  # What a program prints is no Markdown, and no fence ends it.
            self.code = Code("output")
            self.done.append(Parts((self.code,)))
        if text:
            self.grow(text)

    @property
    def parts(self) -> list[Parts]:
        return [*self.done, *self.open]

    def grow(self, text: str) -> None:
        """Take more of the text; words that only make a line longer need no reading."""
        self.length += len(text)
        if self._goes_on(text):
            return
        self._tail += text
        if "\r" in self._tail or "\0" in self._tail:
            self._tail = self._tail.replace("\r\n", "\n").replace("\0", "\ufffd")
        while self._advance():
            pass

    def end(self) -> None:
        """Nothing comes any more."""
        if self.code:
            self.code.open = "" if self._closes(self._tail) else self._within(self._tail)
            self.code.end()
        self.done += self.open
        self.open, self._tail, self.code = [], "", None

    def _goes_on(self, text: str) -> bool:
        """Put plain words at the end of the last paragraph, if that is all that they can mean."""
        last = self.open[-1].parts[-1] if self.open and self.open[-1].parts else None
        if not isinstance(last, Prose) or not last.pieces or not _WORDS.fullmatch(text):
            return False
        line = self._tail[self._tail.rfind("\n") + 1 :]
        if not _BEGUN.match(line) or not _WORDS.fullmatch(line[-1]) or "&" in line[-_ENTITY:]:
            return False
        blanks = line[len(line.rstrip(" ")) :]
        self._tail += text
        kept = text.rstrip(" ")
        if kept:
            *pieces, (said, role) = last.pieces
            more = outside(f"{blanks}{kept}", role)[0]
            grown = replace(last, pieces=(*pieces, (said + more, role)))
            parts = self.open[-1]
            self.open[-1] = parts._replace(parts=(*parts.parts[:-1], grown))
        return True

    def _advance(self) -> bool:
        """Settle what can be settled; tell whether the rest is to be looked at again."""
        if self.code:
            return self._fill(self.code)
        found, lines = self._read(), self._tail.split("\n")
        self.open = [_parts(one) for one in found]
        if not found:
            self._tail = lines[-1]
            return False
        begun = [at for at, one in enumerate(found) if one.start < len(lines) - 1]
        if not begun:
            return False
        last = found[begun[-1]]
        self._tail = "\n".join(lines[last.start :])
        self.done += self.open[: begun[-1]]
        del self.open[: begun[-1]]
        return last.kind == "fence" and self._open_fence(last)

    def _read(self) -> list[Block]:
        """Read the tail; blocks begin where a line ends, so its last line settles nothing."""
        if len(self._tail) <= _LONGEST:
            return blocks(self._tail)
        plain = tuple(Prose((outside(line),)) for line in self._tail.split("\n"))
        return [Block("plain", 0, plain)]

    def _open_fence(self, block: Block) -> bool:
        """Read no more Markdown until the fence is closed."""
        line, _, rest = self._tail.partition("\n")
        self._fence = _FENCE.match(line)
        read = block.parts[-1]
        if not self._fence or not isinstance(read, Code):
            return False
        self.code = Code(read.language)
        self.done.append(Parts((self.code,)))
        self._tail, self.open = rest, []
        return True

    def _fill(self, code: Code) -> bool:
        """Give the fence its lines; tell whether it is closed."""
        *lines, rest = self._tail.split("\n")
        closing = next((at for at, line in enumerate(lines) if self._closes(line)), len(lines))
        code.add(map(self._within, lines[:closing]))
        if closing < len(lines):
            code.open = ""
            code.end()
            self._tail, self.code = "\n".join([*lines[closing + 1 :], rest]), None
            return True
        self._tail = rest
        code.open = "" if self._may_close(rest) else self._within(rest)
        return False

    def _within(self, line: str) -> str:
        """Take as many blanks away as stand before the fence."""
        most = len(self._fence[1]) if self._fence else 0
        return line[min(most, len(line) - len(line.lstrip(" "))) :] if most else line

    def _closes(self, line: str) -> bool:
        return self._may_close(line) and len(line.strip()) >= len(self._mark)

    def _may_close(self, line: str) -> bool:
        """Tell whether there is nothing but blanks and the mark that closes."""
        if self._fence is None:
            return False
        kept = line.strip()
        is_near = len(line) - len(line.lstrip(" ")) <= 3
        return is_near and (not kept or set(kept) == {self._mark[0]})

    @property
    def _mark(self) -> str:
        return self._fence[2] if self._fence else "```"


def _parts(block: Block) -> Parts:
    return Parts(block.parts, block.kind == "item")
