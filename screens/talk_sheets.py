"""What covers a conversation for a moment: a page to read, and the models with what waits."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import ClassVar, NamedTuple

from screens.wording import number
from widgets.ink import BLANK, Piece, Role, Row, Rows, cut_row, fit, outside
from widgets.reading import Reading
from widgets.rows import RowList
from workbench.api.models import Post, Posts, Waiting

_PAGE = 10
_ROLE = 8
_CONDITIONS = {"ready": Role.GOOD, "resting": Role.GOOD, "loading": Role.WARN, "broken": Role.BAD}


class Page(Reading):
    """Rows to read; where they are of a file, it can be opened."""

    place: ClassVar[str] = "page"

    def __init__(
        self,
        told: Callable[[int], Rows],
        close: Callable[[], None],
        visit: Callable[[], None] | None = None,
    ) -> None:
        super().__init__(told, "sheet")
        self._close, self._visit = close, visit

    @property
    def can_visit(self) -> bool:
        return self._visit is not None

    def typed_changed(self, text: str) -> None:
        """Nothing is typed here."""

    def do_page_close(self) -> None:
        self._close()

    def do_page_visit(self) -> None:
        if self._visit:
            self._visit()

    def do_page_down(self) -> None:
        self.scroll_by(1)

    def do_page_up(self) -> None:
        self.scroll_by(-1)

    def do_page_page_down(self) -> None:
        self.scroll_by(_PAGE)

    def do_page_page_up(self) -> None:
        self.scroll_by(-_PAGE)


class Line(NamedTuple):
    """A row of the list of models, and what it is about."""

    row: Row
    role: str
    name: str | None = None
    """What could serve the role; empty lets the workbench choose; None for the role itself."""
    model: str = ""
    """What serves it now."""
    waiting: str = ""
    """A request in the queue."""


class ModelList(RowList):
    """The roles with what serves them, what could, and what waits for each."""

    place: ClassVar[str] = "models"

    def __init__(self, posts: Posts, role: str, do: ModelKeys) -> None:
        super().__init__(self._row, "sheet")
        self._do = do
        self.lines: list[Line] = []
        self.take(posts, role)
        self.cursor = next((at for at, one in enumerate(self.lines) if one.role == role), 0)

    def take(self, posts: Posts, role: str) -> None:
        """Show how they stand now."""
        self.lines = [line for post in posts.posts for line in _lines(post, posts, role)]
        self.resize_to(len(self.lines))

    @property
    def line(self) -> Line | None:
        return self.lines[self.cursor] if self.cursor < len(self.lines) else None

    def typed_changed(self, text: str) -> None:
        """Nothing is typed here."""

    def on_row_list_chosen(self) -> None:
        self.do_models_choose()

    def do_models_choose(self) -> None:
        if line := self.line:
            self._do.choose(line)

    def do_models_reset(self) -> None:
        if line := self.line:
            self._do.reset(line)

    def do_models_cancel(self) -> None:
        if line := self.line:
            self._do.cancel(line)

    def do_models_close(self) -> None:
        self._do.close()

    def do_models_down(self) -> None:
        self.move(1)

    def do_models_up(self) -> None:
        self.move(-1)

    def _row(self, index: int, width: int) -> Row:
        return cut_row(self.lines[index].row, width)


class ModelKeys(NamedTuple):
    """What is done with a row of the list of models."""

    choose: Callable[[Line], None]
    reset: Callable[[Line], None]
    cancel: Callable[[Line], None]
    close: Callable[[], None]


def _lines(post: Post, posts: Posts, role: str) -> Iterator[Line]:
    """Yield the rows of a role."""
    mark = "● " if post.role == role else "  "
    named: Piece = (fit(post.role, _ROLE), Role.TITLE)
    serves = outside(post.model or "nobody", Role.STRONG if post.model else Role.WARN)
    state = (f"  {post.condition}", _CONDITIONS.get(post.condition, Role.DIM))
    place = outside(f"  {post.place}" if post.place else "", Role.DIM)
    room = (f"  {number(post.context, 'token')}" if post.context else "", Role.DIM)
    why = outside(f"  {post.why}", Role.DIM)
    row = ((mark, Role.ACCENT), named, serves, state, place, room, why)
    yield Line(row, post.role, model=post.model)
    if post.problem:
        told = outside(f"            {post.problem}", Role.BAD)
        yield Line((told,), post.role, model=post.model)
    for one in post.queue:
        yield Line(_waiting_row(one), post.role, model=post.model, waiting=one.id)
    for name in posts.candidates.get(post.role, ()):
        mark = "✓ " if name == post.model else "  "
        yield Line((("          ", Role.PLAIN), outside(mark + name)), post.role, name, post.model)
    if posts.candidates.get(post.role):
        chosen = (("            let the workbench choose", Role.DIM),)
        yield Line(chosen, post.role, "", post.model)


def _waiting_row(one: Waiting) -> Row:
    who = f" for {one.actor}" if one.actor else ""
    urgent = ", a person waits" if one.urgent else ""
    told = f"            {one.state} {one.seconds:,.0f} s: {one.what}{who}{urgent}"
    return (outside(told, Role.ACCENT if one.state == "running" else Role.DIM),)


def titled(title: str, rows: Rows) -> Rows:
    """Put a title above rows, and a margin beside them."""
    margin: Piece = ("  ", Role.PLAIN)
    return (BLANK, (margin, outside(title, Role.TITLE)), BLANK, *((margin, *row) for row in rows))
