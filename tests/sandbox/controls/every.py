"""All controls, by family."""

from __future__ import annotations

from tests.sandbox.controls import files, network, processes, python, tests

FAMILIES = {
    "python": python.CONTROLS,
    "processes": processes.CONTROLS,
    "files": files.CONTROLS,
    "network": network.CONTROLS,
    "tests": tests.CONTROLS,
}
CONTROLS = tuple(control for family in FAMILIES.values() for control in family)
