"""A walk over a project, or some of its folders, that tells each folder before it is listed."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from contextlib import suppress
from dataclasses import dataclass
from os import fsencode, stat
from pathlib import Path
from typing import TYPE_CHECKING

from workbench.healing.watching.repositories import Repositories
from workbench.sandbox.ignore import Chain, is_ignored
from workbench.sandbox.snapshots.walk import (
    ENVIRONMENT_MARKS,
    NEVER,
    Folder,
    Skips,
    Walk,
    is_built,
)

if TYPE_CHECKING:
    from workbench.sandbox.snapshots.walk import _Place

RULES = frozenset((".gitignore", ".git", *ENVIRONMENT_MARKS))
"""Names whose coming and going changes what is seen of the folder that they lie in."""


@dataclass(frozen=True, slots=True)
class Place:
    """A folder of the project and what git would ignore in it."""

    prefix: str
    """Its path with a slash at the end; empty for the project itself."""
    above: bytes
    chain: Chain
    administration: Path | None
    """Git's own folder of the repository that this one belongs to."""
    start: int

    def shows(self, name: str, repositories: Repositories) -> bool:
        """Say whether a file of this name belongs to the project."""
        if name in NEVER:
            return False
        full = self.above + fsencode(self.prefix + name)
        hidden = bool(self.chain) and is_ignored(self.chain, full, folder=False)
        if not hidden or is_built(name, self.chain):
            return True
        return repositories.of(self.administration, self.start).tracks(full, folder=False)


Arrive = Callable[[int, Place], None]
"""Is given each folder, open, before its content is listed, so that nothing is missed between."""


class Survey(Walk):
    """Visits the wanted folders and all below them; on the way there it only reads rules."""

    def __init__(self, project: Path, wanted: Collection[str], arrive: Arrive) -> None:
        super().__init__(project, Skips())
        self._wanted = frozenset(wanted)
        self._leading = frozenset(above for one in wanted for above in folders_above(one))
        self._arrive = arrive
        self.place: Place | None = None
        """Where the folder lies that was yielded last; None if it is only on the way."""

    def _scan(self, place: _Place) -> Folder:
        inside = self._inside(place.prefix)
        self.place = self._placed(place) if inside else None
        if self.place:
            self._arrive(place.opened, self.place)
        folder = super()._scan(place)
        if self.place:
            self.place = None if _is_environment(place, folder) else self._placed(place)
        if not inside:
            place.inner = [one for one in place.inner if self._leads(f"{place.prefix}{one[0]}/")]
        return folder

    def _placed(self, place: _Place) -> Place:
        git = place.repository
        return Place(place.prefix, self._around.above, place.chain, git.folder, git.start)

    def _inside(self, prefix: str) -> bool:
        return lies_in(prefix, self._wanted)

    def _leads(self, prefix: str) -> bool:
        return prefix in self._leading or self._inside(prefix)


def folders_above(prefix: str) -> Iterator[str]:
    """Yield the prefixes of a folder and of all that it lies in, itself first."""
    while prefix:
        yield prefix
        prefix = prefix[: prefix.rfind("/", 0, -1) + 1]
    yield ""


def lies_in(prefix: str, folders: Collection[str]) -> bool:
    """Say whether a folder is one of `folders` or lies in one."""
    return bool(folders) and any(above in folders for above in folders_above(prefix))


def _is_environment(place: _Place, folder: Folder) -> bool:
    if not place.prefix or folder.files or place.inner:
        return False
    for mark in ENVIRONMENT_MARKS:
        with suppress(OSError):
            stat(mark, dir_fd=folder.opened, follow_symlinks=False)
            return True
    return False
