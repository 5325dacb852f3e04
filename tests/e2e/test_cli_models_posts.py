"""Models at work, through a real host: who serves, who waits, and how that is changed."""

from __future__ import annotations

import json
import subprocess
import time
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.command_line import WORKBENCH, ask, call
from tests.models.embedders import Embeds, inputs
from tests.models.servers import Good, serving
from tests.models.tiny import Tiny, write_tiny
from workbench.errors import ExitCode
from workbench.settings import user_file
from workbench.workspace import Workspace

KEY = "sk-very-secret-0123456789"


@pytest.fixture
def models(workspace: Workspace) -> Path:
    """Return the folder of models with two in it."""
    folder = Path(ask(workspace, "models", "list")["folder"])
    folder.mkdir(parents=True)
    write_tiny(folder / "small.gguf")
    write_tiny(folder / "large.gguf", Tiny(layers=3, seed=1))
    return folder


def settings(text: str) -> None:
    user_file().parent.mkdir(parents=True, exist_ok=True)
    user_file().write_text(text)


def posts(workspace: Workspace, *args: str) -> dict[str, Any]:
    found = ask(workspace, "models", *(args or ("status",)))["posts"]
    return {post["role"]: post for post in found}


def test_without_any_model_it_says_what_is_missing(workspace: Workspace) -> None:
    found = posts(workspace)
    assert list(found) == ["main", "heavy", "fast", "embed"]
    assert {post["condition"] for post in found.values()} == {"absent"}
    said = call(workspace, "models", "status").stdout
    assert "models pull" in said or "`pull`" in said
    assert ask(workspace, "models", "queue")["queue"] == []
    call(workspace, "models", "cancel", "q1", code=ExitCode.USAGE)
    call(workspace, "models", "assign", "main", "nobody", code=ExitCode.USAGE)
    call(workspace, "models", "reset", "nobody", code=ExitCode.USAGE)


@pytest.mark.usefixtures("models")
def test_a_role_is_assigned_and_the_choice_lasts(workspace: Workspace) -> None:
    assert posts(workspace)["fast"]["model"] == "small"
    assert posts(workspace, "assign", "fast", "lar")["fast"]["model"] == "large"
    call(workspace, "host", "stop")
    assert posts(workspace)["fast"]["model"] == "large"
    assert "large was asked for" in call(workspace, "models", "list").stdout
    assert posts(workspace, "assign", "fast", "auto")["fast"]["model"] == "small"
    refused = call(workspace, "models", "assign", "embed", "small", code=ExitCode.USAGE)
    assert "names 0 models" in refused.stderr


@pytest.mark.usefixtures("models")
def test_a_model_that_dies_is_shown_and_reset(workspace: Workspace) -> None:
    assert posts(workspace, "reset", "small")["fast"]["condition"] == "resting"


def test_a_server_serves_its_queue_is_seen_and_its_key_is_not(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TEST_SERVER_KEY", KEY)
    with serving(Good(says=["word "] * 4000, pause=0.01)) as server:
        settings(
            f'[models.servers]\nhere = "{server.address}"\n'
            '[models.keys]\nhere = "env:TEST_SERVER_KEY"\n'
        )
        found = posts(workspace, "assign", "main", "here")["main"]
        assert (found["model"], found["place"]) == ("here", server.address)
        assert "here was asked for" in call(workspace, "models", "list").stdout
        asking = [*WORKBENCH, "ask", "Say many words."]
        with subprocess.Popen(
            asking, cwd=workspace.project, stdout=subprocess.PIPE, stderr=subprocess.PIPE
        ) as process:
            one = _first(workspace)
            assert (one["state"], one["urgent"], one["model"]) == ("running", True, "here")
            assert one["id"] in call(workspace, "models", "status").stdout
            call(workspace, "models", "cancel", one["id"])
            out, _ = process.communicate(timeout=30)
            assert b"word word" in out
        assert ask(workspace, "models", "queue")["queue"] == []
        assert server.asked()[0].headers["authorization"] == f"Bearer {KEY}"
    call(workspace, "host", "stop")
    kept = [path for path in workspace.folder.rglob("*") if path.is_file()]
    assert kept
    assert not [path for path in kept if KEY.encode() in path.read_bytes()]


def test_a_server_makes_the_vectors_of_the_index_and_reads_no_secret(
    workspace: Workspace,
) -> None:
    docs = workspace.project / "docs"
    docs.mkdir()
    (docs / "cats.md").write_text(f'Cats purr on the sofa.\npassword = "{KEY}"\n')
    (docs / "dogs.md").write_text("Dogs bark at strangers.\n")
    with serving(Embeds(longest=60)) as server:
        settings(f'[models.servers]\nhere = "{server.address}"\n')
        call(workspace, "models", "assign", "embed", "here")
        assert "The server here was asked for" in call(workspace, "models", "list").stdout
        ask(workspace, "knowledge", "add", "docs")
        assert ask(workspace, "knowledge", "verify")["sound"]
        found = ask(workspace, "knowledge", "search", "feline")
        assert (found["how"], found["sentence"]) == ("hybrid", "")
        assert found["hits"][0]["passage"]["path"] == "docs/cats.md"
        post = posts(workspace)["embed"]
        assert (post["model"], post["place"], post["condition"]) == (
            "here",
            server.address,
            "ready",
        )
        sent = [text for texts in inputs(server) for text in texts]
        assert [text for text in sent if "Cats purr" in text]
        assert not [text for text in sent if KEY in text]
        long = ask(workspace, "knowledge", "search", "canine " * 20)
        assert long["hits"][0]["passage"]["path"] == "docs/dogs.md"
        assert "too long for it" in call(workspace, "models", "status").stdout
    gone = ask(workspace, "knowledge", "search", "cats purr")
    assert (gone["how"], "cannot be reached" in gone["sentence"]) == ("words", True)
    assert gone["hits"][0]["passage"]["path"] == "docs/cats.md"
    assert "cannot be reached" in call(workspace, "models", "status").stdout


def test_doctor_looks_at_what_is_said_of_servers_and_speaks_to_none(workspace: Workspace) -> None:
    with serving(Good()) as server:
        named = f'[models.servers]\nhere = "{server.address}"\nfar = "http://192.0.2.1"\n'
        for more, state, said in (
            ("", "warn", "not this machine"),
            ('[models]\nallow = "192.0.2.1"\n', "ok", "far, here"),
            ('[models]\nallow = "192.0.2.1"\nkeys.far = "env:NOT_SET"\n', "warn", "is not set"),
        ):
            settings(more + named)
            checks = {one["name"]: one for one in ask(workspace, "doctor")["checks"]}
            found = checks["servers"]
            assert (found["state"], said in found["sentence"]) == (state, True), found
        assert server.requests == []


def test_a_project_cannot_name_a_server_before_it_is_trusted(workspace: Workspace) -> None:
    workspace.settings_file.write_text('[models.servers]\nmine = "http://127.0.0.1:9"\n')
    assert posts(workspace)["main"]["model"] == ""
    assert "models.servers.mine" in call(workspace, "config", "show").stderr
    call(workspace, "trust", "--yes")
    assert posts(workspace)["main"]["model"] == "mine"


def _first(workspace: Workspace) -> dict[str, Any]:
    """Wait until something is asked of a model, and return it."""
    for _ in range(200):
        if queue := ask(workspace, "models", "queue")["queue"]:
            found: dict[str, Any] = json.loads(json.dumps(queue[0]))
            return found
        time.sleep(0.05)
    pytest.fail("nothing was asked of a model")
