"""What a job may use."""

from __future__ import annotations

from collections.abc import Mapping
from hashlib import sha256
from typing import Annotated, Literal

import msgspec
from msgspec import Meta

Network = Literal["none", "loopback"]
MIB = 1024 * 1024
AtLeastOne = Annotated[int, Meta(ge=1)]


class Policy(msgspec.Struct, frozen=True):
    """The limits of a job, and what it finds around it."""

    cpu_seconds: Annotated[float, Meta(gt=0)] = 60.0
    """Of all processes of the job together."""
    wall_seconds: Annotated[float, Meta(gt=0)] = 60.0
    memory: AtLeastOne = 1024 * MIB
    """The address space of each process."""
    memory_total: AtLeastOne = 768 * MIB
    """The memory in use by all processes of the job together."""
    processes: AtLeastOne = 64
    disk: AtLeastOne = 64 * MIB
    inodes: AtLeastOne = 8192
    file_size: AtLeastOne = 32 * MIB
    descriptors: Annotated[int, Meta(ge=16)] = 256
    output: AtLeastOne = 64 * 1024
    """How much of what it prints is kept: the first and the last half."""
    output_kill: AtLeastOne = 8 * MIB
    """A job that prints more is ended."""
    records: AtLeastOne = 32 * MIB
    environment: Mapping[str, str] = msgspec.field(default_factory=dict)
    """All that a job finds in its environment beside `BASE_ENVIRONMENT`."""
    network: Network = "none"
    preload: tuple[str, ...] = ()
    """Third-party packages that the runner imports once, before any job."""

    @property
    def digest(self) -> str:
        return sha256(msgspec.json.encode(self, order="deterministic")).hexdigest()

    def limits(self) -> dict[str, float]:
        """Return what the runner watches over."""
        return {
            "cpu": self.cpu_seconds,
            "wall": self.wall_seconds,
            "memory": self.memory,
            "memory_total": self.memory_total,
            "processes": self.processes,
            "disk": self.disk,
            "inodes": self.inodes,
            "file_size": self.file_size,
            "descriptors": self.descriptors,
            "output": self.output,
            "output_kill": self.output_kill,
            "records": self.records,
        }


BASE_ENVIRONMENT: Mapping[str, str] = {
    "HOME": "/tmp",  # noqa: S108 - the box's own
    "LANG": "C.UTF-8",
    "PATH": "/usr/local/bin:/usr/bin:/bin",
    "PYTHONDONTWRITEBYTECODE": "1",
    "PYTHONUTF8": "1",
    "TERM": "dumb",
}
"""The environment is an allow-list: nothing of workbench's own is passed on."""
