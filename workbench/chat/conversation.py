"""Conversations folded from their facts: a tree of messages, of which each shows one way.

A message names the one it follows, and never changes whom it follows. A conversation is a name and
a head: the last message of the way that is shown. Edited and retried messages are twins, which
follow the same one; a fork is another head.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

import msgspec
from msgspec.structs import replace

from workbench.api.chats import AnswerReceipt, Attached, Conversation, Message, Source, Step
from workbench.api.events import HostStarted, read_fact
from workbench.api.facts import Event, Fact
from workbench.api.talking import (
    FACTS,
    AnswerBegan,
    AnswerEnded,
    AnswerGrew,
    AnswerResumed,
    ConversationBegan,
    ConversationNamed,
    HeadMoved,
    MessageSaid,
    StepsPlanned,
    SummaryUndone,
    Wanted,
)

TYPES = (HostStarted.type, *(fact.type for fact in FACTS))
"""What the tree is folded from; where a host began, whatever was being written ended."""
UNDONE = "undone"
_LINE = 100


class Node(msgspec.Struct, frozen=True):
    """A message as it is known."""

    id: str
    conversation: str
    """The one that it was said in; forks of it show it too."""
    after: str
    author: str
    time: int
    text: str = ""
    state: str = "whole"
    kind: str = ""
    problem: str = ""
    note: str = ""
    attached: tuple[Attached, ...] = ()
    receipt: AnswerReceipt | None = None
    sources: tuple[Source, ...] = ()
    steps: tuple[Step, ...] = ()
    stage: str = ""
    proposal: str = ""
    wanted: Wanted | None = None
    behind: str = ""
    remembered: str = ""
    """The digest of what its prompt had from memory."""

    @property
    def is_task(self) -> bool:
        return self.wanted is not None and self.wanted.kind == "task"

    @property
    def stands(self) -> bool:
        """Whether it is a summary that stands for what came before it."""
        return self.author == "summary" and self.state == "whole" and self.kind != UNDONE


class Kept(msgspec.Struct, frozen=True):
    """A conversation as it is known."""

    id: str
    began: int
    changed: int
    name: str = ""
    head: str = ""
    origin: str = ""


@dataclass
class Forest:
    """All messages and conversations; `take` is the only thing that changes it."""

    nodes: dict[str, Node] = field(default_factory=dict)
    conversations: dict[str, Kept] = field(default_factory=dict)
    _following: dict[str, list[str]] = field(default_factory=dict)
    _running: dict[str, None] = field(default_factory=dict)

    def take(self, event: Event) -> None:
        """Learn what an event says; what makes no sense in this tree changes nothing."""
        self.learn(read_fact(event), event.time)

    def learn(self, fact: Fact, time: int) -> None:
        match fact:
            case HostStarted():
                self._interrupt()
            case ConversationBegan():
                self._begin(fact, time)
            case ConversationNamed(conversation=name):
                self._change(name, time, name=fact.name)
            case HeadMoved(conversation=name, head=head) if head in self.nodes:
                self._change(name, time, head=head)
            case MessageSaid():
                self._say(fact, time)
            case AnswerBegan():
                self._answer(fact, time)
            case AnswerGrew() | StepsPlanned() | AnswerResumed() | AnswerEnded():
                self._go_on(fact, time)
            case SummaryUndone():
                self._undo(fact, time)

    def way(self, head: str) -> tuple[Node, ...]:
        """Return the messages up to one, the first one first."""
        return tuple(reversed(tuple(self._back(head))))

    def twins(self, node: Node) -> tuple[str, ...]:
        """Return the messages of its conversation that follow the same one, itself among them."""
        beside = self._following.get(_place(node), ())
        return tuple(one for one in beside if self.nodes[one].conversation == node.conversation)

    def end_of(self, message: str, conversation: str) -> str:
        """Return where the way through a message ends, the newest branch each time."""
        while inner := self._newest(self.nodes[message], conversation):
            message = inner
        return message

    def summary_on(self, way: Iterable[Node]) -> Node | None:
        """Return the summary that stands for what came before it."""
        return next((one for one in reversed(tuple(way)) if one.stands), None)

    def message(self, node: Node) -> Message:
        """Return a message as faces see it."""
        twins = self.twins(node)
        return Message(
            id=node.id,
            after=node.after,
            author=node.author,
            text=node.text,
            time=node.time,
            state=node.state,
            kind=node.kind,
            problem=node.problem,
            attached=node.attached,
            receipt=node.receipt,
            sources=node.sources,
            steps=node.steps,
            proposal=node.proposal,
            note=node.note,
            twins=len(twins),
            twin=twins.index(node.id) + 1,
        )

    def listed(self, kept: Kept, found: str = "") -> Conversation:
        """Return a conversation as it is listed."""
        way = self.way(kept.head)
        first = next((one.text for one in way if one.author == "person"), "")
        return Conversation(
            id=kept.id,
            name=kept.name,
            began=kept.began,
            changed=kept.changed,
            messages=len(way),
            head=kept.head,
            first=in_a_line(first),
            found=found,
            origin=kept.origin,
            running=any(one.state == "running" for one in way),
        )

    def search(self, text: str, limit: int) -> Iterator[Conversation]:
        """Yield conversations, the newest change first; of a text those in which it occurs.

        It may be done in a thread: what is learned meanwhile may be missing, and no more.
        """
        wanted = text.casefold().strip()
        found = self._where(wanted) if wanted else {}
        newest = sorted(self.conversations.values(), key=lambda one: (-one.changed, one.id))
        for kept in newest:
            if limit <= 0:
                return
            line = found.get(kept.id, "") or self._found_on_way(kept, wanted)
            if not wanted or line:
                limit -= 1
                yield self.listed(kept, line)

    def _where(self, wanted: str) -> dict[str, str]:
        """Return the line of each conversation's last message that has the text."""
        return {
            node.conversation: line_with(node.text, wanted)
            for node in tuple(self.nodes.values())
            if wanted in node.text.casefold()
        }

    def _found_on_way(self, kept: Kept, wanted: str) -> str:
        """Look at the name, and in a fork at what was said before it began."""
        if not wanted:
            return ""
        if wanted in kept.name.casefold():
            return in_a_line(kept.name)
        way = self.way(kept.head) if kept.origin else ()
        with_it = (one.text for one in reversed(way) if wanted in one.text.casefold())
        return next((line_with(one, wanted) for one in with_it), "")

    def _back(self, head: str) -> Iterator[Node]:
        while node := self.nodes.get(head):
            yield node
            head = node.after

    def _newest(self, node: Node, conversation: str) -> str:
        inner = self._following.get(node.id, ())
        known = (conversation, node.conversation)
        return next((one for one in reversed(inner) if self.nodes[one].conversation in known), "")

    def _begin(self, fact: ConversationBegan, time: int) -> None:
        if fact.conversation not in self.conversations and fact.head in self.nodes:
            self.conversations[fact.conversation] = Kept(
                fact.conversation, time, time, fact.name, fact.head, fact.origin
            )

    def _change(self, name: str, time: int, /, **changes: str) -> None:
        if kept := self.conversations.get(name):
            self.conversations[name] = replace(kept, changed=time, **changes)

    def _say(self, fact: MessageSaid, time: int) -> None:
        node = Node(
            fact.message,
            fact.conversation,
            fact.after,
            fact.author,
            time,
            text=fact.text,
            kind=fact.kind,
            problem=fact.problem,
            note=fact.note,
            attached=fact.attached,
            sources=fact.sources,
            proposal=fact.proposal,
            behind=fact.behind,
        )
        self._add(node, moves=not fact.behind)

    def _answer(self, fact: AnswerBegan, time: int) -> None:
        node = Node(
            fact.message,
            fact.conversation,
            fact.after,
            fact.author,
            time,
            text=fact.text,
            state="running",
            kind=fact.kind,
            wanted=fact.wanted,
        )
        if self._add(node, moves=True):
            self._running[node.id] = None

    def _add(self, node: Node, *, moves: bool) -> bool:
        """Put a message into the tree; it can only follow what is there."""
        if node.id in self.nodes or (node.after and node.after not in self.nodes):
            return False
        kept = self.conversations.get(node.conversation) or Kept(
            node.conversation, node.time, node.time
        )
        self.nodes[node.id] = node
        self._following.setdefault(_place(node), []).append(node.id)
        head = node.id if moves or kept.head in {node.after, ""} else kept.head
        self.conversations[kept.id] = replace(kept, changed=node.time, head=head)
        return True

    def _go_on(
        self, fact: AnswerGrew | StepsPlanned | AnswerResumed | AnswerEnded, time: int
    ) -> None:
        node = self.nodes.get(fact.message)
        if node is None or node.wanted is None:
            return
        node = _gone_on(node, fact)
        self.nodes[node.id] = node
        if node.state == "running":
            self._running[node.id] = None
        else:
            self._running.pop(node.id, None)
        self._change(node.conversation, time)

    def _interrupt(self) -> None:
        for name in self._running:
            self.nodes[name] = replace(self.nodes[name], state="interrupted")
        self._running.clear()

    def _undo(self, fact: SummaryUndone, time: int) -> None:
        node = self.nodes.get(fact.message)
        if node is None or not node.stands:
            return
        self.nodes[node.id] = replace(node, kind=UNDONE)
        kept = self.conversations.get(fact.conversation)
        if kept and kept.head == node.id and node.after:
            self._change(kept.id, time, head=node.after)


