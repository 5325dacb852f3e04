"""Healing with a language model beside the search: it may only get better."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.e2e.command_line import call
from tests.models.servers import Good, Request, serving
from workbench.errors import ExitCode
from workbench.settings import user_file
from workbench.workspace import Workspace

BUGGY = '''"""Checksums of names."""


def checksum(name):
    """Return a number of sixteen bits that depends on every letter and its place."""
    return 0


def shown(name):
    return f"{name}: {checksum(name):04x}"
'''
TESTS = """from sums import checksum, shown


def test_checksum():
    assert checksum("") == 7
    assert checksum("a") == 314
    assert checksum("ab") == 9832
    assert checksum("workbench") == 20366


def test_shown():
    assert shown("a") == "a: 013a"
"""
RIGHT = '''def checksum(name):
    """Return a number of sixteen bits that depends on every letter and its place."""
    found = 7
    for letter in name:
        found = (found * 31 + ord(letter)) % 65521
    return found
'''


@pytest.fixture
def project(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> Workspace:
    monkeypatch.setenv("WORKBENCH_SANDBOX_ENGINE", "namespaces")
    (workspace.project / "tests").mkdir()
    (workspace.project / "sums.py").write_text(BUGGY)
    (workspace.project / "tests" / "test_sums.py").write_text(TESTS)
    return workspace


def served_by(address: str) -> None:
    user_file().parent.mkdir(parents=True, exist_ok=True)
    user_file().write_text(f'[models.servers]\nhere = "{address}"\n')


def heal(workspace: Workspace, *args: str, code: ExitCode) -> dict[str, Any]:
    done = call(workspace, "heal", "--json", "--budget", "40", *args, code=code)
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def obedient(request: Request) -> list[str]:
    """Suggest nonsense first, and then what is right, as whoever is asked in that form does."""
    assert "def checksum(name)" in request.body["messages"][-1]["content"]
    wrong = {"file": "sums.py", "function": "", "search": "return 0", "replace": "return 7"}
    right = {"file": "sums.py", "function": "checksum", "search": "", "replace": RIGHT}
    repairs = [{"why": "a constant", "edits": [wrong]}, {"why": "a polynomial", "edits": [right]}]
    return [json.dumps({"repairs": repairs})]


def test_what_no_search_finds_is_found_with_a_model_and_proven_alike(project: Workspace) -> None:
    with serving(Good(says=obedient, models={"data": [{"id": "a", "max_model_len": 8192}]})) as one:
        served_by(one.address)
        found = heal(project, code=ExitCode.OK)
        assert one.asked()[0].body["response_format"]["type"] == "json_schema"
    assert found["outcome"] == "repaired"
    (first,) = found["proposals"]
    assert first["operator"].startswith("advised:")
    assert "a polynomial" in first["why"]
    assert "found * 31" in first["diff"]
    assert first["evidence"]["proof"]
    assert (project.project / "sums.py").read_text() == BUGGY


def test_a_model_that_answers_nonsense_costs_nothing_but_its_time(project: Workspace) -> None:
    with serving(Good(says=["I am sorry, ", "I cannot do that."])) as server:
        served_by(server.address)
        found = heal(project, "--budget", "15", code=ExitCode.FINDINGS)
        assert server.asked()
    assert found["outcome"] == "unrepaired"
    assert found["tried"] > 100


def test_nobody_is_asked_where_the_search_finds_a_repair_itself(project: Workspace) -> None:
    body = RIGHT.partition('"""\n')[2].replace("* 31", "* 30").strip()
    (project.project / "sums.py").write_text(BUGGY.replace("return 0", body))
    with serving(Good(says=obedient)) as server:
        served_by(server.address)
        found = heal(project, code=ExitCode.OK)
        assert not server.asked()
    assert not found["proposals"][0]["operator"].startswith("advised:")


def test_nobody_is_asked_where_a_person_does_not_want_it(
    project: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WORKBENCH_HEALING_ADVICE", "false")
    with serving(Good(says=obedient)) as server:
        served_by(server.address)
        heal(project, "--budget", "12", code=ExitCode.FINDINGS)
        assert not server.requests
