"""The Evolution screen while searches are under way and the project is followed."""

from __future__ import annotations

from dataclasses import replace

import msgspec

from screens.findings import Findings
from tests.pilot.conftest import TERMS, hands_on
from tests.pilot.fake import WATCHING
from tests.pilot.findings import ENDED, FAILURE, PROPOSAL, SEARCH, SOME
from tests.pilot.in_evolution import open_evolution
from workbench.api.commands import CancelJob, Heal, ReadProposals, ReadSearches, Watch
from workbench.api.views import Healing
from workbench.errors import BudgetSpent, Interrupted


async def test_a_search_is_begun_watched_and_told_of() -> None:
    async with hands_on((80, 24), findings=replace(SOME, searches=())) as hands:
        await open_evolution(hands)
        before = len(hands.asked(ReadSearches))
        await hands.press("h")
        await hands.see("1 search, 2 proposals", "search    starting  0 tried", "x cancel")
        await hands.until(lambda: hands.host.asked.count(Heal(TERMS)) == 1)
        hands.host.findings = replace(SOME, searches=(SEARCH,))
        await hands.see("search    searching  12,400 tried (1,550/s)  7 help  best: < becomes")
        await hands.press("h")
        await hands.see("A search is under way already.")
        await hands.press("g")
        await hands.see("Search a1b2c3d4", "2 pass all tests and wait", "Best so far")
        hands.host.findings = SOME
        assert hands.host.healing
        hands.host.healing.set_result(Healing(41, ENDED, (FAILURE,), (PROPOSAL,)))
        await hands.see("2 repairs hold, of 1,812 that were tried.", "Findings  2 proposals")
        assert len(hands.asked(ReadSearches)) > before


async def test_a_search_is_cancelled_by_its_job() -> None:
    async with hands_on((80, 24), findings=replace(SOME, searches=(SEARCH,))) as hands:
        await hands.press("4")
        await hands.see("1 search")
        await hands.press("x")
        await hands.see("The search was told to end.")
        assert hands.host.asked.count(CancelJob("a1b2c3d4")) == 1


async def test_a_search_that_was_cancelled_is_told_of() -> None:
    async with hands_on((80, 24), findings=SOME) as hands:
        await open_evolution(hands)
        await hands.press("h")
        await hands.until(lambda: hands.host.healing)
        assert hands.host.healing
        hands.host.healing.set_exception(Interrupted("It was cancelled elsewhere."))
        await hands.see("It was cancelled elsewhere.", "Findings  2 proposals, 3 failures")


async def test_a_search_without_a_name_yet_is_given_up() -> None:
    async with hands_on((80, 24), findings=SOME) as hands:
        await open_evolution(hands)
        await hands.press("h")
        await hands.until(lambda: hands.host.healing)
        await hands.press("x")
        await hands.see("The search was cancelled.", "Findings  2 proposals, 3 failures")
        assert hands.host.healing
        assert hands.host.healing.cancelled()
        await hands.press("x")
        await hands.see("No search is under way.")


async def test_a_search_that_fails_is_told_of_and_over() -> None:
    async with hands_on((80, 24), findings=SOME) as hands:
        await open_evolution(hands)
        await hands.press("h")
        await hands.until(lambda: hands.host.healing)
        assert hands.host.healing
        hands.host.healing.set_exception(BudgetSpent("No box is strong enough.", "See doctor."))
        await hands.see("No box is strong enough. See doctor.", "Findings  2 proposals, 3 failures")


async def test_the_project_is_followed_until_it_is_not() -> None:
    async with hands_on((120, 30), findings=replace(SOME, ended=None)) as hands:
        await open_evolution(hands)
        await hands.press("w")
        await hands.see("After each change the tests are run now.")
        await hands.see("3 failures. Followed by polling (too many folders): tests run.")
        assert hands.host.asked.count(Watch(TERMS)) == 1
        assert hands.interface.following.is_on
        await hands.press("w")
        await hands.see("The project is not followed any more.")
        await hands.until(lambda: "Followed by" not in hands.text)
        await hands.until(lambda: not hands.interface.following.is_on)


async def test_what_is_wrong_with_following_is_told() -> None:
    trouble = msgspec.structs.replace(WATCHING, looking=False, trouble="No box is strong enough.")
    findings = replace(SOME, watching=trouble)
    async with hands_on((120, 30), findings=findings) as hands:
        await hands.press("4")
        await hands.see("Followed by polling (too many folders). No box is strong enough.")


async def test_when_nothing_happens_nothing_is_asked() -> None:
    async with hands_on((80, 24), findings=SOME) as hands:
        await open_evolution(hands)
        await hands.until(lambda: len(hands.asked(ReadProposals)) == 1)
        lookout = hands.evolution.lookout
        assert lookout._look_due is None
        assert lookout._read_due is None
        await hands.host.grow()
        await hands.until(lambda: lookout._look_due)
        await hands.until(lambda: len(hands.asked(ReadSearches)) == 2)
        assert lookout._look_due is None
        assert len(hands.asked(ReadProposals)) == 1


async def test_what_came_while_another_screen_was_seen_is_read_on_return() -> None:
    async with hands_on((80, 24), findings=replace(SOME, proposals=())) as hands:
        await hands.press("4")
        await hands.see("0 proposals, 3 failures")
        await hands.press("1")
        hands.host.findings = SOME
        await hands.host.tell(ENDED)
        await hands.press("4")
        await hands.see("2 proposals, 3 failures")


async def test_another_journal_begins_anew() -> None:
    async with hands_on((80, 24), findings=SOME) as hands:
        await open_evolution(hands)
        hands.host.lose()
        hands.host.journal, hands.host.findings = "journal-2", Findings()
        hands.host.attach()
        await hands.see("No failure is known")


async def test_an_open_interface_follows_the_project_on_whichever_screen() -> None:
    async with hands_on((120, 30), follows=True) as hands:
        await hands.until(lambda: len(hands.asked(Watch)) == 1)
        await hands.press("5", "4")
        await hands.see("Followed by polling (too many folders): tests run.")
        await hands.press("w")
        await hands.see("The project is not followed any more.")
        hands.host.attach()
        await hands.pilot.pause()
        assert len(hands.asked(Watch)) == 1


async def test_a_host_that_comes_later_is_asked_to_follow_the_project() -> None:
    async with hands_on((120, 30), follows=True, attach=False) as hands:
        await hands.pilot.pause()
        assert not hands.asked(Watch)
        hands.host.attach()
        await hands.until(lambda: len(hands.asked(Watch)) == 1)


async def test_where_nothing_can_be_run_it_is_told_why_the_project_is_not_followed() -> None:
    async with hands_on((120, 30), follows=True, refuses="No box is strong enough.") as hands:
        await hands.see("The project is not followed. No box is strong enough.")
        await hands.press("4")
        await hands.see("Not followed: No box is strong enough.")
        assert not hands.interface.following.is_on
