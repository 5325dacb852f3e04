"""Conversations as a host has them: a tree of messages, and answers that come piece by piece."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from itertools import count
from typing import TYPE_CHECKING, Any

from msgspec.structs import replace

from workbench.api import chats, models
from workbench.api.chatting import (
    CompactConversation,
    CompletePath,
    EditPlan,
    ExportConversation,
    ForkConversation,
    GoOn,
    NameConversation,
    NextPieces,
    ReadConversations,
    ReadTalk,
    Replay,
    RunBlock,
    Say,
    ShowTwin,
    StopAnswer,
    TryAgain,
    UndoCompaction,
    WeighPrompt,
)
from workbench.api.shapes import Command, View
from workbench.api.talking import MessageSaid
from workbench.errors import UsageError, WorkbenchError

if TYPE_CHECKING:
    from tests.pilot.fake import FakeHost

TEN = 1_780_308_000_000_000
"""2026-06-01 10:00 UTC."""
READY = models.Post("main", "small-coder", "worker", "It is the only one.", "ready", context=8192)
ABSENT = models.Post(
    "main", "", "", "No model is here. `workbench models add PATH` takes one.", "absent"
)
RECEIPT = chats.AnswerReceipt(
    model="small-coder",
    place="worker",
    digest="ab" * 32,
    seed=7,
    parameters={"temperature": 0.2, "most": 1024},
    prompt="cd" * 32,
    prompt_tokens=812,
    tokens=96,
    reused=700,
    seconds=4.2,
)
PATHS = ("src/", "src/parse.py", "src/lexer.py", "src/a b.py", "tests/test_parse.py", "README.md")


class FakeTalks:
    """Answers what is asked of models and conversations."""

    def __init__(
        self, messages: Sequence[chats.Message] = (), post: models.Post = READY, name: str = ""
    ) -> None:
        self.messages: dict[str, chats.Message] = {}
        self.conversations: dict[str, chats.Conversation] = {}
        self.posts = models.Posts((post,), {"main": ("small-coder", "big-coder")})
        self.refuses: WorkbenchError | None = None
        """What saying something comes to."""
        self.sentence = ""
        """What stands in the way of the next prompt."""
        self.replayed = chats.Replayed("", same=True, text="", before="")
        self._numbers = count(1)
        self._news = asyncio.Condition()
        self._pieces: dict[str, chats.Pieces] = {}
        if messages:
            self._begin("c1", name)
            for one in messages:
                self._add("c1", one)

    async def answer(self, command: Command[Any], host: FakeHost) -> View | None:
        """Answer what is asked, or nothing if it is about something else."""
        match command:
            case models.ReadPosts() | models.ResetModel() | models.CancelErrand():
                return self.posts
            case models.AssignRole(role=role, name=name):
                return self._assign(role, name)
            case NextPieces(answer=answer, length=length, seen=seen):
                return await self._next(answer, length, seen)
            case CompletePath(text=text):
                return chats.Completions(tuple(one for one in PATHS if text in one))
            case WeighPrompt():
                return self._weighed(command)
        return self._read(command) or await self._changed(command, host)

    async def come(self, text: str, *, state: str = "writing", **more: Any) -> None:  # noqa: ANN401
        """Let more of the running answer come."""
        await self._grow(self.running, text, state=state, **more)

    async def _grow(self, answer: str, text: str, **more: Any) -> None:  # noqa: ANN401
        before = self._pieces[answer]
        async with self._news:
            whole = before.text + text
            self._pieces[answer] = replace(
                before,
                text=whole,
                length=len(whole),
                **{"tokens": before.tokens + 1, "mark": before.mark + 1, **more},
            )
            self._news.notify_all()

    async def end(self, host: FakeHost, *, state: str = "whole", **more: Any) -> None:  # noqa: ANN401
        """Let the running answer be over."""
        answer = self.running
        pieces = self._pieces[answer]
        message = replace(
            self.messages[answer],
            text=pieces.text,
            state=state,
            **{"receipt": RECEIPT, "kind": "model", "steps": pieces.steps, **more},
        )
        self.messages[answer] = message
        await self._grow(answer, "", state=state, message=self._shown(message))
        await self._tell(host)

    @property
    def running(self) -> str:
        """The message that is being written."""
        return next(one.id for one in self.messages.values() if one.state == "running")

    async def said_by_another(self, host: FakeHost, conversation: str, text: str) -> None:
        """Let another face say something."""
        await self._say(host, conversation, text, None, ())

    def _begin(self, identity: str, name: str = "", origin: str = "") -> chats.Conversation:
        made = chats.Conversation(identity, name, TEN, TEN, 0, "", origin=origin)
        self.conversations[identity] = made
        return made

    def _add(self, conversation: str, message: chats.Message) -> None:
        self.messages[message.id] = message
        one = self.conversations[conversation]
        self.conversations[conversation] = replace(
            one,
            head=message.id,
            messages=one.messages + 1,
            changed=max(one.changed, message.time),
            first=one.first or " ".join(message.text.split())[:60],
        )

    def _way(self, head: str) -> tuple[chats.Message, ...]:
        way: list[chats.Message] = []
        while head:
            way.append(self._shown(self.messages[head]))
            head = self.messages[head].after
        return tuple(reversed(way))

    def _shown(self, message: chats.Message) -> chats.Message:
        beside = [one.id for one in self.messages.values() if one.after == message.after]
        return replace(message, twins=len(beside), twin=beside.index(message.id) + 1)

    def _talk(self, conversation: str) -> chats.Talk:
        if conversation not in self.conversations:
            raise UsageError(f"There is no conversation {conversation}.", "`workbench chat list`.")
        one = self.conversations[conversation]
        way = self._way(one.head)
        summed = [m.text for m in way if m.author == "summary" and m.kind != "undone"]
        return chats.Talk(one, way, summed[-1] if summed else "")

    def _read(self, command: Command[Any]) -> View | None:
        match command:
            case ReadConversations(text=text):
                return chats.Conversations(self._listed(text))
            case ReadTalk(conversation=name):
                return self._talk(name)
            case ExportConversation(conversation=name, form=form):
                return chats.Exported(f"{form} of {name}\n", f"{name}.md")
            case Replay():
                return self.replayed
        return None

    def _listed(self, text: str) -> tuple[chats.Conversation, ...]:
        found = []
        for one in self.conversations.values():
            texts = [one.name, *(m.text for m in self._way(one.head))]
            matching = next((t for t in texts if text.lower() in t.lower()), None)
            if matching is not None:
                running = any(m.state == "running" for m in self._way(one.head))
                found.append(
                    replace(one, found=" ".join(matching.split()) if text else "", running=running)
                )
        return tuple(sorted(found, key=lambda one: -one.changed))

    async def _changed(  # noqa: PLR0911 - one for each command
        self, command: Command[Any], host: FakeHost
    ) -> View | None:
        """Do what changes something, and tell of it."""
        match command:
            case Say(text=text, conversation=name, after=after, attached=attached):
                if self.refuses:
                    raise self.refuses
                return await self._say(host, name, text, after, attached)
            case TryAgain(conversation=name, answer=answer):
                return await self._answer(host, name, self.messages[answer].after)
            case RunBlock(conversation=name, message=message):
                return await self._answer(host, name, message, author="tool", kind="run")
            case CompactConversation(conversation=name):
                head = self.conversations[name].head
                return await self._answer(host, name, head, author="summary")
            case StopAnswer(answer=answer):
                await self.end(host, state="stopped")
                return chats.Said("c1", answer, answer)
            case GoOn(answer=answer):
                self.messages[answer] = replace(self.messages[answer], state="running")
                self._pieces[answer] = chats.Pieces("", 0, "waiting")
                return chats.Said("c1", answer, answer)
            case EditPlan(answer=answer, steps=steps):
                before = self.messages[answer]
                done = tuple(one for one in before.steps if one.state in ("done", "failed"))
                assert steps[: len(done)] == done
                self.messages[answer] = replace(before, steps=steps)
                await self._tell(host)
                return chats.Said("c1", answer, answer)
        return await self._moved(command, host)

    async def _moved(self, command: Command[Any], host: FakeHost) -> View | None:
        match command:
            case NameConversation(conversation=name, name=new):
                self.conversations[name] = replace(self.conversations[name], name=new)
                await self._tell(host)
                return self.conversations[name]
            case ForkConversation(conversation=name, message=message, name=new):
                made = self._begin(f"f{next(self._numbers)}", new, name)
                self.conversations[made.id] = replace(
                    made, head=message, messages=len(self._way(message)), changed=TEN + 1
                )
                await self._tell(host)
                return self.conversations[made.id]
            case ShowTwin(conversation=name, message=message, by=by):
                self._turn(name, message, by)
                return self._talk(name)
            case UndoCompaction(conversation=name):
                for one in self._way(self.conversations[name].head):
                    if one.author == "summary":
                        self.messages[one.id] = replace(self.messages[one.id], kind="undone")
                return self._talk(name)
        return None

    def _turn(self, conversation: str, message: str, by: int) -> None:
        after = self.messages[message].after
        beside = [one.id for one in self.messages.values() if one.after == after]
        head = beside[beside.index(message) + by]
        while inner := [one.id for one in self.messages.values() if one.after == head]:
            head = inner[-1]
        self.conversations[conversation] = replace(self.conversations[conversation], head=head)

    async def _say(
        self,
        host: FakeHost,
        name: str,
        text: str,
        after: str | None,
        attached: tuple[chats.Attached, ...],
    ) -> chats.Said:
        if not name:
            name = self._begin(f"c{next(self._numbers) + 100}").id
        after = self.conversations[name].head if after is None else after
        said = chats.Message(self._new(), after, "person", text, self._later, attached=attached)
        self._add(name, said)
        return await self._answer(host, name, said.id)

    async def _answer(
        self, host: FakeHost, name: str, after: str, author: str = "assistant", kind: str = ""
    ) -> chats.Said:
        made = chats.Message(self._new(), after, author, "", self._later, "running", kind)
        self._add(name, made)
        self._pieces[made.id] = chats.Pieces("", 0, "waiting", ahead=1)
        await self._tell(host)
        return chats.Said(name, after, made.id)

    def _new(self) -> str:
        return f"n{next(self._numbers)}"

    @property
    def _later(self) -> int:
        return TEN + 60_000_000 * len(self.messages)

    async def _tell(self, host: FakeHost) -> None:
        await host.tell(MessageSaid("c1", "m", "", "person", ""))

    async def _next(self, answer: str, length: int, seen: int) -> chats.Pieces:
        async with self._news:
            while self._pieces[answer].mark <= seen and not self._pieces[answer].message:
                await self._news.wait()
        pieces = self._pieces[answer]
        return replace(pieces, text=pieces.text[length:])

    def _assign(self, role: str, name: str) -> models.Posts:
        post = replace(READY, role=role, model=name or "small-coder")
        self.posts = replace(self.posts, posts=(post,))
        return self.posts

    def _weighed(self, command: WeighPrompt) -> chats.Weighed:
        words = len(command.text.split())
        shares = (
            chats.Share("system", 120),
            chats.Share("files", 400 * len(command.attached)),
            chats.Share("history", 40 * len(self.messages)),
            chats.Share("question", words),
            chats.Share("reserve", 1024),
        )
        total = sum(one.tokens for one in shares)
        context = self.posts.posts[0].context
        return chats.Weighed(shares, total, context, not self.sentence, self.sentence)
