"""How the Evolution screen looks, in colour, in 16 of them, and without."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.pilot.conftest import hands_on
from tests.pilot.findings import MORE, SEARCH, SOME
from tests.snapshot.conftest import COLOURS, Compare
from widgets import colours as colours_of_code

SIZES = {"80x24": (80, 24), "200x50": (200, 50)}


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("colours", COLOURS)
async def test_a_proposal(compare: Compare, size: str, colours: str) -> None:
    colours_of_code.load(["src/parse.py"])
    findings = replace(SOME, searches=(SEARCH,))
    async with hands_on(SIZES[size], theme=COLOURS[colours], findings=findings) as hands:
        await hands.press("4")
        await hands.see("1 search, 2 proposals, 3 failures", "▸ proposal", "92% likely right")
        await hands.until(lambda: hands.evolution.detail._rest_due is None)
        await hands.pilot.pause()
        compare(hands.interface)


@pytest.mark.parametrize("size", SIZES)
async def test_a_failure(compare: Compare, size: str) -> None:
    async with hands_on(SIZES[size], theme="light", findings=SOME) as hands:
        await hands.press("4")
        await hands.see("2 proposals, 3 failures")
        await hands.press("j", "j")
        await hands.see("Failure 5d1f09a2c4e7", "src/parse.py:42")
        compare(hands.interface)


async def test_a_search(compare: Compare) -> None:
    findings = replace(SOME, searches=(SEARCH,))
    async with hands_on((80, 24), theme="16-colour", findings=findings) as hands:
        await hands.press("4")
        await hands.see("1 search, 2 proposals")
        await hands.press("g")
        await hands.see("Search a1b2c3d4", "Best so far")
        compare(hands.interface)


@pytest.mark.parametrize("size", SIZES)
async def test_a_crash(compare: Compare, size: str) -> None:
    async with hands_on(SIZES[size], findings=MORE) as hands:
        await hands.press("4")
        await hands.see("1 crash, 1 in logs")
        await hands.press("G", "k")
        await hands.see("Crash c4a5b1e6d7f8", "uncaught")
        compare(hands.interface)


async def test_a_log(compare: Compare) -> None:
    async with hands_on((80, 24), theme="16-colour", findings=MORE) as hands:
        await hands.press("4")
        await hands.see("1 crash, 1 in logs")
        await hands.press("G")
        await hands.see("Log 10ad10ad10ad", "suddenly frequent")
        compare(hands.interface)
