"""Subjects with their versions, and links, on the Knowledge screen."""

from __future__ import annotations

from tests.pilot.conftest import hands_on
from tests.pilot.in_library import find, open_library, stand_on
from tests.pilot.libraries import FakeLibrary
from workbench.api import subjects


async def test_a_subject_shows_its_versions_and_their_differences() -> None:
    async with hands_on((120, 40), library=FakeLibrary()) as hands:
        await open_library(hands)
        await stand_on(hands, "subject:t1")
        await hands.see("14 times, 75% succeeded", "Retry what is idempotent", "What happened")
        await hands.press("right", "j")
        await hands.see(
            "▸ │ ├   3  3f3a91c0  current", "Differences from version 2", "+Retry twice."
        )
        await hands.press("j", "j")
        await hands.see("▸ │ └   1  1f3a91c0", "Differences from version 3", "grade  B → D")


async def test_a_subject_is_rolled_back() -> None:
    async with hands_on((120, 40), library=FakeLibrary()) as hands:
        await open_library(hands)
        await stand_on(hands, "subject:t1")
        await hands.press("right", "j")
        await hands.see("current")
        await hands.press("b")
        await hands.see("It is the current version.")
        await hands.press("j", "b")
        await hands.see("roll back to version 2: why")
        await hands.type("it was better")
        await hands.press("enter")
        await hands.see("Version 2 of retries is the current one.", "2  2f3a91c0  current")
        assert hands.asked(subjects.Rollback) == [
            subjects.Rollback("t1", "2f3a91c0d1e2", "it was better")
        ]


async def test_a_subject_is_deprecated_and_taken_up_again() -> None:
    async with hands_on((120, 40), library=FakeLibrary()) as hands:
        await open_library(hands)
        await stand_on(hands, "subject:t2")
        await hands.press("b")
        await hands.see("It has one version only.")
        await hands.press("d", "enter")
        await hands.see("It needs a reason; nothing was done.")
        await hands.press("d")
        await hands.type("it is old -> deadlines")
        await hands.press("enter")
        await hands.see("Deprecated: it is old. Use deadlines instead.", "deprecated  beginner")
        await hands.press("d")
        await hands.see("It may be used again.")
        assert hands.asked(subjects.Deprecate) == [
            subjects.Deprecate("t2", "", "it is old", "deadlines"),
            subjects.Deprecate("t2", deprecated=False),
        ]


async def test_links_are_wandered() -> None:
    async with hands_on((100, 40), library=FakeLibrary()) as hands:
        await open_library(hands)
        await find(hands, "attempt", "src/net.py")
        await hands.press("l")
        await hands.see("Links  of function net.retry: 3", "+ part of net", "documented by docs/re")
        await hands.press("j", "right")
        await hands.see("- part of net", "imports time", "has part net.retry")
        await hands.see("Module net", "  1  import time")
        await hands.press("j", "j", "l")
        await hands.see("Links  of module time")
        await hands.press("escape")
        await hands.see("Links  of function net.retry")
        await hands.press("escape")
        await hands.see("Found  1 passage")
        await hands.press("L")
        await hands.type("nothing")
        await hands.press("enter")
        await hands.see("Nothing is known that is joined with nothing.")


async def test_links_are_waited_for_while_files_are_looked_at() -> None:
    library = FakeLibrary()
    library.behind = 1
    async with hands_on((100, 40), library=library) as hands:
        await open_library(hands)
        await find(hands, "attempt", "src/net.py")
        await hands.press("l")
        await hands.see("Links are being looked for: 1 file to go.")
        await hands.see("Links  of function net.retry: 3")
