"""What boxes leave on a machine: processes, mounts, folders, queues, containers."""

from __future__ import annotations

import os
import time
from pathlib import Path
from typing import Self

import msgspec

_SOURCES = ("hidden", "job", "project", "pts", "root")
"""What boxes call what they mount."""
LEFT_KEY = 0x1EF7
"""Under which an attack leaves queues for the next job."""
_PATIENCE = 10.0
"""Seconds that the kernel may take for what is dead already."""
_PLACES = ("/dev/shm", "/tmp", "/var/tmp")


def marked(mark: str) -> tuple[str, ...]:
    """Return the processes that bear `mark` and do not end."""
    deadline = time.monotonic() + _PATIENCE
    while found := bearers(mark):
        if time.monotonic() > deadline:
            return tuple(f"process {pid} is still there" for pid in found)
        time.sleep(0.01)
    return ()


def bearers(mark: str) -> list[int]:
    """Return the living processes that bear `mark`."""
    return [pid for pid in _pids() if _bears(pid, mark)]


def _bears(pid: int, mark: str) -> bool:
    folder = Path(f"/proc/{pid}")
    try:
        if (folder / "comm").read_text().strip() == mark:
            return "State:\tZ" not in (folder / "status").read_text()
        return f"\0MARK={mark}\0".encode() in b"\0" + (folder / "environ").read_bytes()
    except OSError:
        return False  # It is gone, or another user's, so not of these boxes.


def _pids() -> list[int]:
    return [int(name) for name in os.listdir("/proc") if name.isdigit()]


def descendants(root: int) -> set[int]:
    """Return every process that comes of `root`."""
    parents = {pid: _parent(pid) for pid in _pids()}
    found: set[int] = set()
    for pid in parents:
        line = [pid]
        while line[-1] in parents and line[-1] != root and len(line) < len(parents):
            line.append(parents[line[-1]])
        if line[-1] == root and pid != root:
            found.add(pid)
    return found


def _parent(pid: int) -> int:
    try:
        return int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])
    except OSError:
        return 0


class State(msgspec.Struct, frozen=True):
    """What could be left of boxes."""

    processes: frozenset[int]
    mounts: frozenset[str]
    names: frozenset[str]
    queues: frozenset[str]

    @classmethod
    def now(cls) -> Self:
        return cls(
            frozenset(descendants(os.getpid())),
            frozenset(_mounts()),
            frozenset(f"{place}/{name}" for place in _PLACES for name in _ours(place)),
            frozenset(_queues()),
        )


def _ours(place: str) -> list[str]:
    """Return what a box made there: others work on this machine as well."""
    mine = f"workbench-box-{os.getpid()}-"
    return [name for name in os.listdir(place) if name.startswith(mine) or "by-a-job" in name]


def _mounts() -> list[str]:
    """Return the mounts that are made for boxes; daemons make others meanwhile."""
    lines = Path("/proc/self/mountinfo").read_text().splitlines()
    return [line for line in lines if line.split(" - ")[1].split()[1] in _SOURCES]


def _queues() -> list[str]:
    """Return the queues, semaphores and segments under the key that attacks use."""
    kinds = ("shm", "sem", "msg")
    tables = [Path(f"/proc/sysvipc/{kind}").read_text().splitlines()[1:] for kind in kinds]
    lines = [line.split() for table in tables for line in table]
    return [" ".join(line[:2]) for line in lines if line[0] == str(LEFT_KEY)]


def left_since(before: State) -> tuple[str, ...]:
    """Return what was not there before, after all had time to go."""
    deadline = time.monotonic() + _PATIENCE
    while found := _more(before, State.now()):
        if time.monotonic() > deadline:
            return found
        time.sleep(0.05)
    return ()


def _more(before: State, now: State) -> tuple[str, ...]:
    return tuple(
        f"{name}: {one}"
        for name in State.__struct_fields__
        for one in sorted(map(str, getattr(now, name) - getattr(before, name)))
    )
