"""`workbench memory` with a real host."""

from __future__ import annotations

import zipfile
from importlib.util import find_spec
from pathlib import Path

import pytest

from tests.e2e.command_line import ask, call
from tests.e2e.talking import give_model
from workbench.errors import ExitCode
from workbench.workspace import Workspace


def test_what_a_person_says_is_remembered_and_forgotten(workspace: Workspace) -> None:
    name = ask(workspace, "memory", "remember", "Answer briefly.")["id"]
    assert "preference: Answer briefly." in call(workspace, "memory", "list").stdout
    call(workspace, "memory", "forget", name, code=ExitCode.USAGE)
    said = call(workspace, "memory", "forget", name, "--reason", "not any more").stdout
    assert "The journal keeps its record" in said
    assert "workbench host stop" in said
    assert ask(workspace, "memory", "list", "briefly")["memories"] == []
    call(workspace, "host", "stop", "--force")
    (hidden,) = ask(workspace, "memory", "list", "briefly", "--hidden")["memories"]
    assert (hidden["state"], hidden["reason"]) == ("forgotten", "not any more")
    call(workspace, "memory", "forget", name, "--reason", "a mistake", "--undo")
    assert len(ask(workspace, "memory", "list", "briefly")["memories"]) == 1


def test_a_consolidation_proposes_and_a_person_decides(workspace: Workspace) -> None:
    for text in ("Always run ruff.", "Never use tabs."):
        call(workspace, "journal", "note", text)
    found = ask(workspace, "memory", "consolidate")
    assert found["message"] == "2 new proposals."
    assert not ask(workspace, "memory", "list", "--kind", "preference")["memories"]
    names = {one["advice"]["text"]: one["advice"]["proposal"] for one in found["proposals"]}
    refused = call(workspace, "memory", "review", names["Never use tabs."], "--refuse")
    assert "refused" in refused.stdout
    edited = ("--edit", "Run ruff before each commit.")
    kept = ask(workspace, "memory", "review", names["Always run ruff."], *edited)["memory"]
    shown = call(workspace, "memory", "show", kept).stdout
    assert "Run ruff before each commit." in shown
    assert "made of" in shown
    again = ask(workspace, "memory", "consolidate")
    assert (again["message"], again["waiting"]) == ("There is nothing new to propose.", 0)
    call(workspace, "memory", "review", names["Always run ruff."], "--refuse", code=ExitCode.USAGE)
    call(workspace, "memory", "review", kept, code=ExitCode.USAGE)


def test_what_is_invalid_goes_with_what_was_made_of_it(workspace: Workspace) -> None:
    first = ask(workspace, "memory", "remember", "Water is dry.", "--kind", "knowledge")["id"]
    second = ask(workspace, "memory", "remember", "Swim in clothes.", "--of", first)["id"]
    wrong = ("--reason", "it is wet", "--invalid")
    said = ask(workspace, "memory", "forget", first, *wrong)
    assert "1 more were made of it and still count" in said["sentence"]
    both = ask(workspace, "memory", "forget", first, *wrong, "--dependents")
    assert both["memories"] == [first, second]
    assert ask(workspace, "memory", "show", second)["memory"]["state"] == "invalid"


def test_a_skill_is_trusted_when_its_tests_pass_in_the_sandbox(workspace: Workspace) -> None:
    code, test = workspace.project / "add.py", workspace.project / "test_add.py"
    code.write_text("def add(a, b):\n    return a + b\n")
    test.write_text("from add import add\n\n\ndef test_add():\n    assert add(1, 2) == 3\n")
    learn = ("memory", "skill", "adding", "Adds two numbers.", "--code", "add.py")
    call(workspace, *learn, code=ExitCode.USAGE)
    made = ask(workspace, *learn, "--test", "test_add.py")
    assert (made["trusted"], made["trial"]["passed"]) == (True, 1)
    code.write_text("def add(a, b):\n    return a - b\n")
    bad = call(workspace, *learn, "--test", "test_add.py", code=ExitCode.FINDINGS)
    assert "adding v2: NOT trusted; 0 tests passed, 1 failed" in bad.stdout
    again = ask(workspace, "memory", "try", "adding")
    assert (again["number"], again["trial"]["failed"]) == (1, 0)
    call(workspace, "memory", "export", "out")
    folder = workspace.project / "out" / "skills" / "adding"
    assert sorted(path.name for path in folder.iterdir()) == ["SKILL.md", "add.py", "test_add.py"]
    head = (folder / "SKILL.md").read_text().splitlines()[:4]
    assert head == ["---", "name: adding", 'description: "Adds two numbers."', "---"]
    call(workspace, "memory", "export", "out", code=ExitCode.USAGE)


def test_copies_go_where_the_settings_say(
    workspace: Workspace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    copies = tmp_path / "copies"
    monkeypatch.setenv("WORKBENCH_MEMORY_BACKUP_FOLDER", str(copies))
    call(workspace, "memory", "remember", "Answer briefly.")
    call(workspace, "memory", "list")
    (copy,) = copies.iterdir()
    with zipfile.ZipFile(copy) as packed:
        assert "Answer briefly." in packed.read("memory.json").decode()
    call(workspace, "memory", "list")
    assert list(copies.iterdir()) == [copy]


@pytest.mark.skipif(not find_spec("llama_cpp"), reason="the extra `llama` is not installed")
def test_prompts_have_what_is_remembered_and_not_what_was_forgotten(workspace: Workspace) -> None:
    give_model()
    kept = ask(workspace, "memory", "remember", "Answer in rhymes.")["id"]
    gone = ask(workspace, "memory", "remember", "Answer in prose.")["id"]
    call(workspace, "memory", "forget", gone, "--reason", "rhymes are better")
    ask(workspace, "ask", "Always use ruff. What is a lane?", "--most", "8")
    talks = workspace.folder / "talks"
    prompts = "".join(path.read_text() for path in talks.rglob("*") if path.is_file())
    assert "Answer in rhymes." in prompts
    assert "Answer in prose." not in prompts
    assert ask(workspace, "memory", "show", kept)["memory"]["uses"] == 1
    assert ask(workspace, "memory", "show", gone)["memory"]["uses"] == 0
    working = ask(workspace, "memory", "list", "--layer", "working")["memories"]
    assert {one["kind"] for one in working} == {"person message", "assistant message"}
    (proposal,) = ask(workspace, "memory", "consolidate")["proposals"]
    assert proposal["advice"]["text"] == "Always use ruff."
