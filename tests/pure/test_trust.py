"""Trust is bound to one content of one project's file, and anything doubtful is no trust."""

from __future__ import annotations

import json
import multiprocessing
from pathlib import Path

import pytest

from workbench import settings, trust
from workbench.errors import ConfigurationError, StoreError
from workbench.workspace import Workspace

WIDENING = '[interface]\neditor = "evil"\n'


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    (tmp_path / "workbench.toml").write_text(WIDENING, encoding="utf-8")
    return Workspace(tmp_path)


def editor(workspace: Workspace) -> str:
    return settings.load(workspace, environ={}).interface.editor


def trust_it(workspace: Workspace) -> None:
    trust.grant(workspace.project, settings.load_project_file(workspace).sha256)


def test_widening_settings_count_only_when_trusted(workspace: Workspace) -> None:
    assert editor(workspace) == ""
    trust_it(workspace)
    assert editor(workspace) == "evil"
    assert trust.revoke(workspace.project)
    assert editor(workspace) == ""
    assert not trust.revoke(workspace.project)


def test_a_changed_file_needs_trust_again(workspace: Workspace) -> None:
    trust_it(workspace)
    with workspace.settings_file.open("a", encoding="utf-8") as file:
        file.write("\n")
    assert editor(workspace) == ""
    workspace.settings_file.write_text(WIDENING, encoding="utf-8")
    assert editor(workspace) == "evil"


def test_the_same_file_elsewhere_is_not_trusted(workspace: Workspace, tmp_path: Path) -> None:
    trust_it(workspace)
    other = tmp_path / "other"
    other.mkdir()
    (other / "workbench.toml").write_text(WIDENING, encoding="utf-8")
    assert editor(Workspace(other)) == ""


def test_trust_is_private_and_outside_the_project(workspace: Workspace) -> None:
    trust_it(workspace)
    assert trust.trust_file().stat().st_mode & 0o777 == 0o600
    assert workspace.project not in trust.trust_file().parents
    assert [path.name for path in trust.trust_file().parent.iterdir()] == ["trust.json"]


@pytest.mark.parametrize(
    "content",
    ["", "[]", "null", "{", '{"format": 1}', '{"format": 2, "projects": {}}', "[" * 100_000]
    + [json.dumps({"format": 1, "projects": {"/": found}}) for found in (1, {}, {"sha256": 1})],
)
def test_a_damaged_file_grants_nothing_and_says_so(workspace: Workspace, content: str) -> None:
    trust_it(workspace)
    trust.trust_file().write_text(content, encoding="utf-8")
    with pytest.raises(ConfigurationError, match=r"trust\.json"):
        editor(workspace)
    with pytest.raises(ConfigurationError):
        trust_it(workspace)
    assert trust.trust_file().read_text(encoding="utf-8") == content


def test_what_others_may_write_grants_nothing(workspace: Workspace) -> None:
    trust_it(workspace)
    trust.trust_file().chmod(0o622)
    with pytest.raises(ConfigurationError, match="written by somebody else"):
        editor(workspace)


def test_a_link_grants_nothing(workspace: Workspace) -> None:
    trust_it(workspace)
    file = trust.trust_file()
    file.symlink_to(file.rename(workspace.project / "planted.json"))
    with pytest.raises(ConfigurationError, match="written by somebody else"):
        editor(workspace)


def test_a_place_that_cannot_be_written_is_said(workspace: Workspace) -> None:
    trust.trust_file().parent.parent.mkdir(parents=True)
    trust.trust_file().parent.write_text("in the way")
    with pytest.raises(StoreError, match="cannot be written"):
        trust_it(workspace)


def _grant_many(folder: str) -> None:
    for number in range(20):
        trust.grant(Path(folder) / str(number), "0" * 64)


def test_nothing_is_lost_when_several_grant_at_once(tmp_path: Path) -> None:
    folders = [str(tmp_path / name) for name in "abcd"]
    with multiprocessing.get_context("spawn").Pool(4) as pool:
        pool.map(_grant_many, folders)
    assert len(trust.read_grants()) == 80
