"""`workbench chat` and what goes with it, on the command line."""

from __future__ import annotations

import json
from importlib.util import find_spec

import pytest

from tests.e2e.command_line import ask, call
from tests.e2e.faces import client
from tests.e2e.talking import give_model, hear, say, terms_of
from workbench.api import chatting
from workbench.api.commands import ReadEvents
from workbench.api.talking import MessageSaid
from workbench.errors import ExitCode
from workbench.workspace import Workspace

needs_llama = pytest.mark.skipif(
    not find_spec("llama_cpp"), reason="the extra `llama` is not installed"
)


def test_nothing_was_said_yet(workspace: Workspace) -> None:
    assert call(workspace, "chat", "list").stdout == "Conversations: 0.\n"
    missing = ask(workspace, "chat", "show", code=ExitCode.USAGE)
    assert missing["message"] == "There is no conversation last."
    assert ask(workspace, "replay", "a123", code=ExitCode.USAGE)["hint"]
    assert ask(workspace, "chat", "stop", "a123", code=ExitCode.USAGE)


@needs_llama
def test_a_conversation_is_named_forked_found_and_exported(workspace: Workspace) -> None:
    give_model()
    first = ask(workspace, "ask", "where is the needle?", "--most", "5")
    name = first["conversation"]
    assert "Haystack" in call(workspace, "chat", "name", name[:4], "Haystack").stdout
    fork = ask(workspace, "chat", "fork", name, first["after"], "--name", "short")
    assert (fork["messages"], fork["origin"]) == (1, name)
    found = ask(workspace, "chat", "search", "NEEDLE")["conversations"]
    assert {one["id"] for one in found} == {name, fork["id"]}
    markdown = call(workspace, "chat", "export", name).stdout
    assert markdown.startswith("# Haystack\n")
    assert "where is the needle?" in markdown
    exported = json.loads(ask(workspace, "chat", "export", name, "--form", "json")["text"])
    assert exported["schema"] == 1
    assert [one["author"] for one in exported["messages"]] == ["person", "assistant"]
    call(workspace, "chat", "export", name, "-o", "talk.md")
    assert (workspace.project / "talk.md").read_text().startswith("# Haystack")
    taken = ask(workspace, "chat", "export", name, "-o", "talk.md", code=ExitCode.USAGE)
    assert "already" in taken["message"]
    shown = call(workspace, "chat", "show", name).stdout
    assert "You m" in shown
    assert "Answer a" in shown
    listed = call(workspace, "chat", "list").stdout.splitlines()
    assert [line.split()[-1] for line in listed] == ["short", "Haystack"]


async def test_what_was_written_by_others_cannot_steer_a_terminal(workspace: Workspace) -> None:
    async with client(workspace) as face:
        said = await face.call(say(workspace, "\x1b]0;owned\x07 and \u202e turned"))
        await hear(face, said)
    assert "\x1b" not in call(workspace, "chat", "list").stdout
    assert "\x1b" not in call(workspace, "chat", "show").stdout
    assert "\x1b" not in call(workspace, "chat", "export").stdout


async def test_a_block_of_code_runs_in_the_sandbox(workspace: Workspace) -> None:
    code = "Try this:\n\n```python\nimport os\nprint('hi', os.path.exists('a.py'))\n```\n"
    (workspace.project / "a.py").write_text("x = 1\n")
    async with client(workspace) as face:
        said = await face.call(say(workspace, code))
        await hear(face, said)
        terms = terms_of(workspace)
        run = chatting.RunBlock(said.conversation, said.message, 0, terms)
        output, _ = await hear(face, await face.call(run))
        assert (output.author, output.kind, output.text) == ("tool", "sandbox", "hi True")
        assert "in a box of" in output.note
        talk = await face.call(chatting.ReadTalk(said.conversation))
        assert talk.messages[-1] == output
    shown = ask(workspace, "chat", "show")["messages"]
    assert shown[-1]["text"] == "hi True"


async def test_blocks_that_cannot_be_run(workspace: Workspace) -> None:
    async with client(workspace) as face:
        said = await face.call(say(workspace, "```go\nx\n```\n\n```python\n1/0\n```"))
        await hear(face, said)
        for block, sentence in ((0, "A block of go cannot be run"), (2, "has 2 code blocks")):
            run = chatting.RunBlock(said.conversation, said.message, block, terms_of(workspace))
            with pytest.raises(Exception, match=sentence):
                await face.call(run)
        run = chatting.RunBlock(said.conversation, said.message, 1, terms_of(workspace))
        output, _ = await hear(face, await face.call(run))
        assert "ZeroDivisionError" in output.text
        assert output.state == "whole"


async def test_paths_are_completed(workspace: Workspace) -> None:
    (workspace.project / "src").mkdir()
    (workspace.project / "src" / "parser.py").write_text("x")
    async with client(workspace) as face:
        found = await face.call(chatting.CompletePath("pars"))
        assert found.paths == ("src/parser.py",)
        assert (await face.call(chatting.CompletePath("src"))).paths == ("src/", "src/parser.py")


async def test_secrets_reach_neither_the_journal_nor_a_model(workspace: Workspace) -> None:
    token = "ghp_" + "a1B2" * 9
    (workspace.project / "conf.py").write_text(f'TOKEN = "{token}"\n')
    async with client(workspace) as face:
        said = await face.call(say(workspace, f"is {token} in @conf.py?"))
        await hear(face, said)
        events = (await face.call(ReadEvents())).events
    assert MessageSaid.type in {one.type for one in events}
    assert all(token not in one.payload for one in events)
    kept = (workspace.folder / "talks").rglob("*")
    assert all(token.encode() not in one.read_bytes() for one in kept if one.is_file())
