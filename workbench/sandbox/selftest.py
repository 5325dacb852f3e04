"""What a box must prove from inside before anything is run in it.

No engine is taken at its word.
"""

from __future__ import annotations

import json
import secrets
import socket
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

from workbench.errors import SandboxError
from workbench.sandbox.box import Box
from workbench.sandbox.job import Job, Result, Snippet, Status
from workbench.sandbox.plan import Level
from workbench.sandbox.policy import BASE_ENVIRONMENT, MIB, Policy

PROBE = Path(__file__).parent / "runner" / "probe.py"
_POLICY = Policy(wall_seconds=10, memory=256 * MIB, processes=16, network="none")
_ONLY_FULL = frozenset({"other process namespace", "queues apart"})
"""What Landlock alone cannot give; its level says so."""


def examine(box: Box, level: Level) -> tuple[str, ...]:
    """Return what does not hold in `box`; empty means that it is shut."""
    with ExitStack() as outside:
        bait = {
            "canary": outside.enter_context(_canary()),
            "port": outside.enter_context(_listener()),
            "abstract": outside.enter_context(_abstract_socket()),
            "named": outside.enter_context(_named_socket()),
            "pid_namespace": str(Path("/proc/self/ns/pid").readlink()),
            "trees": box.plan.trees,
            "memory": _POLICY.memory,
            "processes": _POLICY.processes,
            "environment": [*BASE_ENVIRONMENT, "PYTHONHASHSEED", "TMPDIR", "LC_CTYPE"],
        }
        source = PROBE.read_text(encoding="utf-8")
        first = _run(box, source, bait)
        held = _answers(first)
        held |= _answers(_run(box, source, bait | {"second": True}))
    missing = {name for name, holds in held.items() if not holds}
    return tuple(sorted(missing - (_ONLY_FULL if level is Level.REDUCED else frozenset())))


def _run(box: Box, source: str, bait: dict[str, Any]) -> Result:
    work = Snippet(source, "probe.py", (json.dumps(bait),))
    return box.run(Job(work), _POLICY)


def _answers(result: Result) -> dict[str, bool]:
    """Return what the probe found; one that did not come to its end proves nothing."""
    lines = result.output.text.strip().splitlines()
    if result.status is not Status.OK or not lines:
        raise SandboxError(f"The self-test did not run: {result.status}, {_why(result)}.")
    answers: dict[str, bool] = json.loads(lines[-1])
    return answers


def _why(result: Result) -> str:
    lines = result.output.text.strip().splitlines()
    return result.reason or (lines[-1] if lines else "it printed nothing")


@contextmanager
def _canary() -> Iterator[str]:
    with tempfile.NamedTemporaryFile(prefix="workbench-canary-") as file:
        file.write(secrets.token_bytes(16))
        file.flush()
        Path(file.name).chmod(0o644)
        yield file.name


@contextmanager
def _listener() -> Iterator[int]:
    with socket.create_server(("127.0.0.1", 0)) as made:
        yield made.getsockname()[1]


@contextmanager
def _abstract_socket() -> Iterator[str]:
    name = f"workbench-{secrets.token_hex(8)}"
    with socket.socket(socket.AF_UNIX) as made:
        made.bind("\0" + name)
        made.listen()
        yield name


@contextmanager
def _named_socket() -> Iterator[str]:
    with tempfile.TemporaryDirectory(prefix="workbench-") as folder:
        Path(folder).chmod(0o755)
        path = f"{folder}/socket"
        with socket.socket(socket.AF_UNIX) as made:
            made.bind(path)
            Path(path).chmod(0o777)
            made.listen()
            yield path
