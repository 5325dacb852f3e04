"""Runs suites in forks of a process that has imported pytest: a request a line, a status a line."""

from __future__ import annotations

import json
import os
import resource
import select
import signal
import sys
from typing import Any

import pytest
from _pytest.config import get_config

_BYTES = 6 << 30
_FILE = 256 << 20


def _run(asked: dict[str, Any]) -> int:
    """Be the process of one suite."""
    os.setsid()
    nowhere = os.open(os.devnull, os.O_RDWR)
    for stream in range(3):
        os.dup2(nowhere, stream)
    resource.setrlimit(resource.RLIMIT_AS, (_BYTES, _BYTES))
    resource.setrlimit(resource.RLIMIT_FSIZE, (_FILE, _FILE))
    os.chdir(asked["folder"])
    os.environ.clear()
    os.environ.update(asked["environment"])
    sys.path[1:1] = asked["environment"]["PYTHONPATH"].split(os.pathsep)
    sys.path[0] = asked["folder"]
    sys.dont_write_bytecode = True
    return int(pytest.main(asked["arguments"]))


def _status(asked: dict[str, Any]) -> int | None:
    """Return how a fork ended; one that takes too long is killed with all it started."""
    child = os.fork()
    if not child:
        code = 3
        try:
            code = _run(asked)
        finally:
            os._exit(code)
    watched = os.pidfd_open(child)
    ended, _, _ = select.select([watched], [], [], asked["seconds"])
    os.close(watched)
    if not ended:
        os.killpg(child, signal.SIGKILL)
    _, status = os.waitpid(child, 0)
    return os.waitstatus_to_exitcode(status) if ended else None


get_config()  # Imports all of pytest's own plug-ins.
for line in sys.stdin:
    print(json.dumps(_status(json.loads(line))), flush=True)
