"""Changes of a small function that are ranked."""

from __future__ import annotations

from workbench.healing.candidate import Candidate, candidate
from workbench.splice import Edit

MEAN = '''\
def mean(numbers):
    """Return the mean of some numbers, and 0 of none."""
    total = 0
    count = len(numbers)
    for number in numbers:
        total += number
    if count == 0:
        return 0
    return total / (count + 1)
'''
MEAN_TEST = """\
import it
def test_none(): assert it.mean([]) == 0
def test_two(): assert it.mean([2, 4]) == 3
"""


def change(
    source: str, *pairs: tuple[str, str], operator: str = "some:rule", prior: float = 0.01
) -> Candidate:
    """Return a candidate that makes some exchanges; what is exchanged stands there once."""
    edits = []
    for old, new in pairs:
        assert source.count(old) == 1, old
        start = len(source[: source.index(old)].encode())
        edits.append(Edit(start, start + len(old.encode()), new))
    return candidate("it.py", edits, operator, prior)
