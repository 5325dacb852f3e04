"""What is copied from the Evolution screen, and what of a huge change is drawn."""

from __future__ import annotations

import base64

import pytest

from screens.findings import Findings
from tests.pilot.conftest import hands_on
from tests.pilot.findings import FOUND_FLAKY, PATCH, SEARCH, SOME, long_change
from tests.pilot.in_evolution import changing, open_evolution

HUGE = 50_000


async def test_a_patch_and_an_id_are_copied() -> None:
    async with hands_on((80, 24), findings=SOME) as hands:
        await open_evolution(hands)
        await hands.see("at < len(lines):")
        await hands.press("y")
        await hands.see("The patch was copied.")
        assert hands.interface.clipboard == PATCH
        await hands.press("G", "y")
        await hands.see("The id was copied.")
        assert hands.interface.clipboard == FOUND_FLAKY.failure.test


async def test_what_terminals_would_not_take_is_not_copied() -> None:
    async with hands_on((80, 24), **changing(*long_change(HUGE))) as hands:
        await hands.press("4")
        await hands.see("of 50,0")
        await hands.press("y")
        await hands.see("The patch is too large to copy (1.3 MB)", "workbench review export")
        assert hands.interface.clipboard == ""


async def test_a_search_cannot_be_copied() -> None:
    async with hands_on((80, 24), findings=Findings(searches=(SEARCH,))) as hands:
        await hands.press("4")
        await hands.see("1 search")
        await hands.press("y")
        await hands.see("No proposal and no failure is selected.")


async def test_of_a_huge_diff_only_what_is_seen_is_drawn(monkeypatch: pytest.MonkeyPatch) -> None:
    from widgets.difference import Layout

    drawn: list[int] = []
    row = Layout.row

    def counted(layout: Layout, index: int) -> object:
        drawn.append(index)
        return row(layout, index)

    monkeypatch.setattr(Layout, "row", counted)
    async with hands_on((80, 24), **changing(*long_change(HUGE))) as hands:
        await hands.press("4")
        await hands.see("Proposal 3f2a91c0d1e2", "of 50,0")
        await hands.press("enter", "G")
        await hands.see("25000 +value_24999 = new(24999)", "of 50,0")
        await hands.press(*["ctrl+u"] * 20, "g")
        await hands.see("92% likely right")
        assert len(set(drawn)) < 500


def test_the_largest_copy_fits_what_terminals_take() -> None:
    from screens.clipboard import MOST_COPIED

    assert len(base64.b64encode(bytes(MOST_COPIED))) < 100_000
