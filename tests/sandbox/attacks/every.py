"""All attacks, by family."""

from __future__ import annotations

from tests.sandbox.attacks import (
    disk,
    files,
    kernel,
    leftovers,
    memory,
    network,
    others,
    output,
    processes,
)

FAMILIES = {
    "files": files.ATTACKS,
    "disk": disk.ATTACKS,
    "processes": processes.ATTACKS,
    "others": others.ATTACKS,
    "memory": memory.ATTACKS,
    "network": network.ATTACKS,
    "kernel": kernel.ATTACKS,
    "output": output.ATTACKS,
    "leftovers": leftovers.ATTACKS,
}
ATTACKS = tuple(attack for family in FAMILIES.values() for attack in family)
