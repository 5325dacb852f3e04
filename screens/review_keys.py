"""What the keys do in a review: where one goes in it, and what one decides."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

from screens.actions import BY_ID
from screens.frame import Question
from screens.hunks import lines_chosen, span_text
from screens.review_moves import ReviewMoves
from screens.saving import write_new
from screens.sheets import Sure
from screens.writing import rows_of_apply, rows_of_rolling_back
from widgets.ink import Role, Rows
from workbench.api.deciding import (
    Accept,
    AnyAct,
    Edit,
    Leave,
    Redo,
    Reject,
    Remark,
    Split,
    Undo,
    Withdraw,
)
from workbench.api.reviews import Allowed, Hunk, Review

_MOST_REASONS = 20


class ReviewKeys(ReviewMoves):
    """Decides, applies, and does what else can be done with a review."""

    def do_review_accept(self) -> None:
        self._on_chosen(Accept)

    def do_review_reject(self) -> None:
        self._ask("why reject", self._reject, self._reasons())

    def do_review_leave(self) -> None:
        self._on_chosen(Leave, stays=True)

    def do_review_accept_file(self) -> None:
        spot = self.spot
        named = [one for one in self.desk.hunks if spot and one.path == spot.path]
        self._accept_each([one for one in named if one.state == "undecided"])

    def do_review_accept_all(self) -> None:
        self._accept_each([one for one in self.desk.repairs if one.state == "undecided"])

    def do_review_split(self) -> None:
        if hunk := self.hunk:
            self.desk.act(Split(hunk.id))

    def do_review_undo(self) -> None:
        self.interface.tell(f"Taken back: {self.desk.stands.undoes}.")
        self.desk.act(Undo())

    def do_review_redo(self) -> None:
        self.interface.tell(f"Done again: {self.desk.stands.redoes}.")
        self.desk.act(Redo())

    def do_review_comment(self) -> None:
        spot, hunk = self.spot, self.hunk
        chosen = lines_chosen(self.desk.hunks, self.spots())
        if not hunk or not spot:
            return
        about = chosen[-1].hunk if chosen else hunk.id
        place = max(chosen[-1].places) if chosen else -1

        def say(text: str) -> None:
            if text.strip():
                self.stop_selecting()
                self.desk.act(Remark(about, text, place))

        self._ask("remark", say)

    def do_review_withdraw(self) -> None:
        self.desk.act(Withdraw(self.remarks_here()[-1].id))

    def do_review_try(self) -> None:
        self.desk.try_accepted()
        self._tick()

    def do_review_cancel(self) -> None:
        self.desk.cancel()

    def do_review_apply(self) -> None:
        self.desk.ask_allowed(self._confirm_apply)

    def do_review_roll_back(self) -> None:
        written = self.written
        if written:
            take_back = partial(self._work, partial(self.desk.take_back, written.id))
            self._confirm(partial(rows_of_rolling_back, written), take_back)

    def do_review_edit(self) -> None:
        review, hunk = self.desk.review, self.hunk
        if review and hunk:
            self.interface.spawn(self.screen, self._edit(review, hunk))

    def do_review_visit(self) -> None:
        layout, detail = self.layout, self.screen.detail
        if layout and detail.cursor is not None and self.screen.paper:
            path, line = layout.line_at(detail.cursor - self.screen.paper.start)
            editor, run = self.interface.editor, self.interface.lend_terminal
            self.interface.spawn(self.screen, editor.visit(run, path, line))

    def do_review_copy(self) -> None:
        self.interface.spawn(self.screen, self._copy())

    def do_review_export(self) -> None:
        before = f"{self.desk.proposal}.patch"
        self._ask("save the patch as", self._export, before=before)

    def _export(self, name: str) -> None:
        if name.strip():
            path = Path(name.strip()).expanduser().absolute()
            self.interface.spawn(self.screen, self._save(path))

    async def _copy(self) -> None:
        instead = f"workbench review export {self.desk.proposal}"
        what, patch = await self.desk.patch()
        self.screen.copy(patch.decode("utf-8", "surrogateescape"), what, instead)

    async def _save(self, path: Path) -> None:
        what, patch = await self.desk.patch()
        await asyncio.to_thread(write_new, path, patch)
        self.interface.tell(f"{what} was written to {path}.")

    async def _edit(self, review: Review, hunk: Hunk) -> None:
        file = next(one for one in review.files if one.path == hunk.path)
        text = span_text(file, hunk)
        new = await self.interface.editor.edit(self.interface.lend_terminal, text, file.path)
        self.desk.act(Edit(hunk.id, new))
        self.interface.tell("The hunk is as you wrote it; it is not decided about, nor proven.")

    def _confirm_apply(self, allowed: Allowed, patch: bytes) -> None:
        if self.screen.reviewing:
            told = partial(rows_of_apply, self.desk.stands, allowed, patch)
            self._confirm(told, lambda: self._work(self.desk.apply))

    def _confirm(self, told: Callable[[int], Rows], do: Callable[[], None]) -> None:
        self.screen.open_sheet(Sure(told, self.screen.close_sheet, do))

    def _work(self, begin: Callable[[], None]) -> None:
        begin()
        self._tick()

    def _tick(self) -> None:
        """Show for how long something has been going on, while it does."""
        if self.desk.busy:
            self.screen.draw_titles()
            self.screen.set_timer(1.0, self._tick)

    def _reject(self, reason: str) -> None:
        if reason.strip():
            self._on_chosen(lambda names: Reject(names, reason.strip()))
        else:
            self.interface.tell("A rejection needs a reason; nothing was done.", Role.BAR_WARN)

    def _on_chosen(self, act: Callable[[tuple[str, ...]], AnyAct], *, stays: bool = False) -> None:
        """Decide about the lines that are selected, or about the hunk under the cursor."""
        hunk = self.hunk
        if self.screen.detail.selects_from is not None:
            chosen = lines_chosen(self.desk.hunks, self.spots())
            self.stop_selecting()
            if not chosen:
                self.interface.tell("No line is selected that goes or comes.", Role.BAR_WARN)
                return
            self.desk.act_on_lines(chosen, act)
        elif hunk:
            self.desk.act(act((hunk.id,)))
            if not stays:
                self._go_on(hunk)

    def _accept_each(self, hunks: Sequence[Hunk]) -> None:
        if not hunks:
            self.interface.tell("Every hunk of it is decided about.", Role.BAR_WARN)
            return
        self.desk.act(Accept(tuple(one.id for one in hunks)))
        self._go_on(hunks[-1])

    def _go_on(self, hunk: Hunk) -> None:
        """Go to the next hunk that waits, or say what can be done when none does."""
        repairs = self.desk.repairs
        at = next((n for n, one in enumerate(repairs) if one.id == hunk.id), -1)
        following = [*repairs[at + 1 :], *repairs[: at + 1]]
        waiting = next((one for one in following if one.state == "undecided"), None)
        if waiting:
            self.go(waiting)
            return
        if not any(one.state == "accepted" for one in self.desk.hunks):
            self.interface.tell("Every hunk is rejected; nothing of it will be applied.")
            return
        key = self.interface.keymap.shown(BY_ID["review.apply"], 1)
        self.interface.tell(f"Every hunk is decided about: press {key} to apply what is accepted.")

    def _reasons(self) -> tuple[str, ...]:
        """Return the reasons that were given before, the last first."""
        proposals = sorted(self.screen.findings.proposals, key=lambda one: -one.decided)
        given = [*(one.reason for one in self.desk.hunks), *(one.reason for one in proposals)]
        return tuple(dict.fromkeys(filter(None, given)))[:_MOST_REASONS]

    def _ask(
        self,
        label: str,
        on_answer: Callable[[str], None],
        choices: tuple[str, ...] = (),
        before: str = "",
    ) -> None:
        self.screen.ask(Question(label, on_answer, choices, before=before))
