"""A list, and what stands under its cursor in full, on one screen."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterable
from typing import ClassVar

from textual.containers import Container, Vertical
from textual.events import Resize
from textual.timer import Timer
from textual.widget import Widget

from screens.frame import Frame
from screens.list_moves import ListMoves
from screens.wording import number
from widgets.canvas import Canvas
from widgets.ink import Row, Rows
from widgets.pages import Pages
from widgets.reading import Reading
from widgets.rows import RowList
from widgets.scroll import Scroll
from widgets.titles import title_row

_LIST_SHARE = 3
"""The list has one in so many rows where list and detail stand one over the other."""
_AT_REST = 0.05


class ListDetail(ListMoves, Frame):
    """Places list and detail, moves in either, and shows what the cursor comes to rest on."""

    CSS = """
    #both, #list, #detail, #blank { height: 1fr; }
    """
    least_width: ClassVar[int]
    """From this width on they stand side by side."""
    least_list: ClassVar[int]
    """The list has at least so many rows where the detail is below it."""

    def __init__(self) -> None:
        super().__init__()
        self.reading = False
        """The keys move in the detail, not in the list."""
        self._laid: tuple[object, ...] = ()
        """What decides where list and detail are, as it was when they were placed."""
        self._detail_due: Timer | None = None
        self.heading, self.title_line = Canvas("heading"), Canvas("title")
        self.rows = RowList(self._row, "list")
        self.detail = Scroll(self._pages, "detail")
        self.blank = Reading(self._nothing, "blank")

    @property
    def wide(self) -> bool:
        return self.size.width >= self.least_width

    @property
    @abstractmethod
    def is_blank(self) -> bool:
        """There is nothing to list, so that it is said what could be."""

    @property
    def has_list(self) -> bool:
        """The list is in sight; what is read has all of the screen where that is narrow."""
        return self.wide or not self.reading

    def compose_body(self) -> Iterable[Widget]:
        with Container(id="content", classes="body"):
            yield self.blank
            with Container(id="both"):
                with Vertical(id="left"):
                    yield self.heading
                    yield self.rows
                with Vertical(id="right"):
                    yield self.title_line
                    yield self.detail

    def on_resize(self, _: Resize) -> None:
        self.lay_out()

    def on_row_list_moved(self) -> None:
        self._select()

    def on_scroll_moved(self) -> None:
        self.draw_titles()

    def lay_out(self) -> None:
        """Place list and detail side by side, or one over the other."""
        is_blank, has_list = self.is_blank, self.has_list
        laid = (is_blank, has_list, self.size)
        if laid != self._laid:
            self._laid = laid
            self._place(is_blank=is_blank, has_list=has_list)
        if is_blank:
            self.blank.reread()
        self.draw_titles()
        self.draw_frame()

    def draw_titles(self) -> None:
        """Draw what stands above the list and above the detail."""
        left, right = self.heading.size.width, self.title_line.size.width
        self.heading.show((self._heading(left, active=not self.reading),))
        self.title_line.show((title_row(self._title, self._part, right, active=self.reading),))

    def show_now(self) -> None:
        """Show what the cursor stands on, before anything is done with it."""
        if self._detail_due:
            self._detail_due.stop()
            self._show()

    def _show_soon(self) -> None:
        """Show what the cursor stands on when it comes to rest there."""
        if self._detail_due:
            self._detail_due.reset()
        else:
            self._detail_due = self.set_timer(_AT_REST, self._show)

    def _show(self) -> None:
        self._detail_due = None
        self._want()
        self.detail.stand(None)
        self.detail.reread(anew=True)
        self._entered()
        self.draw_frame()

    @property
    def _page(self) -> int:
        return self.detail.height if self.reading else self.rows.height

    @property
    def _length(self) -> int:
        return self.detail.count if self.reading else self.rows.count

    def _move(self, by: int) -> None:
        """Move the cursor, or what is read."""
        if self.reading:
            self.show_now()
            self.detail.move(by)
        else:
            self.rows.move(by)

    def _place(self, *, is_blank: bool, has_list: bool) -> None:
        both, left, right = (self.query_one(name) for name in ("#both", "#left", "#right"))
        self.blank.display, both.display, left.display = is_blank, not is_blank, has_list
        both.styles.layout = "horizontal" if self.wide else "vertical"
        above = max(self.least_list, self.size.height // _LIST_SHARE)
        left.styles.width, left.styles.height = ("2fr", "100%") if self.wide else ("100%", above)
        right.styles.width, right.styles.height = ("3fr", "100%") if self.wide else ("100%", "1fr")

    @property
    def _part(self) -> str:
        """Say which rows of the detail are in sight, where not all are."""
        top, count = self.detail.top, self.detail.count
        end = min(count, top + self.detail.height)
        return "" if end - top >= count else f"{top + 1:,} to {end:,} of {number(count, 'row')}"

    @property
    @abstractmethod
    def _title(self) -> str:
        """Name what the detail shows."""

    @abstractmethod
    def _select(self, *, again: bool = False) -> None:
        """Take notice of what is under the cursor now; with `again` it may be the same."""

    @abstractmethod
    def _want(self) -> None:
        """Ask for what the detail shall show."""

    @abstractmethod
    def _entered(self) -> None:
        """Put the cursor of the detail where it belongs."""

    @abstractmethod
    def _heading(self, width: int, *, active: bool) -> Row:
        """Draw the title of the list."""

    @abstractmethod
    def _row(self, index: int, width: int) -> Row:
        """Draw a row of the list."""

    @abstractmethod
    def _pages(self, width: int) -> Pages:
        """Lay what stands under the cursor."""

    @abstractmethod
    def _nothing(self, width: int) -> Rows:
        """Say that there is nothing, and what brings something."""
