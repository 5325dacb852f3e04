"""How alike two names are."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable
from functools import lru_cache

_WORD = re.compile(r"[A-Z]?[a-z0-9]+|[A-Z]+(?![a-z])")


@lru_cache(maxsize=65536)
def nearness(one: str, other: str) -> float:
    """Return 1 for the same name, 0 for nothing in common; typing slips and shared words count."""
    if one == other:
        return 1.0
    if one.lower().replace("_", "") == other.lower().replace("_", ""):
        return 0.95
    ratio = difflib.SequenceMatcher(None, one, other, autojunk=False).ratio()
    slip = 0.9 if distance_is_one(one, other) and min(len(one), len(other)) > 2 else 0.0
    return max(ratio, slip, _shared(one, other))


def _shared(one: str, other: str) -> float:
    first, second = (set(words(name)) for name in (one, other))
    both = len(first & second)
    return 0.9 * both / max(len(first), len(second), 1)


def words(name: str) -> list[str]:
    return [part.lower() for part in _WORD.findall(name)]


def distance_is_one(one: str, other: str) -> bool:
    """Say whether one letter more, less, other or turned round makes the difference."""
    if abs(len(one) - len(other)) > 1:
        return False
    start = next((i for i, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), None)
    if start is None:
        return len(one) != len(other)
    left, right = one[start:], other[start:]
    ways = (left[1:] == right[1:], left[1:] == right, left == right[1:])
    turned = left[:2] == right[1::-1] and len(right) > 1 and left[2:] == right[2:]
    return any(ways) or turned


def nearest(name: str, choices: Iterable[str], most: int = 6, least: float = 0.55) -> list[str]:
    """Return the choices that could be meant by a name, the likest first."""
    counted = {one: nearness(name, one) for one in choices if one != name}
    found = [one for one, value in counted.items() if value >= least]
    return sorted(found, key=lambda one: -counted[one])[:most]
