"""Getting the embedder runs pip, and nothing of the project that one stands in."""

from __future__ import annotations

from pathlib import Path

import pytest

from local_models.embedder.downloading import download
from workbench.errors import ModelError


def test_modules_of_a_project_are_not_imported(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    project, into = tmp_path / "project", tmp_path / "into"
    project.mkdir()
    into.mkdir()
    ran = tmp_path / "ran"
    for name in ("types", "json", "pip", "sitecustomize"):
        (project / f"{name}.py").write_text(f"open({str(ran)!r}, 'w').close()\n")
    monkeypatch.chdir(project)
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    with pytest.raises(ModelError, match="pip could not get"):
        download(into)
    assert not ran.exists()
