"""The Evolution screen: failures, repairs and searches, listed and in full."""

from __future__ import annotations

from dataclasses import replace

import msgspec
import pytest

from screens.findings import Findings, Texts, best_first, is_for
from tests.pilot.conftest import hands_on
from tests.pilot.fake import NOON
from tests.pilot.findings import (
    ENDED,
    FOUND,
    FOUND_CRASH,
    PROPOSAL,
    PROPOSED,
    PROPOSED_SECOND,
    SOME,
)
from tests.pilot.in_evolution import changing, open_evolution
from workbench.api.commands import ReadProposals
from workbench.api.views import Proposed


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
        await hands.until(lambda: len(hands.asked(ReadProposals)) == 2)
        read = hands.asked(ReadProposals)
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


async def test_a_failure_tells_that_it_passes_now_and_what_looks_the_same() -> None:
    green = msgspec.structs.replace(FOUND, green=NOON + 9 * 60_000_000, alike=("abc123def456", "x"))
    findings = replace(SOME, failures=(green, FOUND_CRASH))
    async with hands_on((150, 40), findings=findings) as hands:
        await hands.press("4")
        await hands.see("passes now  4 times")
        await hands.press("j", "j")
        await hands.see("it passes since 2026-06-01 12:09:00", "Looks the same")
        await hands.see("tests/test_cli.py::test_help", "once, 2026-06-01 11:59:00; 0 repairs held")
