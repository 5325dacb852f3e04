"""Packages that are installed for the project, found and listed without executing anything."""

from __future__ import annotations

import csv
import os
import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path, PurePosixPath

from workbench import settings
from workbench.errors import UsageError
from workbench.knowledge.listing import Listing, list_named
from workbench.sandbox.interpreter import find_interpreter
from workbench.visible import visible_line
from workbench.workspace import Workspace

_READ = (".py", ".pyi", ".md", ".rst", ".txt")
_LARGEST = 32 << 20
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,200}")
_RUNS = re.compile(r"[-_.]+")
_LEFT_OUT = frozenset(("__pycache__", "tests", "test", "node_modules"))


def find_package(name: str, workspace: Workspace) -> Path:
    """Return the folder that says what is installed under a name, of a package or a module."""
    if not _NAME.fullmatch(name):
        raise _unknown(name)
    for folder in _site_packages(workspace):
        if found := _distribution(folder, name):
            return found
    raise _unknown(name)


def list_package(place: str, project: Path) -> Listing:
    """List the files of a package that can be read, by the folder that `find_package` found."""
    info = _current(Path(place))
    names = [name for name in _recorded(info) if _is_wanted(name)]
    listing = list_named(info.parent, names, project)
    listing.place = title(info)
    return _with_modules(listing)


def title(info: Path) -> str:
    """Return the name and version of a package."""
    name, _, version = info.name.rpartition(".")[0].partition("-")
    return f"{name} {version}".strip()


def _current(info: Path) -> Path:
    """Return where a package says what it is now: another version says so in another folder."""
    if info.is_dir():
        return info
    found = _distribution(info.parent, info.name.partition("-")[0])
    if found is None:
        raise FileNotFoundError(info)
    return found


def _site_packages(workspace: Workspace) -> tuple[Path, ...]:
    chosen = settings.load(workspace, (), os.environ).sandbox.interpreter
    found = find_interpreter(workspace.project, chosen, os.environ, Path.home())
    return tuple(Path(one) for one in found.site_packages)


def _distribution(folder: Path, name: str) -> Path | None:
    wanted = _normal(name)
    infos = sorted(folder.glob("*.dist-info")) if folder.is_dir() else []
    for info in infos:
        if _normal(info.name.partition("-")[0]) == wanted:
            return info.resolve()
    return next((info.resolve() for info in infos if name in _modules(info)), None)


def _modules(info: Path) -> frozenset[str]:
    """Return the names that a package is imported by."""
    tops = (PurePosixPath(name).parts[0] for name in _recorded(info) if name.endswith(".py"))
    return frozenset(top.removesuffix(".py") for top in tops)


def _recorded(info: Path) -> Iterator[str]:
    """Yield the files of a package; what lies outside of where packages are is none of its own."""
    record = info / "RECORD"
    try:
        if record.stat().st_size > _LARGEST:
            return
        text = record.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return
    try:
        for row in csv.reader(text.splitlines()):
            name = row[0] if row else ""
            if name and not name.startswith("/") and ".." not in PurePosixPath(name).parts:
                yield name
    except csv.Error:
        return


def _is_wanted(name: str) -> bool:
    path = PurePosixPath(name)
    if not _LEFT_OUT.isdisjoint(path.parts):
        return False
    if path.parts[0].endswith(".dist-info"):
        return path.name == "METADATA"
    return path.suffix in _READ


def _with_modules(listing: Listing) -> Listing:
    listing.files = {
        path: replace(found, module=_module(found.name)) for path, found in listing.files.items()
    }
    return listing


def _module(name: str) -> str:
    path = PurePosixPath(name)
    if path.suffix not in (".py", ".pyi"):
        return ""
    parts = [*path.parts[:-1], path.stem]
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def _normal(name: str) -> str:
    return _RUNS.sub("-", name).lower()


def _unknown(name: str) -> UsageError:
    return UsageError(
        f"There is no path and no installed package {visible_line(name)}.",
        "Name a folder or a file, or a package that is installed for this project.",
    )
