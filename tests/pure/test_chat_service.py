"""The chat as a service, with a real journal and no model: nothing that was said is lost."""

from __future__ import annotations

import asyncio
import os
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from workbench.api import chats, chatting
from workbench.api.caller import Caller
from workbench.api.commands import Terms
from workbench.chat.conversation import TYPES, Forest, fold
from workbench.chat.running import Around
from workbench.chat.service import Service
from workbench.errors import UsageError
from workbench.journal import reading
from workbench.journal.journal import Journal
from workbench.models import Service as Models
from workbench.settings import load
from workbench.workspace import Workspace, name_workspace

Act = tuple[str, int, int, str]
_ACTS = st.tuples(
    st.sampled_from(["say", "edit", "retry", "fork", "twin", "name", "stop"]),
    st.integers(0, 20),
    st.integers(-3, 3),
    st.text(alphabet="ab \n@/\u202e", min_size=1, max_size=6),
)


async def nothing_known() -> object:
    raise ImportError("nothing can be searched here")


async def no_sandbox() -> Any:  # noqa: ANN401 - nothing runs
    raise ImportError("nothing runs here")


def no_asker(_: object) -> Any:  # noqa: ANN401 - as above
    raise NotImplementedError


class Talking:
    """A service, and what has been said in it so far."""

    def __init__(self, service: Service, terms: Terms) -> None:
        self.service = service
        self._terms = terms
        self._keys = 0
        self.said: dict[str, str] = {}

    @property
    def caller(self) -> Caller:
        self._keys += 1
        return Caller("test", f"k{self._keys}")

    async def conversations(self) -> tuple[chats.Conversation, ...]:
        found = await self.service.conversations(chatting.ReadConversations(), self.caller)
        return found.conversations

    async def say(self, text: str, conversation: str = "", after: str | None = None) -> chats.Said:
        command = chatting.Say(text, self._terms, conversation, after, kind="question")
        said = await self.service.say(command, self.caller)
        self.said[said.message] = text
        return said

    async def do(self, act: Act) -> None:
        """Do something to a conversation and a message of it; what makes no sense is refused."""
        what, which, by, text = act
        known = await self.conversations()
        if not known or (what == "say" and by < 0):
            await self.say(text or "x")
            return
        one = known[which % len(known)]
        talk = await self.service.talk(chatting.ReadTalk(one.id), self.caller)
        message = talk.messages[which % len(talk.messages)]
        await self._do(what, one.id, message, by, text)

    async def _do(
        self, what: str, conversation: str, message: chats.Message, by: int, text: str
    ) -> None:
        service, caller = self.service, self.caller
        match what:
            case "say":
                await self.say(text, conversation)
            case "edit":
                await self.say(text, conversation, message.after)
            case "retry":
                again = chatting.TryAgain(conversation, message.id, self._terms)
                await service.try_again(again, caller)
            case "fork":
                await service.fork(
                    chatting.ForkConversation(conversation, message.id, text), caller
                )
            case "twin":
                await service.show_twin(chatting.ShowTwin(conversation, message.id, by), caller)
            case "name":
                await service.name(chatting.NameConversation(conversation, text), caller)
            case "stop" if message.author == "assistant":
                await service.stop(chatting.StopAnswer(message.id), caller)


@asynccontextmanager
async def talking(workspace: Workspace) -> AsyncIterator[tuple[Talking, Journal]]:
    workspace.make()
    journal = Journal(workspace)
    await journal.open()
    models = Models(workspace, str)
    around = Around(models, nothing_known, no_sandbox, no_asker)
    service = Service(workspace, journal, around)
    terms = Terms.of(load(workspace).sandbox, os.environ)
    try:
        yield Talking(service, terms), journal
    finally:
        await service.close()
        await models.close()
        await journal.close()


async def settled(talk: Talking) -> Forest:
    """Wait until all answers are written, and return the tree as the service has it."""
    desk = talk.service._desk
    for running in tuple(desk.running.values()):
        await running.done()
    return await desk.forest()


