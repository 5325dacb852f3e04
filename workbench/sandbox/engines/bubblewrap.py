"""Bubblewrap: for machines where only it may make user namespaces."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

from workbench.errors import SandboxError
from workbench.programs import find_of_the_system
from workbench.sandbox.engines.namespaces import (
    FILES,
    ProcessLine,
    binds,
    links,
    runner_command,
    runner_spec,
)
from workbench.sandbox.plan import Level, Plan

NAME = "bubblewrap"
LEVEL = Level.FULL
_PLACES = ("/usr/bin/bwrap", "/bin/bwrap", "/usr/local/bin/bwrap")
_TMPFS_SIZE = 256 * 1024 * 1024


def find_program() -> Path:
    """Return the system's bwrap; one that somebody else could have put there is not taken."""
    if program := find_of_the_system(map(Path, _PLACES)):
        return program
    raise SandboxError("bubblewrap is not installed.", "On Debian: apt-get install bubblewrap.")


def open_line(plan: Plan) -> ProcessLine:
    """Return the line to a new runner of `plan`."""
    if os.geteuid() == 0:
        raise SandboxError("Bubblewrap does nothing for root that own namespaces do not do.")
    spec = runner_spec(plan) | {
        "mode": "slots",
        "deny_inet": plan.network == "none",
        "deny_unix": False,
        "work": "/work",
        "places": ["/tmp", "/dev/shm"],  # noqa: S108 - the box's own
        "uid": None,
        "readable": ["/run", "/proc"],
    }
    files = {path: _descriptor(text) for path, text in FILES.items()}
    command = [str(find_program()), *_ALONE, *_mounts(plan, files), *_variables(plan)]
    try:
        command += ["--", *runner_command(plan, spec)]
        return ProcessLine(command, tuple(files.values()))
    finally:
        for descriptor in files.values():
            os.close(descriptor)


def _descriptor(text: str) -> int:
    made = os.memfd_create("workbench")
    os.write(made, text.encode())
    os.lseek(made, 0, os.SEEK_SET)
    return made


_ALONE = (
    "--unshare-user",
    "--unshare-ipc",
    "--unshare-pid",
    "--unshare-net",
    "--unshare-uts",
    "--unshare-cgroup-try",
    "--as-pid-1",
    "--new-session",
    "--hostname",
    "box",
    "--uid",
    "1000",
    "--gid",
    "1000",
    "--clearenv",
)


def _mounts(plan: Plan, files: dict[str, int]) -> Iterator[str]:
    for folder in ("/tmp", "/work"):  # noqa: S108 - the box's own
        yield from ("--size", str(_TMPFS_SIZE), "--tmpfs", folder)
    yield from ("--proc", "/proc", "--dev", "/dev")
    for source, target in binds(plan):
        yield from ("--ro-bind", source, target)
    for path, target in links().items():
        yield from ("--symlink", target, path)
    for path, descriptor in files.items():
        yield from ("--ro-bind-data", str(descriptor), path)


def _variables(plan: Plan) -> Iterator[str]:
    for name, value in plan.environment.items():
        yield from ("--setenv", name, value)
