"""Views of conversations: a tree of messages, of which a conversation is a name and a head."""

from __future__ import annotations

import msgspec

from workbench.api.shapes import View
from workbench.api.talking import AnswerReceipt, Attached, Source, Step

__all__ = [
    "AnswerReceipt",
    "Attached",
    "Completions",
    "Conversation",
    "Conversations",
    "Exported",
    "Message",
    "Pieces",
    "Replayed",
    "Said",
    "Share",
    "Source",
    "Step",
    "Talk",
    "Weighed",
]


class Message(View, frozen=True):
    """One message, said by a person, an answer, a tool or the workbench itself."""

    id: str
    after: str
    """The message before it; empty for a first one."""
    author: str
    """person, assistant, tool, or summary."""
    text: str
    time: int
    state: str = "whole"
    """whole, running, waiting (a task's plan, for a person), stopped, interrupted (its host died)
    or failed."""
    kind: str = ""
    """Of an answer: model, passages (no model was there), or plan; of a tool its name; `undone` of
    a summary that stands for nothing any more."""
    problem: str = ""
    """Why it failed, in a sentence with a hint."""
    note: str = ""
    """What a person should know of an answer, such as that nothing was read that could help."""
    attached: tuple[Attached, ...] = ()
    receipt: AnswerReceipt | None = None
    sources: tuple[Source, ...] = ()
    steps: tuple[Step, ...] = ()
    """Of a plan."""
    twins: int = 1
    """So many messages follow the same one: what was edited or tried again stays."""
    twin: int = 1
    """Which of them this is."""
    proposal: str = ""
    """The proposal that an edit became."""


class Conversation(View, frozen=True):
    """A conversation as it is listed."""

    id: str
    name: str
    began: int
    changed: int
    messages: int
    head: str
    """The last message of the way that is shown."""
    first: str = ""
    """What was said first, in a line."""
    found: str = ""
    """Where a search matched, in a line."""
    origin: str = ""
    """The conversation that it was forked from."""
    running: bool = False


class Conversations(View, frozen=True):
    """Conversations, the newest change first."""

    conversations: tuple[Conversation, ...]


class Talk(View, frozen=True):
    """A conversation with the messages on the way to its head."""

    conversation: Conversation
    messages: tuple[Message, ...]
    compacted: str = ""
    """The summary that stands for what came before it, if there is one."""


class Said(View, frozen=True):
    """Something was said; what answers it, if anything does, comes as pieces."""

    conversation: str
    message: str
    answer: str = ""
    """The message that is being written."""
    note: str = ""
    """What a person should know of how it was taken, such as what could not be attached."""


class Share(msgspec.Struct, frozen=True):
    """What a part of a prompt takes."""

    name: str
    """system, plan, memory, files, passages, history, question, or reserve."""
    tokens: int


class Weighed(View, frozen=True):
    """What a prompt would take of the context, by source."""

    shares: tuple[Share, ...]
    total: int
    context: int
    """Tokens that fit; 0 where there is no model."""
    fits: bool
    sentence: str = ""
    """What takes the room, if it does not fit; or why nothing can be weighed."""
    estimated: bool = False
    """There is no tokenizer of the model to count with."""


class Pieces(View, frozen=True):
    """What came of an answer since it was asked about last."""

    text: str
    """More of it, from the character that was asked for."""
    length: int
    """So many characters there are now: what to ask for next."""
    state: str
    """waiting (in the queue), reading (the prompt), writing; or, once `message` is there, over:
    whole, stopped, interrupted or failed."""
    ahead: int = 0
    """Requests that come before it."""
    read: int = 0
    """Tokens of the prompt that were read."""
    to_read: int = 0
    tokens: int = 0
    rate: float = 0.0
    """Tokens a second."""
    left: float = 0.0
    """Seconds until the cap on tokens, at this rate."""
    problem: str = ""
    message: Message | None = None
    """The whole message, once it has ended."""
    steps: tuple[Step, ...] = ()
    """Of a task: its plan as it stands."""
    stage: str = ""
    """Of a task: analysing, planning, waiting for you, step 2 of 5, reflecting."""
    mark: int = 0
    """Grows with each change: what to hand back as `seen`, so that none is missed."""


class Exported(View, frozen=True):
    """A conversation as text."""

    text: str
    name: str
    """A name for a file."""


class Completions(View, frozen=True):
    """What could stand behind an `@`."""

    paths: tuple[str, ...]
    """Folders end in a slash."""


class Replayed(View, frozen=True):
    """An answer made again from its receipt."""

    answer: str
    same: bool
    text: str
    before: str
    differs: tuple[str, ...] = ()
    """What is not as it was, such as the model or a source, in sentences."""