@settings(max_examples=15, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.lists(_ACTS, min_size=1, max_size=12))
async def test_whatever_is_done_the_journal_has_all_of_it(acts: list[Act]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        async with talking(name_workspace(Path(folder))) as (talk, journal):
            for act in acts:
                with suppress(UsageError):  # Not everything makes sense everywhere.
                    await talk.do(act)
            live = await settled(talk)
            assert live == fold(await journal.read(reading.of_types, TYPES))
            for name, text in talk.said.items():
                assert live.nodes[name].text == text
                assert any(
                    node.after == name and node.state in ("whole", "stopped")
                    for node in live.nodes.values()
                )
            for one in await talk.conversations():
                shown = await talk.service.talk(chatting.ReadTalk(one.id), talk.caller)
                assert shown.messages[-1].id == one.head
                assert len(shown.messages) == one.messages


async def test_many_say_something_at_once(workspace: Workspace) -> None:
    async with talking(workspace) as (talk, _):
        first = await talk.say("begin")
        await asyncio.gather(*(talk.say(f"n{number}", first.conversation) for number in range(20)))
        live = await settled(talk)
        (one,) = await talk.conversations()
        assert one.messages == len(live.nodes) == 42
        assert not one.running


async def test_a_command_that_is_sent_again_is_done_once(workspace: Workspace) -> None:
    async with talking(workspace) as (talk, journal):
        terms = talk._terms
        say = chatting.Say("once", terms, kind="question")
        first = await talk.service.say(say, Caller("test", "k"))
        assert await talk.service.say(say, Caller("test", "k", again=True)) == first
        await settled(talk)
        around = Around(Models(workspace, str), nothing_known, no_sandbox, no_asker)
        later = Service(workspace, journal, around)
        assert await later.say(say, Caller("test", "k", again=True)) == first
        retry = chatting.TryAgain(first.conversation, first.answer, terms)
        for _ in range(2):
            await talk.service.try_again(retry, Caller("test", "r"))
        assert len((await settled(talk)).nodes) == 3


async def test_what_was_said_and_never_answered_is_answered_later(workspace: Workspace) -> None:
    async with talking(workspace) as (talk, _):
        said = await talk.say("hello")
        again = chatting.TryAgain(said.conversation, said.message, talk._terms)
        other = await talk.service.try_again(again, talk.caller)
        live = await settled(talk)
        assert live.nodes[other.answer].after == said.message
        with pytest.raises(UsageError, match="nothing to answer"):
            await talk.say(" ")


async def test_a_secret_is_taken_out_and_that_is_said(workspace: Workspace) -> None:
    token = "ghp_" + "a1B2" * 9
    async with talking(workspace) as (talk, _):
        said = await talk.say(f"is {token} mine?")
        node = (await settled(talk)).nodes[said.message]
        assert token not in node.text
        assert "taken out" in node.note
        assert said.note == node.note


async def test_what_could_not_be_attached_is_said(workspace: Workspace) -> None:
    (workspace.project / "docs").mkdir()
    (workspace.project / "docs" / "there.md").write_text("Words.\n")
    async with talking(workspace) as (talk, _):
        said = await talk.say("compare @docs/there.md with @docs/gone.md, @property and a@b.md")
        (node,) = [one for one in (await settled(talk)).nodes.values() if one.id == said.message]
        assert [one.path for one in node.attached] == ["docs/there.md"]
        assert said.note == "There is no docs/gone.md here, so it is not attached."


def tasks(talk: Talking) -> list[tuple[Callable[..., Awaitable[object]], object]]:
    service, terms = talk.service, talk._terms
    return [
        (service.say, chatting.Say("x", terms, conversation="nope")),
        (service.say, chatting.Say("x", terms, kind="king")),
        (service.say, chatting.Say("x", terms, most=0)),
        (service.say, chatting.Say("x", terms, role="embed")),
        (service.say, chatting.Say("x" * 200_001, terms)),
        (service.talk, chatting.ReadTalk("nope")),
        (service.next_pieces, chatting.NextPieces("nope")),
        (service.go_on, chatting.GoOn("nope", terms)),
        (service.export, chatting.ExportConversation("nope")),
        (service.undo_compaction, chatting.UndoCompaction("nope")),
        (service.replay, chatting.Replay("nope")),
        (service.stop, chatting.StopAnswer("nope")),
    ]


async def test_what_is_not_there_is_refused_with_a_hint(workspace: Workspace) -> None:
    async with talking(workspace) as (talk, journal):
        for do, command in tasks(talk):
            with pytest.raises(UsageError) as refused:
                await do(command, talk.caller)
            assert refused.value.hint
        said = await talk.say("x")
        await settled(talk)
        senseless: list[tuple[Callable[..., Awaitable[object]], object]] = [
            (talk.service.go_on, chatting.GoOn(said.answer, talk._terms)),
            (talk.service.edit_plan, chatting.EditPlan(said.answer, ())),
            (talk.service.replay, chatting.Replay(said.answer)),
            (talk.service.stop, chatting.StopAnswer(said.message)),
            (talk.service.export, chatting.ExportConversation(said.conversation, "pdf")),
            (talk.service.undo_compaction, chatting.UndoCompaction(said.conversation)),
        ]
        for do, command in senseless:
            with pytest.raises(UsageError):
                await do(command, talk.caller)
        assert journal.failure is None
