"""The Docker daemon: reaching it, and what its refusals mean."""

from __future__ import annotations

import contextlib
import socket
from collections.abc import Iterator
from typing import Any

from workbench.errors import SandboxError

PATIENCE = 10
"""Seconds that a daemon may take for what it does at once."""
_SLOW = 60
_LEAST = (1, 40)


def connect() -> Any:
    """Return a client of the daemon that the user's environment or context names."""
    import docker

    try:
        with contextlib.closing(docker.from_env(version=".".join(map(str, _LEAST)))) as first:
            knock(first)
        client = docker.from_env(version="auto", timeout=_SLOW)
    except Exception as error:  # The library raises no kind of its own for a damaged context.
        raise explain(error) from error
    spoken = client.api.api_version
    if tuple(map(int, spoken.split("."))) < _LEAST:
        client.close()
        raise SandboxError(
            f"The Docker daemon is too old: it speaks API {spoken}, not 1.40.",
            "Docker 19.03 is the first that does.",
        )
    return client


def knock(client: Any) -> None:
    """Try the socket first: the library leaves its own open when it does not connect."""
    path = getattr(client.api.adapters.get("http+docker://"), "socket_path", None)
    if path:
        with socket.socket(socket.AF_UNIX) as made:
            made.settimeout(PATIENCE)
            made.connect(path)


@contextlib.contextmanager
def explained() -> Iterator[None]:
    """Say in a sentence what Docker or the way to it refuses."""
    from docker.errors import DockerException
    from requests.exceptions import RequestException
    from urllib3.exceptions import HTTPError

    try:
        yield
    except (DockerException, RequestException, HTTPError) as error:
        raise explain(error) from error


def explain(error: BaseException) -> SandboxError:
    """Return what to tell a person about an error of the Docker library."""
    causes = list(_causes(error))
    said = " ".join(map(str, causes))
    if any(isinstance(one, PermissionError) for one in causes):
        return SandboxError(
            "The socket of the Docker daemon is not open to you.",
            "Use rootless Docker, or join the group docker, which is as good as being root.",
        )
    if any(isinstance(one, ConnectionRefusedError | FileNotFoundError) for one in causes):
        return SandboxError("No Docker daemon answers.", "Start it, or set DOCKER_HOST.")
    for sign, sentence, hint in _SIGNS:
        if sign in said:
            return SandboxError(sentence, hint)
    return SandboxError(f"Docker refuses: {getattr(error, 'explanation', None) or error}.")


_SIGNS = (
    ("paramiko", "Docker over ssh is not supported.", "Forward its socket: ssh -L."),
    ("no space left", "The disk of the Docker daemon is full.", "`docker system prune` helps."),
    ("timed out", "The Docker daemon does not answer in time.", "Look into its log."),
    ("too old", "The Docker daemon is too old.", "Docker 19.03 is the first that will do."),
    ("Connection aborted", "The Docker daemon ended in the middle.", "Look into its log."),
)


def _causes(error: BaseException) -> Iterator[BaseException]:
    """Return an error and those it came from, which the library passes as arguments."""
    yield error
    for one in (*error.args, error.__cause__):
        if isinstance(one, BaseException):
            yield from _causes(one)
        elif isinstance(one, tuple):
            yield from (deep for deep in one if isinstance(deep, BaseException))
