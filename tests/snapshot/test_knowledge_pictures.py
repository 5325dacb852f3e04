"""How the Knowledge screen looks: the tree, what was found, a passage, links, versions."""

from __future__ import annotations

import pytest

from tests.pilot.conftest import Hands, hands_on
from tests.pilot.libraries import FakeLibrary
from tests.snapshot.conftest import COLOURS, Compare
from widgets import colours

SIZES = {"80x24": (80, 24), "120x40": (120, 40)}


async def open_library(hands: Hands) -> None:
    colours.load(["net.py", "retry.md"])
    await hands.press("3")
    await hands.see("Knowledge  5 sources", "- project")


async def find(hands: Hands, text: str) -> None:
    await open_library(hands)
    await hands.press("/")
    await hands.type(text)
    await hands.see(f"for “{text}”", "  3  from net.errors")


async def at_rest(hands: Hands) -> None:
    """Wait until all that was asked for is drawn."""
    screen = hands.knowledge
    await hands.until(lambda: not (screen.finder._rest or screen.finder._asking))
    await hands.until(lambda: not (screen._detail_due or screen.reader._asked))
    await hands.pilot.pause()


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("theme", COLOURS)
async def test_a_tree(compare: Compare, size: str, theme: str) -> None:
    async with hands_on(SIZES[size], theme=COLOURS[theme], library=FakeLibrary()) as hands:
        await open_library(hands)
        await hands.press("j")
        await hands.see("2 files changed since")
        await at_rest(hands)
        compare(hands.interface)


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("theme", COLOURS)
async def test_what_was_found_while_one_types(compare: Compare, size: str, theme: str) -> None:
    async with hands_on(SIZES[size], theme=COLOURS[theme], library=FakeLibrary()) as hands:
        await find(hands, "retry wait")
        await at_rest(hands)
        compare(hands.interface)


async def test_a_passage_that_is_stale(compare: Compare) -> None:
    library = FakeLibrary()
    library.stale = {"src/net.py:4": "def retry(call, tries=5):\n    ...\n"}
    async with hands_on((120, 40), theme="light", library=library) as hands:
        await find(hands, "attempt times")
        await hands.press("enter", "enter")
        await hands.see("What stands there now")
        await hands.press("v", "j", "j")
        await at_rest(hands)
        compare(hands.interface)


@pytest.mark.parametrize("theme", COLOURS)
async def test_links(compare: Compare, theme: str) -> None:
    async with hands_on((80, 24), theme=COLOURS[theme], library=FakeLibrary()) as hands:
        await find(hands, "attempt")
        await hands.press("enter", "l")
        await hands.see("+ part of net")
        await hands.press("j", "right")
        await hands.see("imports time")
        await at_rest(hands)
        compare(hands.interface)


async def test_versions_of_a_subject(compare: Compare) -> None:
    async with hands_on((120, 40), library=FakeLibrary()) as hands:
        await open_library(hands)
        await hands.press("G", "k", "right", "j")
        await hands.see("Differences from version 2", "Retry what is idempotent")
        await at_rest(hands)
        compare(hands.interface)


async def test_before_a_source_is_removed(compare: Compare) -> None:
    async with hands_on((80, 24), library=FakeLibrary()) as hands:
        await open_library(hands)
        await hands.press("j", "D")
        await hands.see("Remove src?")
        compare(hands.interface)


async def test_help_of_knowledge(compare: Compare) -> None:
    async with hands_on((100, 60), library=FakeLibrary()) as hands:
        await open_library(hands)
        await hands.press("?")
        await hands.see("On the Knowledge screen")
        compare(hands.interface)
