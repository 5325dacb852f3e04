"""What a face asks for, in the words of the sandbox."""

from __future__ import annotations

import os
from collections.abc import Collection

from workbench.api import commands
from workbench.errors import ConfigurationError, UsageError
from workbench.sandbox.job import Direct, Pytest, Script, Snippet, Work
from workbench.sandbox.plan import Level
from workbench.sandbox.policy import MIB, Policy
from workbench.visible import visible_line

_LONGEST_TITLE = 200


def policy_of(asked: commands.Terms) -> Policy:
    """Return the limits that a face asks for."""
    _refuse_odd_names(asked.environment)
    return Policy(
        cpu_seconds=asked.wall_seconds,
        wall_seconds=asked.wall_seconds,
        memory=asked.memory_mb * MIB * 4 // 3,
        memory_total=asked.memory_mb * MIB,
        processes=asked.processes,
        disk=asked.disk_mb * MIB,
        file_size=max(1, asked.disk_mb // 2) * MIB,
        environment=asked.environment,
        network=asked.network,
    )


def _refuse_odd_names(environment: Collection[str]) -> None:
    odd = [name for name in environment if not name or "=" in name or "\0" in name]
    if odd:
        raise ConfigurationError(
            f"No variable can be called {visible_line(odd[0])!r}.",
            "`workbench config show --origin` tells where sandbox.environment says so.",
        )


def minimum_of(asked: commands.Terms) -> Level:
    return Level[asked.minimum.upper()]


def name_of(level: Level) -> str:
    return level.name.lower()


def work_of(asked: commands.Script | commands.Snippet | commands.Pytest) -> Work:
    """Return what a box is to do."""
    match asked:
        case commands.Script(argv):
            if not argv:
                raise UsageError("There is no program to run.", "Name one behind `--`.")
            return Script(argv)
        case commands.Snippet(source, name, arguments):
            return Snippet(source, name, arguments)
    return Pytest(asked.arguments)


def title_of(work: Work) -> str:
    """Say in a few words what `work` is."""
    match work:
        case Script(argv):
            words = argv
        case Snippet(_, name, arguments):
            words = ("python", name, *arguments)
        case Pytest(arguments):
            words = ("pytest", *arguments)
        case Direct(ids):
            words = ids
        case _:
            words = (kind_of(work),)
    title = " ".join(words)
    return title if len(title) <= _LONGEST_TITLE else title[:_LONGEST_TITLE] + "…"


def kind_of(work: Work) -> str:
    return str(work.__struct_config__.tag)


def folder_of(asked: str, paths: Collection[str]) -> str:
    """Return the folder that a job begins in, which must be one of the snapshot's."""
    folder = os.path.normpath(asked)
    if folder == ".":
        return folder
    if not any(path.startswith(folder + "/") for path in paths):
        raise UsageError(
            f"The folder {visible_line(asked)} is not part of the snapshot.",
            "Jobs see what git does not ignore, and no empty folders.",
        )
    return folder
