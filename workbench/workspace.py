"""Where things are: the project, its `.workbench/` folder, the host's lock and socket."""

from __future__ import annotations

import os
import stat
from pathlib import Path
from typing import NamedTuple

from workbench.errors import StoreError

FOLDER = ".workbench"
LONGEST_SOCKET_PATH = 107
"""A unix socket address holds 108 bytes, the last of them NUL."""
_NAME_LENGTH = 20
_LONGEST_NAME = len("/") + _NAME_LENGTH + len(".sock")


class Workspace(NamedTuple):
    """A project and the places that belong to it; making one touches nothing."""

    project: Path

    @property
    def folder(self) -> Path:
        return self.project / FOLDER

    @property
    def journal_file(self) -> Path:
        return self.folder / "journal.duckdb"

    @property
    def lock_file(self) -> Path:
        return self.folder / "host.lock"

    @property
    def log_file(self) -> Path:
        return self.folder / "host.log"

    @property
    def contents(self) -> Path:
        """Where what files held is kept, so that anything written can be undone."""
        return self.folder / "contents"

    @property
    def scratch(self) -> Path:
        return self.folder / "scratch"

    @property
    def settings_file(self) -> Path:
        return self.project / "workbench.toml"

    @property
    def name(self) -> str:
        """Tell this workspace from all others in a folder that they share."""
        from hashlib import sha256

        return sha256(os.fsencode(self.project)).hexdigest()[:_NAME_LENGTH]

    @property
    def holds_a_home(self) -> bool:
        """Whether it is a person's own folder or lies above it, and so hardly is one project."""
        home = os.path.expanduser("~")  # noqa: PTH111 - it may be unknown
        return home.startswith("/") and Path(home).resolve().is_relative_to(self.project)

    def make(self) -> None:
        """Make the folder on first use; it ignores itself in git."""
        try:
            self.folder.mkdir(mode=0o700, exist_ok=True)
            _refuse_foreign(self.folder)
            ignore = self.folder / ".gitignore"
            if not ignore.exists():
                ignore.write_text("*\n", encoding="utf-8")
        except OSError as error:
            raise StoreError(
                f"The workspace folder {self.folder} cannot be used: {error.strerror}.",
                "Workbench keeps its records there: make the project folder writable.",
            ) from error


def find_workspace(start: Path) -> Workspace:
    """Return the workspace that `start` lies in: the nearest one made, else the git checkout."""
    start = _real_folder(start)
    above = [folder for folder in (start, *start.parents) if _may_hold_a_project(folder, start)]
    for mark in (FOLDER, ".git"):
        for folder in above:
            if (folder / mark).exists():
                return Workspace(folder)
    return Workspace(start)


def name_workspace(project: Path) -> Workspace:
    """Return the workspace of exactly the folder that the user named."""
    return Workspace(_real_folder(project))


def runtime_folder() -> Path:
    """Return the private folder for sockets, made if need be."""
    folder = _runtime_folder()
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        _refuse_foreign(folder)
        folder.chmod(0o700)
    except OSError as error:
        raise StoreError(
            f"The runtime folder {folder} cannot be used: {error.strerror}.",
            "Set XDG_RUNTIME_DIR to a folder that is yours alone.",
        ) from error
    return folder


def _runtime_folder() -> Path:
    """Choose as platformdirs does, which prints a warning where a session has no such folder."""
    given = os.environ.get("XDG_RUNTIME_DIR") or f"/run/user/{os.getuid()}"
    folder = Path(given) / "workbench"
    fits = len(os.fsencode(folder)) + _LONGEST_NAME <= LONGEST_SOCKET_PATH
    if fits and os.access(given, os.W_OK):
        return folder
    return Path(f"/tmp/workbench-{os.getuid()}")  # noqa: S108 - owner and mode are checked


def _real_folder(path: Path) -> Path:
    real = path.expanduser().resolve()
    if not real.is_dir():
        raise StoreError(f"There is no folder {path}.", "Name a project folder that exists.")
    return real


def _may_hold_a_project(folder: Path, start: Path) -> bool:
    """Keep a home folder under git, or a stray mark in /, from swallowing every project in it."""
    return folder == start or folder not in (Path.home(), Path("/"), Path("/tmp"))  # noqa: S108


def _refuse_foreign(folder: Path) -> None:
    """Refuse a link or another user's folder: somebody else could read or replace what we keep."""
    found = folder.lstat()
    if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.getuid():
        raise StoreError(
            f"{folder} is not a folder of your own.",
            "Remove it, or run workbench as the user whom it belongs to.",
        )
