"""Where one is on the Knowledge screen, and the keys that go somewhere on it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from screens.action import Library
from screens.library import Edition, Group, Item, entity_of
from widgets.tree import parent_of
from workbench.api.passages import Domain, Hit, KnownSource
from workbench.api.subjects import Entity, Link, Subject
from workbench.visible import visible_line

if TYPE_CHECKING:
    from screens.interface import Interface
    from screens.knowledge import KnowledgeScreen

_MOST_AROUND = 10
_IN_SIGHT = 3
"""So many lines of what is meant are in sight at least."""
_NAMES: dict[type[object], str] = {
    Group: "group",
    Domain: "domain",
    KnownSource: "source",
    Subject: "subject",
    Edition: "version",
    Hit: "passage",
    Entity: "entity",
    Link: "link",
}


class LibraryMoves:
    """Moves in the list and in what is read, and says which lines are meant."""

    def __init__(self, screen: KnowledgeScreen) -> None:
        self.screen = screen

    @property
    def interface(self) -> Interface:
        return self.screen.interface

    @property
    def context(self) -> Library:
        """What decides which keys make sense."""
        screen, item, branch = self.screen, self.screen.selected, self.screen.branch
        subject = item.subject if isinstance(item, Edition) else item
        return Library(
            item=_NAMES[type(item)] if item else "",
            sources=len(screen.holdings.sources),
            reading=isinstance(item, KnownSource) and item.state in ("reading", "waiting"),
            lines=bool(screen.page.path),
            in_full=screen.reading,
            versions=subject.versions if isinstance(subject, Subject) else 0,
            current=isinstance(item, Edition) and item.version.is_current,
            opens=bool(branch and branch.opens and not branch.is_open),
            hangs=bool(branch and (branch.is_open or branch.depth)),
            linked=_names_something(item),
        )

    def entered(self) -> None:
        """Put the cursor on the first line that is meant, while one reads lines of a file."""
        screen = self.screen
        if screen.reading and screen.page.path:
            if screen.detail.cursor is None:
                screen.detail.stand(screen.page.first)
        else:
            screen.detail.stand(None)
            screen.detail.scroll_to_row(self._top())

    def _top(self) -> int:
        """Return the row to begin with: the first one, where what is meant is in sight then."""
        first, height = self.screen.page.first, self.screen.detail.height
        if entity_of(self.screen.selected):
            return 0
        return 0 if first + _IN_SIGHT < height else max(0, first - height // 3)

    @contextmanager
    def staying(self) -> Iterator[None]:
        """Keep the cursor on its line, and as high on the screen, while rows are made anew."""
        screen, detail = self.screen, self.screen.detail
        cursor, top, first = detail.cursor, detail.top, screen.page.first
        line = screen.page.line_at(cursor) if cursor is not None else 0
        yield
        if cursor is not None and line:
            moved = screen.page.row_of(line) - cursor
            if moved:
                detail.shift(cursor + moved, cursor - top, moved)
        elif cursor is None and screen.page.first != first:
            detail.scroll_to_row(top + screen.page.first - first)

    def do_knowledge_open(self) -> None:
        """Read what is under the cursor in full, or leave it; a heading opens and closes."""
        screen = self.screen
        screen.show_now()
        if isinstance(screen.selected, Group) and not screen.reading:
            self._toggle()
            return
        screen.reading = not screen.reading
        screen.lay_out()
        self.entered()
        screen.call_after_refresh(self._settle)

    def do_knowledge_back(self) -> None:
        """Leave what was entered last."""
        screen = self.screen
        if screen.detail.selects_from is not None:
            screen.detail.begin_selecting(None)
        elif screen.reading:
            self.do_knowledge_open()
        elif screen.roots:
            screen.roots.pop()
            screen.relist()
            screen.lay_out()
        elif screen.finder.text:
            screen.finder.look("", screen.holdings, typing=False)
        else:
            screen.lookout.list_state("")

    def do_knowledge_next(self) -> None:
        self.screen.rows.move(1)

    def do_knowledge_previous(self) -> None:
        self.screen.rows.move(-1)

    def do_knowledge_unfold(self) -> None:
        item = self.screen.selected
        if isinstance(item, Subject):
            self.screen.lookout.want_versions(item.id)
        elif entity := entity_of(item):
            self.screen.reader.wander(entity)
        self._toggle()

    def do_knowledge_fold(self) -> None:
        """Close the row, or go to the one that it hangs on."""
        branch, screen = self.screen.branch, self.screen
        if branch and branch.is_open:
            self._toggle()
        else:
            screen.rows.move_to(parent_of(screen.branches, screen.rows.cursor))

    def do_knowledge_links(self) -> None:
        """Show the links of what is under the cursor."""
        item, screen = self.screen.selected, self.screen
        if isinstance(item, Edition):
            item = item.subject
        if isinstance(item, Subject):
            screen.show_links(Entity(f"subject:{item.id}", item.name, "subject"))
        elif isinstance(item, Hit):
            passage = item.passage
            name = passage.symbol or PurePosixPath(passage.path).stem
            screen.keys_of.find_links(name, passage)
        elif entity := entity_of(item):
            screen.show_links(entity)

    def do_knowledge_select(self) -> None:
        detail = self.screen.detail
        detail.begin_selecting(None if detail.selects_from is not None else detail.cursor)
        self.screen.draw_frame()

    def do_knowledge_more(self) -> None:
        self._around(1)

    def do_knowledge_less(self) -> None:
        self._around(-1)

    def do_knowledge_visit(self) -> None:
        self.screen.show_now()
        editor, run = self.interface.editor, self.interface.lend_terminal
        visit = editor.visit_source(run, self.screen.page.path, self._line())
        self.interface.spawn(self.screen, visit)

    def do_knowledge_cite(self) -> None:
        self.screen.show_now()
        path, first, last = self.lines()
        self.screen.detail.begin_selecting(None)
        self.interface.cite(path, first, last)

    def do_knowledge_copy(self) -> None:
        path, first, last = self.lines()
        text = self._text(first, last)
        self.interface.copy_to_clipboard(f"{path}:{first}-{last}\n{text}")
        told = f"{visible_line(path)}:{first}-{last} was copied."
        self.screen.detail.begin_selecting(None)
        self.interface.tell(told)

    def lines(self) -> tuple[str, int, int]:
        """Return the lines that are meant: those selected, or the passage."""
        page, detail = self.screen.page, self.screen.detail
        if self.screen.reading and detail.selects_from is not None:
            chosen = [page.lines[at] for at in detail.selected if page.lines[at]]
            if chosen:
                return page.path, min(chosen), max(chosen)
        return page.path, page.passage[0], page.passage[1]

    def _line(self) -> int:
        """Return the line under the cursor, or the first that has what was looked for."""
        page, detail = self.screen.page, self.screen.detail
        at = detail.cursor if self.screen.reading else None
        return page.line_at(page.first if at is None else at)

    def _text(self, first: int, last: int) -> str:
        """Return lines as they were read, as far as they are shown."""
        screen = self.screen
        found = screen.reader.surrounded(screen.selected)
        item = screen.selected
        passages = [item.passage] if isinstance(item, Hit) else []
        if found:
            passages = [*found.before, found.passage, *found.after]
        known = {
            number: line
            for one in passages
            for number, line in enumerate(one.text.split("\n"), one.first)
        }
        return "\n".join(known[at] for at in range(first, last + 1) if at in known)

    def _toggle(self) -> None:
        screen, branch = self.screen, self.screen.branch
        if branch and branch.opens:
            screen.toggled ^= {branch.node.key}
            screen.relist()
            screen.draw_frame()

    def _around(self, steps: int) -> None:
        reader = self.screen.reader
        reader.around = max(1, min(_MOST_AROUND, reader.around + steps))
        self.interface.tell(f"Passages before and after it: {reader.around}.")
        reader.want(self.screen.selected)
        self.screen.detail.reread()

    def _settle(self) -> None:
        """Show as much of what stands above the cursor as fits, now that the room is known."""
        detail = self.screen.detail
        if self.screen.reading and detail.cursor is not None:
            detail.scroll_to_row(0)
            detail.stand(detail.cursor)


def _names_something(item: Item | None) -> bool:
    return isinstance(item, Subject | Edition | Hit | Entity | Link)
