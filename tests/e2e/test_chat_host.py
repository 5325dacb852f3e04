"""Conversations in a real host: two faces at once, killed hosts and workers, no server."""

from __future__ import annotations

import asyncio
import os
import random
import signal
from importlib.util import find_spec
from pathlib import Path

import msgspec
import pytest

from tests.e2e.faces import client, owner_of, until
from tests.e2e.talking import give_endless_model, give_model, hear, say, terms_of, until_written
from tests.e2e.tasking import speaking
from workbench.api import chatting
from workbench.api.chats import Weighed
from workbench.api.client import Client
from workbench.api.commands import ReadEvents, StopHost, VerifyJournal
from workbench.api.knowing import AddSource
from workbench.api.talking import AnswerGrew
from workbench.errors import UsageError
from workbench.workspace import Workspace

pytestmark = pytest.mark.skipif(
    not find_spec("llama_cpp"), reason="the extra `llama` is not installed"
)
ENDLESS = 6_000
KILLS = 8


async def test_pieces_come_as_they_are_written(workspace: Workspace) -> None:
    give_model()
    async with client(workspace) as face:
        said = await face.call(say(workspace, "why?", most=60))
        message, heard = await hear(face, said)
        assert message.state == "whole"
        assert {"reading", "writing"} <= {one.state for one in heard}
        assert any(one.to_read for one in heard)
        assert max(one.tokens for one in heard) <= 60
        late = await face.call(chatting.NextPieces(said.answer, 3))
        assert (late.text, late.message) == (message.text[3:], message)


async def test_a_host_killed_in_the_middle_loses_no_message(workspace: Workspace) -> None:
    give_endless_model()
    async with client(workspace) as face:
        said = await face.call(say(workspace, "for ever", most=ENDLESS))
        await until_written(face, said, 50)
        kept = await _until_kept(face)
        os.kill(owner_of(workspace).pid, signal.SIGKILL)
        pieces = await face.call(chatting.NextPieces(said.answer, 0))
        assert pieces.message is not None
        assert (pieces.state, pieces.message.state) == ("interrupted", "interrupted")
        assert pieces.message.text.startswith(kept)
        talk = await face.call(chatting.ReadTalk(said.conversation))
        assert talk.messages[0].text == "for ever"
        again = await face.call(
            chatting.TryAgain(said.conversation, said.answer, terms_of(workspace))
        )
        await until_written(face, again, 10)
        await face.call(chatting.StopAnswer(again.answer))
        twins = (await face.call(chatting.ReadTalk(said.conversation))).messages[-1]
        assert (twins.twins, twins.twin, twins.state) == (2, 2, "stopped")


async def _until_kept(face: Client) -> str:
    """Wait until the journal has some of the answer, and return that."""
    async with asyncio.timeout(30):
        while True:
            found = (await face.call(ReadEvents(type=AnswerGrew.type))).events
            if found:
                return "".join(
                    msgspec.json.decode(one.payload, type=AnswerGrew).text
                    for one in reversed(found)
                )
            await asyncio.sleep(0.1)


async def test_a_worker_killed_in_the_middle(workspace: Workspace) -> None:
    give_endless_model()
    async with client(workspace) as face:
        said = await face.call(say(workspace, "for ever", most=ENDLESS))
        text = await until_written(face, said, 50)
        (worker,) = _children(owner_of(workspace).pid)
        os.kill(worker, signal.SIGKILL)
        pieces = await face.call(chatting.NextPieces(said.answer, 10**9))
        while not pieces.message:
            pieces = await face.call(chatting.NextPieces(said.answer, 10**9, pieces.mark))
        assert pieces.state == "failed"
        assert pieces.message.text.startswith(text)
        assert "SIGKILL" in pieces.problem
        more = await face.call(say(workspace, "again", said.conversation, most=5))
        message, _ = await hear(face, more)
        assert message.state == "whole"


async def test_two_faces_ask_in_one_conversation_at_once(workspace: Workspace) -> None:
    give_model()
    async with client(workspace, "one") as one, client(workspace, "two") as two:
        begun = await one.call(say(workspace, "begin", most=5))
        await hear(one, begun)
        first, second = await asyncio.gather(
            one.call(say(workspace, "first", begun.conversation, most=20)),
            two.call(say(workspace, "second", begun.conversation, most=20)),
        )
        answers = await asyncio.gather(hear(one, first), hear(two, second))
        assert [message.state for message, _ in answers] == ["whole", "whole"]
        talk = await one.call(chatting.ReadTalk(begun.conversation))
        texts = [message.text for message in talk.messages if message.author == "person"]
        assert sorted(texts) == ["begin", "first", "second"]
        assert [message.author for message in talk.messages] == ["person", "assistant"] * 3


