"""Chat as a service of the host: what is said is kept, answered, listed, searched, exported."""

from __future__ import annotations

import asyncio
from functools import partial
from hashlib import sha256
from secrets import randbits, token_hex

from msgspec.structs import replace

from local_models.registry import Role
from local_models.staff import Staff
from workbench.api import chats, chatting
from workbench.api.caller import Caller
from workbench.api.talking import (
    AnswerBegan,
    AnswerResumed,
    ConversationBegan,
    ConversationNamed,
    HeadMoved,
    MessageSaid,
    StepsPlanned,
    SummaryUndone,
    Wanted,
)
from workbench.chat.attaching import Attaching, Text
from workbench.chat.conversation import Node, in_a_line
from workbench.chat.desk import Desk
from workbench.chat.exporting import export
from workbench.chat.guard import redact
from workbench.chat.kinds import kind_of
from workbench.chat.running import TAKEN_OUT, Around
from workbench.chat.writing import Writing
from workbench.errors import UsageError
from workbench.journal.contents import Contents
from workbench.journal.journal import Journal
from workbench.visible import visible_line
from workbench.workspace import Workspace

__all__ = ["Around", "Service"]

LONGEST = 200_000
"""Characters of what is said at once."""
LARGEST_ANSWER = 32_768
_SEED_BITS = 31
_ROLES = (Role.MAIN, Role.HEAVY, Role.FAST)
_KINDS = ("auto", "question", "task")


