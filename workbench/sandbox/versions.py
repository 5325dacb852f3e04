"""Versions of what boxes are made of, as far as it is there."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable

from workbench.errors import SandboxError
from workbench.sandbox.engines.bubblewrap import find_program
from workbench.sandbox.runner import landlock

PATIENCE = 2.0
_ABSENT = "none"


def versions() -> dict[str, str]:
    """Return the version of each part, or why there is none."""
    return {
        "kernel": os.uname().release,
        "Landlock": str(landlock.abi() or _ABSENT),
        "bubblewrap": _or_why(bubblewrap),
        "Docker": _or_why(docker),
    }


def bubblewrap() -> str:
    """Return the version of the system's bwrap."""
    asked = [str(find_program()), "--version"]
    try:
        said = subprocess.run(
            asked, capture_output=True, text=True, timeout=PATIENCE, check=True, env={}
        )
    except (OSError, subprocess.SubprocessError) as error:
        raise SandboxError(f"bubblewrap does not tell its version: {error}.") from error
    return said.stdout.strip().removeprefix("bubblewrap ")


def docker() -> str:
    """Return the version of the Docker daemon, which may take little time to answer."""
    from docker import from_env
    from docker.errors import DockerException

    from workbench.sandbox.daemon import explain

    try:
        client = from_env(version="auto", timeout=PATIENCE)
        try:
            version: str = client.version()["Version"]
        finally:
            client.close()
    except (DockerException, OSError) as error:
        raise explain(error) from error
    return version


def _or_why(ask: Callable[[], str]) -> str:
    try:
        return ask()
    except SandboxError as error:
        return f"{_ABSENT}: {error.sentence}"