async def test_who_waits_is_told_how_many_are_before(workspace: Workspace) -> None:
    give_endless_model()
    async with client(workspace) as face:
        first = await face.call(say(workspace, "for ever", most=ENDLESS))
        await until_written(face, first, 20)
        second = await face.call(say(workspace, "me too", most=5))
        pieces = await face.call(chatting.NextPieces(second.answer))
        while not pieces.ahead:
            assert pieces.message is None
            pieces = await face.call(chatting.NextPieces(second.answer, 0, pieces.mark))
        assert (pieces.ahead, pieces.state) == (1, "waiting")
        stopped = await face.call(chatting.StopAnswer(first.answer))
        assert stopped.answer == first.answer
        message, _ = await hear(face, second)
        assert message.state == "whole"


async def test_an_answer_that_waits_can_be_stopped(workspace: Workspace) -> None:
    give_endless_model()
    async with client(workspace) as face:
        first = await face.call(say(workspace, "for ever", most=ENDLESS))
        await until_written(face, first, 20)
        second = await face.call(say(workspace, "me too", most=5))
        await face.call(chatting.StopAnswer(second.answer))
        message, _ = await hear(face, second)
        assert (message.state, message.text, message.receipt) == ("stopped", "", None)
        await until_written(face, first, 40)


async def test_a_host_that_ends_keeps_what_there_is(workspace: Workspace) -> None:
    give_endless_model()
    async with client(workspace) as face:
        said = await face.call(say(workspace, "for ever", most=ENDLESS))
        text = await until_written(face, said, 50)
        pid = owner_of(workspace).pid
        await face.call(StopHost())
        await until(lambda: not Path(f"/proc/{pid}").exists())
    async with client(workspace) as face:
        talk = await face.call(chatting.ReadTalk(said.conversation))
        assert talk.messages[-1].state == "interrupted"
        assert talk.messages[-1].text.startswith(text)


