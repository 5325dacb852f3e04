"""`workbench subjects` with a real host."""

from __future__ import annotations

import json
import time
from pathlib import Path

import pytest

from tests.e2e.command_line import ask, call
from workbench.errors import ExitCode
from workbench.workspace import Workspace


@pytest.fixture
def learned(workspace: Workspace) -> Workspace:
    """Return a workspace in which a subject has two versions."""
    note = workspace.project / "loops.md"
    for text, grade in (("# Loops\none\n", "C"), ("# Loops\ntwo\n", "A")):
        note.write_text(text)
        said = ask(
            workspace,
            *("subjects", "add", "Python asyncio", "--kind", "library", "--about", "Event loops"),
            *("--doc", "loops.md", "--grade", grade, "--proficiency", "working"),
        )
        assert said["subject"]["id"] == "python-asyncio"
    return workspace


def test_nothing_is_known_yet(workspace: Workspace) -> None:
    assert ask(workspace, "subjects", "list")["subjects"] == []
    missing = ask(workspace, "subjects", "show", "x", code=ExitCode.USAGE)
    assert missing["hint"] == "`workbench subjects list` shows them."


def test_versions_are_compared_and_rolled_back(learned: Workspace) -> None:
    listed = call(learned, "subjects", "list").stdout
    assert "python-asyncio" in listed
    assert "v2" in listed
    differing = call(learned, "subjects", "diff", "python").stdout
    assert "grade: C -> A" in differing
    assert "+two" in differing
    back = ask(learned, "subjects", "rollback", "python", "--reason", "one was right")
    assert back["subject"]["number"] == 1
    shown = call(learned, "subjects", "show", "python").stdout
    assert "one" in shown
    assert "two" not in shown
    history = call(learned, "subjects", "versions", "python").stdout
    assert "one was right" in history
    refused = ask(learned, "subjects", "rollback", "python", "1", code=ExitCode.USAGE)
    assert refused["message"] == "Version 1 of python-asyncio is the current one."


def test_what_is_written_survives_the_host(learned: Workspace) -> None:
    call(learned, "subjects", "rollback", "python")
    call(learned, "host", "stop", "--force")
    assert ask(learned, "subjects", "show", "python")["version"]["number"] == 1
    assert "follow from one another" in call(learned, "journal", "verify").stdout


def test_deprecating_says_why_and_what_instead(learned: Workspace) -> None:
    call(learned, "subjects", "deprecate", "python", "--reason", "old", "--instead", "trio")
    assert "deprecated: old" in call(learned, "subjects", "list").stdout
    assert ask(learned, "subjects", "list", "--current")["subjects"] == []
    assert "instead: trio" in call(learned, "subjects", "show", "python").stdout
    call(learned, "subjects", "deprecate", "python", "--undo")
    assert not ask(learned, "subjects", "show", "python")["subject"]["deprecated"]


def test_uses_are_counted_and_judged(learned: Workspace) -> None:
    call(learned, "subjects", "use", "python", "--well", "--by", "a task")
    assert "used 2 times, 50% well" in call(learned, "subjects", "use", "python", "--badly").stdout
    assert "used 3 times, 50% well" in call(learned, "subjects", "use", "python").stdout


def test_a_question_that_is_answered_by_its_passages_has_used_it(workspace: Workspace) -> None:
    (workspace.project / "owls.md").write_text("# Owls\n\nOwls hunt at night.\n")
    call(workspace, "knowledge", "add", "owls.md")
    hit = ask(workspace, "knowledge", "search", "owls hunt")["hits"][0]["passage"]
    said = ask(workspace, "subjects", "add", "Owls", "--passage", hit["id"])
    assert said["version"]["passages"][0]["path"] == "owls.md"
    assert "never used" in call(workspace, "subjects", "list").stdout
    call(workspace, "ask", "--question", "when do owls hunt?")
    assert "used once" in call(workspace, "subjects", "list").stdout
    missing = ask(workspace, "subjects", "add", "x", "--passage", "nope", code=ExitCode.USAGE)
    assert missing["message"] == "There is no passage nope."


def test_what_is_damaged_is_found(learned: Workspace) -> None:
    assert ask(learned, "subjects", "verify")["versions"] == 2
    (kept,) = (
        path
        for path in learned.contents.rglob("*")
        if path.is_file() and b"one" in path.read_bytes()
    )
    kept.write_text("something else")
    found = ask(learned, "subjects", "verify", code=ExitCode.FINDINGS)
    assert len(found["problems"]) == 1
    assert "is lost or damaged" in found["problems"][0]


def test_a_subject_is_taken_elsewhere(learned: Workspace, tmp_path: Path) -> None:
    call(learned, "subjects", "export", "python", "--to", "out.json")
    carried = (learned.project / "out.json").read_text()
    read = call(learned, "subjects", "export", "python", "--markdown").stdout
    assert read.startswith("# Python asyncio\n")
    again = ask(learned, "subjects", "import", "out.json")
    assert again["subject"]["versions"] == 2
    document = json.loads(carried)
    document["about"] = "changed"
    (learned.project / "bad.json").write_text(json.dumps(document))
    refused = ask(learned, "subjects", "import", "bad.json", code=ExitCode.FINDINGS)
    assert "checksum" in refused["message"]
    assert tmp_path.exists()


def test_links_are_read_from_what_was_read(workspace: Workspace) -> None:
    shop = workspace.project / "shop"
    shop.mkdir()
    (shop / "money.py").write_text("def rounded(x):\n    return round(x, 2)\n")
    (shop / "cart.py").write_text(
        "from .money import rounded\n\n\ndef total(x):\n    return rounded(x)\n"
    )
    (workspace.project / "guide.md").write_text("# Using `rounded`\nIt rounds.\n")
    call(workspace, "knowledge", "add", ".")
    _until(workspace, "function:shop.money.rounded")
    tree = call(workspace, "subjects", "links", "rounded").stdout
    assert "called by function:shop.cart.total  shop/cart.py:5" in tree
    assert "documented by heading:guide.md#Using `rounded`  guide.md:1" in tree
    (link, *_) = ask(workspace, "subjects", "links", "rounded", "--kind", "calls")["links"]
    passage = ask(workspace, "knowledge", "passage", link["provenance"]["passage"])["passage"]
    assert (passage["path"], passage["symbol"]) == ("shop/cart.py", "total")
    found = ask(workspace, "subjects", "entities", "cart")
    assert {one["kind"] for one in found["entities"]} == {"module", "function"}
    (shop / "cart.py").write_text("def total(x):\n    return x\n")
    _until(workspace, "function:shop.cart.total", gone="calls function:shop.money.rounded")
    refused = ask(workspace, "subjects", "links", "nothing", code=ExitCode.USAGE)
    assert refused["message"] == "nothing names no entities."


def _until(workspace: Workspace, entity: str, gone: str = "\0") -> None:
    """Wait until an entity is read, and something is not told of it any more."""
    deadline = time.monotonic() + 50
    while time.monotonic() < deadline:
        found = ask(workspace, "subjects", "entities", entity.partition(":")[2])
        is_there = any(one["id"] == entity for one in found["entities"])
        if is_there and gone not in call(workspace, "subjects", "links", entity).stdout:
            return
        time.sleep(0.3)
    pytest.fail(f"{entity} did not come")
