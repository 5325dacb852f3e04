"""Where things are."""

from __future__ import annotations

from pathlib import Path

import pytest

from workbench.workspace import Workspace


@pytest.mark.parametrize(
    ("home", "project", "holds"),
    [
        ("/home/anna", "/home/anna", True),
        ("/home/anna", "/home", True),
        ("/home/anna", "/", True),
        ("/home/anna", "/home/anna/src/tool", False),
        ("/home/anna", "/srv/app", False),
        ("relative", "/srv/app", False),
    ],
)
def test_a_home_folder_is_hardly_a_project(
    monkeypatch: pytest.MonkeyPatch, home: str, project: str, *, holds: bool
) -> None:
    monkeypatch.setenv("HOME", home)
    assert Workspace(Path(project)).holds_a_home is holds
