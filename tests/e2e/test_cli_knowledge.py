"""Reading and finding from the command line, with a real host that may be killed at any moment."""

from __future__ import annotations

import asyncio
import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.command_line import WORKBENCH, ask, call
from workbench.api import knowing, owner
from workbench.api.client import Client
from workbench.api.passages import KnowledgeBase
from workbench.errors import ExitCode
from workbench.workspace import Workspace

KILLS = int(os.environ.get("WORKBENCH_KNOWLEDGE_KILLS", "4"))
"""How often a host is killed while it reads; the bench does it a hundred times."""
HEAVY = ("lancedb", "pyarrow", "numpy", "duckdb", "textual", "tree_sitter", "pypdf", "markdown_it")


@pytest.fixture
def docs(workspace: Workspace) -> Path:
    folder = workspace.project / "docs"
    folder.mkdir()
    (folder / "owls.md").write_text("# Owls\n\nOwls hunt at night.\n")
    (folder / "fish.py").write_text("def swim(fish):\n    return fish.fins\n")
    (folder / "a.bin").write_bytes(bytes(range(256)))
    return folder


def search(workspace: Workspace, *words: str) -> dict[str, Any]:
    return ask(workspace, "knowledge", "search", *words)


def said(workspace: Workspace, *words: str) -> str:
    """Search, whether or not something is found."""
    command = [*WORKBENCH, "knowledge", "search", *words]
    return subprocess.run(
        command, cwd=workspace.project, capture_output=True, check=False, encoding="utf-8"
    ).stdout


def test_a_folder_is_added_searched_and_shown(workspace: Workspace, docs: Path) -> None:
    added = ask(workspace, "knowledge", "add", "docs", "--domain", "manuals")
    assert (added["state"], added["files"], added["passages"]) == ("read", 2, 2)
    assert added["domains"] == ["manuals"]
    assert added["path"] == str(docs)
    hit = search(workspace, "owls", "at", "night")["hits"][0]["passage"]
    assert (hit["path"], hit["first"], hit["last"]) == ("docs/owls.md", 1, 3)
    told = call(workspace, "knowledge", "search", "owls at night").stdout
    assert "[1] docs/owls.md:1-3" in told
    assert "Owls hunt at night." in told
    shown = call(workspace, "knowledge", "show", "docs").stdout
    assert "1 skipped: it is binary, such as docs/a.bin" in shown
    assert "followed" in shown
    listed = call(workspace, "knowledge", "list").stdout
    assert "Sources: 1; passages: 2." in listed
    assert "#manuals: 1 sources" in listed
    whole = call(workspace, "knowledge", "passage", hit["id"]).stdout
    assert "docs/owls.md:1-3" in whole
    assert ask(workspace, "knowledge", "verify")["sound"]


def test_a_change_is_found_again(workspace: Workspace, docs: Path) -> None:
    ask(workspace, "knowledge", "add", "docs")
    (docs / "owls.md").write_text("# Eagles\n\nEagles soar by day.\n")
    while "Eagles soar" not in said(workspace, "eagles"):
        time.sleep(0.05)
    (docs / "owls.md").unlink()
    while ask(workspace, "knowledge", "list")["passages"] != 1:
        time.sleep(0.05)
    assert ask(workspace, "knowledge", "verify")["sound"]


def test_text_from_standard_input(workspace: Workspace) -> None:
    ended = subprocess.run(
        [*WORKBENCH, "knowledge", "add", "-", "--name", "plan.md"],
        cwd=workspace.project,
        input=b"# Plan\n\nBuild a treehouse.\n",
        capture_output=True,
        check=True,
    )
    assert b"plan.md: read, 1 files, 1 passages." in ended.stdout
    assert search(workspace, "treehouse")["hits"][0]["passage"]["heading"] == ["Plan"]


def test_what_cannot_be_done_is_told(workspace: Workspace, docs: Path) -> None:
    told = ask(workspace, "knowledge", "add", "no-such-thing", code=ExitCode.USAGE)
    assert told["message"] == "There is no path and no installed package no-such-thing."
    told = ask(workspace, "knowledge", "search", "owls", code=ExitCode.FINDINGS)
    assert told["message"].startswith("Nothing was read yet.")
    ask(workspace, "knowledge", "add", str(docs))
    told = ask(workspace, "knowledge", "show", "nothing", code=ExitCode.USAGE)
    assert told["message"] == "nothing names 0 sources."
    ask(workspace, "knowledge", "passage", "0" * 20, code=ExitCode.USAGE)
    ask(workspace, "knowledge", "search", "a", "--since", "someday", code=ExitCode.USAGE)
    ask(workspace, "knowledge", "domain", "empty", code=ExitCode.USAGE)
    ask(workspace, "knowledge", "remove", "docs")
    assert ask(workspace, "knowledge", "list")["sources"] == []


def test_control_sequences_of_a_file_are_shown_not_obeyed(workspace: Workspace, docs: Path) -> None:
    (docs / "evil.md").write_text("# Evil \x1b]0;owned\x07\n\nEvil words \u202eb\x1b[2J.\n")
    ask(workspace, "knowledge", "add", "docs")
    for arguments in (("search", "evil words"), ("search", "evil", "--whole"), ("list",)):
        shown = call(workspace, "knowledge", *arguments).stdout
        assert "\x1b]" not in shown
        assert "\x1b[2J" not in shown
        assert "\u202e" not in shown


def test_searching_imports_nothing_heavy() -> None:
    code = (
        "import sys, workbench.commands.knowledge, workbench.commands.knowledge_finding\n"
        "import workbench.api.knowing, workbench.api.client, workbench.commands.calling\n"
        f"print([name for name in {HEAVY!r} if name in sys.modules])"
    )
    ended = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, check=True, encoding="utf-8"
    )
    assert ended.stdout.strip() == "[]"


async def test_killed_while_reading_nothing_is_lost(workspace: Workspace) -> None:
    """Each time files change, and the host is killed at some moment of reading them."""
    chance = random.Random(7)  # noqa: S311 - no secret
    folder = workspace.project / "docs"
    folder.mkdir()
    words = {number: f"word{number}first" for number in range(60)}
    for number, word in words.items():
        (folder / f"{number}.md").write_text(f"# Note {number}\n\nIt says {word}.\n")
    async with Client(workspace, "test", patience=60) as client:
        source = await client.call(knowing.AddSource(str(folder)))
        for round_ in range(KILLS):
            for number in chance.sample(range(60), 20):
                words[number] = f"word{number}round{round_}"
                text = f"# Note {number}\n\nIt says {words[number]}.\n"
                (folder / f"{number}.md").write_text(text)
            base = await client.call(knowing.ReadKnowledge())
            await asyncio.sleep(chance.uniform(0, 0.6))
            _kill(workspace)
            assert [one.id for one in base.sources] == [source.id]
        await _settled(client)
        for number, word in words.items():
            hits = (await client.call(knowing.Search(word))).hits
            assert hits, word
            assert hits[0].passage.path == f"docs/{number}.md"
            assert not hits[0].stale
        checked = await client.call(knowing.VerifyKnowledge())
        assert checked.problems == ()
        assert checked.passages == 60


def _kill(workspace: Workspace) -> None:
    held = owner.read_owner(workspace)
    if held is not None and owner.is_running(workspace):
        os.kill(held.pid, signal.SIGKILL)


async def _settled(client: Client) -> KnowledgeBase:
    base = await client.call(knowing.ReadKnowledge())
    while any(one.state in ("waiting", "reading") for one in base.sources):
        base = await client.call(knowing.NextKnowledge(base.mark))
    return base
