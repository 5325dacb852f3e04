"""What an honest repair is."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from tests.sandbox.proving import Project


class Repair(msgspec.Struct, frozen=True):
    """A change that really mends the project."""

    name: str
    project: Project
    change: Mapping[str, str | None]
    guards: frozenset[str] = frozenset({"split"})
    """What keeps the failing tests from being talked into a yes."""


SPLIT, TWINS = frozenset({"split"}), frozenset({"twins"})
BOTH = SPLIT | TWINS


def project(
    name: str, main: str, files: Mapping[str, str], failing: tuple[str, ...] | str
) -> Project:
    """Return a project; failing tests in one file can be named in one line."""
    if isinstance(failing, str):
        path, *names = failing.split()
        failing = tuple(f"{path}::{one}" for one in names)
    return Project(name=name, main=main, files=files, failing=failing)
