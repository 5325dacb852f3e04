"""The Evolution screen: failures, repairs and searches, listed and in full."""

from __future__ import annotations

import base64
from dataclasses import replace

import msgspec
import pytest

from screens.findings import Findings, Texts, best_first, is_for
from tests.pilot.conftest import TERMS, Hands, hands_on
from tests.pilot.fake import NOON, WATCHING
from tests.pilot.findings import (
    ENDED,
    FAILURE,
    FOUND,
    FOUND_CRASH,
    FOUND_FLAKY,
    MORE,
    PATCH,
    PROPOSAL,
    PROPOSED,
    PROPOSED_SECOND,
    SEARCH,
    SOME,
    long_change,
)
from tests.pilot.reviews import FakeReviews
from workbench.api.commands import CancelJob, Command, Heal, ReadProposals, ReadSearches, Watch
from workbench.api.views import Healing, Proposed
from workbench.errors import BudgetSpent, Interrupted

HUGE = 50_000


async def open_evolution(hands: Hands) -> None:
    await hands.press("4")
    await hands.see("Findings  2 proposals, 3 failures", "Proposal 3f2a91c0d1e2")


def changing(before: bytes | None, after: bytes | None, path: str = "big.py") -> dict[str, object]:
    """Return the options of a host whose first proposal changes a file in this way."""
    changed = {PROPOSAL.proposal: [(path, before, after)]}
    findings = replace(SOME, proposals=(PROPOSED,))
    return {"findings": findings, "reviews": FakeReviews(changed)}


def asked(hands: Hands, kind: type[Command[object]]) -> int:
    return sum(isinstance(command, kind) for command in hands.host.asked)


async def test_without_findings_it_says_what_will_be_here() -> None:
    async with hands_on((80, 24)) as hands:
        await hands.press("4")
        await hands.see("No failure is known", "press h, or:", "$ workbench heal")
        await hands.press("j")
        await hands.see("The list is empty.")
        await hands.press("enter")
        await hands.see("Nothing is selected.")


async def test_without_findings_it_says_how_the_last_search_ended() -> None:
    green = msgspec.structs.replace(ENDED, outcome="green", sentence="All 12 tests pass.")
    async with hands_on((80, 24), findings=Findings(ended=green)) as hands:
        await hands.press("4")
        await hands.see("The last search ended so: All 12 tests pass.")


async def test_repairs_and_failures_are_listed_newest_first() -> None:
    async with hands_on((80, 24), findings=SOME) as hands:
        await open_evolution(hands)
        await hands.see("Last search: 2 repairs hold", "▸ proposal   92%  the loop runs", "waiting")
        await hands.see("31%  < becomes <=  turns 2", "test_parse.py::test_last_line")
        await hands.see("4 times  2 proposals  12:04", "flaky  05-31")


async def test_a_repair_shows_its_change_and_its_evidence() -> None:
    async with hands_on((150, 60), findings=SOME) as hands:
        await open_evolution(hands)
        await hands.see("42 -    while at < len(lines) - 1:", "42 +    while at < len(lines):")
        await hands.see("92% likely right. Turns 2 failing tests; 41 others end as before.")
        await hands.see("+ The changed line is where", "? One of its tests has no guard.")
        await hands.see("✓ tests/test_parse.py::test_last_line", "in a box of its own")
        await hands.see("no guard reaches it", "without it: tests/test_parse.py::test_last_line")
        await hands.see("! src/parse.py:43", "· findings of ruff: 1 → 0", "4 of 5 small changes")
        await hands.see("as number 1 of search 4b671989", "operators:bound", "namespaces (full)")


async def test_what_was_decided_stands_beside_a_repair() -> None:
    rejected = msgspec.structs.replace(
        PROPOSED, state="rejected", reason="it \x1b[31mguesses.", decided=NOON, by="ann/interface"
    )
    accepted = msgspec.structs.replace(
        PROPOSED_SECOND, state="accepted", decided=NOON, by="ann/interface"
    )
    async with hands_on((150, 60), findings=replace(SOME, proposals=(rejected, accepted))) as hands:
        await open_evolution(hands)
        await hands.see("the loop runs", "rejected  12:05", "accepted  12:05")
        await hands.see("It was rejected by ann/interface, 2026-", "00: it ␛[31mguesses.")
        await hands.press("/")
        await hands.type("accepted")
        await hands.press("enter")
        await hands.see("1 with “accepted”", "It was accepted by ann/interface, 2026-")


async def test_a_failure_shows_its_place_and_its_repairs() -> None:
    async with hands_on((150, 40), findings=SOME) as hands:
        await open_evolution(hands)
        await hands.press("j", "j")
        await hands.see("Failure 5d1f09a2c4e7", "src/parse.py:42, in parse", "4 times, last 2026-")
        await hands.see("the right side has one item more", "3f2a91c0d1e2  92%  the loop runs")
        await hands.press("j")
        await hands.see("Failure abc123def456", "none yet")


