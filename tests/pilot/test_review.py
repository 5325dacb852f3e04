"""A person reviews: hunks are decided about by key, and what the keys say is what the host does."""

from __future__ import annotations

from dataclasses import replace

import msgspec
import pytest

from tests.pilot.conftest import Hands, hands_on
from tests.pilot.findings import PROPOSAL, PROPOSED, PROPOSED_SECOND, SOME
from tests.pilot.in_review import NAME, ONE, acts, ids, open_review, reviews
from tests.pilot.reviews import FakeReviews
from workbench.api.deciding import (
    Accept,
    Leave,
    Redo,
    Reject,
    Remark,
    Select,
    Split,
    Undo,
    Withdraw,
)


async def settled(hands: Hands) -> None:
    """Wait until the host has answered all that was asked."""
    await hands.until(lambda: not hands.evolution.desk._waiting)
    await hands.pilot.pause()


async def test_after_each_decision_comes_the_next_hunk_that_waits() -> None:
    async with hands_on((80, 30), findings=SOME, reviews=reviews()) as hands:
        await open_review(hands, "hunk 1 of 3, undecided")
        one, two, three = ids(hands)
        await hands.press("J", "y")
        await hands.see("hunk 3 of 3, undecided", "▸[ ] 10 -line_9 = 9")
        await hands.press("y")
        await hands.see("hunk 1 of 3, undecided", "[x] 31 -line_30", "[x] 10 -line_9")
        await hands.press("n", *"no", "enter")
        await hands.see("Every hunk is decided about", "» rejected by", "no")
        await settled(hands)
        assert acts(hands) == [Accept((two,)), Accept((three,)), Reject((one,), "no")]
        await hands.press("u")
        await hands.see("hunk 1 of 3, undecided")
        await settled(hands)
        assert acts(hands)[-1] == Leave((one,))


async def test_what_was_decided_is_undone_and_done_again() -> None:
    async with hands_on((80, 30), findings=SOME, reviews=reviews(ONE)) as hands:
        await open_review(hands)
        await hands.press("z")
        await hands.see("Nothing was decided here that could be taken back.")
        await hands.press("y")
        await settled(hands)
        await hands.press("z")
        await hands.see("Taken back: accept a hunk.", "hunk 1 of 1, undecided")
        await settled(hands)
        await hands.press("Z")
        await hands.see("Done again: accept a hunk.", "hunk 1 of 1, accepted")
        assert acts(hands)[1:] == [Undo(), Redo()]


async def test_a_rejection_needs_a_reason_and_offers_earlier_ones() -> None:
    earlier = msgspec.structs.replace(
        PROPOSED_SECOND, state="rejected", reason="guesses", decided=5, by="ann"
    )
    findings = replace(SOME, proposals=(PROPOSED, earlier))
    async with hands_on((80, 30), findings=findings, reviews=reviews(ONE)) as hands:
        await open_review(hands)
        await hands.press("n")
        await hands.see("why reject", "↑ 1 given before")
        await hands.press("enter")
        await hands.see("A rejection needs a reason; nothing was done.")
        await hands.press("n", "up", "enter")
        await hands.see("hunk 1 of 1, rejected", "Every hunk is rejected", "guesses")
        await settled(hands)
        assert acts(hands) == [Reject((ids(hands)[0],), "guesses")]


async def test_all_of_a_file_and_all_of_the_repair_are_accepted() -> None:
    tests = msgspec.structs.replace(PROPOSAL, tests={"test_x.py": "def test_x(): ...\n"})
    findings = replace(SOME, proposals=(msgspec.structs.replace(PROPOSED, proposal=tests),))
    async with hands_on((80, 30), findings=findings, reviews=reviews()) as hands:
        await open_review(hands)
        one, two, three, offered = ids(hands)
        await hands.press("a")
        await hands.see("hunk 3 of 4, undecided")
        await hands.press("A")
        await hands.see("Every hunk is decided about")
        await settled(hands)
        assert acts(hands) == [Accept((one, two)), Accept((three,))]
        await hands.press("]")
        await hands.see("This is a test, offered beside the repair.", "hunk 4 of 4, undecided")
        await hands.press("A")
        await hands.see("Every hunk is decided about.")
        assert len(acts(hands)) == 2
        assert offered in ids(hands)


