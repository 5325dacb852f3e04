"""A person reviews: hunks are decided about by key, and what the keys say is what the host does."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from functools import partial
from pathlib import Path

import msgspec
import pytest

from screens.editor import Editor
from screens.interface import Interface
from tests.pilot.conftest import TERMS, Hands, hands_on
from tests.pilot.findings import PROPOSAL, PROPOSED, PROPOSED_SECOND, SOME
from tests.pilot.reviews import Changed, FakeReviews
from workbench.api.commands import ActOn, Apply, TakeBack, TryAccepted
from workbench.api.deciding import (
    Accept,
    AnyAct,
    Edit,
    Leave,
    Redo,
    Reject,
    Remark,
    Select,
    Split,
    Undo,
    Withdraw,
)
from workbench.errors import ApprovalNeeded, Interrupted

NAME = PROPOSAL.proposal
LINES = [f"line_{n} = {n}\n" for n in range(40)]


def text(*changed: int) -> bytes:
    return "".join(f"line_{n} = new\n" if n in changed else LINES[n] for n in range(40)).encode()


BEFORE = text()
TWO = [("a.py", BEFORE, text(2, 4, 30)), ("b.py", BEFORE, text(9))]
"""Three hunks in two files."""
ONE = [("a.py", BEFORE, text(5))]


def reviews(changed: Changed = ()) -> FakeReviews:
    return FakeReviews({NAME: changed or TWO, PROPOSED_SECOND.proposal.proposal: ONE})


async def open_review(hands: Hands, *told: str) -> None:
    await hands.press("4")
    await hands.see("Proposal 3f2a91c0d1e2", "▪ a.py")
    await hands.press("enter")
    await hands.see("hunk 1 of", *told)


def acts(hands: Hands) -> list[AnyAct]:
    return [one.act for one in hands.host.asked if isinstance(one, ActOn)]


def ids(hands: Hands) -> list[str]:
    return [hunk.id for hunk in hands.evolution.desk.hunks]


async def settled(hands: Hands) -> None:
    """Wait until the host has answered all that was asked."""
    await hands.until(lambda: not hands.evolution.desk._waiting)
    await hands.pilot.pause()


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


async def test_a_patch_is_saved_under_a_new_name_only(tmp_path: Path) -> None:
    path = tmp_path / "x.patch"
    async with hands_on((120, 30), findings=SOME, reviews=reviews()) as hands:
        await open_review(hands)
        await hands.press("y", "S")
        await hands.see(f"save the patch as {NAME}.patch")
        await hands.press("ctrl+u")
        await hands.type(str(path))
        await hands.press("enter")
        await hands.see("What is accepted was written to")
        patch = path.read_text(encoding="utf-8")
        assert "+line_2 = new\n" in patch
        assert "line_30" not in patch
        await hands.press("S", "ctrl+u")
        await hands.type(str(path))
        await hands.press("enter")
        await hands.until(lambda: "x.patch is there already." in " ".join(hands.text.split()))
        (tmp_path / "link").symlink_to(tmp_path / "elsewhere")
        await hands.press("S", "ctrl+u")
        await hands.type(str(tmp_path / "link"))
        await hands.press("enter")
        await hands.until(lambda: "link is there already." in " ".join(hands.text.split()))
        assert not (tmp_path / "elsewhere").exists()


def with_editor(
    interface: Interface, folder: Path, script: str, project: Path | None = None
) -> None:
    program = folder / "an editor"
    program.write_text(f"#!/bin/sh\n{script}\n", encoding="utf-8")
    program.chmod(0o755)
    interface.editor = Editor(project or folder, lambda: f'"{program}"')


@pytest.mark.parametrize(
    ("script", "told"),
    [
        ("exit 3", "The editor ended with 3, so nothing was done."),
        ("kill -9 $$", "The editor ended by signal 9, so nothing was done."),
        (": > $1", "The editor returned nothing, so nothing was done."),
        ("true", "The text is as it was, so nothing was done."),
        ("rm $1", "The editor left no text behind, so nothing was done."),
        ("printf '\\377' > $1", "The editor left no text behind, so nothing was done."),
    ],
)
async def test_an_editor_that_returns_no_text_changes_nothing(
    tmp_path: Path, script: str, told: str
) -> None:
    async with hands_on((80, 30), findings=SOME, reviews=reviews(ONE)) as hands:
        with_editor(hands.interface, tmp_path, script)
        await open_review(hands)
        await hands.press("e")
        await hands.see(told)
        assert acts(hands) == []


async def test_a_hunk_is_edited(tmp_path: Path) -> None:
    async with hands_on((80, 30), findings=SOME, reviews=reviews(ONE)) as hands:
        told = 'stat -c %a "$1" "$(dirname "$1")" > told; echo "$1" >> told; cat "$1" >> told'
        with_editor(hands.interface, tmp_path, f"cd '{tmp_path}'; {told}; echo 'line_5 = 55' > $1")
        await open_review(hands)
        whole = ids(hands)[0]
        await hands.press("e")
        await hands.see("+line_5 = 55", "edited by hand, so the proof does not cover it")
        assert acts(hands) == [Edit(whole, "line_5 = 55\n")]
        modes = (tmp_path / "told").read_text(encoding="utf-8").split("\n")
        assert modes[:2] == ["600", "700"]
        assert modes[2].endswith(".py")
        assert modes[3] == "line_5 = new"
        assert not Path(modes[2]).exists()


async def test_a_missing_editor_is_told(tmp_path: Path) -> None:
    async with hands_on((120, 30), findings=SOME, reviews=reviews(ONE)) as hands:
        await open_review(hands)
        for told in ("/nowhere/at-all", "'unclosed"):
            hands.interface.editor = Editor(tmp_path, partial(str, told))
            await hands.press("e")
            await hands.see(told, "interface.editor in the settings")


async def test_the_file_is_opened_at_the_line(tmp_path: Path) -> None:
    async with hands_on((120, 30), findings=SOME, reviews=reviews(ONE)) as hands:
        with_editor(hands.interface, tmp_path, f"echo \"$@\" > '{tmp_path}/told'")
        await open_review(hands)
        await hands.press("o")
        await hands.see("There is no file a.py in the project yet.")
        (tmp_path / "a.py").write_bytes(BEFORE)
        await hands.press("j", "o")
        await hands.until((tmp_path / "told").exists)
        await hands.until(lambda: (tmp_path / "told").read_text() == f"+6 {tmp_path}/a.py\n")


async def test_only_files_of_the_project_are_opened(tmp_path: Path) -> None:
    outside = [("../secret.py", BEFORE, text(5)), ("a.py", BEFORE, text(5))]
    (tmp_path / "secret.py").write_bytes(BEFORE)
    (tmp_path / "project").mkdir()
    async with hands_on((120, 30), findings=SOME, reviews=reviews(outside)) as hands:
        with_editor(hands.interface, tmp_path, "exit 9", tmp_path / "project")
        await open_review(hands)
        await hands.press("o")
        await hands.see("../secret.py does not lie in the project.")