class Service:
    """All conversations of a workspace."""

    def __init__(self, workspace: Workspace, journal: Journal, around: Around) -> None:
        self._desk = Desk(journal, partial(_ahead_of, around.models.staff))
        self._kept = Contents(workspace.folder / "talks")
        self._attaching = Attaching(workspace.project)
        self._writing = Writing(workspace, journal, around, self._desk, self._kept)
        self._around = around
        self._saying = asyncio.Lock()

    @property
    def busy(self) -> bool:
        """Whether something is being answered, so that the host must not end for being idle."""
        return bool(self._desk.running)

    async def close(self) -> None:
        await self._desk.close()

    async def say(self, command: chatting.Say, caller: Caller) -> chats.Said:
        """Keep what a person says, and begin to answer it."""
        _check(command)
        name, answer = _id("m", caller.key), _id("a", caller.key)
        text = redact(command.text)
        texts = await asyncio.to_thread(self._read, command)
        attached = await asyncio.to_thread(self._keep_texts, texts)
        missed = await asyncio.to_thread(self._attaching.missed, text)
        async with self._saying:
            known = (await self._desk.forest()).nodes.get(name)
            conversation, after = await self._place(command, name, known)
            note = " ".join([TAKEN_OUT] * (text != command.text) + [*map(_missed, missed)])
            said = MessageSaid(
                conversation, name, after, "person", text, attached=attached, note=note
            )
            if known is None:
                await self._desk.keep(
                    said,
                    conversation=conversation,
                    actor=caller.actor,
                    key=caller.key,
                    again=caller.again,
                )
            wanted = _wanted(command, text)
            began = AnswerBegan(conversation, answer, name, "assistant", wanted)
            await self._desk.begin(began, self._writing.body(began, _plain(caller), command.terms))
        return chats.Said(conversation, name, answer, note)

    async def try_again(self, command: chatting.TryAgain, caller: Caller) -> chats.Said:
        """Have an answer made once more beside the one there is, or the one that never began."""
        node = await self._desk.node(command.answer)
        asked = node if node.author == "person" else await self._asked(node)
        wanted = node.wanted or _wanted(chatting.Say(asked.text, command.terms), asked.text)
        _check_role(command.role)
        wanted = replace(wanted, role=command.role, seed=randbits(_SEED_BITS))
        answer = _id("a", caller.key)
        kept = await self._desk.conversation(command.conversation)
        began = AnswerBegan(kept.id, answer, asked.id, "assistant", wanted)
        await self._desk.begin(began, self._writing.body(began, _plain(caller), command.terms))
        return chats.Said(kept.id, asked.id, answer)

    async def stop(self, command: chatting.StopAnswer, _: Caller) -> chats.Said:
        node = await self._desk.node(command.answer)
        await self._desk.stop(node.id)
        return await self._said(node.id)

    async def go_on(self, command: chatting.GoOn, caller: Caller) -> chats.Said:
        """Go on with a task by its plan as it is now; one that is under way just goes on."""
        node = await self._task(command.answer)
        if node.id in self._desk.running:
            return await self._said(node.id)
        if node.state == "whole":
            raise UsageError("This task is done.", "Say what else is to be done.")
        await self._desk.keep(
            AnswerResumed(node.id),
            conversation=node.conversation,
            actor=caller.actor,
            key=caller.key,
            again=caller.again,
        )
        node = await self._desk.node(node.id)
        await self._desk.write(
            node.id,
            self._writing.again(node, _plain(caller), command.terms),
            await self._tail(node),
        )
        return await self._said(node.id)

    async def edit_plan(self, command: chatting.EditPlan, caller: Caller) -> chats.Said:
        """Keep the steps that have been done, and put others behind them."""
        node = await self._task(command.answer)
        if node.id in self._desk.running:
            raise UsageError(
                "The plan is being carried out.", "Stop the task, change the plan, and go on."
            )
        done = tuple(one for one in node.steps if one.state in ("done", "failed"))
        if command.steps[: len(done)] != done:
            raise UsageError(
                "Steps that are done cannot be changed.", "Change those that come after them."
            )
        steps = tuple(replace(one, what=redact(one.what)) for one in command.steps)
        await self._desk.keep(
            StepsPlanned(node.id, steps, node.stage),
            conversation=node.conversation,
            actor=caller.actor,
            key=caller.key,
            again=caller.again,
        )
        return await self._said(node.id)

    async def next_pieces(self, command: chatting.NextPieces, _: Caller) -> chats.Pieces:
        return await self._desk.pieces(command.answer, command.length, command.seen)

    async def conversations(
        self, command: chatting.ReadConversations, _: Caller
    ) -> chats.Conversations:
        forest = await self._desk.forest()
        found = forest.search(command.text, command.limit)
        return chats.Conversations(await asyncio.to_thread(tuple, found))

    async def talk(self, command: chatting.ReadTalk, _: Caller) -> chats.Talk:
        return await self._talk(command.conversation, command.head)

    async def show_twin(self, command: chatting.ShowTwin, caller: Caller) -> chats.Talk:
        """Move the head to a twin, and on to where its way ends."""
        forest = await self._desk.forest()
        kept = await self._desk.conversation(command.conversation)
        node = await self._desk.node(command.message)
        twins = forest.twins(node)
        other = twins[(twins.index(node.id) + command.by) % len(twins)]
        head = forest.end_of(other, kept.id)
        if head != kept.head:
            await self._desk.keep(
                HeadMoved(kept.id, head), conversation=kept.id, actor=caller.actor, key=caller.key
            )
        return await self._talk(kept.id)

    async def name(self, command: chatting.NameConversation, caller: Caller) -> chats.Conversation:
        kept = await self._desk.conversation(command.conversation)
        fact = ConversationNamed(kept.id, in_a_line(redact(command.name)))
        await self._desk.keep(fact, conversation=kept.id, actor=caller.actor, key=caller.key)
        return await self._listed(kept.id)

    async def fork(self, command: chatting.ForkConversation, caller: Caller) -> chats.Conversation:
        """Begin a conversation that has all up to a message."""
        kept = await self._desk.conversation(command.conversation)
        node = await self._desk.node(command.message)
        began = ConversationBegan(
            _id("c", caller.key), in_a_line(redact(command.name)), node.id, kept.id
        )
        await self._desk.keep(
            began,
            conversation=began.conversation,
            actor=caller.actor,
            key=caller.key,
            again=caller.again,
        )
        return await self._listed(began.conversation)

    async def export(self, command: chatting.ExportConversation, _: Caller) -> chats.Exported:
        return export(await self._talk(command.conversation), command.form)

    async def weigh(self, command: chatting.WeighPrompt, _: Caller) -> chats.Weighed:
        """Tell what a prompt would take, before it is sent."""
        texts = await asyncio.to_thread(self._read, command)
        return await self._writing.weigh(command, redact(command.text), texts)

    async def compact(self, command: chatting.CompactConversation, caller: Caller) -> chats.Said:
        """Begin a summary of what was said so far."""
        kept = await self._desk.conversation(command.conversation)
        await self._writing.require(command.role)
        answer = _id("s", caller.key)
        wanted = Wanted("summary", command.role, seed=randbits(_SEED_BITS))
        began = AnswerBegan(kept.id, answer, kept.head, "summary", wanted)
        await self._desk.begin(began, self._writing.summary(began, _plain(caller)))
        return chats.Said(kept.id, kept.head, answer)

    async def undo_compaction(self, command: chatting.UndoCompaction, caller: Caller) -> chats.Talk:
        """Let what a summary stands for count again."""
        forest = await self._desk.forest()
        kept = await self._desk.conversation(command.conversation)
        summary = forest.summary_on(forest.way(kept.head))
        if summary is None:
            raise UsageError("No summary stands in this conversation.", "There is nothing to undo.")
        fact = SummaryUndone(kept.id, summary.id)
        await self._desk.keep(fact, conversation=kept.id, actor=caller.actor, key=caller.key)
        return await self._talk(kept.id)

    async def complete(self, command: chatting.CompletePath, _: Caller) -> chats.Completions:
        complete = partial(self._attaching.complete, command.text, command.limit)
        return chats.Completions(await asyncio.to_thread(complete))

    async def run_block(self, command: chatting.RunBlock, caller: Caller) -> chats.Said:
        """Run a code block; its output is a message of its own behind the head."""
        node = await self._desk.node(command.message)
        kept = await self._desk.conversation(command.conversation)
        body = self._writing.run(node, command, _plain(caller))
        wanted = Wanted("run")
        began = AnswerBegan(kept.id, _id("r", caller.key), kept.head, "tool", wanted, "sandbox")
        await self._desk.begin(began, body)
        return chats.Said(kept.id, node.id, began.message)

    async def replay(self, command: chatting.Replay, caller: Caller) -> chats.Replayed:
        return await self._writing.replay(await self._desk.node(command.answer), _plain(caller))

    async def _place(self, command: chatting.Say, name: str, known: Node | None) -> tuple[str, str]:
        """Return in which conversation something is said, and behind which message."""
        if known:
            return known.conversation, known.after
        if not command.conversation:
            return _id("c", name), ""
        kept = await self._desk.conversation(command.conversation)
        after = kept.head if command.after is None else command.after
        if after:
            node = await self._desk.node(after)
            self._refuse_task(node)
            after = node.id
        return kept.id, after

    def _refuse_task(self, node: Node) -> None:
        """Let nothing follow a task that may still put messages behind itself."""
        if node.is_task and node.id in self._desk.running:
            raise UsageError(
                "A task is under way in this conversation.", "Wait for it or stop it, then say it."
            )

    async def _asked(self, answer: Node) -> Node:
        """Return what was said that an answer is to."""
        if answer.author != "assistant" or answer.wanted is None:
            raise UsageError("Only answers can be tried again.", "Choose an answer.")
        return await self._desk.node(answer.after)

    async def _task(self, answer: str) -> Node:
        node = await self._desk.node(answer)
        if not node.is_task:
            raise UsageError("This is no task.", "Only tasks have a plan.")
        return node

    async def _tail(self, node: Node) -> str:
        """Return the last message that a task has put behind itself."""
        forest = await self._desk.forest()
        kept = await self._desk.conversation(node.conversation)
        way = [one.id for one in forest.way(kept.head)]
        told = [one.id for one in forest.nodes.values() if one.behind == node.id]
        behind = way[way.index(node.id) + 1 :] if node.id in way else told
        if any(one not in told for one in behind):
            raise UsageError(
                "Something else was said after this task.", "Say anew what is to be done."
            )
        return behind[-1] if behind else node.id

    async def _talk(self, conversation: str, head: str = "") -> chats.Talk:
        forest = await self._desk.forest()
        kept = await self._desk.conversation(conversation)
        way = forest.way((await self._desk.node(head)).id if head else kept.head)
        summary = forest.summary_on(way)
        messages = [await self._desk.message(node) for node in way]
        return chats.Talk(
            forest.listed(kept), tuple(messages), compacted=summary.text if summary else ""
        )

    async def _listed(self, conversation: str) -> chats.Conversation:
        kept = await self._desk.conversation(conversation)
        return (await self._desk.forest()).listed(kept)

    async def _said(self, answer: str) -> chats.Said:
        node = await self._desk.node(answer)
        return chats.Said(node.conversation, node.after, node.id)

    def _read(self, command: chatting.Say | chatting.WeighPrompt) -> tuple[Text, ...]:
        mentioned = self._attaching.mentioned(command.text)
        return self._attaching.read((*command.attached, *mentioned))

    def _keep_texts(self, texts: tuple[Text, ...]) -> tuple[chats.Attached, ...]:
        return tuple(
            replace(one.attached, digest=self._kept.keep(one.text.encode())) for one in texts
        )


