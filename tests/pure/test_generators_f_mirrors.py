"""What is done for one side only, done for the other as well."""

from __future__ import annotations

import pytest

from tests.pure.generators_a_ground import made_of
from workbench.healing.generators import mirrors
from workbench.splice import parses

MERGE = """
def merge(left, right):
    result, i, j = [], 0, 0
    while i < len(left) and j < len(right):
        if left[i] <= right[j]:
            result.append(left[i])
            i += 1
        else:
            result.append(right[j])
            j += 1
    result.extend(right[j:])
    return result
"""
MOVED = """
class Ball:
    def move(self, dx, dy):
        self.x = max(self.x, dx)
        self.y = max(self.y, dy)
        self.x += dx
"""
BOTH = MOVED + "        self.y += dy\n"
ONE_NAME = """
def span(items):
    low = items[0]
    high = items[0]
    for one in items:
        low = min(low, one)
    return low, high
"""


def made(source: str) -> dict[str, list[str]]:
    """Return what a file may become, by what is said of it."""
    texts = {one.why: text for one, text in made_of(source, mirrors.at_site)}
    assert all(map(parses, texts.values()))
    return {why: text.splitlines() for why, text in texts.items()}


@pytest.mark.parametrize(
    ("source", "there", "wanted"),
    [
        (MERGE, "result.extend(right[j:])", "result.extend(left[i:])"),
        (MOVED, "self.x += dx", "self.y += dy"),
    ],
)
def test_the_other_side_is_done_behind_or_before(source: str, there: str, wanted: str) -> None:
    found = made(source)
    assert list(found) == [f"{wanted} behind it", f"{wanted} before it"]
    indent = next(line for line in source.splitlines() if line.endswith(there)).partition(there)[0]
    behind, before = found.values()
    assert behind.index(indent + wanted) == behind.index(indent + there) + 1
    assert before.index(indent + wanted) == before.index(indent + there) - 1


@pytest.mark.parametrize("source", [BOTH, ONE_NAME, "a = 1\nb = 2\na += 1\n"])
def test_what_is_done_for_both_or_has_no_other_side_is_left(source: str) -> None:
    assert not made(source)
