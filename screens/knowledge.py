"""Knowledge: what was read and learned as a tree, and passages found again while one types."""

from __future__ import annotations

from dataclasses import dataclass, replace

from screens.action import Context
from screens.actions import BY_ID
from screens.frame import Question
from screens.library import Holdings, Item, Shown, hit_nodes, link_nodes
from screens.library_detail import nothing_found, page_of, title_of
from screens.library_keys import LibraryKeys
from screens.library_lookout import LibraryLookout
from screens.library_moves import LibraryMoves
from screens.library_passage import Page
from screens.library_reading import Reader
from screens.library_rows import heading, hits_heading, item_row, links_heading, nothing_read
from screens.library_search import Finder
from screens.list_detail import ListDetail
from screens.wording import today
from widgets.empty import empty
from widgets.ink import Row, Rows
from widgets.pages import Pages
from widgets.tree import Branch, in_sight
from workbench.api.client import Line
from workbench.api.passages import KnownSource
from workbench.api.subjects import Entity, Subject


@dataclass(frozen=True)
class Looking(Question):
    """A search: the arrows move in what was found."""

    @property
    def note(self) -> str:
        return "↑↓ move, enter keeps"


class KnowledgeScreen(ListDetail):
    """A tree, what was found, or links; and what stands under the cursor in full."""

    place_name = "knowledge"
    least_width = 110
    least_list = 6

    def __init__(self) -> None:
        super().__init__()
        self.lookout = LibraryLookout(self, self._holdings_changed)
        self.finder = Finder(self, self._found, lambda: self.rows.height)
        self.reader = Reader(self, self._read)
        self.keys_of = LibraryKeys(self)
        self.moves = LibraryMoves(self)
        self.roots: list[Entity] = []
        """The entities whose links one looks at, the last of them now."""
        self.toggled: set[str] = set()
        """Nodes that somebody has opened or closed."""
        self.branches: tuple[Branch[Item], ...] = ()
        self.page = Page(())
        self._selected = ""
        self._shown = ""
        """What the list shows: the tree, what was found, or whose links."""
        self._stood: dict[str, str] = {}
        """Where the cursor stood in what was shown before."""
        self._found_for = ""
        self._wanted = ""
        """The node that the cursor shall stand on as soon as it is there."""
        self.detail.keeping = self.moves.staying

    @property
    def holdings(self) -> Holdings:
        return self.lookout.holdings

    @property
    def selected(self) -> Item | None:
        branch = self.branch
        return branch.value if branch else None

    @property
    def branch(self) -> Branch[Item] | None:
        """The row under the cursor."""
        return self.branches[self.rows.cursor] if self.rows.cursor < len(self.branches) else None

    @property
    def performers(self) -> tuple[object, ...]:
        return (self.sheet, self.moves, self.keys_of, self, self.interface)

    @property
    def is_blank(self) -> bool:
        return self.lookout.known and self.holdings.is_empty and not self.roots

    @property
    def context(self) -> Context:
        context = super().context
        return replace(
            context,
            rows=self.detail.count if self.reading else len(self.branches),
            leaves=bool(self.reading or self.roots or self.finder.text or self.holdings.state),
            choices=context.choices or self._is_looking,
            library=self.moves.context,
        )

    @property
    def _is_looking(self) -> bool:
        return isinstance(self.question, Looking)

    def line_changed(self, line: Line) -> None:
        self.lookout.line_changed(line)

    def on_mount(self) -> None:
        self.lay_out()

    def on_screen_resume(self) -> None:
        self.lookout.begin()

    def on_screen_suspend(self) -> None:
        self.lookout.rest()

    def on_row_list_chosen(self) -> None:
        self.moves.do_knowledge_open()

    def do_knowledge_search(self) -> None:
        before = self.finder.text

        def look(text: str) -> None:
            self.finder.look(text, self.holdings, typing=True)

        self.roots, self.reading = [], False
        self.relist()
        self.lay_out()
        self.ask(Looking("search", self._keep, on_typed=look, before=before))

    def _keep(self, text: str) -> None:
        """Have the whole answer; where there was none while one typed, it comes now."""
        self.finder.look(text, self.holdings, typing=False)

    def do_answer_later(self) -> None:
        if self._is_looking:
            self.rows.move(1)
        else:
            super().do_answer_later()

    def do_answer_earlier(self) -> None:
        if self._is_looking:
            self.rows.move(-1)
        else:
            super().do_answer_earlier()

    def do_knowledge_refresh(self) -> None:
        self.reader.forget()
        self.lookout.read()
        self.finder.again(self.holdings)

    def do_knowledge_state(self) -> None:
        self.roots, self.reading = [], False
        self.finder.look("", self.holdings, typing=False)
        self.lookout.list_state(self.lookout.next_state())

    def stand_on(self, source: KnownSource) -> None:
        """Put the cursor on a source as soon as it is listed."""
        self._wanted = f"source:{source.id}"
        self.relist()

    def show_links(self, root: Entity) -> None:
        """Show what an entity is joined with; what was shown before comes back afterwards."""
        self.roots.append(root)
        self.reader.wander(root)
        self.reading = False
        self._wanted = f"entity:{root.id}"
        self.relist()
        self.lay_out()

    def relist(self) -> None:
        """List anew; the cursor stays on the row that it stands on."""
        before = self._turn_over()
        self.branches = in_sight(self._listed(), self.toggled)
        places = {branch.node.key: at for at, branch in enumerate(self.branches)}
        wanted = self._wanted if self._wanted in places else before
        if wanted == self._wanted:
            self._wanted = ""
        self.rows.resize_to(len(self.branches))
        self.rows.move_to(places.get(wanted, self.rows.cursor))
        self._select(again=True)

    def _turn_over(self) -> str:
        """Return where the cursor shall stand: in what comes back it stands where it stood."""
        links = f"links of {self.roots[-1].id}" if self.roots else ""
        shown = links or ("hits" if self.finder.text else "tree")
        if shown == self._shown:
            return self._selected
        self._stood[self._shown] = self._selected
        self._shown = shown
        return self._stood.get(shown, "")

    def _listed(self) -> Shown:
        if self.roots:
            known = {name: found.links for name, found in self.reader.links.items()}
            return link_nodes(self.roots[-1], known)
        if self.finder.text:
            return hit_nodes(self.finder.hits.hits if self.finder.hits else ())
        return self.holdings.tree()

    def _holdings_changed(self, before: Holdings) -> None:
        """Draw other sources and subjects; what was read before may be otherwise now."""
        if before.standing != self.holdings.standing:
            self.reader.forget()
        if before.reading - self.holdings.reading and not self._is_looking:
            self.finder.again(self.holdings)
        self.relist()
        self.lay_out()

    def _found(self) -> None:
        """Draw what was found, from the best on; more of the same leaves a moved cursor alone."""
        is_unmoved = self._is_looking and not self.rows.cursor
        if self.finder.found_for != self._found_for or is_unmoved:
            self._found_for = self.finder.found_for
            self._stood.pop("hits", None)
            if self._shown == "hits":
                self._selected = ""
                self.rows.begin(0)
        self.relist()
        self.draw_titles()

    def _read(self) -> None:
        """Draw what was read for the detail, or for a tree of links."""
        if self.roots:
            self.relist()
        self.detail.reread()
        self.draw_titles()
        self.draw_frame()

    def _select(self, *, again: bool = False) -> None:
        """Show what is under the cursor when it has come to rest there."""
        branch = self.branch
        key = branch.node.key if branch else ""
        if key != self._selected:
            before, self._selected = self._selected, key
            waits = (before or self._is_looking) and not self.reading
            if not waits:
                self._show()
            else:
                self._show_soon()
                self._show_plainly(again=again)
        elif again and not self._detail_due:
            self.reader.want(self.selected)
            self.detail.reread()

    def _show_plainly(self, *, again: bool) -> None:
        """Draw what is known, without colours; who types looks at the list, which comes first."""
        if not (again and self._is_looking):
            self.detail.reread(anew=True)

    def _want(self) -> None:
        self.reader.want(self.selected)
        if isinstance(self.selected, Subject):
            self.lookout.want_versions(self.selected.id)

    def _entered(self) -> None:
        self.moves.entered()

    @property
    def _title(self) -> str:
        return title_of(self.selected)

    def _heading(self, width: int, *, active: bool) -> Row:
        if self.roots:
            root = self.roots[-1]
            return links_heading(root, self.reader.links.get(root.id), width, active=active)
        finder = self.finder
        if finder.text:
            text = finder.found_for or finder.text
            return hits_heading(finder.hits, text, finder.problem, width, active=active)
        return heading(self.holdings, width, active=active)

    def _pages(self, width: int) -> Pages:
        if self.finder.hits and not self.branches:
            self.page = nothing_found(self.holdings, width)
            return self.page
        plain = self._detail_due is not None
        self.page = page_of(self.selected, self.holdings, self.reader, width, plain=plain)
        return self.page

    def _row(self, index: int, width: int) -> Row:
        return item_row(self.branches[index], width, today())

    def _nothing(self, width: int) -> Rows:
        key = self.interface.keymap.shown(BY_ID["knowledge.add"], 1)
        return empty(nothing_read(self.lookout.problem, key), width)


SCREEN = KnowledgeScreen
