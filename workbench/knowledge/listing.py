"""Which files a source consists of, found by looking alone."""

from __future__ import annotations

import os
import stat
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from workbench.api.passages import Skipped
from workbench.errors import UsageError
from workbench.sandbox.snapshots.walk import Skips, Walk

_A_LINK = "it is a link"
_NO_TEXT = "its name is no text"


@dataclass(frozen=True, slots=True)
class Found:
    """A file that lies there now."""

    name: str
    """Its path from the root of the source."""
    size: int
    mtime: int
    module: str = ""


@dataclass
class Listing:
    """All files of a source by the path that is shown, and what is left out of it."""

    root: str
    files: dict[str, Found] = field(default_factory=dict)
    reasons: Counter[str] = field(default_factory=Counter)
    examples: dict[str, str] = field(default_factory=dict)
    place: str = ""
    """Of a package its name and version."""

    @property
    def skipped(self) -> tuple[Skipped, ...]:
        return tuple(
            Skipped(reason, count, self.examples[reason])
            for reason, count in self.reasons.most_common()
        )

    def skip(self, path: str, reason: str) -> None:
        self.reasons[reason] += 1
        self.examples.setdefault(reason, path)


def list_folder(root: Path, project: Path) -> Listing:
    """List what git would not ignore in a folder, without following a link."""
    listing, skips, above = Listing(str(root)), Skips(), shown_above(root, project)
    for folder in Walk(root, skips):
        for name, found in folder.files:
            _add(listing, above, folder.prefix + name, found)
    for one in skips.told:
        listing.skip(above + one.path if is_text(one.path) else "", one.reason)
    return listing


def list_file(path: Path, project: Path) -> Listing:
    """List one file that was named."""
    listing = Listing(str(path.parent))
    _add(listing, shown_above(path.parent, project), path.name, path.stat())
    return listing


def list_named(root: Path, names: Iterable[str], project: Path) -> Listing:
    """List some files of a folder; what is not there is left out."""
    listing, above = Listing(str(root)), shown_above(root, project)
    for name, found in _stats(root, names):
        _add(listing, above, name, found)
    return listing


def shown_above(root: Path, project: Path) -> str:
    """Return what stands before the paths of a folder where they are shown."""
    if not root.is_relative_to(project):
        return f"{root}/".replace("//", "/")
    inside = root.relative_to(project).as_posix()
    return "" if inside == "." else f"{inside}/"


def is_text(name: str) -> bool:
    """Tell whether a path can be written down."""
    return name.isascii() or not any("\ud800" <= one <= "\udfff" for one in name)


def real(path: Path) -> Path:
    """Return a path without links, or say that nothing is there."""
    try:
        return path.resolve(strict=True)
    except (OSError, RuntimeError) as error:
        raise UsageError(
            f"There is no {path}.", "Name a folder or file, or an installed package."
        ) from error


def _add(listing: Listing, above: str, name: str, found: os.stat_result) -> None:
    if not is_text(name):
        listing.skip("", _NO_TEXT)
    elif stat.S_ISREG(found.st_mode):
        listing.files[above + name] = Found(name, found.st_size, found.st_mtime_ns)
    else:
        listing.skip(above + name, _A_LINK if stat.S_ISLNK(found.st_mode) else "it is no file")


def _stats(root: Path, names: Iterable[str]) -> Iterator[tuple[str, os.stat_result]]:
    opened = os.open(root, os.O_PATH | os.O_DIRECTORY)
    try:
        for name in names:
            try:
                yield name, os.stat(name, dir_fd=opened, follow_symlinks=False)
            except (OSError, ValueError):
                continue  # It is gone, and so is not part of the source.
    finally:
        os.close(opened)
