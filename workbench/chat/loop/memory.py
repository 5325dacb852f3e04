"""What a task did so far, folded from the journal: it is gone on with where it was."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

from workbench.api.events import read_fact
from workbench.api.facts import Event, Fact
from workbench.api.talking import MessageSaid
from workbench.api.tasking import Drafted, TaskActed, TaskAnalysed, TaskReflected
from workbench.journal import reading
from workbench.journal.journal import Journal

_OF_TASKS = (TaskAnalysed, TaskActed, TaskReflected)


@dataclass(frozen=True)
class Act:
    """A call, and what came of it as it was shown."""

    fact: TaskActed
    text: str


@dataclass(frozen=True)
class Memory:
    """How a task stands."""

    analysed: TaskAnalysed | None = None
    acts: tuple[Act, ...] = ()
    drafted: Mapping[str, Drafted] = field(default_factory=dict)
    proposal: str = ""
    tokens: int = 0
    rounds: int = 0
    """So often it was looked back on."""

    @property
    def calls(self) -> int:
        return len(self.acts)

    def after(self, fact: Fact, text: str = "") -> Memory:
        """Return how it stands after one more fact; `text` is what an act showed."""
        match fact:
            case TaskAnalysed():
                return replace(self, analysed=fact, tokens=self.tokens + fact.tokens)
            case TaskActed():
                return replace(
                    self,
                    acts=(*self.acts, Act(fact, text)),
                    drafted={**self.drafted, **{one.path: one for one in fact.drafted}},
                    tokens=self.tokens + fact.tokens,
                )
            case TaskReflected():
                proposal = fact.proposal or self.proposal
                tokens, rounds = self.tokens + fact.tokens, self.rounds + 1
                return replace(self, proposal=proposal, tokens=tokens, rounds=rounds)
        return self


def fold(events: Iterable[Event], shown: Mapping[str, str]) -> Memory:
    """Return what events of one task come to, in their order."""
    memory = Memory()
    for event in events:
        fact = read_fact(event)
        text = shown.get(fact.message, "") if isinstance(fact, TaskActed) else ""
        memory = memory.after(fact, text)
    return memory


async def recall(journal: Journal, task: str, conversation: str) -> Memory:
    """Return how a task stands by the journal."""
    found = [await journal.read(reading.about, kind.type, task) for kind in _OF_TASKS]
    events = sorted((event for some in found for event in some), key=lambda event: event.seq)
    if not events:
        return Memory()
    said = await journal.read(reading.about, MessageSaid.type, conversation)
    return fold(events, _shown(said, task))


def _shown(said: Iterable[Event], task: str) -> dict[str, str]:
    facts = (read_fact(event) for event in said)
    return {
        fact.message: fact.text
        for fact in facts
        if isinstance(fact, MessageSaid) and fact.behind == task
    }
