"""What is made of an exception: the repair is there, and early."""

from __future__ import annotations

import pytest

from tests.pure.generators_a_crashes import CRASHES, Crashing
from tests.pure.generators_a_ground import PATH, all_of, failed, rank


@pytest.mark.parametrize("bug", CRASHES, ids=lambda bug: bug.name)
def test_the_repair_is_among_the_first(bug: Crashing) -> None:
    ground = failed({PATH: bug.source}, bug.run)
    assert 0 < rank(ground, all_of(ground), {PATH: bug.repaired}) <= bug.within
