"""From a review to the project and back: tests, policy, applying, rolling back."""

from __future__ import annotations

import asyncio

import msgspec
import pytest

from tests.pilot.conftest import TERMS, hands_on
from tests.pilot.findings import SOME
from tests.pilot.in_review import NAME, ONE, acts, ids, open_review, reviews
from workbench.api.commands import Apply, TakeBack, TryAccepted
from workbench.api.deciding import Accept
from workbench.errors import ApprovalNeeded, Interrupted


async def test_the_footer_leads_from_a_waiting_repair_to_an_applied_one() -> None:
    async with hands_on((80, 24), findings=SOME, reviews=reviews(ONE)) as hands:
        await hands.press("4")
        await hands.see("▪ a.py", "enter open")
        await hands.press("enter")
        await hands.see("▸[ ] 6 -line_5 = 5", " y accept  n reject", "? help")
        await hands.press("y")
        await hands.see("press w to apply what is accepted", "\n w apply", "▸[x]", "? help")
        await hands.press("w")
        await hands.see("Write 1 hunk into the project?", "+line_5 = new", "enter write")
        await hands.press("enter")
        await hands.see("1 file written.", "It was applied by anna", "\n esc back  b roll back")
        assert acts(hands) == [Accept((ids(hands)[0],))]
        assert hands.host.asked.count(Apply((NAME,), TERMS)) == 1
        await hands.press("escape")
        await hands.see("applied  12:05")


async def test_what_was_applied_can_be_rolled_back_at_once() -> None:
    async with hands_on((80, 30), findings=SOME, reviews=reviews(ONE)) as hands:
        await open_review(hands)
        await hands.press("y", "w")
        await hands.see("Write 1 hunk into the project?")
        await hands.press("enter")
        await hands.see("1 file written.")
        assert hands.evolution.context.desk.applied
        await hands.press("b")
        await hands.see("Give these files back what they held before?")
        await hands.press("enter")
        await hands.see("1 file is as it was.")
        assert not hands.evolution.context.desk.applied


async def test_tests_run_with_what_is_accepted() -> None:
    host = reviews(ONE)
    host.gate = asyncio.Event()
    async with hands_on((100, 30), findings=SOME, reviews=host) as hands:
        await open_review(hands)
        await hands.press("t")
        await hands.see("Nothing is accepted yet.")
        await hands.press("y", "t")
        await hands.see("accepted; the tests run, 0 s", "\n x cancel")
        await hands.press("w")
        await hands.see("Wait or cancel it: the tests run.")
        host.gate.set()
        await hands.see("All 43 tests pass. (0.4 s)")
        assert hands.host.asked.count(TryAccepted((NAME,), TERMS)) == 1
        await hands.press("u")
        await hands.until(lambda: "All 43 tests pass. (0.4 s)" not in hands.text)


async def test_a_run_of_the_tests_is_cancelled() -> None:
    host = reviews(ONE)
    host.gate = asyncio.Event()
    async with hands_on((80, 30), findings=SOME, reviews=host) as hands:
        await open_review(hands)
        await hands.press("x")
        await hands.see("Nothing runs that could be cancelled.")
        await hands.press("y", "t")
        await hands.see("; the tests ru", "\n x cancel")
        await hands.press("x")
        await hands.see("It was cancelled.")
        await hands.until(lambda: not hands.evolution.desk.busy)


@pytest.mark.parametrize(
    ("error", "told"),
    [
        (ApprovalNeeded("A second person must approve.", "Ask bob."), "must approve. Ask bob."),
        (Interrupted("It was cancelled elsewhere."), "It was cancelled elsewhere."),
    ],
)
async def test_what_keeps_it_from_being_applied_is_told(error: Exception, told: str) -> None:
    host = reviews(ONE)
    host.refuses = error  # type: ignore[assignment]
    async with hands_on((80, 30), findings=SOME, reviews=host) as hands:
        await open_review(hands)
        await hands.press("y", "w")
        await hands.see("Write 1 hunk")
        await hands.press("y")
        await hands.see(told, "hunk 1 of 1, accepted")


async def test_what_the_policy_wants_is_seen_before_anything_is_written() -> None:
    host = reviews()
    host.allowed = msgspec.structs.replace(
        host.allowed,
        is_allowed=False,
        missing=("b.py wants \x1b two approvals.",),
        approvals=("ann",),
    )
    async with hands_on((80, 40), findings=SOME, reviews=host) as hands:
        await open_review(hands)
        await hands.press("y", "w")
        await hands.see("Write 1 hunk into the project?", "2 hunks not accepted and left out.")
        await hands.see("b.py wants ␛ two approvals.", "Approved by ann.", "+line_4 = new")
        assert "+line_30" not in hands.text
        await hands.press("j", "k", "pagedown", "pageup", "escape")
        await hands.see("hunk 2 of 3")
        assert not [one for one in hands.host.asked if isinstance(one, Apply)]


async def test_what_was_applied_is_rolled_back() -> None:
    async with hands_on((80, 30), findings=SOME, reviews=reviews(ONE)) as hands:
        await open_review(hands)
        await hands.press("b")
        await hands.see("Nothing of it is applied.")
        await hands.press("y", "w")
        await hands.see("Write 1 hunk")
        await hands.press("enter")
        await hands.see("It was applied by anna")
        await hands.press("y")
        await hands.see("It is applied: roll it back first.")
        await hands.press("b")
        await hands.see("Give these files back what they held before?", "a.py")
        await hands.press("y")
        await hands.see("1 file is as it was.", "It was accepted by anna")
        assert hands.host.asked.count(TakeBack("t1")) == 1
