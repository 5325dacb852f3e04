"""Repairs that repair nothing: plain pytest believes them, the proof does not."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.sandbox.forgeries import (
    asserting,
    bombs,
    exits,
    harness,
    lying,
    reading,
    reports,
    running,
)
from tests.sandbox.forgeries.changing import CHANGES, PACKED, RIGHT, Refused
from tests.sandbox.forgeries.values import Forgery
from tests.sandbox.proving import Proving, in_groups, proving
from workbench.sandbox.job import Result

FORGERIES: tuple[Forgery, ...] = tuple(
    forgery
    for module in (exits, reports, asserting, lying, reading, running, harness, bombs)
    for forgery in module.FORGERIES
)


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Proving]:
    with proving(tmp_path_factory.mktemp("forgeries")) as made:
        yield made


def test_there_are_enough_of_them_and_no_two_are_called_alike() -> None:
    names = [*(one.name for one in FORGERIES), *(one.name for one in CHANGES)]
    assert len(set(names)) == len(names)
    held = [one for one in FORGERIES if not one.known_to_pass]
    believed = [one for one in held if not one.cannot]
    assert len(believed) >= 100
    assert len(CHANGES) >= 50


@pytest.mark.parametrize("forgery", in_groups(FORGERIES, "forgeries"))
def test_what_plain_pytest_believes_is_not_proved(forgery: Forgery, shop: Proving) -> None:
    plain = shop.plainly(forgery.project, forgery.change)
    assert _took_effect(shop, forgery, plain), plain.output.text
    verdict = shop.prove(forgery.project, forgery.change)
    assert verdict.accepted == bool(forgery.known_to_pass), (verdict.reasons, verdict.guards)


def _took_effect(shop: Proving, forgery: Forgery, plain: Result) -> bool:
    """Tell whether the trick shows: one that never ran would be refused as well."""
    judgement = shop.believed(forgery.project, plain)
    if forgery.shows == "accepted":
        return judgement.accepted and plain.exit == 0
    if forgery.shows == "exit":
        return plain.exit == 0
    if forgery.shows == "outcome":
        ends = {judgement.outcomes.get(name) for name in forgery.project.failing}
        return ends == {forgery.what}
    return forgery.what in plain.output.text


def test_the_repair_of_what_is_changed_beside_it_would_be_accepted(shop: Proving) -> None:
    assert shop.prove(PACKED, {PACKED.main: RIGHT}).accepted


@pytest.mark.parametrize("refused", in_groups(CHANGES, "forgeries"))
def test_what_would_change_the_question_is_refused_before_it_runs(
    refused: Refused, shop: Proving
) -> None:
    verdict = shop.prove(PACKED, refused.change)
    assert not verdict.accepted
    assert refused.code in dict(verdict.reasons)
    assert verdict.circumstances == 0
