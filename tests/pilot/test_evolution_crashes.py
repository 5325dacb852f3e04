"""Crashes, and what logs tell, among the findings of the Evolution screen."""

from __future__ import annotations

from dataclasses import replace

import msgspec

from screens.findings import Findings
from tests.pilot.conftest import hands_on
from tests.pilot.fake import NOON
from tests.pilot.findings import MORE, PROPOSAL, SOME
from workbench.api.views import Proposed


async def test_crashes_and_what_logs_tell_are_listed_after_the_failures() -> None:
    async with hands_on((130, 40), findings=MORE) as hands:
        await hands.press("4")
        await hands.see("2 proposals, 3 failures, 1 crash, 1 in logs.")
        await hands.see("src/mean.py:7  ZeroDivisionError: division by", "3 times  1 proposal")
        await hands.see("logs/app.log  WARNING slow answer", "312 a minute")


async def test_a_crash_shows_what_ran_and_what_became_of_it() -> None:
    async with hands_on((150, 40), findings=MORE) as hands:
        await hands.press("4")
        await hands.see("1 crash")
        await hands.press("G", "k")
        await hands.see("Crash c4a5b1e6d7f8", "python -m stats data.csv", "src/mean.py:7, in mean")
        await hands.see("uncaught", "with 1", "3 times", "One repair holds, of 240")
        await hands.see(".workbench/crashes/crash-0123-9", "9e8d7c6b5a40  31%  < becomes <=")
        assert "\x1b" not in hands.text
        await hands.press("y")
        await hands.see("The name was copied.")


async def test_a_sighting_shows_how_much_more_there_is_than_usual() -> None:
    async with hands_on((150, 40), findings=MORE) as hands:
        await hands.press("4")
        await hands.see("1 in logs")
        await hands.press("G")
        await hands.see("Log 10ad10ad10ad", "lines that are suddenly frequent")
        await hands.see("312 in a minute, where 4.5 are usual")
        await hands.press("y")
        await hands.see("The line was copied.")


async def test_a_filter_finds_crashes_and_logs() -> None:
    async with hands_on((80, 24), findings=MORE) as hands:
        await hands.press("4")
        await hands.see("1 crash")
        await hands.press("/")
        await hands.type("STATS")
        await hands.press("enter")
        await hands.see("1 with “STATS”", "▸ crash")


async def test_a_crash_alone_is_a_finding() -> None:
    async with hands_on((80, 24), findings=Findings(crashes=MORE.crashes)) as hands:
        await hands.press("4")
        await hands.see("0 proposals, 0 failures, 1 crash.", "▸ crash")


async def test_a_repair_of_a_crash_shows_the_test_that_was_made_for_it() -> None:
    made = msgspec.structs.replace(PROPOSAL, tests={"tests/test_crash_1.py": "def test_it(): ..."})
    findings = replace(SOME, proposals=(Proposed(40, NOON, made),))
    async with hands_on((150, 80), findings=findings) as hands:
        await hands.press("4")
        await hands.see("▪ tests/test_crash_1.py", "1 +def test_it(): ...")
        await hands.see("! This is a test, offered beside the repair.")