async def test_text_from_outside_is_shown_and_not_obeyed() -> None:
    evil = changing(b"\ta\r\n", "\u202eb\x07\n".encode(), "x\x1b[2J")
    async with hands_on((150, 40), **evil) as hands:
        await hands.press("4")
        await hands.see("▪ x␛[2J", "1 -␉   a␍", "1 +⟨U+202E⟩b␇")
        await hands.see("! Its name holds characters that control", "! Line 1: characters that")
        await hands.press("G")
        await hands.see("gave up after ␛[31m3⟨U+202E⟩ tries", "It fails only sometimes")


async def test_what_is_read_takes_the_place_of_a_narrow_list() -> None:
    async with hands_on((80, 24), findings=SOME) as hands:
        await open_evolution(hands)
        await hands.press("G")
        await hands.see("Failure 77aa00bb11cc")
        await hands.press("enter")
        await hands.until(lambda: "2 proposals, 3 failures" not in hands.text)
        await hands.press("left", "left", "left")
        await hands.see("Proposal 9e8d7c6b5a40", "1 to 20 of")
        await hands.press("<", "G")
        await hands.see("Proposal 3f2a91c0d1e2", "verdict")
        await hands.press("g", "ctrl+d", "ctrl+u", "pagedown", "pageup")
        await hands.see("1 to 20 of")
        await hands.press("escape")
        await hands.see("▸ proposal   92%")


