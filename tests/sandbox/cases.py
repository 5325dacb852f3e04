"""What is run in every box: attacks that must be held, and honest work that must not be stopped."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Literal

import msgspec

from workbench.sandbox.job import Work
from workbench.sandbox.policy import MIB, Policy

PRELUDE = Path(__file__).with_name("inside.py").read_text(encoding="utf-8")
Kind = Literal["snippet", "shell"]

SMALL = Policy(
    cpu_seconds=10,
    wall_seconds=30,
    memory=512 * MIB,
    memory_total=256 * MIB,
    processes=24,
    disk=8 * MIB,
    inodes=600,
    file_size=4 * MIB,
    descriptors=128,
)
BRIEF = msgspec.structs.replace(SMALL, cpu_seconds=0.5, wall_seconds=1)
"""For what goes on until it is ended."""
ROOMY = Policy(cpu_seconds=40, wall_seconds=60)
"""What a job may use that nobody has limited, with patience for a busy machine."""


class Attack(msgspec.Struct, frozen=True):
    """A script that tries to get out, to stay, or to take what is not its own.

    It begins with `inside.py`, by which it tells what it tried and what got through.
    """

    name: str
    script: str
    proof: tuple[str, ...]
    """What it has printed once it has made its attempt: without that it does not count."""
    ends: tuple[str, ...] = ("ok",)
    policy: Policy = SMALL
    reason: str = ""
    """Part of the reason that the end must have."""
    kind: Kind = "snippet"
    then: str = ""
    """What the next job in the same box looks for; none of it may be there."""
    protected: tuple[str, ...] = ()
    harmless: bool = False
    """It does no harm where nothing holds it, so it is also shown to get through there."""
    open_on: Mapping[str, str] = msgspec.field(default_factory=dict)
    """The engines that do not hold it, each with why: what `docs/threat-model.md` admits."""
    machine: str = ""
    """The processor that it is written for; empty for any."""


class Control(msgspec.Struct, frozen=True):
    """Honest work, which ends well and prints `fine` at the very end, or passes its tests."""

    name: str
    script: str = ""
    work: Work | None = None
    """What is run instead of the script."""
    files: Mapping[str, str] = msgspec.field(default_factory=dict)
    policy: Policy = ROOMY
    kind: Kind = "snippet"
    stopped_on: Mapping[str, str] = msgspec.field(default_factory=dict)
    """The engines that cannot offer it, each with why."""
