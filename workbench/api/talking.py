"""Facts of conversations: what was said, what was answered, and where each conversation stands."""

from __future__ import annotations

import msgspec

from workbench.api.facts import Fact


class Attached(msgspec.Struct, frozen=True):
    """What was attached to a message: a file, a folder, or lines of a file."""

    path: str
    """From the project."""
    first: int = 0
    last: int = 0
    """Lines from one; 0 for all of it."""
    digest: str = ""
    """Of the text that was attached; empty until it has been read."""


class Source(msgspec.Struct, frozen=True):
    """A passage that an answer rests on, cited by its number."""

    number: int
    passage: str
    """Its id in the index."""
    path: str
    first: int
    last: int
    heading: str = ""
    text: str = ""
    digest: str = ""
    """Of the passage, so that a stale one is seen."""
    stale: bool = False
    domain: str = ""


class AnswerReceipt(msgspec.Struct, frozen=True):
    """All that an answer was made of, so that it can be made again."""

    model: str
    place: str
    """`worker`, or the address of a server."""
    digest: str
    """SHA-256 of the model's file; empty for a server's."""
    seed: int
    parameters: dict[str, float | int | str]
    prompt: str
    """SHA-256 of the prompt as the model read it."""
    prompt_tokens: int = 0
    tokens: int = 0
    reused: int = 0
    """Tokens of the prompt that needed no reading."""
    seconds: float = 0.0
    """Of writing, without reading the prompt."""
    sources: tuple[Source, ...] = ()
    chat: str = ""
    """The digest of the turns that the prompt was made of, which are kept."""
    reason: str = ""
    """Why it ended: end, stop, most (the cap on tokens), or cancelled."""
    estimated: bool = False
    """The tokens were not counted by the model's own tokenizer."""


class Step(msgspec.Struct, frozen=True):
    """A step of a plan."""

    what: str
    state: str = "waiting"
    """waiting, running, done, failed, or skipped."""
    tool: str = ""
    note: str = ""
    """What came of it, in a line."""


class Wanted(msgspec.Struct, frozen=True):
    """How something is to be answered, so that it can be gone on with and tried again."""

    kind: str
    """question, task, summary, or run."""
    role: str = "main"
    most: int = 1024
    seed: int = 0
    temperature: float | None = None
    domains: tuple[str, ...] = ()


class ConversationBegan(Fact, frozen=True):
    """A conversation was forked from another: it has all up to a message."""

    type = "conversation.began"
    conversation: str
    name: str
    head: str
    origin: str


class ConversationNamed(Fact, frozen=True):
    type = "conversation.named"
    conversation: str
    name: str


class HeadMoved(Fact, frozen=True):
    """Another way through a conversation is shown."""

    type = "conversation.moved"
    conversation: str
    head: str


class MessageSaid(Fact, frozen=True):
    """A message that is whole; its conversation begins with it if there is none."""

    type = "message.said"
    conversation: str
    message: str
    after: str
    author: str
    text: str
    kind: str = ""
    problem: str = ""
    note: str = ""
    attached: tuple[Attached, ...] = ()
    sources: tuple[Source, ...] = ()
    proposal: str = ""
    behind: str = ""
    """The answer that it belongs to, for what a task says beside it: the head moves only then."""


class AnswerBegan(Fact, frozen=True):
    """An answer, a summary or a job's output began to be written."""

    type = "answer.began"
    conversation: str
    message: str
    after: str
    author: str
    wanted: Wanted
    kind: str = ""
    text: str = ""


class AnswerGrew(Fact, frozen=True):
    """There is more of an answer."""

    type = "answer.grew"
    message: str
    at: int
    """From which character on `text` stands."""
    text: str


class StepsPlanned(Fact, frozen=True):
    """How the plan of a task stands, after whoever changed it."""

    type = "answer.planned"
    message: str
    steps: tuple[Step, ...]
    stage: str = ""


class AnswerResumed(Fact, frozen=True):
    """A task that waited or was stopped goes on."""

    type = "answer.resumed"
    message: str


class AnswerEnded(Fact, frozen=True):
    """An answer is over; all of its text stands here."""

    type = "answer.ended"
    message: str
    state: str
    """whole, waiting, stopped or failed."""
    text: str
    kind: str = ""
    problem: str = ""
    note: str = ""
    receipt: AnswerReceipt | None = None
    sources: tuple[Source, ...] = ()
    proposal: str = ""
    remembered: str = ""
    """The digest of what the prompt had from memory, which later prompts have there too."""


class SummaryUndone(Fact, frozen=True):
    """A summary stands for nothing any more; what came before it counts again."""

    type = "summary.undone"
    conversation: str
    message: str


FACTS: tuple[type[Fact], ...] = (
    ConversationBegan,
    ConversationNamed,
    HeadMoved,
    MessageSaid,
    AnswerBegan,
    AnswerGrew,
    StepsPlanned,
    AnswerResumed,
    AnswerEnded,
    SummaryUndone,
)
