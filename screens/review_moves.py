"""Where one is in a review, and the keys that go somewhere in it."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from screens import action
from widgets.difference import Layout, Spot
from workbench.api.reviews import Hunk, Said, Transaction

if TYPE_CHECKING:
    from screens.desk import Desk
    from screens.evolution import EvolutionScreen
    from screens.interface import Interface


class ReviewMoves:
    """Moves the cursor of the Evolution screen's detail over the change."""

    def __init__(self, screen: EvolutionScreen) -> None:
        self.screen = screen
        self._context = action.Desk()

    @property
    def layout(self) -> Layout | None:
        return self.screen.paper.layout if self.screen.paper else None

    @property
    def desk(self) -> Desk:
        return self.screen.desk

    @property
    def interface(self) -> Interface:
        return self.screen.interface

    @property
    def written(self) -> Transaction | None:
        return self.screen.findings.applied.get(self.desk.proposal)

    @property
    def spot(self) -> Spot | None:
        """What the cursor is on."""
        return self._spot_at(self.screen.detail.cursor)

    @property
    def hunk(self) -> Hunk | None:
        """The hunk that the cursor is in, or nearest to."""
        spot = self.spot
        return self.desk.hunk(spot.hunk) if spot else None

    @property
    def title(self) -> str:
        """Say where in the review one is, and what the host does for it."""
        desk, hunk = self.desk, self.hunk
        busy = f"; {desk.busy}, {time.monotonic() - desk.since:.0f} s" if desk.busy else ""
        if hunk is None:
            return busy
        at = desk.numbers[hunk.id] + 1
        return f"  hunk {at:,} of {len(desk.hunks):,}, {hunk.state}{busy}"

    @property
    def context(self) -> action.Desk:
        """What decides which keys make sense."""
        desk, hunk = self.desk, self.hunk
        return action.Desk(
            hunk=hunk.state if hunk else "",
            undecided=desk.tally.undecided,
            accepted=desk.tally.accepted,
            hunks=len(desk.hunks),
            files=len(desk.review.files) if desk.review else 0,
            selecting=self.screen.detail.selects_from is not None,
            remarks=len(self.remarks_here()),
            undoes=bool(desk.stands.undoes),
            redoes=bool(desk.stands.redoes),
            applied=self.written is not None,
            busy=desk.busy,
        )

    def entered(self) -> None:
        """Put the cursor on the first hunk that waits, as soon as there is one to put it on."""
        screen = self.screen
        if not screen.reviewing:
            if screen.detail.cursor is not None:
                screen.detail.stand(None)
        elif self.layout and screen.detail.cursor is None:
            waiting = [one for one in self.desk.repairs if one.state == "undecided"]
            first = next(iter([*waiting, *self.desk.hunks]), None)
            if first:
                self.go(first)

    def settle(self) -> None:
        """Show as much of what stands above the cursor as fits, now that the room is known."""
        detail = self.screen.detail
        if self.screen.reviewing and detail.cursor is not None:
            detail.scroll_to_row(0)
            detail.stand(detail.cursor)

    def moved(self) -> None:
        """Show which hunk is meant now, and what can be done with it."""
        layout, spot = self.layout, self.spot
        name = spot.hunk if spot and self.screen.reviewing else ""
        if layout and layout.current != name:
            before, layout.current = layout.current, name
            for one in filter(None, map(self.desk.hunk, (before, name))):
                self.screen.detail.redraw(self._rows_of(one))
        if self.screen.reviewing and (context := self.context) != self._context:
            self._context = context
            self.screen.draw_frame()

    @contextmanager
    def staying(self) -> Iterator[None]:
        """Keep the cursor on its line, and as high on the screen, while rows are made anew."""
        detail, spot = self.screen.detail, self.spot
        before, line = detail.cursor, self._row_of(spot)
        above = before - detail.top if before is not None else 0
        yield
        if before is not None and line is not None:
            moved = (self._row_of(spot) or line) - line
            if moved:
                detail.shift(before + moved, above, moved)
        if self.layout:
            self.layout.current = spot.hunk if spot and self.screen.reviewing else ""

    def _row_of(self, spot: Spot | None) -> int | None:
        """Return the row of a line, whatever stands under it."""
        layout, paper = self.layout, self.screen.paper
        if not (spot and layout and paper):
            return None
        return paper.start + layout.row_of(spot.path, spot.places[0] if spot.places else None)

    def do_review_select(self) -> None:
        detail = self.screen.detail
        detail.begin_selecting(None if detail.selects_from is not None else detail.cursor)
        self.screen.draw_frame()

    def do_review_back(self) -> None:
        if self.screen.detail.selects_from is not None:
            self.stop_selecting()
        else:
            self.screen.do_evolution_open()

    def do_review_next_hunk(self) -> None:
        self._step(1)

    def do_review_previous_hunk(self) -> None:
        self._step(-1)

    def do_review_next_file(self) -> None:
        self._step_file(1)

    def do_review_previous_file(self) -> None:
        self._step_file(-1)

    def do_review_next(self) -> None:
        self.screen.rows.move(1)

    def do_review_previous(self) -> None:
        self.screen.rows.move(-1)

    def do_review_evidence(self) -> None:
        screen = self.screen
        screen.told = not screen.told
        screen.detail.reread()

    def do_review_sides(self) -> None:
        screen = self.screen
        screen.sides = not screen.sides
        screen.detail.reread()

    def go(self, hunk: Hunk) -> None:
        """Put the cursor on the first line of a hunk, and as much of it into sight as fits."""
        layout, paper, detail = self.layout, self.screen.paper, self.screen.detail
        if layout and paper:
            end = paper.start + layout.row_of(hunk.path, hunk.spans[-1][1] - 1)
            detail.stand(paper.start + layout.row_of(hunk.path, hunk.spans[0][0]))
            detail.reveal(end)

    def _step(self, steps: int) -> None:
        hunks, hunk = self.desk.hunks, self.hunk
        if hunk:
            at = self.desk.numbers[hunk.id] + steps
            if 0 <= at < len(hunks):
                self.go(hunks[at])
            else:
                told = "This is the last hunk." if steps > 0 else "This is the first hunk."
                self.interface.tell(told)

    def _step_file(self, steps: int) -> None:
        layout, paper, spot = self.layout, self.screen.paper, self.spot
        if not (layout and paper and spot):
            return
        paths = [block.path for block in layout.blocks]
        at = max(0, min(paths.index(spot.path) + steps, len(paths) - 1))
        first = next((one for one in self.desk.hunks if one.path == paths[at]), None)
        if first:
            self.go(first)

    def _rows_of(self, hunk: Hunk) -> range:
        layout, paper = self.layout, self.screen.paper
        if not layout or not paper:
            return range(0)
        start, end = (layout.row_of(hunk.path, at) for at in (hunk.spans[0][0], hunk.spans[-1][1]))
        return range(paper.start + start, paper.start + end + 1)

    def _spot_at(self, row: int | None) -> Spot | None:
        layout, paper = self.layout, self.screen.paper
        return layout.spot(row - paper.start) if layout and paper and row is not None else None

    def spots(self) -> list[Spot]:
        """Return what the selected rows are about, or the row under the cursor."""
        spots = map(self._spot_at, self.screen.detail.selected)
        return [spot for spot in spots if spot and spot.places]

    def stop_selecting(self) -> None:
        self.screen.detail.begin_selecting(None)
        self.screen.draw_frame()

    def remarks_here(self) -> list[Said]:
        """Return what was said of the line under the cursor, or of its hunk."""
        spot = self.spot
        return [
            one
            for one in self.desk.stands.remarks
            if spot and (one.place in spot.places or (one.place < 0 and one.hunk == spot.hunk))
        ]