async def test_lines_are_selected_and_taken_alone() -> None:
    async with hands_on((80, 30), findings=SOME, reviews=reviews(ONE)) as hands:
        await open_review(hands)
        whole = ids(hands)[0]
        await hands.press("j", "v", "y")
        await hands.see("hunk 1 of 2, accepted", "▸[x] 6 +line_5 = new")
        await settled(hands)
        chosen = next(one.id for one in hands.evolution.desk.hunks if one.state == "accepted")
        assert acts(hands) == [Select(whole, (6,)), Accept((chosen,))]


async def test_a_selection_over_hunks_takes_whole_ones_and_parts() -> None:
    async with hands_on((80, 40), findings=SOME, reviews=reviews()) as hands:
        await open_review(hands)
        one, *_ = ids(hands)
        await hands.press("j", "v", "J", "n", *"odd", "enter")
        await settled(hands)
        states = {hunk.state for hunk in hands.evolution.desk.hunks}
        assert states == {"rejected", "undecided"}
        first, second, refused = acts(hands)
        assert isinstance(first, Select)
        assert first.hunk == one
        assert isinstance(second, Select)
        assert isinstance(refused, Reject)
        assert len(refused.hunks) == 2


async def test_a_selection_without_changes_is_told() -> None:
    async with hands_on((80, 30), findings=SOME, reviews=reviews(ONE)) as hands:
        await open_review(hands)
        await hands.press("k", "v", "y")
        await hands.see("No line is selected that goes or comes.")
        await hands.press("v", "escape")
        assert hands.evolution.reading
        assert acts(hands) == []


async def test_a_hunk_is_split() -> None:
    async with hands_on((80, 30), findings=SOME, reviews=reviews()) as hands:
        await open_review(hands, "hunk 1 of 3")
        await hands.press("s")
        await hands.see("hunk 1 of 4")
        await hands.press("s", "s", "s")
        await settled(hands)
        assert all(isinstance(act, Split) for act in acts(hands))


async def test_remarks_are_made_and_taken_back() -> None:
    async with hands_on((80, 30), findings=SOME, reviews=reviews(ONE)) as hands:
        await open_review(hands)
        await hands.press("C")
        await hands.see("There is no remark under the cursor.")
        await hands.press("c")
        await hands.type("why?")
        await hands.press("enter")
        await hands.see("» anna: why?")
        await settled(hands)
        assert acts(hands) == [Remark(ids(hands)[0], "why?", 5)]
        await hands.press("C")
        await hands.until(lambda: "anna: why?" not in hands.text)
        await settled(hands)
        assert isinstance(acts(hands)[1], Withdraw)


async def test_hunks_and_files_are_gone_through() -> None:
    async with hands_on((80, 24), findings=SOME, reviews=reviews()) as hands:
        await open_review(hands, "hunk 1 of 3")
        await hands.press("right", "]")
        await hands.see("hunk 3 of 3", "▸[ ] 10 -line_9 = 9")
        await hands.press("J")
        await hands.see("This is the last hunk.")
        await hands.press("[")
        await hands.see("hunk 1 of 3", "▸[ ]  3 -line_2")
        await hands.press("K")
        await hands.see("This is the first hunk.")
        await hands.press(">")
        await hands.see("Proposal 9e8d7c6b5a40", "hunk 1 of 1")
        await hands.press("<")
        await hands.see("Proposal 3f2a91c0d1e2", "hunk 1 of 3")


async def test_before_and_after_lie_beside_each_other_where_there_is_room() -> None:
    async with hands_on((160, 30), findings=SOME, reviews=reviews(ONE)) as hands:
        await open_review(hands, "│ 6 +line_5 = new")
        await hands.press("m")
        await hands.until(lambda: "│ 6 +line_5" not in hands.text)
        await hands.see("▸[ ] 6 -line_5 = 5", "\n  ┃  6 +line_5 = new")
        await hands.pilot.resize_terminal(90, 24)
        await hands.see("│ 6 +line_5 = new")


