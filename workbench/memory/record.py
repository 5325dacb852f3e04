"""One thing that is remembered, before its weight is reckoned."""

from __future__ import annotations

import re

import msgspec

from workbench.api.remembering import Layer

LONGEST = 1_000
"""So many letters of a text are looked at; the journal has all of it."""
_WORD = re.compile(r"\w+")
_SAYS_NOTHING = (
    "a an and are as at be by do does for from how i in is it of on or that the this to was what"
    " when where which with you der die das und ist wie was ein eine zu le la les et est un une"
)
_STOP = frozenset(_SAYS_NOTHING.split())


class Record(msgspec.Struct, frozen=True):
    """Something that is remembered, as the journal tells of it."""

    id: str
    layer: Layer
    kind: str
    text: str
    time: int
    used: int
    uses: int = 0
    detail: str = ""
    outcome: str = ""
    state: str = "kept"
    reason: str = ""
    confidence: float = 1.0
    depends: tuple[str, ...] = ()
    events: tuple[int, ...] = ()
    tokens: int = 0
    topic: str = ""
    """What it is about, for rules that look at several: a failure, a rule of repairs, steps."""

    @property
    def words(self) -> frozenset[str]:
        return words_of(self.text)

    @property
    def is_kept(self) -> bool:
        return self.state == "kept"


def tokens_of(text: str) -> int:
    """Return about how much of a context a text takes."""
    return len(text) // 4 + 1


def words_of(text: str) -> frozenset[str]:
    """Return the words that a text is told by."""
    return frozenset(_WORD.findall(text.casefold())) - _STOP


def alike(one: frozenset[str], other: frozenset[str]) -> float:
    """Return how much of two texts is the same, from 0 to 1."""
    both = one | other
    return len(one & other) / len(both) if both else 0.0


def in_a_line(text: str, longest: int = 160) -> str:
    """Return the first sentence or so of a text."""
    line = " ".join(text.split())
    return line if len(line) <= longest else f"{line[: longest - 1]}\u2026"
