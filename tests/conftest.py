"""What every ring needs: folders of its own, and no host left behind."""

from __future__ import annotations

import os
import shutil
import signal
import tempfile
from collections.abc import Iterator
from pathlib import Path

import hypothesis
import pytest

from workbench.api import owner
from workbench.workspace import Workspace, name_workspace

# A check of a commit gives the same verdict each time; whoever works on it meets new cases.
_SAME_CASES = "WORKBENCH_TEST_SAME_CASES" in os.environ
hypothesis.settings.register_profile("untimed", deadline=None, derandomize=_SAME_CASES)
hypothesis.settings.load_profile("untimed")

# Begun in the background of a script it would ignore this, and so would all that it starts.
signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(autouse=True)
def home(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Keep settings, trust and logs of the test apart from those of the person who runs it."""
    folder = tmp_path_factory.mktemp("home")
    for variable in ("XDG_CONFIG_HOME", "XDG_STATE_HOME", "XDG_DATA_HOME", "XDG_CACHE_HOME"):
        monkeypatch.setenv(variable, str(folder / variable.lower()))
    monkeypatch.setenv("HOME", str(folder))
    return folder


@pytest.fixture(autouse=True)
def runtime(monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Give sockets a short path of their own."""
    folder = Path(tempfile.mkdtemp(prefix="wb-"))
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(folder))
    yield folder
    shutil.rmtree(folder)


@pytest.fixture
def workspace(tmp_path: Path, runtime: Path) -> Iterator[Workspace]:
    """Return the workspace of an empty project; its host, if one was started, is ended after."""
    project = tmp_path / "project"
    project.mkdir()
    workspace = name_workspace(project)
    yield workspace
    owner.stop(workspace, force=True)
    assert runtime.is_dir()