async def test_evidence_is_hidden_and_shown() -> None:
    async with hands_on((80, 40), findings=SOME, reviews=reviews(ONE)) as hands:
        await open_review(hands, "What speaks for it")
        await hands.press("i")
        await hands.see("Evidence  hidden")
        await hands.until(lambda: "What speaks for it" not in hands.text)
        await hands.press("i")
        await hands.see("What speaks for it", "▸[ ] 6 -line_5 = 5")


async def test_what_somebody_else_decides_appears_by_itself() -> None:
    async with hands_on((80, 30), findings=SOME, reviews=reviews()) as hands:
        await open_review(hands)
        one = ids(hands)[0]
        await hands.host.reviews.act(hands.host, NAME, Reject((one,), "wrong"), by="bob")
        await hands.see("hunk 1 of 3, rejected", "» rejected by bob: wrong")
        await hands.host.reviews.act(hands.host, NAME, Split(one), by="bob")
        await hands.see("hunk 1 of 4")


async def test_a_hunk_that_is_gone_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    async with hands_on((80, 30), findings=SOME, reviews=reviews()) as hands:
        await open_review(hands)
        monkeypatch.setattr(hands.evolution.desk, "happened", lambda _: None)
        monkeypatch.setattr(hands.evolution.lookout, "_happened", lambda _: None)
        await hands.host.reviews.act(hands.host, NAME, Split(ids(hands)[0]), by="bob")
        await hands.press("y")
        await hands.see("That hunk is not there any more", "of 4, undecided")


async def test_a_host_that_is_lost_in_the_middle_is_waited_for() -> None:
    async with hands_on((80, 30), findings=SOME, reviews=reviews()) as hands:
        await open_review(hands)
        hands.host.lose()
        await hands.press("y")
        await hands.see("The host is not attached.", "▸[ ]  3 -line_2 = 2")
        await hands.host.reviews.act(hands.host, NAME, Accept((ids(hands)[0],)), by="bob")
        hands.host.attach()
        await hands.see("hunk 1 of 3, accepted")


async def test_a_review_that_cannot_be_read_says_why() -> None:
    async with hands_on((80, 30), findings=SOME, reviews=FakeReviews({})) as hands:
        await hands.press("4", "enter")
        await hands.see("of an earlier release, which kept no contents. `workbench")
        await hands.press("y")
        await hands.see("The change has not been read.")
        await hands.press("j", "k", "escape")
        await hands.see("▸ proposal   92%")


async def test_it_survives_every_size() -> None:
    async with hands_on((200, 50), findings=SOME, reviews=reviews()) as hands:
        await open_review(hands)
        for size in ((80, 24), (20, 6), (3, 2), (150, 40)):
            await hands.pilot.resize_terminal(*size)
            await hands.press("j", "J", "v", "j", "v", "m", "i", "K")
        await hands.see("hunk", "a.py")


async def test_a_cursor_stays_on_its_line_when_the_width_changes() -> None:
    async with hands_on((200, 50), findings=SOME, reviews=reviews()) as hands:
        await open_review(hands)
        await hands.press("]")
        await hands.see("hunk 3 of 3", "▸[ ] 10 -line_9 = 9")
        await hands.pilot.resize_terminal(80, 24)
        await hands.see("hunk 3 of 3", "▸[ ] 10 -line_9 = 9")


async def test_the_mouse_puts_the_cursor_on_a_line() -> None:
    async with hands_on((80, 40), findings=SOME, reviews=reviews(ONE)) as hands:
        await open_review(hands)
        row = next(n for n, line in enumerate(hands.text.split("\n")) if "line_7 = 7" in line)
        await hands.pilot.click("#detail", offset=(20, row - 2))
        await hands.see("▸    8  line_7 = 7")
