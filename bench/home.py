"""A home for what is measured: a clean environment, folders of its own, no host left behind."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from workbench.api import owner
from workbench.workspace import Workspace, name_workspace

TRUE_COLOUR = {"TERM": "xterm-256color", "COLORTERM": "truecolor"}
SIXTEEN_COLOURS = {"TERM": "linux"}
_FOLDERS = ("CONFIG_HOME", "STATE_HOME", "DATA_HOME", "CACHE_HOME", "RUNTIME_DIR")


class Unmeasured(Exception):
    """Something could not be measured; the text says why."""


@contextmanager
def clean_environment() -> Iterator[None]:
    """Let nothing of the person's environment reach what is measured, nor the other way round."""
    before, folder = dict(os.environ), Path(tempfile.mkdtemp(prefix="wb-"))
    try:
        _set_environment(_environment(folder))
        yield
    finally:
        _set_environment(before)
        shutil.rmtree(folder)


@contextmanager
def workspace() -> Iterator[Workspace]:
    """Return the workspace of an empty project; its host is ended and all of it removed after."""
    folder = Path(tempfile.mkdtemp(prefix="wb-bench-"))
    (folder / "project").mkdir()
    made = name_workspace(folder / "project")
    try:
        yield made
    finally:
        owner.stop(made, force=True)
        shutil.rmtree(folder)


def host_of(workspace: Workspace) -> int:
    """Return the process of the host that is running."""
    found = owner.read_owner(workspace)
    if found is None:
        raise Unmeasured("no host runs")
    return found.pid


def _environment(folder: Path) -> dict[str, str]:
    """Without PYTHONDONTWRITEBYTECODE above all, which makes every start compile anew."""
    environment = {"PATH": os.environ["PATH"], "HOME": str(folder), "LANG": "C.UTF-8"}
    for name in _FOLDERS:
        (folder / name).mkdir(mode=0o700)
        environment[f"XDG_{name}"] = str(folder / name)
    environment["WORKBENCH_HEALING_FOLLOW"] = "false"  # Nothing runs beside what is measured.
    return environment


def _set_environment(wanted: dict[str, str]) -> None:
    os.environ.clear()
    os.environ.update(wanted)
