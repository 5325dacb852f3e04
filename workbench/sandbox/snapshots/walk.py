"""A project's files as git would see them, found without following a single link.

Of what git ignores, modules that a build made beside others belong to it too: nothing would be
imported without them.
"""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Container, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from workbench.errors import StoreError
from workbench.sandbox.ignore import Chain, Placed, is_ignored, parse
from workbench.sandbox.snapshots.repository import Repository, own_rules, repository_at
from workbench.sandbox.snapshots.values import Skipped

_CACHES = ("__pycache__", ".pytest_cache", ".mypy_cache", ".ruff_cache", ".tox", ".nox")
NEVER = frozenset((".git", ".workbench", "node_modules", *_CACHES))
ENVIRONMENT_MARKS = frozenset(("pyvenv.cfg", "conda-meta"))
"""A folder that holds one of these is a virtual environment."""
LARGEST_FILE = 1 << 30
DEEPEST = 256
LONGEST_PATH = 3_000
"""In bytes, so that the path of a tree before it still fits what Linux takes."""
MOST_ENTRIES = 1_000_000
_MOST_TOLD = 1_000
_FOLDER_FLAGS = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_NONBLOCK
_EVERYTHING: Chain = (Placed(parse(b"*"), 0),)
_BUILT = re.compile(r"\w*version\w*\.py|\w+_pb2(_grpc)?\.pyi?|[\w.-]+\.(so|pyd)")
"""Modules that a build leaves beside others: ignored by git, and imported by what is not."""
_SPECIAL = {
    stat.S_IFIFO: "a named pipe",
    stat.S_IFSOCK: "a socket",
    stat.S_IFCHR: "a device",
    stat.S_IFBLK: "a device",
}


@dataclass
class Skips:
    """What is left out, and why; the first are named and all are counted."""

    told: list[Skipped] = field(default_factory=list)
    count: int = 0

    def add(self, path: str, reason: str) -> None:
        self.count += 1
        if len(self.told) < _MOST_TOLD:
            self.told.append(Skipped(path, reason))


@dataclass(frozen=True, slots=True)
class Folder:
    """An open folder and its files and links; it is closed when the next one is asked for."""

    opened: int
    prefix: str
    files: list[tuple[str, os.stat_result]]


@dataclass(slots=True)
class _Place:
    """An open folder on the way down, and what in it is still to be entered."""

    opened: int
    prefix: str
    """Its path from the project with a slash at the end; empty for the project itself."""
    chain: Chain
    repository: Repository
    sealed: bool = False
    """A rule hides this folder, and only what git tracks in it is seen."""
    inner: list[tuple[str, bool]] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class _Surroundings:
    """What lies above a project and speaks about it."""

    above: bytes
    """The path from the top of the repository to the project, with a slash at the end."""
    chain: Chain
    repository: Repository


