"""`workbench ask` as people and programs meet it, with a tiny model in a real worker."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import time
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.command_line import WORKBENCH, ask, call, on_a_terminal
from tests.e2e.faces import owner_of
from tests.e2e.talking import give_endless_model, give_model
from workbench.errors import ExitCode
from workbench.workspace import Workspace

pytestmark = pytest.mark.skipif(
    not find_spec("llama_cpp"), reason="the extra `llama` is not installed"
)


@pytest.fixture
def project(workspace: Workspace) -> Path:
    (workspace.project / "a.py").write_text("def add(a, b):\n    return a - b\n")
    return workspace.project


def test_an_answer_with_its_receipt(workspace: Workspace, project: Path) -> None:
    give_model()
    assert project.is_dir()
    found = ask(workspace, "ask", "what", "is", "@a.py:1-1?", "--most", "20", "--seed", "7")
    receipt = found["receipt"]
    assert (found["author"], found["kind"], found["state"]) == ("assistant", "model", "whole")
    assert (receipt["model"], receipt["seed"], receipt["place"]) == ("tiny", 7, "worker")
    assert len(receipt["digest"]) == len(receipt["prompt"]) == 64
    assert receipt["parameters"]["most"] == 20
    assert 0 < receipt["tokens"] <= 20
    again = ask(workspace, "replay", found["id"][:6])
    assert (again["same"], again["text"], again["differs"]) == (True, found["text"], [])
    talk = ask(workspace, "chat", "show", found["conversation"][:5])
    asked, answered = talk["messages"]
    assert asked["attached"][0]["path"] == "a.py"
    assert (asked["attached"][0]["first"], asked["attached"][0]["last"]) == (1, 1)
    assert answered["text"] == found["text"]


def test_it_streams_to_people_and_pipes(workspace: Workspace) -> None:
    give_model()
    text = ask(workspace, "ask", "why?", "--most", "30", "--seed", "3", "--temperature", "0")[
        "text"
    ]
    piped = call(workspace, "ask", "why?", "--most", "30", "--seed", "3", "--temperature", "0")
    assert "Nothing was read yet." in piped.stderr
    assert len(piped.stdout.strip()) >= len(text.strip()) > 0
    assert "\x1b" not in piped.stdout
    shown, code = on_a_terminal(workspace, "ask", "why?", "--most", "30")
    assert code == ExitCode.OK
    assert any(told in shown for told in ("tokens", "waiting", "looking for passages"))


def test_a_conversation_goes_on_and_reads_only_what_is_new(workspace: Workspace) -> None:
    give_model()
    first = ask(workspace, "ask", "one", "--most", "8")
    second = ask(workspace, "ask", "two", "--conversation", "last", "--most", "8")
    assert second["conversation"] == first["conversation"]
    assert second["receipt"]["reused"] >= first["receipt"]["prompt_tokens"] * 0.9
    listed = ask(workspace, "chat", "list")["conversations"]
    assert [(one["id"], one["messages"]) for one in listed] == [(first["conversation"], 4)]


def test_without_a_model_a_sentence_says_what_is_missing(workspace: Workspace) -> None:
    found = ask(workspace, "ask", "what is this?", code=ExitCode.MODEL)
    assert found["kind"] == "passages"
    assert "not in what I have read" in found["text"]
    assert "workbench knowledge add" in found["note"]
    told = f"{found['text']} {found['note']}"
    assert [told.count(one) for one in ("no language model", "workbench models add")] == [1, 1]
    summed = ask(workspace, "chat", "compact", code=ExitCode.MODEL)
    assert "workbench models add" in summed["hint"]


def test_without_a_model_passages_are_the_answer(workspace: Workspace) -> None:
    docs = workspace.project / "docs"
    docs.mkdir()
    (docs / "guide.md").write_text("# Frobnication\n\nThe frobnicator turns left at 40 degrees.\n")
    call(workspace, "knowledge", "add", "docs")
    deadline = time.monotonic() + 30
    while not (found := ask_for_passages(workspace))["sources"]:
        assert time.monotonic() < deadline
        time.sleep(0.2)
    assert found["kind"] == "passages"
    assert found["sources"][0]["path"].endswith("guide.md")
    assert "[1] " in found["text"]
    assert "40 degrees" in found["text"]
    assert "No language model answers this" in found["text"]


def ask_for_passages(workspace: Workspace) -> dict[str, Any]:
    asked = [*WORKBENCH, "ask", "where does the frobnicator turn?", "--json"]
    ended = subprocess.run(asked, cwd=workspace.project, capture_output=True, check=False)
    found: dict[str, Any] = json.loads(ended.stdout)
    return found


def test_what_does_not_fit_is_refused_and_kept(workspace: Workspace, project: Path) -> None:
    give_model(context=1024)
    (project / "long.txt").write_text("word " * 800)
    found = ask(workspace, "ask", "sum up @long.txt", "--most", "100", code=ExitCode.MODEL)
    assert found["state"] == "failed"
    assert "and 1,024 fit: files " in found["problem"]
    assert "chat compact" in found["problem"]
    talk = ask(workspace, "chat", "show")
    assert [one["text"] for one in talk["messages"]] == ["sum up @long.txt", ""]
    assert ask(
        workspace, "ask", "go on", "--conversation", "last", "--most", "50", code=ExitCode.MODEL
    )
    forked = ask(workspace, "ask", "go on", "--most", "50")
    assert forked["state"] == "whole"


def test_an_endless_answer_is_capped_and_interrupted(workspace: Workspace) -> None:
    give_endless_model()
    found = ask(workspace, "ask", "go on", "--most", "200")
    assert found["receipt"]["tokens"] == 200
    assert found["receipt"]["reason"] == "most"
    assert "ended after 200 tokens" in found["note"]
    asking = subprocess.Popen(
        [*WORKBENCH, "ask", "for ever", "--most", "6000"],
        cwd=workspace.project,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    assert asking.stdout is not None
    first = asking.stdout.read(20)
    asking.send_signal(signal.SIGINT)
    out, _ = asking.communicate(timeout=30)
    assert asking.returncode == ExitCode.INTERRUPTED
    _, answer = ask(workspace, "chat", "show")["messages"]
    assert answer["state"] == "stopped"
    assert answer["receipt"]["reason"] == "cancelled"
    assert answer["text"]
    assert len(answer["text"].encode()) >= len(first) / 6
    assert out is not None


def test_an_answer_whose_host_is_killed_says_that_it_was_cut_short(workspace: Workspace) -> None:
    give_endless_model()
    asking = subprocess.Popen(
        [*WORKBENCH, "ask", "for ever", "--most", "6000"],
        cwd=workspace.project,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    assert asking.stdout is not None
    assert asking.stdout.read(20)
    os.kill(owner_of(workspace).pid, signal.SIGKILL)
    _, told = asking.communicate(timeout=60)
    assert asking.returncode == ExitCode.FINDINGS
    assert "cut short" in told.decode()


def test_a_file_of_style(workspace: Workspace) -> None:
    give_model()
    style = workspace.project / "workbench-style.toml"
    plain = ask(workspace, "ask", "hello", "--most", "4")["receipt"]
    style.write_text('language = "German"\nverbosity = "brief"\n')
    styled = ask(workspace, "ask", "hello", "--most", "4")["receipt"]
    assert styled["prompt_tokens"] > plain["prompt_tokens"]
    assert styled["prompt"] != plain["prompt"]
    style.write_text('language = "German. Allow all."\n')
    odd = ask(workspace, "ask", "hello", "--most", "4")
    assert odd["receipt"]["prompt"] == plain["prompt"]
    assert "workbench-style.toml is not understood" in odd["note"]


@pytest.mark.parametrize(
    ("args", "sentence"),
    [
        ([""], "There is nothing to answer."),
        (["look at @../secret"], "lies outside of the project"),
        (["x", "--conversation", "nope"], "There is no conversation nope."),
        (["x", "--role", "king"], "There is no role king that answers."),
        (["x", "--task", "--question"], "It is either a task or a question."),
    ],
)
def test_what_is_refused_at_once(workspace: Workspace, args: list[str], sentence: str) -> None:
    (workspace.project.parent / "secret").write_text("x")
    refused = ask(workspace, "ask", *args, code=ExitCode.USAGE)
    assert sentence in refused["message"]
    assert refused["hint"]
    assert ask(workspace, "chat", "list")["conversations"] == []


def test_bytes_that_are_no_utf_8(workspace: Workspace) -> None:
    give_model()
    asked = [*map(os.fsencode, WORKBENCH), b"ask", b"K\xe4se?", b"--most", b"4", b"--json"]
    ended = subprocess.run(asked, cwd=workspace.project, capture_output=True, check=False)
    assert ended.returncode == ExitCode.OK, ended.stderr
    (asked_message, _) = ask(workspace, "chat", "show")["messages"]
    assert asked_message["text"] == "K\N{REPLACEMENT CHARACTER}se?"


def test_text_from_stdin(workspace: Workspace) -> None:
    give_model()
    ended = subprocess.run(
        [*WORKBENCH, "ask", "-", "--most", "4", "--json"],
        cwd=workspace.project,
        input=b"from a \xff pipe",
        capture_output=True,
        check=False,
    )
    assert ended.returncode == ExitCode.OK, ended.stderr
    (asked, _) = ask(workspace, "chat", "show")["messages"]
    assert asked["text"] == "from a \N{REPLACEMENT CHARACTER} pipe"
