"""How every screen looks. `pytest tests/snapshot --snapshot-update` accepts what is there now."""

from __future__ import annotations

import pytest

from tests.pilot.conftest import hands_on
from tests.snapshot.conftest import COLOURS, Compare

SIZES = {"80x24": (80, 24), "120x40": (120, 40), "200x50": (200, 50)}
NOTICE = "The journal was damaged and is kept aside as .workbench/journal.damaged-1.duckdb."


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("colours", COLOURS)
async def test_metrics(compare: Compare, size: str, colours: str) -> None:
    async with hands_on(SIZES[size], theme=COLOURS[colours], head=4000, notices=(NOTICE,)) as hands:
        await hands.press("5")
        await hands.see("4,000 events", "84.3 MB", "1 notice", "3999  ")
        await hands.press("j", "j")
        await hands.until(lambda: not hands.metrics.opened or "Event 3,998" in hands.text)
        compare(hands.interface)


@pytest.mark.parametrize("place", ["chat", "learning", "knowledge", "evolution"])
async def test_screens_that_wait_for_their_content(compare: Compare, place: str) -> None:
    async with hands_on((80, 24), theme="16-colour") as hands:
        hands.interface.go(place)
        await hands.until(lambda: hands.interface.frame.place_name == place)
        await hands.see("attached to host", "$ workbench")
        await hands.until(lambda: place != "chat" or "small-coder answers" in hands.text)
        compare(hands.interface)


@pytest.mark.parametrize("colours", COLOURS)
async def test_palette(compare: Compare, colours: str) -> None:
    async with hands_on((80, 24), theme=COLOURS[colours]) as hands:
        await hands.see("attached to host", "main: small-coder")
        await hands.press(":", "o", "down")
        await hands.see("not now")
        compare(hands.interface)


async def test_help(compare: Compare) -> None:
    async with hands_on((80, 24), theme="light") as hands:
        await hands.press("5")
        await hands.see("84.3 MB")
        await hands.press("?")
        await hands.see("In a list")
        compare(hands.interface)


async def test_search_with_its_prompt(compare: Compare) -> None:
    async with hands_on((80, 24), theme="no-colour") as hands:
        await hands.press("5")
        await hands.see("84.3 MB", "anna" if hands.interface.size.width > 84 else "flaky")
        await hands.press("/", "f", "l", "a", "enter")
        await hands.see("7 events with")
        await hands.press("n", "a", "b", "left")
        compare(hands.interface)


async def test_an_event_that_is_open(compare: Compare) -> None:
    async with hands_on((80, 24)) as hands:
        await hands.press("5")
        await hands.see("84.3 MB", "evil")
        await hands.press("j", "j", "enter")
        await hands.see("Event 38")
        compare(hands.interface)


@pytest.mark.parametrize("colours", COLOURS)
async def test_a_line_that_is_lost(compare: Compare, colours: str) -> None:
    async with hands_on((80, 24), theme=COLOURS[colours]) as hands:
        await hands.see("attached to host", "main: small-coder")
        hands.host.lose()
        await hands.see("The host went away.")
        compare(hands.interface)
