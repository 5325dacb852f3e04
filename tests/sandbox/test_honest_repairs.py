"""Repairs that mend: all are accepted, and it is told what keeps each from being a forgery."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.sandbox.proving import Proving, in_groups, proving
from tests.sandbox.repairs import (
    classes,
    clocks,
    flow,
    layouts,
    packages,
    plain,
    shapes_of_code,
    worldly,
)
from tests.sandbox.repairs.values import Repair

MODULES = (plain, classes, flow, worldly, clocks, packages, layouts, shapes_of_code)
REPAIRS: tuple[Repair, ...] = tuple(repair for module in MODULES for repair in module.REPAIRS)


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Proving]:
    with proving(tmp_path_factory.mktemp("repairs")) as made:
        yield made


def test_there_are_enough_of_them_and_no_two_are_called_alike() -> None:
    assert len({one.name for one in REPAIRS}) == len(REPAIRS) >= 50


@pytest.mark.parametrize("repair", in_groups(REPAIRS, "repairs"))
def test_an_honest_repair_is_accepted(repair: Repair, shop: Proving) -> None:
    verdict = shop.prove(repair.project, repair.change)
    assert verdict.accepted, verdict.reasons
    assert frozenset(verdict.guards.values()) == repair.guards, verdict.guards
    assert set(repair.project.failing) <= {
        one for name in verdict.guards for one in (name, name.partition("::")[0])
    }
