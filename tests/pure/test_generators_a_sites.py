"""What is made of one statement: the repair is there, and early."""

from __future__ import annotations

import pytest

from tests.pure.generators_a_bugs import AT_SITE, Bug
from tests.pure.generators_a_ground import all_at, calm, line_of, rank, site


@pytest.mark.parametrize("bug", AT_SITE, ids=lambda bug: bug.name)
def test_the_repair_is_among_the_first(bug: Bug) -> None:
    ground = calm(bug.source)
    found = all_at(ground, site(ground, line_of(bug.source, bug.at)))
    assert 0 < rank(ground, found, {"program.py": bug.repaired}) <= bug.within
