"""Applying from the command line: a real host, a real sandbox, real files."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.command_line import WORKBENCH, ask, call
from tests.e2e.faces import owner_of
from tests.e2e.sums import digests
from workbench.errors import ExitCode
from workbench.workspace import Workspace

BROKEN = b"def is_adult(age):\n    return age > 18\n"
REPAIRED = b"def is_adult(age):\n    return age >= 18\n"
TESTS = (
    "from ages import is_adult\n\n\ndef test_adult():\n    assert is_adult(18)\n"
    "    assert not is_adult(5)\n    assert not is_adult(17)\n"
)


@pytest.fixture
def project(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> Workspace:
    monkeypatch.setenv("WORKBENCH_SANDBOX_ENGINE", "namespaces")
    (workspace.project / "tests").mkdir()
    (workspace.project / "ages.py").write_bytes(BROKEN)
    (workspace.project / "tests" / "test_ages.py").write_text(TESTS)
    return workspace


def source(project: Workspace) -> Path:
    return project.project / "ages.py"


def proposed(project: Workspace) -> str:
    """Heal, and return the proposal that makes `>` to `>=`."""
    found = ask(project, "heal", "--budget", "30")["proposals"]
    name: str = next(one["proposal"] for one in found if "age >= 18" in one["diff"])
    return name


def accepted(project: Workspace) -> str:
    name = proposed(project)
    ask(project, "review", "accept", name)
    return name


def transactions(project: Workspace) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = ask(project, "undo", "--list")["transactions"]
    return found


def test_what_is_accepted_is_written_and_undone_and_done_again(project: Workspace) -> None:
    name = proposed(project)
    before = digests(project.project)
    refused = ask(project, "review", "apply", name, code=ExitCode.APPROVAL)
    assert "Nothing of" in refused["message"]
    assert f"review accept {name}" in refused["hint"]
    assert digests(project.project) == before

    ask(project, "review", "accept", name)
    assert ask(project, "review", "try", name)["holds"]
    assert digests(project.project) == before
    written = ask(project, "review", "apply", name)
    assert source(project).read_bytes() == REPAIRED
    assert "verified anew" not in written["message"]
    again = ask(project, "review", "apply", name, code=ExitCode.FINDINGS)
    assert "lies in the project already" in again["message"]

    undone = ask(project, "undo")
    assert digests(project.project) == before
    assert ask(project, "undo", code=ExitCode.USAGE)["message"] == "There is nothing to undo."
    assert ask(project, "redo")["kind"] == "redo"
    assert source(project).read_bytes() == REPAIRED
    call(project, "undo", written["transaction"][:5])
    call(project, "undo", transactions(project)[0]["id"])  # An undo is a transaction as well.
    assert source(project).read_bytes() == REPAIRED
    kinds = [(one["kind"], one["state"]) for one in transactions(project)]
    assert kinds[-1] == ("apply", "standing")
    assert [one["id"] for one in transactions(project)][-2] == undone["transaction"]
    assert "apply" in call(project, "undo", "--list").stdout
    assert "names 0 transactions" in ask(project, "undo", "zz", code=ExitCode.USAGE)["message"]


def test_a_file_that_changed_elsewhere_is_fitted_and_verified_again(project: Workspace) -> None:
    name = accepted(project)
    source(project).write_bytes(b"# of age\n" + BROKEN)
    written = ask(project, "review", "apply", name)
    assert source(project).read_bytes() == b"# of age\n" + REPAIRED
    assert "fitted and verified anew" in written["message"]
    assert "ages.py" in written["message"]
    source(project).write_bytes(source(project).read_bytes() + b"# later\n")
    ask(project, "undo")
    assert source(project).read_bytes() == b"# of age\n" + BROKEN + b"# later\n"


def test_what_does_not_fit_any_more_is_stale(project: Workspace) -> None:
    name = accepted(project)
    source(project).write_bytes(BROKEN.replace(b"18", b"21"))
    told = ask(project, "review", "apply", name, code=ExitCode.FINDINGS)
    assert "is stale: ages.py (line 2) was changed by hand" in told["message"]
    assert source(project).read_bytes() == BROKEN.replace(b"18", b"21")
    source(project).unlink()
    told = ask(project, "review", "apply", name, code=ExitCode.FINDINGS)
    assert "is not there any more" in told["message"]
    assert not source(project).exists()


def test_what_breaks_a_test_since_is_refused_and_the_test_named(project: Workspace) -> None:
    """The proof was made before this test was there."""
    name = accepted(project)
    other = project.project / "tests" / "test_other.py"
    other.write_text("from ages import is_adult\n\n\ndef test_it():\n    assert not is_adult(18)\n")
    tried = ask(project, "review", "try", name, code=ExitCode.FINDINGS)
    assert tried["broken"] == ["tests/test_other.py::test_it"]
    assert tried["turned"] == ["tests/test_ages.py::test_adult"]
    told = ask(project, "review", "apply", name, code=ExitCode.FINDINGS)
    assert "breaks what passed before: tests/test_other.py::test_it" in told["message"]
    assert source(project).read_bytes() == BROKEN
    assert transactions(project) == []


def test_endings_marks_and_encodings_survive(project: Workspace) -> None:
    text = b"\xef\xbb\xbf# -*- coding: utf-8 -*-\r\n# caf\xc3\xa9\r\n" + BROKEN.replace(
        b"\n", b"\r\n"
    )
    source(project).write_bytes(text)
    source(project).chmod(0o755)
    name = accepted(project)
    call(project, "review", "apply", name)
    assert source(project).read_bytes() == text.replace(b"age > 18", b"age >= 18")
    assert source(project).stat().st_mode & 0o777 == 0o755
    call(project, "undo")
    assert source(project).read_bytes() == text
    latin = b"# -*- coding: latin-1 -*-\n# caf\xe9\n" + BROKEN
    source(project).write_bytes(latin)
    name = accepted(project)
    call(project, "review", "apply", name)
    assert source(project).read_bytes() == latin.replace(b"age > 18", b"age >= 18")


def _symlink(path: Path) -> None:
    path.rename(path.parent / "real.txt")
    path.symlink_to(path.parent / "real.txt")


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        (_symlink, "is a link"),
        (lambda path: path.chmod(0o444), "is read-only"),
        (lambda path: os.link(path, path.parent / "again.txt"), "hard links"),
    ],
    ids=["a link", "read-only", "hard-linked"],
)
def test_what_must_not_be_written_is_refused(
    spoil: Callable[[Path], object], said: str, project: Workspace
) -> None:
    name = accepted(project)
    spoil(source(project))
    before = digests(project.project)
    told = ask(project, "review", "apply", name, code=ExitCode.FINDINGS)
    assert said in told["message"]
    assert told["hint"]
    assert digests(project.project) == before
    assert not list(project.project.glob(".workbench-*"))


def test_a_later_change_of_the_same_lines_names_the_conflict(project: Workspace) -> None:
    name = accepted(project)
    written = ask(project, "review", "apply", name)
    source(project).write_bytes(REPAIRED.replace(b">= 18", b">= 21"))
    told = ask(project, "undo", code=ExitCode.FINDINGS)
    assert "ages.py (line 2) was changed since by hand" in told["message"]
    assert "Nothing was written" in told["message"]
    assert source(project).read_bytes() == REPAIRED.replace(b">= 18", b">= 21")
    source(project).write_bytes(REPAIRED)
    assert ask(project, "undo", written["transaction"])["files"][0]["path"] == "ages.py"
    assert source(project).read_bytes() == BROKEN


def test_two_faces_that_apply_at_once_write_once(project: Workspace) -> None:
    name = accepted(project)
    command = [*WORKBENCH, "review", "apply", name, "--json"]

    def apply(_: int) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            command, cwd=project.project, capture_output=True, text=True, check=False, timeout=60
        )

    with ThreadPoolExecutor(3) as threads:
        ended = list(threads.map(apply, range(3)))
    assert sorted(one.returncode for one in ended) == [0, 1, 1]
    refused = [json.loads(one.stdout)["message"] for one in ended if one.returncode]
    assert refused == ["What is accepted lies in the project already."] * 2
    assert source(project).read_bytes() == REPAIRED
    assert [one["kind"] for one in transactions(project)] == ["apply"]


def test_a_host_killed_at_any_time_leaves_all_or_nothing(project: Workspace) -> None:
    """Whatever the host was doing; decisions are kept, and the files are one of two."""
    name = accepted(project)
    chance = random.Random(1)  # noqa: S311 - when to kill is no secret
    ends = set()
    for number in range(12):
        command = (
            ["undo"] if source(project).read_bytes() == REPAIRED else ["review", "apply", name]
        )
        process = subprocess.Popen(
            [*WORKBENCH, *command],
            cwd=project.project,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        time.sleep(chance.uniform(0.15, 0.6))
        with suppress(ProcessLookupError):
            os.kill(owner_of(project).pid, signal.SIGKILL)
        process.wait(60)
        standing = [one["state"] for one in transactions(project)]
        assert "interrupted" not in standing, number
        content = source(project).read_bytes()
        assert content in (BROKEN, REPAIRED), number
        ends.add(content)
        assert not list(project.project.glob(".workbench-*"))
        stands = next(one for one in ask(project, "review", "list")["proposals"])
        assert stands["state"] == "accepted"
    assert ends == {BROKEN, REPAIRED}
