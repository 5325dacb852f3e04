"""Evolution: what fails, the searches under way, and the repairs that wait, with their evidence."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from itertools import islice

from screens.action import Context
from screens.actions import BY_ID
from screens.clipboard import copy
from screens.desk import Desk
from screens.evolution_detail import Paper, pages_of, paper_of, title_of
from screens.evolution_rows import finding_row, findings_heading, nothing_yet
from screens.findings import STATES, Finding, Findings, identity, place_of
from screens.frame import Question
from screens.list_detail import ListDetail
from screens.lookout import Lookout
from screens.places import REVIEW
from screens.review_keys import ReviewKeys
from screens.wording import today
from widgets.difference import LEAST_FOR_SPLIT
from widgets.empty import empty
from widgets.ink import Row, Rows
from widgets.pages import Pages
from workbench.api.client import Line
from workbench.api.views import Crashed, Found, Proposed, Searching, Sighted

_MOST_COLOURED = 2
"""So many parts of a change get their colours at a time."""


class EvolutionScreen(ListDetail):
    """A list of findings, and the one under its cursor in full."""

    place_name = "evolution"
    least_width = 140
    least_list = 4

    def __init__(self) -> None:
        super().__init__()
        self.desk = Desk(self, self._desk_changed, lambda: self.lookout.read_written())  # noqa: PLW0108 - it comes next
        self.lookout = Lookout(self, self._changed, self.desk.happened)
        self.review = ReviewKeys(self)
        self.paper: Paper | None = None
        """The proposal that is shown."""
        self.told, self.sides = True, False
        """Its evidence is shown; before and after lie the other way than the width says."""
        self._selected = ""
        self._shows_repair = False
        self._is_moved = False
        """Somebody has moved the cursor from the top."""
        self.detail.keeping, self.detail.at_rest = self.review.staying, self._colour

    @property
    def findings(self) -> Findings:
        return self.lookout.findings

    @property
    def listed(self) -> tuple[Finding, ...]:
        return self.findings.listed

    @property
    def selected(self) -> Finding | None:
        """The finding under the cursor."""
        listed = self.listed
        return listed[self.rows.cursor] if self.rows.cursor < len(listed) else None

    @property
    def reviewing(self) -> Proposed | None:
        """The proposal that the keys are about."""
        selected = self.selected
        return selected if self.reading and isinstance(selected, Proposed) else None

    @property
    def inner_place(self) -> str:
        return REVIEW.name if self.reviewing else self.place_name

    @property
    def performers(self) -> tuple[object, ...]:
        inner = (self.review,) if self.reviewing else ()
        return (self.sheet, *inner, self, self.interface)

    @property
    def is_blank(self) -> bool:
        return self.lookout.known and self.findings.is_empty

    @property
    def has_list(self) -> bool:
        return super().has_list and not self.reviewing

    @property
    def context(self) -> Context:
        selected = self.selected
        return replace(
            super().context,
            rows=len(self.listed),
            selected=selected is not None,
            leaves=self.reading or bool(self.findings.text or self.findings.state),
            searching=bool(self.findings.searches),
            copies=isinstance(selected, Proposed | Found | Crashed | Sighted),
            desk=self.review.context if self.reviewing else super().context.desk,
        )

    def line_changed(self, line: Line) -> None:
        self.lookout.line_changed(line)
        if self.desk.proposal:
            self.desk.read()

    def following_changed(self) -> None:
        self.lookout.read()

    def on_screen_resume(self) -> None:
        self.lookout.read()

    def on_row_list_chosen(self) -> None:
        self.do_evolution_open()

    def on_scroll_moved(self) -> None:
        self.review.moved()

    def show_proposal(self, proposal: str) -> None:
        """Go to a proposal, as soon as it is known."""
        self._selected, self._is_moved = f"proposal {proposal}", True
        self.lookout.narrow("")
        self._changed()

    def do_evolution_open(self) -> None:
        self.show_now()
        self.reading = not self.reading
        self.lay_out()
        self.review.entered()
        self.call_after_refresh(self.review.settle)

    def do_evolution_back(self) -> None:
        if self.reading:
            self.do_evolution_open()
        else:
            self.lookout.narrow("")

    def do_evolution_next(self) -> None:
        self.rows.move(1)

    def do_evolution_previous(self) -> None:
        self.rows.move(-1)

    def do_evolution_filter(self) -> None:
        before, narrow = self.findings, self.lookout.narrow
        self.ask(
            Question(
                "show",
                lambda text: narrow(text, before.state),
                on_typed=lambda text: narrow(text, before.state),
                before=before.text,
            )
        )

    def do_evolution_state(self) -> None:
        """Go on to the next state in which there is a proposal."""
        findings = self.findings
        there = {findings.state_of(one) for one in findings.proposals} | {""}
        at = STATES.index(findings.state)
        states = [*STATES[at + 1 :], *STATES[: at + 1]]
        self.lookout.narrow(findings.text, next(state for state in states if state in there))

    def do_evolution_refresh(self) -> None:
        self.lookout.read()

    def do_evolution_heal(self) -> None:
        self.lookout.heal()

    def do_evolution_follow(self) -> None:
        self.interface.following.toggle()

    def do_evolution_cancel(self) -> None:
        """End the search under the cursor, or else the first."""
        selected = self.selected
        self.lookout.cancel(
            selected if isinstance(selected, Searching) else self.findings.searches[0]
        )

    def do_evolution_copy(self) -> None:
        match self.selected:
            case Proposed():
                self.show_now()
                self.review.do_review_copy()
            case Found(failure=failure):
                self.copy(failure.test, "The id", f"workbench failures show {failure.failure}")
            case Crashed(crash=crash):
                self.copy(crash.file, "The name", f"workbench failures show {crash.crash}")
            case Sighted(sighting=sighting):
                self.copy(sighting.line, "The line", f"workbench failures show {sighting.sighting}")
            case _:
                pass

    def _move(self, by: int) -> None:
        super()._move(by)
        if not self.reading:
            self._is_moved = self.rows.cursor > 0

    def copy(self, text: str, name: str, instead: str) -> None:
        """Copy a text; where it is too large, a command brings it."""
        copy(self.interface, text, name, f"use `{instead}`")

    def _changed(self) -> None:
        """Draw other findings; the cursor stays on the one that it stands on.

        Where nobody has moved it, the first repair that comes is shown.
        """
        listed = self.listed
        waits = not self._is_moved and not self.reading and not self._shows_repair
        at = 0 if waits else place_of(listed, self._selected)
        self.rows.resize_to(len(listed))
        self.rows.move_to(self.rows.cursor if at is None else at)
        self.reading = self.reading and bool(listed)
        self.lay_out()
        self._select(again=True)

    def _select(self, *, again: bool = False) -> None:
        """Show what is under the cursor when it has come to rest there, or what became of it."""
        selected = self.selected
        name = identity(selected) if selected else ""
        if name != self._selected:
            before, self._selected = self._selected, name
            self._shows_repair = isinstance(selected, Proposed)
            self._show_soon() if before and not self.reading else self._show()
        elif again and not self._detail_due:
            self.detail.reread()

    def _want(self) -> None:
        selected = self.selected
        self.desk.lay(selected.proposal.proposal if isinstance(selected, Proposed) else "")

    def _entered(self) -> None:
        self.review.entered()

    def _desk_changed(self) -> None:
        """Draw the review as it is now; the cursor stays on its line."""
        self.detail.reread()
        self.review.entered()
        self.draw_titles()
        self.draw_frame()

    def _heading(self, width: int, *, active: bool) -> Row:
        return findings_heading(self.findings, width, active=active)

    @property
    def _title(self) -> str:
        title = title_of(self.selected) if self.selected else ""
        return title + self.review.title if self.reviewing else title

    def _pages(self, width: int) -> Pages:
        selected = self.selected
        self.paper = None
        if not isinstance(selected, Proposed):
            return pages_of(self.findings, selected, width)
        split = (width >= LEAST_FOR_SPLIT) != self.sides
        self.paper = paper_of(
            self.findings, selected, self.desk, width, split=split, told=self.told
        )
        return self.paper

    def _colour(self, rows: Iterable[int]) -> bool:
        """Find the colours of some lines that have none; tell whether there were any."""
        if not self.paper or not self.paper.layout:
            return False
        start = self.paper.start
        found = filter(None, self.paper.layout.ink(row - start for row in rows))
        return len(list(islice(found, _MOST_COLOURED))) > 0

    def _row(self, index: int, width: int) -> Row:
        return finding_row(self.findings, self.listed[index], width, today())

    def _nothing(self, width: int) -> Rows:
        key = self.interface.keymap.shown(BY_ID["evolution.heal"], 1)
        return empty(nothing_yet(self.findings, key), width)


SCREEN = EvolutionScreen