class Walk:
    """One pass over a project."""

    def __init__(self, project: Path, skips: Skips) -> None:
        self._project = project
        self._skips = skips
        self._seen = 0
        self._around = _look_around(project)

    def __iter__(self) -> Iterator[Folder]:
        root = os.open(self._project, _FOLDER_FLAGS & ~os.O_NOFOLLOW)
        stack = [_Place(root, "", self._around.chain, self._around.repository)]
        try:
            yield self._scan(stack[-1])
            while stack:
                if not stack[-1].inner:
                    os.close(stack.pop().opened)
                elif inner := self._enter(stack[-1], len(stack)):
                    stack.append(inner)
                    yield self._scan(inner)
        finally:
            for place in stack:
                os.close(place.opened)

    def _enter(self, place: _Place, depth: int) -> _Place | None:
        name, sealed = place.inner.pop()
        path = place.prefix + name
        if depth > DEEPEST:
            self._skips.add(path, f"more than {DEEPEST} folders deep")
            return None
        try:
            opened = os.open(name, _FOLDER_FLAGS, dir_fd=place.opened)
        except FileNotFoundError:
            return None
        except OSError as error:
            self._skips.add(path, f"cannot be opened: {error.strerror}")
            return None
        chain = _EVERYTHING if sealed else place.chain
        return _Place(opened, path + "/", chain, place.repository, sealed)

    def _scan(self, place: _Place) -> Folder:
        """Look at every name in the folder, and remember which folders to enter."""
        folder = Folder(place.opened, place.prefix, [])
        try:
            with os.scandir(place.opened) as found:
                entries = {entry.name: entry for entry in found}
        except OSError as error:
            self._skips.add(place.prefix, f"cannot be listed: {error.strerror}")
            return folder
        if place.prefix and not ENVIRONMENT_MARKS.isdisjoint(entries):
            return folder
        self._take_rules(place, entries)
        self._count(len(entries))
        full = self._full(place)
        for name, entry in entries.items():
            if name not in NEVER:
                self._sort_in(entry, place, folder, full + os.fsencode(name))
        return folder

    def _full(self, place: _Place) -> bytes:
        return self._around.above + os.fsencode(place.prefix)

    def _take_rules(self, place: _Place, names: Container[str]) -> None:
        """Add the folder's own rules; a repository in it follows no other's."""
        start = len(self._full(place))
        if place.prefix and ".git" in names:
            inner = repository_at(self._project / place.prefix, start)
            if inner:
                place.repository, place.chain, place.sealed = inner, inner.rules(), False
        if ".gitignore" in names and not place.sealed:
            place.chain = _with_rules(place.chain, place.opened, start)

    def _count(self, more: int) -> None:
        self._seen += more
        if self._seen > MOST_ENTRIES:
            raise StoreError(
                f"The project {self._project} has more than {MOST_ENTRIES:,} files.",
                "Name in .gitignore the folders that its tests do not need.",
            )

    def _sort_in(self, entry: os.DirEntry[str], place: _Place, folder: Folder, full: bytes) -> None:
        is_folder = entry.is_dir(follow_symlinks=False)
        hidden = bool(place.chain) and is_ignored(place.chain, full, folder=is_folder)
        built = hidden and not is_folder and is_built(entry.name, place.chain)
        if hidden and not built and not place.repository.tracks(full, folder=is_folder):
            return
        if len(full) - len(self._around.above) > LONGEST_PATH:
            self._skips.add(place.prefix + entry.name, "its path is too long")
        elif is_folder:
            place.inner.append((entry.name, hidden))
        else:
            self._add_file(entry, folder)

    def _add_file(self, entry: os.DirEntry[str], folder: Folder) -> None:
        try:
            found = entry.stat(follow_symlinks=False)
        except OSError:
            return  # It is gone already.
        reason = reason_to_skip(found)
        if reason:
            self._skips.add(folder.prefix + entry.name, reason)
        else:
            folder.files.append((entry.name, found))


def is_built(name: str, chain: Chain) -> bool:
    """Tell whether an ignored file is a module that a build left in a folder that is seen."""
    return chain is not _EVERYTHING and _BUILT.fullmatch(name) is not None


def reason_to_skip(found: os.stat_result) -> str:
    """Say why something that is no folder cannot be in a snapshot, if so."""
    kind = stat.S_IFMT(found.st_mode)
    if kind == stat.S_IFREG:
        return "larger than 1 GiB" if found.st_size > LARGEST_FILE else ""
    return "" if kind == stat.S_IFLNK else _SPECIAL.get(kind, "of no known kind")


def _with_rules(chain: Chain, folder: int, start: int) -> Chain:
    rules = own_rules(".gitignore", folder)
    return (Placed(rules, start), *chain) if rules else chain


def _look_around(project: Path) -> _Surroundings:
    """Find the repository that the project is or lies in; one that ignores it is not its own."""
    for top in (project, *project.parents):
        repository = repository_at(top, 0)
        if repository:
            around = _Surroundings(b"", repository.rules(), repository)
            return _step_down(around, top, project) or _Surroundings(b"", (), Repository(None, 0))
    return _Surroundings(b"", (), Repository(None, 0))


def _step_down(around: _Surroundings, top: Path, project: Path) -> _Surroundings | None:
    """Gather the rules of the folders between; nothing where one of them hides the project."""
    folder, above, chain = top, b"", around.chain
    for name in project.relative_to(top).parts:
        chain = _with_rules_of(chain, folder, len(above))
        folder, above = folder / name, above + os.fsencode(name)
        if is_ignored(chain, above, folder=True):
            return None
        above += b"/"
    return _Surroundings(above, chain, around.repository)


def _with_rules_of(chain: Chain, folder: Path, start: int) -> Chain:
    opened = os.open(folder, _FOLDER_FLAGS)
    try:
        return _with_rules(chain, opened, start)
    finally:
        os.close(opened)
