"""What two sequences of tokens have alike at their beginning."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence


def common(one: Sequence[int], other: Sequence[int]) -> int:
    """Return how many tokens they begin with alike."""
    longest = min(len(one), len(other))
    one, other = tuple(one[:longest]), tuple(other[:longest])
    return bisect_left(range(1, longest + 1), x=True, key=lambda size: one[:size] != other[:size])
