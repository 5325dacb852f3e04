"""Conversations as one screen has them: read from the host, and fresh while others talk too."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Coroutine
from typing import TYPE_CHECKING, Any

from msgspec.structs import replace

from widgets.growing import Growing
from workbench.api.chats import (
    Attached,
    Conversation,
    Conversations,
    Message,
    Pieces,
    Said,
    Talk,
    Weighed,
)
from workbench.api.chatting import NextPieces, ReadConversations, ReadTalk, WeighPrompt
from workbench.api.models import Post, Posts, ReadPosts
from workbench.api.talking import FACTS, AnswerGrew
from workbench.errors import WorkbenchError

if TYPE_CHECKING:
    from textual.timer import Timer

    from screens.frame import Frame
    from workbench.api.client import Line
    from workbench.api.facts import Event

Attach = Callable[[str], Awaitable[tuple[Attached, ...]]]
"""Finds out what a text attaches."""

_BETWEEN_PIECES = 0.05
_BETWEEN_PIECES_UNSEEN = 0.5
_TIMES_ITS_COST = 10
"""So many times what drawing took is waited before more is asked for."""
_BETWEEN_READS = 0.15
_BETWEEN_WEIGHINGS = 0.4
_TOLD_OF = frozenset(fact.type for fact in FACTS) - {AnswerGrew.type}


class Answer:
    """An answer while it is written."""

    def __init__(self, message: str, *, output: bool) -> None:
        self.message, self._output = message, output
        self.growing = Growing(output=output)
        self.pieces = Pieces("", 0, "waiting", mark=-1)

    def take(self, pieces: Pieces) -> None:
        """Take more of it; of one that was begun anew, all."""
        if pieces.length < self.growing.length + len(pieces.text):
            self.growing = Growing(output=self._output)
        self.pieces = pieces
        if pieces.text:
            self.growing.grow(pieces.text)


class Talks:
    """Knows the conversations, the one that is open, and its answers while they are written."""

    def __init__(
        self, frame: Frame, changed: Callable[[], None], grew: Callable[[Answer], None]
    ) -> None:
        self.conversations: tuple[Conversation, ...] = ()
        self.text = ""
        """Only conversations in which this occurs are listed."""
        self.open = ""
        """The conversation that is shown; empty for one that has not begun."""
        self.talk: Talk | None = None
        self._by_name: dict[str, Message] = {}
        self.answers: dict[str, Answer] = {}
        self.posts: Posts | None = None
        self.weighed: Weighed | None = None
        self.role = "main"
        self.problem = ""
        """Why the conversation cannot be read."""
        self._frame, self._changed, self._grew = frame, changed, grew
        self._journal_id = ""
        self._following: asyncio.Task[None] | None = None
        self._read_due: Timer | None = None
        self._weigh_due: Timer | None = None
        self._reading = False
        self._is_stale = False

    @property
    def messages(self) -> tuple[Message, ...]:
        return self.talk.messages if self.talk else ()

    @property
    def running(self) -> Answer | None:
        """The answer that is being written in the conversation that is open."""
        return next((one for name, one in self.answers.items() if name in self._by_name), None)

    @property
    def post(self) -> Post | None:
        """What serves the role that is asked."""
        posts = self.posts.posts if self.posts else ()
        return next((one for one in posts if one.role == self.role), None)

    @property
    def proposal(self) -> str:
        """The last proposal that came of the conversation."""
        return next((one.proposal for one in reversed(self.messages) if one.proposal), "")

    def message(self, name: str) -> Message | None:
        return self._by_name.get(name)

    def line_changed(self, line: Line) -> None:
        """Begin anew with a journal that was not seen before, and read what was missed."""
        if line.state != "attached" or line.welcome is None:
            return
        if line.welcome.journal != self._journal_id or self._following is None:
            if self._following:
                self._following.cancel()
            self._journal_id = line.welcome.journal
            self._following = self._spawn(self._follow(line.welcome.head))
        self.read()

    def read(self) -> None:
        """Read all that is shown, once for all that happens until then."""
        if not self._read_due:
            self._read_due = self._frame.set_timer(_BETWEEN_READS, self._read_now)

    def go_to(self, conversation: str) -> None:
        """Show another conversation, or a new one."""
        self.open, self.problem, self.weighed = conversation, "", None
        self._put(None)
        self._changed()
        if conversation:
            self._read_now()

    def take(self, talk: Talk) -> None:
        """Show a conversation as it is now."""
        self.open, self.problem = talk.conversation.id, ""
        self._put(talk)
        for one in talk.messages:
            if one.state == "running" and one.id not in self.answers:
                self._listen(one.id, output=one.author == "tool")
        self._changed()

    async def said(self, said: Said) -> None:
        """Go on with what was said: its answer is on the way."""
        self.open = said.conversation
        await self.read_talk()
        self.read()

    def search(self, text: str) -> None:
        """List only conversations in which a text occurs."""
        self.text = text.strip()
        self._changed()
        self._read_now()

    def weigh_soon(self, text: str, attach: Attach) -> None:
        """Find out what the next prompt takes, when nobody types for a while."""
        if self._weigh_due:
            self._weigh_due.stop()
        self._weigh_due = self._frame.set_timer(
            _BETWEEN_WEIGHINGS, lambda: self._spawn(self._weigh(text, attach))
        )

    async def read_posts(self) -> Posts:
        """Find out who serves which role."""
        self.take_posts(await self._frame.interface.host.call(ReadPosts()))
        return self.posts or Posts(())

    def take_posts(self, posts: Posts) -> None:
        self.posts = posts
        self._changed()

    async def read_talk(self) -> None:
        """Read the conversation that is open; a problem is shown where it would stand."""
        name = self.open
        if not name:
            return
        try:
            talk = await self._frame.interface.host.call(ReadTalk(name))
        except WorkbenchError as error:
            if name == self.open and not self.talk:
                self.problem = f"{error.sentence} {error.hint}".strip()
                self._changed()
            return
        if name == self.open:
            self.take(talk)

    def _put(self, talk: Talk | None) -> None:
        self.talk = talk
        self._by_name = {one.id: one for one in talk.messages} if talk else {}

    def _spawn(self, chore: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        return self._frame.interface.spawn(self._frame, chore)

    def _read_now(self) -> None:
        if self._read_due:
            self._read_due.stop()
        self._read_due = None
        if self._frame.interface.line.state != "attached":
            return  # Attaching reads it; a host that was ended is not started for this.
        self._is_stale = True
        if not self._reading:
            self._spawn(self._read())

    async def _read(self) -> None:
        """Read again until nothing has changed meanwhile."""
        self._reading = True
        try:
            while self._is_stale:
                self._is_stale = False
                await self._read_list()
                await self.read_talk()
        finally:
            self._reading = False

    async def _read_list(self) -> None:
        call = self._frame.interface.host.call
        text = self.text
        listed: Conversations = await call(ReadConversations(text))
        if text == self.text and listed.conversations != self.conversations:
            self.conversations = listed.conversations
            self._changed()
        if self.posts is None:
            await self.read_posts()

    async def _follow(self, head: int) -> None:
        """Read again when something was said, whoever said it."""
        async for events in self._frame.interface.host.follow(head):
            if any(event.type in _TOLD_OF for event in events):
                self._read_soon(events)

    def _read_soon(self, _: tuple[Event, ...]) -> None:
        if self._frame.is_current:
            self.read()

    async def _weigh(self, text: str, attach: Attach) -> None:
        self._weigh_due = None
        if self._frame.interface.line.state != "attached":
            return
        name = self.open
        asked = WeighPrompt(name, text, await attach(text), self.role)
        weighed = await self._frame.interface.host.call(asked)
        if name == self.open:
            self.weighed = weighed
            self._changed()

    def _listen(self, message: str, *, output: bool) -> None:
        if message not in self.answers:
            self.answers[message] = Answer(message, output=output)
            self._spawn(self._heard(self.answers[message]))

    async def _heard(self, answer: Answer) -> None:
        """Take what comes of an answer until it is over, more slowly where that costs much."""
        try:
            while not answer.pieces.message:
                asked = NextPieces(answer.message, answer.growing.length, answer.pieces.mark)
                pieces = await self._frame.interface.host.call(asked)
                start = time.perf_counter()
                answer.take(pieces)
                self._grew(answer)
                await asyncio.sleep(self._pause(time.perf_counter() - start))
        finally:
            self.answers.pop(answer.message, None)
        self._end(answer.pieces.message)

    def _pause(self, cost: float) -> float:
        least = _BETWEEN_PIECES if self._frame.is_current else _BETWEEN_PIECES_UNSEEN
        return max(least, _TIMES_ITS_COST * cost)

    def _end(self, message: Message) -> None:
        """Put the whole message in the place of the one that was being written."""
        if self.talk and self.message(message.id):
            messages = tuple(message if one.id == message.id else one for one in self.messages)
            self._put(replace(self.talk, messages=messages))
            self._changed()
        self.read()
