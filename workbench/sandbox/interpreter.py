"""Which Python a project's jobs run under, found by looking alone: nothing is executed."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

import msgspec

from workbench.errors import ConfigurationError
from workbench.sandbox.pythons.examining import Around, Examined, UnusableError, examine
from workbench.sandbox.pythons.imports import imported_packages
from workbench.sandbox.pythons.places import places
from workbench.sandbox.snapshots.repository import repository_at

__all__ = ["Interpreter", "find_interpreter", "imported_packages"]

OLDEST, NEWEST = (3, 9), (3, 13)
_HOW = (
    "Set sandbox.interpreter to a Python of version 3.9 to 3.13, or to the folder of a virtual or "
    "conda environment."
)


class Interpreter(msgspec.Struct, frozen=True):
    """A Python and what a box must show of the machine for it to run."""

    executable: str
    """What is executed: inside its environment, since Python finds that by this path."""
    version: str
    origin: str
    """Where it was found, as a part of a sentence."""
    folders: tuple[str, ...]
    """Shown read-only, each at its own path; what lies in the system's folders is not named."""
    site_packages: tuple[str, ...]
    skipped: tuple[str, ...] = ()
    """What would have come first and cannot be used, each with why."""


def find_interpreter(
    project: Path, wanted: str, environ: Mapping[str, str], home: Path
) -> Interpreter:
    """Return the interpreter that `wanted` names, else the project's, else workbench's own."""
    around = Around(project, home)
    if wanted:
        return _named(_place_of(wanted, around), wanted, around)
    skipped: list[str] = []
    for place, origin in _candidates(project, environ, home):
        try:
            _refuse_shipped(place, project)
            return _made(examine(place, around), origin, tuple(skipped))
        except UnusableError as reason:
            skipped.append(f"{origin} ({place}) was passed over: {reason}")
    raise ConfigurationError(f"No Python can be used. {' '.join(skipped)}", _HOW)


def _candidates(
    project: Path, environ: Mapping[str, str], home: Path
) -> Iterator[tuple[Path, str]]:
    yield from places(project, environ, home)
    yield Path(sys.executable), "the Python that runs workbench"


def _place_of(wanted: str, around: Around) -> Path:
    named = Path(wanted)
    if named.parts[:1] == ("~",):
        named = around.home.joinpath(*named.parts[1:])
    return Path(os.path.normpath(around.project / named))


def _named(place: Path, wanted: str, around: Around) -> Interpreter:
    if not place.exists() and not place.is_symlink():
        raise ConfigurationError(f"There is no Python at {place}.", _HOW)
    try:
        return _made(examine(place, around), f"the setting sandbox.interpreter = {wanted!r}", ())
    except UnusableError as reason:
        raise ConfigurationError(f"The Python at {place} cannot be used: {reason}.", _HOW) from None


def _made(examined: Examined, origin: str, skipped: tuple[str, ...]) -> Interpreter:
    if not OLDEST <= tuple(map(int, examined.version.split("."))) <= NEWEST:
        raise ConfigurationError(
            f"{origin[0].upper()}{origin[1:]} is Python {examined.version} "
            f"({examined.executable}), which boxes do not support.",
            _HOW,
        )
    return Interpreter(
        examined.executable,
        examined.version,
        origin,
        examined.folders,
        examined.site_packages,
        skipped,
    )


def _refuse_shipped(place: Path, project: Path) -> None:
    """Refuse what came with the repository: nobody on this machine installed it."""
    repository = repository_at(project, 0)
    if repository is None or project not in place.parents:
        return
    inside = os.fsencode(place.relative_to(project))
    if repository.tracks(inside, folder=place.is_dir() and not place.is_symlink()):
        raise UnusableError("it came with the repository")
