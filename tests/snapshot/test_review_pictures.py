"""How a review looks, one under the other and side by side, in colour, in 16, and without."""

from __future__ import annotations

import pytest

from tests.pilot.conftest import Hands, hands_on
from tests.pilot.findings import PROPOSAL, SOME
from tests.pilot.reviews import FakeReviews
from tests.snapshot.conftest import COLOURS, Compare
from widgets import colours
from workbench.api.deciding import Accept, Reject, Remark

SIZES = {"80x24": (80, 24), "200x50": (200, 50)}
BEFORE = '''\
def overlap(one, other):
    """Tell whether two bookings want the room at the same time."""
    return one.start < other.end and other.start <= one.end


def is_free(bookings, wanted):
    for booking in bookings:
        if overlap(booking, wanted):
            return False
    return True


def hours(bookings):
    total = 0
    for booking in bookings:
        total += booking.end - booking.start
    return total


def busy(bookings):
    for booking in sorted(bookings):
        yield booking.start, booking.end


def first(bookings):
    return bookings[0]
'''
AFTER = (
    BEFORE.replace("other.start <= one.end", "other.start < one.end")
    .replace("total = 0\n", 'total = 0.0  # "half" hours\n')
    .replace("return bookings[0]\n", "return min(bookings, key=lambda one: one.start)\u200b")
)


async def open_review(hands: Hands) -> None:
    colours.load(["rooms.py"])
    await hands.press("4")
    await hands.see("Proposal 3f2a91c0d1e2", "rooms.py")
    await hands.press("enter")
    await hands.see("hunk 1 of 3")
    one, two, _ = (hunk.id for hunk in hands.evolution.desk.hunks)
    host = hands.host.reviews
    await host.act(hands.host, PROPOSAL.proposal, Accept((one,)))
    await host.act(hands.host, PROPOSAL.proposal, Reject((two,), "hours are whole here"), by="bob")
    await host.act(hands.host, PROPOSAL.proposal, Remark(one, "which way round?", 3), by="bob")
    await hands.see("hunk 1 of 3, accepted", "» bob: which way round?")
    await hands.until(lambda: hands.evolution.detail._rest_due is None)
    await hands.pilot.pause()


def reviews() -> FakeReviews:
    return FakeReviews({PROPOSAL.proposal: [("rooms.py", BEFORE.encode(), AFTER.encode())]})


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("theme", COLOURS)
async def test_a_review(compare: Compare, size: str, theme: str) -> None:
    options = {"theme": COLOURS[theme], "findings": SOME, "reviews": reviews()}
    async with hands_on(SIZES[size], **options) as hands:
        await open_review(hands)
        compare(hands.interface)


async def test_a_review_in_light(compare: Compare) -> None:
    async with hands_on((120, 40), theme="light", findings=SOME, reviews=reviews()) as hands:
        await open_review(hands)
        await hands.press("v", "j")
        await hands.see("• [x]".replace("• ", "•"), "▸ ┃")
        compare(hands.interface)


async def test_what_is_about_to_be_written(compare: Compare) -> None:
    async with hands_on((80, 24), findings=SOME, reviews=reviews()) as hands:
        await open_review(hands)
        await hands.press("w")
        await hands.see("Write 1 hunk into the project?")
        compare(hands.interface)


async def test_help_in_a_review(compare: Compare) -> None:
    async with hands_on((100, 40), findings=SOME, reviews=reviews()) as hands:
        await open_review(hands)
        await hands.press("?")
        await hands.see("In a review")
        compare(hands.interface)
