"""What used which versions, and how that turned out: read from answers, tasks and what was applied.

An answer uses a subject when it cites a passage that the current version rests on. Whether it
helped is known where a task's proposal was written into the project, and where that was undone.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

import msgspec
from msgspec.structs import replace

from workbench.api.deciding import TransactionBegan, TransactionEnded
from workbench.api.talking import AnswerEnded, MessageSaid

Used = frozenset[tuple[str, str]]
"""Subjects with the versions that were current."""
TYPES = tuple(kind.type for kind in (AnswerEnded, MessageSaid, TransactionBegan, TransactionEnded))
_CITED = re.compile(r"\[(\d{1,3})\]")
_NOBODY: Used = frozenset()


class Uses(msgspec.Struct, frozen=True):
    """What was used by an answer, a proposal that came of one, or what is being written of it."""

    by: Mapping[str, Used] = msgspec.field(default_factory=dict)
    undoing: frozenset[str] = frozenset()
    """What is being written takes something back."""

    def rested(self, said: AnswerEnded | MessageSaid, used: Used) -> Uses:
        """Know what an answer, with what its tools said, rests on, and what came of it."""
        answer = said.message if isinstance(said, AnswerEnded) else said.behind
        used |= self.by.get(answer, _NOBODY)
        names = [name for name in (answer, said.proposal) if name]
        return replace(self, by={**self.by, **dict.fromkeys(names, used)}) if used else self

    def begun(self, fact: TransactionBegan) -> Uses:
        every = (self.by.get(one, _NOBODY) for one in (*fact.proposals, fact.of))
        if not (used := frozenset[tuple[str, str]]().union(*every)):
            return self
        undoing = self.undoing | {fact.transaction} if fact.kind == "undo" else self.undoing
        return Uses({**self.by, fact.transaction: used}, undoing)

    def ended(self, fact: TransactionEnded) -> tuple[Used, bool]:
        """Return what turned out well, or badly after all."""
        used = self.by.get(fact.transaction, _NOBODY) if fact.outcome == "written" else _NOBODY
        return used, fact.transaction not in self.undoing


def cited_by(said: AnswerEnded | MessageSaid) -> set[str]:
    """Return digests of the passages that were cited; a model is given more than it cites."""
    sources = said.sources
    if isinstance(said, AnswerEnded) and said.kind == "model":
        numbers = {int(one) for one in _CITED.findall(said.text)}
        sources = tuple(one for one in sources if one.number in numbers)
    return {one.digest for one in sources if one.digest}