def _missed(path: str) -> str:
    return f"There is no {visible_line(path)} here, so it is not attached."


def _check(command: chatting.Say) -> None:
    if not command.text.strip():
        raise UsageError("There is nothing to answer.", "Say something.")
    if len(command.text) > LONGEST:
        raise UsageError(
            f"This has {len(command.text):,} characters, and {LONGEST:,} can be said at once.",
            "Put it into a file of the project and attach what matters: @file:10-80.",
        )
    if command.kind not in _KINDS:
        raise UsageError(f"There is no kind {command.kind!r}.", f"There are {', '.join(_KINDS)}.")
    _check_role(command.role)
    if not 1 <= command.most <= LARGEST_ANSWER:
        raise UsageError(
            f"An answer can have 1 to {LARGEST_ANSWER:,} tokens.", "Name a number between them."
        )


def _check_role(role: str) -> None:
    if role not in _ROLES:
        raise UsageError(
            f"There is no role {visible_line(role)} that answers.",
            f"There are {', '.join(_ROLES)}.",
        )


def _wanted(command: chatting.Say, text: str) -> Wanted:
    return Wanted(
        kind=kind_of(text) if command.kind == "auto" else command.kind,
        role=command.role,
        most=command.most,
        seed=randbits(_SEED_BITS) if command.seed is None else command.seed,
        temperature=command.temperature,
        domains=command.domains,
    )


def _id(letter: str, key: str) -> str:
    """Name what a command makes: the same when it is sent again."""
    named = sha256(f"{letter} {key or token_hex(16)}".encode()).hexdigest()
    return letter + named[:11]


def _ahead_of(staff: Staff, request: str) -> int:
    """Return how many come before a request in the queue that it stands in."""
    for post in staff.posts():
        waiting = [one.id for one in post.queue]
        if request in waiting:
            return waiting.index(request)
    return 0


def _plain(caller: Caller) -> Caller:
    """Return the caller without the key, which the command has used."""
    return Caller(caller.actor)
