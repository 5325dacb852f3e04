"""Tracebacks as seen from a project: its own files by their paths in it."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path

from msgspec.structs import replace

from workbench.healing.crashes.site.workbench_hook.describing import fingerprint_of, is_ours
from workbench.healing.crashes.values import Level, Thrown


def throw(kind: str, message: str, frames: Iterable[Level], project: Path) -> Thrown:
    """Return an exception that was read from text."""
    return seen_from(project, Thrown(kind, message, frames=tuple(frames)))


def fingerprint(thrown: Thrown) -> str:
    """Return what the hook would write for an exception that was read elsewhere."""
    frames = [
        {"file": one.file, "function": one.function, "text": one.text} for one in thrown.frames
    ]
    return fingerprint_of(thrown.kind, frames)


def seen_from(project: Path, thrown: Thrown) -> Thrown:
    frames = tuple(
        replace(one, file=relative_to(one.file, project), ours=_is_own(one.file, project))
        for one in thrown.frames
    )
    return replace(thrown, frames=frames)


def _is_own(file: str, project: Path) -> bool:
    relative = relative_to(file, project)
    return is_inside(relative) and is_ours(file)


def relative_to(file: str, project: Path) -> str:
    """Return a path from the project, or as it is where it lies elsewhere."""
    root = f"{project}/"
    return "." if file == str(project) else file.removeprefix(root)


def folder_of(folder: str, project: Path) -> str:
    relative = relative_to(folder, project)
    return relative if is_inside(relative) else "."


def from_folder(argument: str, folder: str, project: Path) -> str:
    """Return an argument; a path in the project as seen from where the program is run again."""
    relative = relative_to(argument, project)
    if relative == argument or not is_inside(relative):
        return argument
    return os.path.relpath(relative, folder_of(folder, project))


def is_inside(relative: str) -> bool:
    return bool(relative) and not relative.startswith(("/", ".."))
