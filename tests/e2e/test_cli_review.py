"""Deciding about repairs from the command line, and what the order of the next ones learns."""

from __future__ import annotations

from typing import Any

import pytest

from tests.e2e.command_line import ask, call
from tests.e2e.sums import digests
from workbench.errors import ExitCode
from workbench.workspace import Workspace

ADULT = "def is_adult(age):\n    return age > 18\n"
TESTS = """from {module} import is_adult


def test_adult():
    assert is_adult(18)
    assert not is_adult(5)
"""
TURNED_DOWN = "Repairs of this kind were turned down in this project."


@pytest.fixture
def project(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> Workspace:
    monkeypatch.setenv("WORKBENCH_SANDBOX_ENGINE", "namespaces")
    (workspace.project / "tests").mkdir()
    break_in(workspace, "ages")
    return workspace


def break_in(workspace: Workspace, module: str) -> None:
    """Have the defect in one module, and in no other."""
    for path in (*workspace.project.glob("*.py"), *workspace.project.glob("tests/*.py")):
        path.unlink()
    (workspace.project / f"{module}.py").write_text(ADULT)
    test = workspace.project / "tests" / f"test_{module}.py"
    test.write_text(TESTS.format(module=module))


def heal(workspace: Workspace) -> list[dict[str, Any]]:
    proposals: list[dict[str, Any]] = ask(workspace, "heal", "--budget", "30")["proposals"]
    return proposals


def stands(workspace: Workspace, name: str) -> tuple[str, str]:
    listed = ask(workspace, "review", "list")["proposals"]
    (found,) = [one for one in listed if one["proposal"]["proposal"] == name]
    return found["state"], found["reason"]


def test_a_rejection_is_written_down_and_teaches_and_can_be_taken_back(project: Workspace) -> None:
    said = call(project, "heal", "stats").stdout
    assert "No repair was proposed yet: run `workbench heal`" in said
    first, second, *_ = heal(project)
    assert first["numbers"]["prior"] < 0
    assert "Nothing was decided yet" in ask(project, "heal", "stats")["message"]
    before = digests(project.project)
    told = ask(project, "review", "reject", first["proposal"][:6], "--reason", "too kind")
    assert (told["proposal"], told["standing"]) == (first["proposal"], "rejected")
    assert stands(project, first["proposal"]) == ("rejected", "too kind")
    assert stands(project, second["proposal"]) == ("waiting", "")

    break_in(project, "years")
    again = next(one for one in heal(project) if one["operator"] == first["operator"])
    assert TURNED_DOWN not in first["doubts"]
    assert TURNED_DOWN in again["doubts"]
    assert again["confidence"] < first["confidence"]
    learned = ask(project, "heal", "stats")
    assert (learned["rejected"], learned["accepted"], learned["measured"]) == (1, 0, 0)
    assert learned["reasons"] == [{"reason": "too kind", "times": 1}]
    assert [one["rule"] for one in learned["rules"]] == [first["operator"]]
    assert learned["rules"][0]["odds"] < 0
    shown = call(project, "heal", "stats").stdout
    assert f"times as likely  {first['operator']}" in shown
    assert "1  too kind" in shown

    break_in(project, "ages")
    assert digests(project.project) == before
    ask(project, "review", "undecide", first["proposal"])
    assert stands(project, first["proposal"]) == ("waiting", "")
    assert ask(project, "heal", "stats")["rules"] == []
    assert all(TURNED_DOWN not in one["doubts"] for one in heal(project))


def test_an_accepted_repair_is_not_written_and_comes_first_when_it_breaks_again(
    project: Workspace,
) -> None:
    first, second, *_ = heal(project)
    before = digests(project.project)
    said = call(project, "review", "accept", first["proposal"]).stdout
    assert "Nothing was written to the project" in said
    assert f"workbench review apply {first['proposal']}" in said
    assert "It was accepted by" in call(project, "proposals", "show", first["proposal"]).stdout
    ask(project, "review", "accept", second["proposal"])
    ask(project, "review", "reject", first["proposal"], "--reason", "the other one")
    assert digests(project.project) == before
    learned = ask(project, "heal", "stats")
    assert (learned["accepted"], learned["rejected"], learned["measured"]) == (1, 1, 1)
    assert learned["before"] == learned["after"] == 0.5
    assert "Accepted repairs stand at 0.500 in the order" in call(project, "heal", "stats").stdout
    source = project.project / "ages.py"
    source.write_text("import math\n\nPI = math.pi\n\n\n" + ADULT)
    again = heal(project)
    assert again[0]["why"].startswith("repaired this failure before: ")
    assert second["why"] in again[0]["why"]


def test_what_cannot_be_decided_is_refused_in_a_sentence(project: Workspace) -> None:
    assert "0 proposals" in ask(project, "review", "accept", "none", code=ExitCode.USAGE)["message"]
    name = heal(project)[0]["proposal"]
    blank = ask(project, "review", "reject", name, "--reason", "  ", code=ExitCode.USAGE)
    assert blank["message"] == "A rejection without a reason teaches little."
    call(project, "review", "reject", name, code=ExitCode.USAGE)
    assert stands(project, name) == ("waiting", "")


def test_a_folder_that_is_called_stats_can_be_healed(project: Workspace) -> None:
    inner = project.project / "stats"
    inner.mkdir()
    (inner / "test_fine.py").write_text("def test_fine():\n    assert True\n")
    assert ask(project, "heal", "stats")["proposed"] == 0
    assert ask(project, "heal", "./stats")["outcome"] == "green"
