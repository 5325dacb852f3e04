"""What covers a screen for a moment: the command palette and the help."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, TypeAlias

from screens.action import Action, Context
from screens.actions import reachable
from screens.keymap import Keymap
from screens.places import PLACES, REVIEW, SCOPES, TALKS
from widgets.ink import BLANK, Role, Row, Rows, cut, fit, wrap
from widgets.reading import Reading
from widgets.rows import RowList

if TYPE_CHECKING:
    from collections.abc import Callable

    from screens.talk_sheets import ModelList, Page

_PAGE = 10
_KEYS, _TITLE = 16, 24


class Palette(RowList):
    """All actions that can be reached, to search and to run."""

    place: ClassVar[str] = "palette"

    def __init__(
        self, where: str, context: Context, keymap: Keymap, run: Callable[[Action | None], None]
    ) -> None:
        super().__init__(self._row, "sheet")
        self._actions = [a for a in reachable(where) if a.id != "app.palette"]
        self._found = self._actions
        self._now, self._keymap, self._run = context, keymap, run
        self.count = len(self._found)

    def typed_changed(self, text: str) -> None:
        """Keep the actions that have the typed letters in this order, the closest first."""
        ranked = [(distance(text, f"{a.title} {a.id}"), a) for a in self._actions]
        near = sorted((d, n) for n, (d, _) in enumerate(ranked) if d is not None)
        self._found = [self._actions[n] for _, n in near]
        self.begin(len(self._found))

    def do_palette_down(self) -> None:
        self.move(1)

    def do_palette_up(self) -> None:
        self.move(-1)

    def do_palette_run(self) -> None:
        self._run(self._found[self.cursor] if self._found else None)

    def do_palette_close(self) -> None:
        self._run(None)

    def on_row_list_chosen(self) -> None:
        self.do_palette_run()

    def _row(self, index: int, width: int) -> Row:
        action = self._found[index]
        keys, why_not = self._keymap.shown(action, 2), action.why_not(self._now)
        role = Role.DIM if why_not else Role.PLAIN
        title = fit(action.title, 26)
        note = f"not now: {why_not}" if why_not else action.help
        return (
            (title, role),
            (fit(keys, 14), Role.DIM if why_not else Role.KEY),
            (cut(note, max(0, width - 40)), Role.DIM),
        )


def distance(typed: str, text: str) -> int | None:
    """Return how far apart the letters of `typed` stand in `text`, or None if they do not."""
    if not typed.strip():
        return 0
    typed, text = typed.lower().replace(" ", ""), text.lower()
    if (found := text.find(typed)) >= 0:
        return found
    start, at = text.find(typed[0]), -1
    for letter in typed:
        at = text.find(letter, at + 1)
        if at < 0:
            return None
    return at - start + len(text)


class Help(Reading):
    """What the screen is for, and its keys."""

    place: ClassVar[str] = "help"

    def __init__(self, where: str, keymap: Keymap, close: Callable[[], None]) -> None:
        super().__init__(lambda width: help_rows(where, keymap, width), "sheet")
        self._close = close

    def typed_changed(self, text: str) -> None:
        """Nothing is typed here."""

    def do_help_close(self) -> None:
        self._close()

    def do_help_down(self) -> None:
        self.scroll_by(1)

    def do_help_up(self) -> None:
        self.scroll_by(-1)

    def do_help_page_down(self) -> None:
        self.scroll_by(_PAGE)

    def do_help_page_up(self) -> None:
        self.scroll_by(-_PAGE)


def help_rows(where: str, keymap: Keymap, width: int) -> Rows:
    """Draw the help of a screen from the registry."""
    place = next(place for place in (*PLACES, REVIEW, TALKS) if place.name == where)
    rows: list[Row] = [BLANK, ((f"  {place.title}", Role.TITLE),)]
    rows += [((f"  {line}", Role.PLAIN),) for line in wrap(f"Here: {place.holds}.", width - 4)]
    scope = ""
    for action in reachable(where):
        if action.scope != scope:
            scope = action.scope
            rows += [BLANK, ((f"  {SCOPES[scope]}", Role.TITLE),)]
        rows += _help_of(action, keymap, width)
    return (*rows, BLANK)


def _help_of(action: Action, keymap: Keymap, width: int) -> Rows:
    keys = keymap.shown(action) or "none"
    left: Row = ((f"  {fit(keys, _KEYS)}", Role.KEY), (f"{fit(action.title, _TITLE)} ", Role.PLAIN))
    indent = 2 + _KEYS + _TITLE + 1
    first, *others = wrap(action.help, max(10, width - indent - 1))
    more = tuple(((" " * indent + line, Role.DIM),) for line in others)
    return ((*left, (first, Role.DIM)), *more)


class Sure(Reading):
    """What is about to be written, for a person to say yes or no."""

    place: ClassVar[str] = "confirm"

    def __init__(
        self, told: Callable[[int], Rows], close: Callable[[], None], do: Callable[[], None]
    ) -> None:
        super().__init__(told, "sheet")
        self._close, self._do = close, do

    def typed_changed(self, text: str) -> None:
        """Nothing is typed here."""

    def do_confirm_yes(self) -> None:
        self._close()
        self._do()

    def do_confirm_no(self) -> None:
        self._close()

    def do_confirm_down(self) -> None:
        self.scroll_by(1)

    def do_confirm_up(self) -> None:
        self.scroll_by(-1)

    def do_confirm_page_down(self) -> None:
        self.scroll_by(_PAGE)

    def do_confirm_page_up(self) -> None:
        self.scroll_by(-_PAGE)


class Removal(Sure):
    """What is about to go, for a person to say yes or no."""

    place: ClassVar[str] = "agree"

    def do_agree_yes(self) -> None:
        self.do_confirm_yes()

    def do_agree_no(self) -> None:
        self.do_confirm_no()


Sheet: TypeAlias = "Palette | Help | Sure | Page | ModelList"
"""A widget that covers the content and takes the keys."""
