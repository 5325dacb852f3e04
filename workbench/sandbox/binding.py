"""Whether what is bound into a container is this machine's: a daemon may run on another one."""

from __future__ import annotations

import io
import secrets
import tarfile
import tempfile
from datetime import datetime
from pathlib import Path
from typing import Any

from workbench.sandbox.images import prepare_skeleton
from workbench.sandbox.plan import Plan

_seen: dict[tuple[str, str, str], bool] = {}


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
