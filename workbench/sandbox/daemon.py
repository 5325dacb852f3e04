"""The Docker daemon: reaching it, what it sees of this machine, what its refusals mean."""

from __future__ import annotations

import io
import secrets
import tarfile
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

from workbench.errors import SandboxError
from workbench.sandbox.images import prepare_skeleton
from workbench.sandbox.plan import Plan

PATIENCE = 10
"""Seconds that a daemon may take for what it does at once."""
_SLOW = 60
_LEAST = (1, 40)
_GONE = 404
_seen: dict[tuple[str, str, str], bool] = {}


def connect() -> Any:
    """Return a client of the daemon that the user's environment or context names."""
    import docker

    try:
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


@contextmanager
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
    for sign, sentence, hint in _SIGNS:
        if sign in said:
            return SandboxError(sentence, hint)
    if any(isinstance(one, OSError) and one.errno for one in causes):
        return SandboxError("No Docker daemon answers.", "Start it, or set DOCKER_HOST.")
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


def is_gone(error: Any) -> bool:
    """Tell whether what was asked about is no longer there."""
    return bool(error.status_code == _GONE)


def sees_our_files(client: Any, daemon: str, plan: Plan) -> bool:
    """Tell whether what is bound is this machine's, by trying; the answer is kept."""
    key = (daemon, plan.interpreter.executable, plan.trees)
    if key not in _seen:
        _seen[key] = _try_to_bind(client, plan)
    return _seen[key]


def _try_to_bind(client: Any, plan: Plan) -> bool:
    """Bind a file with a secret, and the interpreter, into a container that is never started."""
    from docker.errors import APIError

    secret = secrets.token_bytes(16)
    with tempfile.NamedTemporaryFile(prefix="workbench-canary-") as file:
        file.write(secret)
        file.flush()
        program = str(Path(plan.interpreter.executable).resolve())
        bound = {"/canary": file.name, "/program": program, "/trees": plan.trees}
        try:
            name = _create(client, bound)
        except APIError as error:
            if "bind source path does not exist" in str(error.explanation):
                return False
            raise
        try:
            return _read(client, name) == secret and _is_same(client, name, program)
        finally:
            client.api.remove_container(name, force=True)


def _create(client: Any, bound: dict[str, str]) -> str:
    mounts = [
        {"Type": "bind", "Source": source, "Target": target, "ReadOnly": True}
        for target, source in bound.items()
    ]
    settings = client.api.create_host_config(network_mode="none", mounts=mounts)
    made = client.api.create_container(
        prepare_skeleton(client), ["never"], host_config=settings, use_config_proxy=False
    )
    name: str = made["Id"]
    return name


def _read(client: Any, name: str) -> bytes:
    stream, _ = client.api.get_archive(name, "/canary")
    with tarfile.open(fileobj=io.BytesIO(b"".join(stream))) as archive:
        content = archive.extractfile("canary")
        return content.read() if content else b""


def _is_same(client: Any, name: str, program: str) -> bool:
    stream, told = client.api.get_archive(name, "/program")
    stream.close()
    ours = Path(program).stat()
    mtime = int(datetime.fromisoformat(told["mtime"]).timestamp())
    return bool(told["size"] == ours.st_size and mtime == int(ours.st_mtime))
