"""Which tests of a suite go out with a bug, and which are held back to judge."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from pathlib import Path
from random import Random

from bench.healing.cutting import separable_tests


def units_of(folder: Path, tests: Iterable[str]) -> dict[str, list[str]]:
    """Return the test functions of each file that holds one of `tests`, all as ids."""
    paths = dict.fromkeys(test.partition("::")[0] for test in tests)
    return {
        path: [f"{path}::{name}" for name in separable_tests((folder / path).read_bytes().decode())]
        for path in paths
    }


def unit_of(test: str) -> str:
    """Return the test function of an id, its parameters left out."""
    return test.partition("[")[0]


def held_back(
    random: Random, units: Mapping[str, list[str]], failing: Collection[str]
) -> list[str]:
    """Hold back half of all tests or whole other files, never the only one that fails."""
    wanted = random.choice(sorted(failing))
    others = [path for path in units if not any(unit in failing for unit in units[path])]
    if others and random.random() < 0.5:
        return [unit for path in others for unit in units[path]] + _half(
            random, [unit for unit in sorted(failing) if unit != wanted]
        )
    everything = [unit for path in units for unit in units[path] if unit != wanted]
    return _half(random, everything)


def _half(random: Random, units: list[str]) -> list[str]:
    return sorted(random.sample(units, len(units) // 2))