def fold(events: Iterable[Event]) -> Forest:
    """Return what the events come to, in their order."""
    forest = Forest()
    for event in events:
        forest.take(event)
    return forest


def in_a_line(text: str) -> str:
    """Return the beginning of a text on one line."""
    line = " ".join(text[: 4 * _LINE].split())
    return line if len(line) <= _LINE else f"{line[: _LINE - 1]}…"


def line_with(text: str, wanted: str) -> str:
    """Return what stands around the first place of a text that is in small letters."""
    at = text.casefold().find(wanted)
    begin = text.rfind("\n", 0, max(at, 0)) + 1
    begin = max(begin, at - _LINE // 2)
    return in_a_line(text[begin : begin + 2 * _LINE].partition("\n")[0] or text)


def _place(node: Node) -> str:
    """Return whom twins follow; first messages follow their conversation."""
    return node.after or f"/{node.conversation}"


def _gone_on(node: Node, fact: AnswerGrew | StepsPlanned | AnswerResumed | AnswerEnded) -> Node:
    match fact:
        case AnswerGrew():
            return replace(node, text=node.text[: fact.at] + fact.text)
        case StepsPlanned():
            return replace(node, steps=fact.steps, stage=fact.stage)
        case AnswerResumed():
            return replace(node, state="running", problem="")
        case AnswerEnded():
            return replace(
                node,
                state=fact.state,
                text=fact.text,
                kind=fact.kind or node.kind,
                problem=fact.problem,
                note=fact.note,
                receipt=fact.receipt,
                sources=fact.sources,
                proposal=fact.proposal,
                remembered=fact.remembered,
            )
