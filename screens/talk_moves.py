"""Where one goes in conversations, and what is done with them as a whole."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TYPE_CHECKING

from screens.action import Talk
from screens.clipboard import copy
from screens.frame import Question
from screens.saving import write_new
from screens.talk_sheets import Page
from screens.talk_state import Talks
from widgets.ink import Role
from widgets.listing import Code
from widgets.transcript import About, Transcript
from workbench.api.chats import Conversation, Message
from workbench.api.chatting import (
    ExportConversation,
    ForkConversation,
    NameConversation,
)

if TYPE_CHECKING:
    from screens.chat import ChatScreen
    from screens.interface import Interface


class TalkMoves:
    """Moves in a conversation and in the list; names, copies and saves."""

    def __init__(self, screen: ChatScreen) -> None:
        self.screen = screen

    @property
    def interface(self) -> Interface:
        return self.screen.interface

    @property
    def talks(self) -> Talks:
        return self.screen.talks

    @property
    def transcript(self) -> Transcript:
        return self.screen.transcript

    @property
    def here(self) -> About:
        """What the cursor is on; while one writes, the last message."""
        return self.transcript.here

    @property
    def message(self) -> Message | None:
        """The message under the cursor."""
        return self.talks.message(self.here.message)

    @property
    def conversation(self) -> Conversation | None:
        """The conversation that is open, or under the cursor of the list."""
        if self.screen.where != "talks":
            return self.talks.talk.conversation if self.talks.talk else None
        listed = self.talks.conversations
        at = self.screen.rows.cursor
        return listed[at] if at < len(listed) else None

    @property
    def context(self) -> Talk:
        message, talk = self.message, self.talks.talk
        pen, sheet = self.screen.pen, self.screen.sheet
        return Talk(
            messages=len(self.talks.messages),
            author=message.author if message else "",
            state=message.state if message else "",
            blocks=len(self.codes),
            sources=len(message.sources) if message else 0,
            steps=len(message.steps) if message else 0,
            twins=message.twins if message else 1,
            receipt=bool(message and message.receipt),
            proposal=self.proposal,
            running=self.talks.running is not None,
            compacted=bool(talk and talk.compacted),
            listed=len(self.talks.conversations),
            manuscript=bool(pen.manuscript.text.strip()),
            paths=len(pen.paths),
            visits=isinstance(sheet, Page) and sheet.can_visit,
        )

    @property
    def codes(self) -> list[Code]:
        """The blocks of code of the message under the cursor."""
        return self.transcript.codes_here

    @property
    def code(self) -> tuple[int, Code] | None:
        """The block of code under the cursor, or else the last one of the message."""
        codes = self.codes
        if not codes:
            return None
        at = self.here.block if self.here.block >= 0 else len(codes) - 1
        return (at, codes[at]) if at < len(codes) else None

    @property
    def proposal(self) -> str:
        message = self.message
        return (message.proposal if message else "") or self.talks.proposal

    def do_talk_write(self) -> None:
        self.screen.focus_on("write")

    def do_talk_new(self) -> None:
        self.talks.go_to("")
        self.screen.focus_on("write")

    def do_talk_list(self) -> None:
        self.screen.focus_on("talks")

    def do_talk_search(self) -> None:
        self.screen.focus_on("talks")
        self.do_talks_search()

    def do_talk_fork(self) -> None:
        if message := self.message:
            self._ask("name of the fork", lambda name: self._fork(message.id, name.strip()))

    def do_talk_name(self) -> None:
        one = self.conversation
        if not one:
            return

        def rename(name: str) -> Awaitable[None]:
            return self._name(one.id, name.strip())

        self._ask("name", rename, one.name)

    def do_talk_export(self) -> None:
        one = self.conversation
        if not one:
            return

        def save(name: str) -> Awaitable[None]:
            return self._export(one.id, name.strip())

        self._ask("save the conversation as", save, f"{_file_name(one)}.md")

    def do_talk_copy_all(self) -> None:
        if one := self.conversation:
            self._do(lambda: self._copy_all(one.id))

    def do_talk_copy(self) -> None:
        if self.here.block >= 0 and (found := self.code):
            self.copy(found[1].text, "The code")
        else:
            self.do_talk_copy_message()

    def do_talk_copy_message(self) -> None:
        if message := self.message:
            self.copy(message.text, "The message")

    def do_talk_save(self) -> None:
        if not (found := self.code):
            return
        code = found[1]
        self._ask("save the code as", lambda name: self._save(name.strip(), code.text), code.path)

    def do_talk_next_message(self) -> None:
        self._jump(1, is_wanted=_begins_message)

    def do_talk_previous_message(self) -> None:
        self._jump(-1, is_wanted=_begins_message)

    def do_talk_next_block(self) -> None:
        self._jump(1, is_wanted=lambda _, about: about.block >= 0)

    def do_talk_previous_block(self) -> None:
        self._jump(-1, is_wanted=lambda _, about: about.block >= 0)

    def do_talks_open(self) -> None:
        if one := self.conversation:
            self.screen.focus_on("read")
            self.talks.go_to(one.id)

    def do_talks_back(self) -> None:
        if self.talks.text:
            self.talks.search("")
        else:
            self.screen.focus_on("read")

    def do_talks_new(self) -> None:
        self.do_talk_new()

    def do_talks_search(self) -> None:
        search = self.talks.search
        self.screen.ask(Question("search", search, on_typed=search, before=self.talks.text))

    def do_talks_name(self) -> None:
        self.do_talk_name()

    def do_talks_export(self) -> None:
        self.do_talk_export()

    def copy(self, text: str, name: str) -> None:
        copy(self.interface, text, name, "save it into a file")

    def _do(self, work: Callable[[], Awaitable[None]]) -> None:
        async def done() -> None:
            await work()

        self.interface.spawn(self.screen, done())

    def _ask(self, label: str, then: Callable[[str], Awaitable[None]], before: str = "") -> None:
        def answered(text: str) -> None:
            self._do(lambda: then(text))

        self.screen.ask(Question(label, answered, before=before))

    def _jump(self, steps: int, *, is_wanted: Callable[[About, About], bool]) -> None:
        """Go to the next row, or the one before, at which something begins."""
        transcript = self.transcript
        transcript.begin_reading()
        rows: list[int] = []
        before = About()
        for row, about in transcript.roll.starts():
            if about != before and is_wanted(before, about):
                rows.append(row)
            before = about
        at = transcript.cursor or 0
        beyond = [row for row in rows if (row > at if steps > 0 else row < at)]
        if beyond:
            transcript.stand(beyond[0] if steps > 0 else beyond[-1])
            transcript.show_below()
        else:
            self.interface.tell("There is none any more in this direction.", Role.BAR_WARN)

    async def _fork(self, message: str, name: str) -> None:
        asked = ForkConversation(self.talks.open, message, name)
        forked = await self.interface.host.call(asked)
        self.talks.go_to(forked.id)
        self.interface.tell("This is the fork; the conversation that it comes from stays.")

    async def _name(self, conversation: str, name: str) -> None:
        await self.interface.host.call(NameConversation(conversation, name))
        self.talks.read()

    async def _export(self, conversation: str, name: str) -> None:
        if not name:
            return
        form = "json" if name.endswith(".json") else "markdown"
        exported = await self.interface.host.call(ExportConversation(conversation, form))
        await self._save(name, exported.text)

    async def _copy_all(self, conversation: str) -> None:
        exported = await self.interface.host.call(ExportConversation(conversation))
        self.copy(exported.text, "The conversation")

    async def _save(self, name: str, text: str) -> None:
        if name:
            path = await asyncio.to_thread(_write, name, text)
            self.interface.tell(f"It was written to {path}.")


def _write(name: str, text: str) -> Path:
    path = Path(name).expanduser().absolute()
    write_new(path, text.encode(errors="surrogateescape"))
    return path


def _begins_message(before: About, about: About) -> bool:
    return about.message != before.message


def _file_name(one: Conversation) -> str:
    """Make a name for a file of the name of a conversation."""
    kept = "".join(each if each.isalnum() else "-" for each in (one.name or one.first or one.id))
    return "-".join(filter(None, kept.split("-")))[:40] or "conversation"