async def test_an_answer_is_written_to_its_end_though_nobody_is_there(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    give_endless_model()
    monkeypatch.setenv("WORKBENCH_HOST_IDLE_SECONDS", "0.2")
    async with client(workspace) as face:
        said = await face.call(say(workspace, "for long", most=1_500))
        await until_written(face, said, 50)
        pid = owner_of(workspace).pid
    await until(lambda: not Path(f"/proc/{pid}").exists())
    async with client(workspace) as face:
        talk = await face.call(chatting.ReadTalk(said.conversation))
        assert talk.messages[-1].state == "whole"
        assert talk.messages[-1].receipt


async def test_the_same_command_sent_twice_is_carried_out_once(workspace: Workspace) -> None:
    give_model()
    async with client(workspace) as face:
        asked = say(workspace, "once", most=5)
        first = await face.call(asked, key="k1")
        await hear(face, first)
        assert await face.call(asked, key="k1") == first
        talk = await face.call(chatting.ReadTalk(first.conversation))
        assert len(talk.messages) == 2


async def test_twins_forks_names_and_search(workspace: Workspace) -> None:
    give_model()
    async with client(workspace) as face:
        said = await face.call(say(workspace, "where is the needle?", most=5))
        await hear(face, said)
        edited = await face.call(
            chatting.Say("where is the pin?", terms_of(workspace), said.conversation, "", most=5)
        )
        await hear(face, edited)
        talk = await face.call(chatting.ReadTalk(said.conversation))
        assert [(one.twin, one.twins) for one in talk.messages] == [(2, 2), (1, 1)]
        back = await face.call(chatting.ShowTwin(said.conversation, edited.message, -1))
        assert [one.id for one in back.messages] == [said.message, said.answer]
        fork = await face.call(
            chatting.ForkConversation(said.conversation, said.answer, "another way")
        )
        more = await face.call(say(workspace, "only here", fork.id, most=5))
        await hear(face, more)
        await face.call(chatting.NameConversation(said.conversation, "Needles\nand pins"))
        listed = (await face.call(chatting.ReadConversations())).conversations
        assert {one.name for one in listed} == {"another way", "Needles and pins"}
        assert (fork.origin, fork.messages) == (said.conversation, 2)
        found = (await face.call(chatting.ReadConversations("ONLY here"))).conversations
        assert [(one.id, one.found) for one in found] == [(fork.id, "only here")]
        needles = (await face.call(chatting.ReadConversations("the needle"))).conversations
        assert len(needles) == 2


async def test_a_summary_stands_for_what_was_said_and_is_undone(workspace: Workspace) -> None:
    give_model()
    async with client(workspace) as face:
        said = await face.call(say(workspace, "a long story " * 60, most=5))
        await hear(face, said)
        before = await face.call(chatting.WeighPrompt(said.conversation, "and now?", most=5))
        summing = await face.call(chatting.CompactConversation(said.conversation))
        summary, _ = await hear(face, summing)
        assert (summary.author, summary.state) == ("summary", "whole")
        talk = await face.call(chatting.ReadTalk(said.conversation))
        assert talk.compacted == summary.text
        after = await face.call(chatting.WeighPrompt(said.conversation, "and now?", most=5))
        assert _share(before, "history") > 500
        undone = await face.call(chatting.UndoCompaction(said.conversation))
        assert (undone.compacted, len(undone.messages)) == ("", 2)
        assert (
            await face.call(chatting.WeighPrompt(said.conversation, "and now?", most=5)) == before
        )
        assert _share(after, "history") != _share(before, "history")
        with pytest.raises(UsageError, match="No summary"):
            await face.call(chatting.UndoCompaction(said.conversation))


async def test_passages_that_would_not_fit_are_not_counted(workspace: Workspace) -> None:
    """They are left out of the answer too, so the bar must not say that nothing fits."""
    give_model(context=2048)
    (workspace.project / "owls.md").write_text(
        "".join(f"# Owls {number}\n\n{'Owls hunt mice at night. ' * 30}\n\n" for number in range(6))
    )
    async with client(workspace) as face:
        await face.call(AddSource("owls.md"))
        asked = chatting.WeighPrompt("", "when do owls hunt mice?", most=5)
        while not _share(weighed := await face.call(asked), "passages"):
            await asyncio.sleep(0.1)
        assert weighed.fits, weighed.sentence
        assert weighed.total <= weighed.context
        said = await face.call(say(workspace, "when do owls hunt mice?", most=5))
        message, _ = await hear(face, said)
        assert message.state == "whole"
        assert 0 < len(message.sources) < 6
        assert message.receipt is not None
        named = message.receipt.sources
        assert [one.passage for one in named] == [one.passage for one in message.sources]
        assert not any(one.text for one in named), "the answer has the texts, once is enough"


async def test_what_is_longer_than_the_context_is_summed_up_in_parts(workspace: Workspace) -> None:
    give_model(context=2048)
    async with client(workspace) as face:
        said = await face.call(say(workspace, "a long story " * 400, most=5))
        refused, _ = await hear(face, said)
        assert (refused.state, refused.text) == ("failed", "")
        assert "question" in refused.problem
        summing = await face.call(chatting.CompactConversation(said.conversation))
        summary, heard = await hear(face, summing)
        assert summary.state == "whole", summary.problem
        assert "reading what was said first" in {one.stage for one in heard}
        more = await face.call(say(workspace, "and now?", said.conversation, most=5))
        message, _ = await hear(face, more)
        assert message.receipt is None or message.receipt.prompt_tokens < 2048


def _share(weighed: Weighed, name: str) -> int:
    (found,) = [one.tokens for one in weighed.shares if one.name == name]
    return found


async def test_a_server_that_is_down(workspace: Workspace) -> None:
    settings = Path(os.environ["XDG_CONFIG_HOME"]) / "workbench" / "settings.toml"
    settings.parent.mkdir(parents=True)
    settings.write_text('[models.servers]\nbox = "http://127.0.0.1:9"\n')
    async with client(workspace) as face:
        said = await face.call(say(workspace, "anybody there?", most=5))
        message, _ = await hear(face, said)
        assert message.kind == "passages"
        assert "not in what I have read" in message.text


async def test_a_server_that_goes_down_leaves_the_passages(workspace: Workspace) -> None:
    (workspace.project / "owls.md").write_text("# Owls\n\nOwls hunt mice at night.\n")
    async with client(workspace) as face:
        await face.call(AddSource("owls.md"))
        with speaking(by=lambda _: "At night."):
            first, _ = await hear(face, await face.call(say(workspace, "when do owls hunt?")))
            assert (first.state, first.kind) == ("whole", "model")
        message, _ = await hear(face, await face.call(say(workspace, "what do owls hunt?")))
        assert (message.state, message.kind) == ("whole", "passages")
        assert "Owls hunt mice" in message.text
        assert "cannot be reached" in message.note


def _children(pid: int) -> list[int]:
    """Return the workers of a host."""
    found = []
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = stat.read_text().rpartition(")")[2].split()
            command = (stat.parent / "cmdline").read_bytes()
        except OSError:
            continue
        if int(fields[1]) == pid and b"local_models.worker" in command:
            found.append(int(stat.parent.name))
    return found


async def test_killed_again_and_again_no_message_is_lost(workspace: Workspace) -> None:
    """Whatever was acknowledged is there, once, and answers are only ever cut at their end."""
    give_endless_model()
    chance = random.Random(7)  # noqa: S311 - the same moments each time
    said: dict[str, str] = {}
    heard: dict[str, str] = {}
    conversation = ""
    for number in range(KILLS):
        async with client(workspace, patience=60) as face:
            text = f"question {number}"
            told = await face.call(say(workspace, text, conversation, most=400))
            conversation = told.conversation
            said[told.message] = text
            await face.call(chatting.NextPieces(told.answer, 10**6))
            await asyncio.sleep(chance.uniform(0, 0.3))
            pieces = await face.call(chatting.NextPieces(told.answer, 0, 0))
            heard[told.answer] = pieces.text
            os.kill(owner_of(workspace).pid, signal.SIGKILL)
    async with client(workspace, patience=60) as face:
        talk = await face.call(chatting.ReadTalk(conversation))
        assert [one.text for one in talk.messages if one.author == "person"] == list(said.values())
        answers = {one.id: one for one in talk.messages if one.author == "assistant"}
        assert answers.keys() == heard.keys()
        for name, answer in answers.items():
            assert answer.state in ("interrupted", "whole")
            assert heard[name].startswith(answer.text) or answer.text.startswith(heard[name])
        assert (await face.call(VerifyJournal())).holds
