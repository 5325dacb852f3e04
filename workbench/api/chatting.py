"""Commands of the chat. What writes is journaled before it is answered."""

from __future__ import annotations

from workbench.api.chats import (
    Attached,
    Completions,
    Conversation,
    Conversations,
    Exported,
    Pieces,
    Replayed,
    Said,
    Step,
    Talk,
    Weighed,
)
from workbench.api.commands import Terms
from workbench.api.shapes import Command


class Say(Command[Said], frozen=True):
    """Say something in a conversation and have it answered; the answer comes as pieces."""

    text: str
    terms: Terms
    conversation: str = ""
    """Empty begins a new one."""
    after: str | None = None
    """The message that it follows, to edit and send again; by default the head."""
    attached: tuple[Attached, ...] = ()
    role: str = "main"
    kind: str = "auto"
    """question, task, or auto: found out from the text."""
    most: int = 1024
    seed: int | None = None
    """None takes a new one, which the receipt keeps."""
    temperature: float | None = None
    domains: tuple[str, ...] = ()
    """Where to look for passages; empty lets the question choose."""


class TryAgain(Command[Said], frozen=True):
    """Have an answer made once more; both stay."""

    conversation: str
    answer: str
    terms: Terms
    role: str = "main"


class StopAnswer(Command[Said], frozen=True):
    """End an answer or a task where it is; what there is of it stays."""

    answer: str


class GoOn(Command[Said], frozen=True):
    """Go on with a task that waits for a person or was stopped, by its plan as it is now."""

    answer: str
    terms: Terms


class EditPlan(Command[Said], frozen=True):
    """Put other steps in the place of those of a task that have not been done."""

    answer: str
    steps: tuple[Step, ...]


class NextPieces(Command[Pieces], frozen=True):
    """Wait until there is more of an answer than `length` characters, or it has ended."""

    waits = True
    answer: str
    length: int = 0
    seen: int = -1
    """The mark of the pieces that came last: whatever has changed since is told at once."""


class ReadConversations(Command[Conversations], frozen=True):
    """List conversations, all of them or those in which a text occurs."""

    text: str = ""
    limit: int = 200


class ReadTalk(Command[Talk], frozen=True):
    """Read a conversation along the way to its head, or to another message."""

    conversation: str
    head: str = ""


class ShowTwin(Command[Talk], frozen=True):
    """Go to another message that follows the same one, and on to where its way ends."""

    conversation: str
    message: str
    by: int = 1


class NameConversation(Command[Conversation], frozen=True):
    conversation: str
    name: str


class ForkConversation(Command[Conversation], frozen=True):
    """Begin a conversation that has all up to a message."""

    conversation: str
    message: str
    name: str = ""


class ExportConversation(Command[Exported], frozen=True):
    conversation: str
    form: str = "markdown"
    """Or json."""


class WeighPrompt(Command[Weighed], frozen=True):
    """Tell what the next prompt would take, by source."""

    conversation: str
    text: str
    attached: tuple[Attached, ...] = ()
    role: str = "main"
    most: int = 1024


class CompactConversation(Command[Said], frozen=True):
    """Have what was said so far summed up; the summary stands for it in prompts from then on."""

    conversation: str
    role: str = "main"


class UndoCompaction(Command[Talk], frozen=True):
    conversation: str


class CompletePath(Command[Completions], frozen=True):
    """Find files and folders of the project by the beginning or a part of their path."""

    text: str
    limit: int = 50


class RunBlock(Command[Said], frozen=True):
    """Run a code block of a message in the sandbox; what it prints follows in the transcript.

    `answer` is the message of the output, whose pieces can be waited for, and which can be stopped.
    """

    conversation: str
    message: str
    block: int
    """Among the blocks of code of the message, fenced and indented ones, from zero."""
    terms: Terms


class Replay(Command[Replayed], frozen=True):
    """Make an answer again from its receipt, and say whether it is the same."""

    answer: str


AnyOfChat = (
    Say
    | TryAgain
    | StopAnswer
    | GoOn
    | EditPlan
    | NextPieces
    | ReadConversations
    | ReadTalk
    | ShowTwin
    | NameConversation
    | ForkConversation
    | ExportConversation
    | WeighPrompt
    | CompactConversation
    | UndoCompaction
    | CompletePath
    | RunBlock
    | Replay
)
