"""Metrics: the host, its stores, and the journal as it grows."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from dataclasses import replace

from textual.containers import Horizontal
from textual.events import Resize
from textual.timer import Timer
from textual.widget import Widget

from screens.action import Context
from screens.frame import Frame, Question
from screens.journal import MOST_FOUND, Found, Rows, Whole
from screens.list_moves import ListMoves
from screens.overview import detail_rows, entry_row, journal_heading, overview_rows
from screens.wording import number, today
from widgets.canvas import Canvas
from widgets.ink import Row
from widgets.reading import Reading
from widgets.rows import RowList
from workbench.api.client import Line
from workbench.api.commands import ReadActivity, ReadEvent, ReadStatus, WriteNote
from workbench.api.facts import Event
from workbench.api.views import Activity, EventDetail, Status

_WIDE = 110
_TALL = 30
_BETWEEN_PAINTS = 0.1
_BETWEEN_READS = 1.0
_AT_REST = 0.08


class MetricsScreen(ListMoves, Frame):
    """Follows the journal for as long as it exists, and paints only while it is seen."""

    place_name = "metrics"
    CSS = """
    #overview, #heading { height: 2; }
    #journal { width: 1fr; height: 100%; }
    #detail { width: 40%; height: 100%; }
    """

    def __init__(self) -> None:
        super().__init__()
        self._status: Status | None = None
        self._activity: Activity | None = None
        self._detail: EventDetail | None = None
        self._whole = Whole(0)
        self._found: Found | None = None
        self._journal_id = ""
        self._opened: bool | None = None
        self._following: asyncio.Task[None] | None = None
        self._fetching = self._detailing = False
        self._paint_due = self._read_due = False
        self._detail_due: Timer | None = None
        self._unpainted = 0
        self.overview, self.heading = Canvas("overview"), Canvas("heading")
        for canvas in (self.overview, self.heading):
            canvas.add_class("body")
        self.journal = RowList(self._row, "journal")
        self.detail = Reading(lambda width: detail_rows(self._detail, width), "detail")

    @property
    def shown(self) -> Rows:
        return self._found or self._whole

    @property
    def wide(self) -> bool:
        return self.size.width >= _WIDE

    @property
    def opened(self) -> bool:
        """Whether the event under the cursor is shown whole; by default where there is room."""
        return self.wide if self._opened is None else self._opened

    @property
    def context(self) -> Context:
        covered = self.opened and not self.wide
        return replace(
            super().context,
            rows=self.shown.count,
            selected=self.shown.count > 0,
            leaves=covered or self._found is not None,
        )

    def compose_body(self) -> Iterable[Widget]:
        yield self.overview
        yield self.heading
        with Horizontal(id="lower", classes="body"):
            yield self.journal
            yield self.detail

    def line_changed(self, line: Line) -> None:
        """Begin anew with a journal that was not seen before."""
        if line.state != "attached" or line.welcome is None:
            return
        if line.welcome.journal != self._journal_id or self._following is None:
            self._begin(line.welcome.journal, line.welcome.head)
        self._read_soon(0)

    def on_resize(self, _: Resize) -> None:
        self._lay_out()

    def on_screen_resume(self) -> None:
        if self.interface.line.state == "attached":
            self._read_soon(0)

    def on_row_list_moved(self) -> None:
        self._fetch()
        self._read_detail()

    def on_row_list_chosen(self) -> None:
        self.do_journal_open()

    def do_journal_open(self) -> None:
        self._opened = not self.opened
        self._lay_out()
        self._read_detail()

    def do_journal_back(self) -> None:
        if self.opened and not self.wide:
            self.do_journal_open()
        else:
            self._search("")

    def do_journal_search(self) -> None:
        before = self._found.text if self._found else ""
        self.ask(Question("search", self._search, before=before))

    def do_journal_note(self) -> None:
        self.ask(Question("note", lambda text: self._write_note(text) if text.strip() else None))

    def do_journal_refresh(self) -> None:
        self._read_soon(0)

    @property
    def _page(self) -> int:
        return self.journal.height

    @property
    def _length(self) -> int:
        return self.journal.count

    def _move(self, by: int) -> None:
        self.journal.move(by)

    def _begin(self, journal_id: str, head: int) -> None:
        """Show a journal from its end, and follow it."""
        if self._following:
            self._following.cancel()
        self._journal_id, self._whole, self._found = journal_id, Whole(head), None
        self._detail, self._unpainted = None, 0
        self.journal.begin(head)
        self._following = self.interface.spawn(self, self._follow(head))
        self._shown_changed()

    async def _follow(self, head: int) -> None:
        async for events in self.interface.host.follow(head):
            self._append(events)

    def _append(self, events: tuple[Event, ...]) -> None:
        before = self.shown.count
        self._whole.append(events)
        if self._found:
            self._found.append(events)
        self._unpainted += self.shown.count - before
        if not self._paint_due:
            self._paint_due = True
            self.set_timer(_BETWEEN_PAINTS, self._paint_growth)
        self._read_soon(_BETWEEN_READS)

    def _paint_growth(self) -> None:
        """Show what came since; a cursor at the top stays there, any other at its event."""
        self._paint_due, grown, self._unpainted = False, self._unpainted, 0
        self.journal.grow_on_top(grown)
        self._draw_heading()
        self._fetch()
        if self.journal.cursor == 0:
            self._read_detail()

    def _search(self, text: str) -> None:
        text = text.strip()
        self._found = Found(text, self._whole.count) if text else None
        self._detail, self._unpainted = None, 0
        self.journal.begin(self.shown.count)
        self._shown_changed()

    def _shown_changed(self) -> None:
        self._draw_heading()
        self.detail.reread()
        self.draw_frame()
        self._fetch()
        self._read_detail()

    def _write_note(self, text: str) -> None:
        self.interface.spawn(self, self._noted(text))

    async def _noted(self, text: str) -> None:
        receipt = await self.interface.host.call(WriteNote(text))
        self.interface.tell(f"Noted as event {receipt.seq:,}.")

    def _fetch(self) -> None:
        """Read what is in sight and not there, one page at a time."""
        wanted = self.shown.wanted(self.journal.in_sight)
        if wanted and not self._fetching and self._journal_id:
            self._fetching = True
            self.interface.spawn(self, self._fetched())

    async def _fetched(self) -> None:
        try:
            rows = self.shown
            while wanted := rows.wanted(self.journal.in_sight):
                page = await self.interface.host.call(wanted)
                rows.take(page.events, more=page.more)
                if rows is self.shown:
                    self.journal.resize_to(rows.count)
                    self._draw_heading()
                if not page.events:
                    break
                rows = self.shown
        finally:
            self._fetching = False
        self._read_detail()

    def _read_detail(self) -> None:
        """Read the event under the cursor when the cursor has come to rest."""
        if self.opened and not self._detail_due:
            self._detail_due = self.set_timer(_AT_REST, self._read_detail_now)
        elif self._detail_due:
            self._detail_due.reset()

    def _read_detail_now(self) -> None:
        self._detail_due = None
        entry = self.shown.entry(self.journal.cursor)
        known = self._detail.event.seq if self._detail else None
        if entry and self.opened and not self._detailing and entry.seq != known:
            self._detailing = True
            self.interface.spawn(self, self._detail_read(entry.seq))

    async def _detail_read(self, seq: int) -> None:
        try:
            self._detail = await self.interface.host.call(ReadEvent(seq))
        finally:
            self._detailing = False
        self.detail.top = 0
        self.detail.reread()
        self._read_detail()

    def _read_soon(self, delay: float) -> None:
        """Read status and counts a little later, once for all that happens until then."""
        if not self._read_due and (self.is_current or not delay):
            self._read_due = True
            self.set_timer(
                max(delay, 0.01), lambda: self.interface.spawn(self, self._read_overview())
            )

    async def _read_overview(self) -> None:
        self._read_due = False
        if self.interface.line.state != "attached":
            return  # Attaching reads it; a host that was ended is not started for this.
        call = self.interface.host.call
        status, activity = await asyncio.gather(call(ReadStatus()), call(ReadActivity()))
        self._status, self._activity = status, activity
        self.interface.notice(len(status.notices))
        self._draw_overview()

    def _lay_out(self) -> None:
        """Place list and detail side by side, or one over the other."""
        self.detail.display = self.opened
        self.journal.display = self.wide or not self.opened
        self.detail.styles.width = "40%" if self.wide else "100%"
        self._draw_overview()
        self._draw_heading()
        self.draw_frame()

    def _draw_overview(self) -> None:
        rows = overview_rows(
            self._status, self._activity, self.size.width, tall=self.size.height >= _TALL
        )
        self.overview.styles.height = len(rows)
        self.overview.show(rows)

    def _draw_heading(self) -> None:
        self.heading.show(
            journal_heading(
                self._whole.count, self._found_note(), self.size.width, self._list_width
            )
        )

    @property
    def _list_width(self) -> int:
        beside = self.wide and self.opened
        return self.size.width * 3 // 5 if beside else self.size.width

    def _found_note(self) -> str:
        found = self._found
        if found is None:
            return ""
        many = (
            f"the newest {number(MOST_FOUND)}"
            if found.count >= MOST_FOUND
            else (number(found.count, "event") + ("" if found.complete else " so far"))
        )
        return f"{many} with “{found.text}”; esc shows all"

    def _row(self, index: int, width: int) -> Row:
        seq = self._whole.count - index if self._found is None else None
        return entry_row(self.shown.entry(index), seq, width, today())


SCREEN = MetricsScreen
