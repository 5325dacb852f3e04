"""What every job has put on, whatever keeps it apart: limits, filters, the state of its project."""

from __future__ import annotations

import base64
import os
import resource
from contextlib import AbstractContextManager
from typing import Any, Protocol

from . import kernel, landlock, seccomp
from .removing import remove

Job = dict[str, Any]  # as JSON has it
FAMILIES = (seccomp.AF_UNIX, seccomp.AF_INET, seccomp.AF_INET6)


class Confinement(Protocol):
    """What keeps jobs apart, as the runner sees it."""

    name: str
    kills_all: bool
    """Nothing may be forked while a job runs: it would be killed together with it."""

    def warm_up(self) -> dict[str, Any]:
        """Have everything imported; return what is known of the interpreter then."""
        ...

    def fork(self, ends: dict[str, int]) -> None:
        """Fork the process of a job that is not known yet."""
        ...

    def forked(self) -> int:
        """Return the process that was forked last."""
        ...

    def begin(self, job: Job) -> None:
        """Prepare for `job`, which what was forked last is about to do."""
        ...

    @property
    def roots(self) -> tuple[int, ...]:
        """Return the processes that the job's own, once orphaned, belong to."""
        ...

    def looking(self) -> AbstractContextManager[None]:
        """Return that in which the memory of the job can be looked into."""
        ...

    def kill(self) -> None:
        """Kill the job and all that came of it."""
        ...

    def clean(self) -> bool:
        """Let go of the job; say whether nothing of it is left."""
        ...


class Enclosure(Protocol):
    """What keeps jobs apart, as the process of a job puts it up around itself."""

    def enter(self, likely: Job) -> None:
        """Do what can be done before the job is known, but for what it is likely to be."""
        ...

    @property
    def kept(self) -> tuple[int, ...]:
        """Return the descriptors that are needed from then on until it is sealed."""
        ...

    def shut_in(self, job: Job) -> str:
        """Make its view of the files; return the project's folder."""
        ...

    def seal(self, job: Job, project: str) -> None:
        """At last: put on the filters, which it cannot take off."""
        ...


def limit(limits: dict[str, Any]) -> None:
    """Put the limits that the kernel keeps for each process into force."""
    _set(resource.RLIMIT_CPU, int(limits["cpu"]) + 1)
    _set(resource.RLIMIT_AS, limits["memory"])
    _set(resource.RLIMIT_NPROC, limits["processes"])
    _set(resource.RLIMIT_FSIZE, limits["file_size"])
    _set(resource.RLIMIT_NOFILE, limits["descriptors"])
    _set(resource.RLIMIT_CORE, 0)
    _set(resource.RLIMIT_MEMLOCK, 1 << 16)
    _set(resource.RLIMIT_MSGQUEUE, 1 << 16)
    _set(resource.RLIMIT_SIGPENDING, 256)


def _set(which: int, value: int) -> None:
    _, hard = resource.getrlimit(which)
    value = value if hard == resource.RLIM_INFINITY else min(value, hard)
    resource.setrlimit(which, (value, value))


def seal(program: Any, made: int | None) -> None:
    kernel.prctl(kernel.PR_SET_NO_NEW_PRIVS, 1)
    if made is not None:
        landlock.restrict(made)
        os.close(made)
    if program is not None:
        seccomp.install(program)


def write_edits(project: str, edits: dict[str, Any]) -> None:
    """Lay what differs from the tree over it."""
    for path, wanted in edits.items():
        target = f"{project}/{path}"
        remove(target)
        if wanted is not None:
            os.makedirs(os.path.dirname(target), exist_ok=True)
            _write(target, wanted)


def _write(target: str, wanted: dict[str, Any]) -> None:
    if "link" in wanted:
        os.symlink(wanted["link"], target)
        return
    mode = 0o755 if wanted.get("executable") else 0o644
    opened = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, mode)
    with os.fdopen(opened, "wb") as file:
        file.write(base64.b64decode(wanted["content"]))
