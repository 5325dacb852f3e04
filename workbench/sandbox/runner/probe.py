"""Tries, from inside a box, what must not be possible there; prints what holds as JSON.

It is run as a job like any other. Every attempt is a real one: what is not tried is not known.
"""

from __future__ import annotations

import ctypes
import json
import os
import socket
import sys
from collections.abc import Callable
from typing import Any

BAIT = json.loads(sys.argv[1])
_LIBC = ctypes.CDLL(None, use_errno=True)


def fails(attempt: Callable[[], object]) -> bool:
    """Tell whether `attempt` is refused."""
    try:
        attempt()
    except (OSError, MemoryError):
        return True
    return False


def _read(path: str) -> str:
    with open(path, encoding="utf-8", errors="replace") as file:
        return file.read()


def _connect(family: int, address: Any) -> None:
    with socket.socket(family) as made:
        made.settimeout(1)
        made.connect(address)


def _write_at(path: str) -> Callable[[], object]:
    def attempt() -> None:
        with open(path, "w", encoding="utf-8") as file:
            file.write("x")

    return attempt


def _call(name: str, *arguments: object) -> None:
    if getattr(_LIBC, name)(*arguments) < 0:
        raise OSError(ctypes.get_errno(), name)


def _status(field: str) -> str:
    lines = _read("/proc/self/status").splitlines()
    return next(line.split()[1] for line in lines if line.startswith(field + ":"))


def _forks() -> bool:
    """Tell whether the number of processes has an end."""
    children = []
    try:
        for _ in range(BAIT["processes"] * 2):
            pid = os.fork()
            if pid == 0:
                import signal

                signal.pause()
                os._exit(0)
            children.append(pid)
    except OSError:
        return True
    finally:
        for pid in children:
            os.kill(pid, 9)
            os.waitpid(pid, 0)
    return False


def _leftover() -> str:
    return os.path.join(os.environ.get("TMPDIR", "/tmp"), "left-by-the-first")


def _first() -> dict[str, bool]:
    _write_at(_leftover())()
    return {
        "canary unreadable": fails(lambda: _read(BAIT["canary"])),
        "environment empty": set(os.environ) <= set(BAIT["environment"]),
        "no new privileges": _status("NoNewPrivs") == "1",
        "seccomp on": _status("Seccomp") == "2",
        "no capabilities": int(_status("CapEff") + _status("CapPrm"), 16) == 0,
        "not root": os.getuid() != 0,
        "other process namespace": os.readlink("/proc/self/ns/pid") != BAIT["pid_namespace"],
        "listener unreachable": fails(
            lambda: _connect(socket.AF_INET, ("127.0.0.1", BAIT["port"]))
        ),
        "abstract socket unreachable": fails(
            lambda: _connect(socket.AF_UNIX, "\0" + BAIT["abstract"])
        ),
        "socket file unreachable": fails(lambda: _connect(socket.AF_UNIX, BAIT["named"])),
        "system read-only": fails(_write_at("/usr/workbench-probe")),
        "root read-only": fails(_write_at("/workbench-probe")),
        "snapshots out of reach": fails(_write_at(BAIT["trees"] + "/workbench-probe")),
        "mounting refused": fails(lambda: _call("mount", b"x", b"/tmp", b"tmpfs", 0, None)),
        "namespaces refused": fails(lambda: _call("unshare", 0x10000000)),
        "tracing refused": fails(lambda: _call("ptrace", 0, 0, 0, 0)),
        "memory limited": fails(lambda: bytearray(BAIT["memory"] + 10 * 1024 * 1024)),
        "processes limited": _forks(),
    }


def _second() -> dict[str, bool]:
    return {"nothing left by the job before": not os.path.exists(_leftover())}


print(json.dumps(_second() if BAIT.get("second") else _first()))