async def test_keys_that_come_fast_are_not_lost(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("screens.list_detail._AT_REST", 3600.0)
    async with hands_on((80, 24), findings=SOME) as hands:
        await open_evolution(hands)
        await hands.press("j", "j", "enter")
        await hands.see("Failure 5d1f09a2c4e7")
        await hands.press("left")
        await hands.see("Proposal 9e8d7c6b5a40  hunk 1 of 1, undecided")


async def test_a_wide_terminal_shows_list_and_finding_side_by_side() -> None:
    async with hands_on((200, 50), findings=SOME) as hands:
        await open_evolution(hands)
        await hands.press("G", "enter", "G")
        await hands.see("2 proposals, 3 failures", "Failure 77aa00bb11cc")
        assert hands.evolution.reading
        await hands.press("enter", "G")
        assert hands.evolution.rows.cursor == 4
        await hands.press("g", "ctrl+d", "ctrl+u", "pagedown", "pageup")
        assert hands.evolution.rows.cursor == 0


async def test_a_filter_lists_only_what_has_a_text() -> None:
    async with hands_on((80, 24), findings=SOME) as hands:
        await open_evolution(hands)
        await hands.press("/")
        await hands.type("RETRY")
        await hands.press("enter")
        await hands.see("1 with “RETRY”; esc shows all", "▸ failure   test_net.py")
        await hands.press("/", "ctrl+u", "z", "z", "enter")
        await hands.see("0 with “zz”", "nothing is selected")
        await hands.press("escape")
        await hands.see("2 proposals, 3 failures")


async def test_a_filter_works_while_it_is_typed_and_is_given_up() -> None:
    async with hands_on((80, 24), findings=SOME) as hands:
        await open_evolution(hands)
        await hands.press("/", "r", "e", "t", "r")
        await hands.see("1 with “retr”", "▸ failure   test_net.py", "show retr")
        await hands.press("escape")
        await hands.see("2 proposals, 3 failures")


async def test_proposals_are_listed_by_state() -> None:
    accepted = msgspec.structs.replace(PROPOSED_SECOND, state="accepted", decided=NOON, by="ann")
    findings = replace(SOME, proposals=(PROPOSED, accepted))
    async with hands_on((80, 24), findings=findings) as hands:
        await open_evolution(hands)
        await hands.press("s")
        await hands.see("1 waiting; esc shows all", "▸ proposal   92%")
        await hands.press("s")
        await hands.see("1 accepted; esc shows all", "▸ proposal   31%")
        await hands.press("/", "z", "enter")
        await hands.see("0 accepted with “z”")
        await hands.press("s", "escape")
        await hands.see("2 proposals, 3 failures")


async def test_only_what_is_new_is_read_of_many_proposals() -> None:
    async with hands_on((80, 24), findings=SOME) as hands:
        await open_evolution(hands)
        await hands.host.tell(ENDED)
        await hands.until(lambda: asked(hands, ReadProposals) == 2)
        read = [one for one in hands.host.asked if isinstance(one, ReadProposals)]
        assert [one.after for one in read] == [0, 40]
        assert not any(one.diffs for one in read)


def test_what_findings_are_searched_by_is_put_together_once() -> None:
    texts = Texts()
    assert texts.of(PROPOSED) is texts.of(PROPOSED)
    assert texts.of(PROPOSED) != texts.of(FOUND)


async def test_the_cursor_stays_on_its_finding_as_others_come() -> None:
    async with hands_on((80, 24), findings=replace(SOME, proposals=())) as hands:
        await hands.press("4", "j")
        await hands.see("▸ failure   test_cli.py")
        hands.host.findings = SOME
        await hands.host.tell(ENDED)
        await hands.see(
            "2 proposals, 3 failures", "▸ failure   test_cli.py", "4 times  2 proposals"
        )


async def test_a_finding_that_goes_leaves_the_cursor_in_its_place() -> None:
    async with hands_on((80, 24), findings=SOME) as hands:
        await open_evolution(hands)
        await hands.press("G", "enter")
        hands.host.findings = replace(SOME, failures=(FOUND,))
        await hands.press("r")
        await hands.see("Failure 5d1f09a2c4e7")
        hands.host.findings = replace(SOME, failures=())
        await hands.press("r")
        await hands.see("Proposal 9e8d7c6b5a40  hunk 1 of 1")
        hands.host.findings, hands.host.journal = Findings(), "journal-2"
        hands.host.attach()
        await hands.see("No failure is known")
        assert not hands.evolution.reading


async def test_a_search_is_begun_watched_and_told_of() -> None:
    async with hands_on((80, 24), findings=replace(SOME, searches=())) as hands:
        await open_evolution(hands)
        before = asked(hands, ReadSearches)
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
        assert asked(hands, ReadSearches) > before


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
        await hands.until(lambda: asked(hands, ReadProposals) == 1)
        lookout = hands.evolution.lookout
        assert lookout._look_due is None
        assert lookout._read_due is None
        await hands.host.grow()
        await hands.until(lambda: lookout._look_due)
        await hands.until(lambda: asked(hands, ReadSearches) == 2)
        assert lookout._look_due is None
        assert asked(hands, ReadProposals) == 1


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


async def test_it_survives_every_size() -> None:
    async with hands_on((200, 50), findings=SOME) as hands:
        await open_evolution(hands)
        for size in ((80, 24), (20, 6), (3, 2), (150, 40)):
            await hands.pilot.resize_terminal(*size)
            await hands.press("j", "enter", "j")
        await hands.see("2 proposals, 3 failures", "attached")


async def test_rows_can_be_chosen_with_the_mouse() -> None:
    async with hands_on((80, 24), findings=SOME) as hands:
        await open_evolution(hands)
        await hands.pilot.click("#list", offset=(5, 2))
        await hands.see("Failure 5d1f09a2c4e7")
        await hands.pilot.click("#list", offset=(5, 2))
        await hands.until(lambda: hands.evolution.reading)


def test_a_repair_is_only_for_failures_that_were_there_before_it() -> None:
    assert is_for(PROPOSED, FOUND)
    assert not is_for(PROPOSED, FOUND_CRASH)
    later = msgspec.structs.replace(FOUND, first=PROPOSED.time + 1)
    assert not is_for(PROPOSED, later)


def test_the_best_of_the_newest_search_comes_first() -> None:
    made = [
        Proposed(
            seq, seq, msgspec.structs.replace(PROPOSAL, proposal=name, search=search, rank=rank)
        )
        for seq, name, search, rank in (
            (9, "second", "new", 2),
            (8, "first", "new", 1),
            (7, "old second", "old", 2),
            (3, "old first", "old", 1),
        )
    ]
    names = [one.proposal.proposal for one in best_first(made)]
    assert names == ["first", "second", "old first", "old second"]


def test_the_largest_copy_fits_what_terminals_take() -> None:
    from screens.clipboard import MOST_COPIED

    assert len(base64.b64encode(bytes(MOST_COPIED))) < 100_000


async def test_an_open_interface_follows_the_project_on_whichever_screen() -> None:
    async with hands_on((120, 30), follows=True) as hands:
        await hands.until(lambda: asked(hands, Watch) == 1)
        await hands.press("5", "4")
        await hands.see("Followed by polling (too many folders): tests run.")
        await hands.press("w")
        await hands.see("The project is not followed any more.")
        hands.host.attach()
        await hands.pilot.pause()
        assert asked(hands, Watch) == 1


async def test_a_host_that_comes_later_is_asked_to_follow_the_project() -> None:
    async with hands_on((120, 30), follows=True, attach=False) as hands:
        await hands.pilot.pause()
        assert not asked(hands, Watch)
        hands.host.attach()
        await hands.until(lambda: asked(hands, Watch) == 1)


async def test_where_nothing_can_be_run_it_is_told_why_the_project_is_not_followed() -> None:
    async with hands_on((120, 30), follows=True, refuses="No box is strong enough.") as hands:
        await hands.see("The project is not followed. No box is strong enough.")
        await hands.press("4")
        await hands.see("Not followed: No box is strong enough.")
        assert not hands.interface.following.is_on


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


async def test_a_failure_tells_that_it_passes_now_and_what_looks_the_same() -> None:
    green = msgspec.structs.replace(FOUND, green=NOON + 9 * 60_000_000, alike=("abc123def456", "x"))
    findings = replace(SOME, failures=(green, FOUND_CRASH))
    async with hands_on((150, 40), findings=findings) as hands:
        await hands.press("4")
        await hands.see("passes now  4 times")
        await hands.press("j", "j")
        await hands.see("it passes since 2026-06-01 12:09:00", "Looks the same")
        await hands.see("tests/test_cli.py::test_help", "once, 2026-06-01 11:59:00; 0 repairs held")
